package demand

import (
	"archive/zip"
	_ "embed"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// zoneinfo is lib/time/zoneinfo.zip of the Go distribution: the IANA time zone
// database, release 2025c, which is in the public domain. A newer one may change
// the bytes of streams that reach into years whose rules it changes.
//
//go:embed zoneinfo.zip
var zoneinfo string

// zones reads the table of contents, once.
var zones = sync.OnceValues(func() (map[string]*zip.File, error) {
	r, err := zip.NewReader(strings.NewReader(zoneinfo), int64(len(zoneinfo)))
	if err != nil {
		return nil, err
	}
	files := make(map[string]*zip.File, len(r.File))
	for _, f := range r.File {
		files[f.Name] = f
	}
	return files, nil
})

// Zone returns the time zone of the IANA name, such as Europe/Madrid, from data
// that this package carries: unlike time.LoadLocation it depends neither on the
// machine's zone files nor on the environment, so that a stream has the same
// bytes everywhere. The empty name and UTC are UTC. It is safe for concurrent
// use.
func Zone(name string) (*time.Location, error) {
	if name == "" || name == "UTC" {
		return time.UTC, nil
	}
	files, err := zones()
	if err != nil {
		return nil, fmt.Errorf("demand: embedded zone data: %w", err)
	}
	f := files[name]
	if f == nil || strings.HasSuffix(name, "/") {
		return nil, fmt.Errorf("demand: no time zone %q; take a name of the IANA database, such as Europe/Madrid", name)
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("demand: zone %s: %w", name, err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("demand: zone %s: %w", name, err)
	}
	loc, err := time.LoadLocationFromTZData(name, data)
	if err == nil {
		loc, err = time.LoadLocationFromTZData(name, written(data, loc))
	}
	if err != nil {
		return nil, fmt.Errorf("demand: zone %s: %w", name, err)
	}
	return loc, nil
}
