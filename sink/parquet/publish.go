package parquet

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kafkanauts/kafkanauts/internal/durable"
)

// markName is the file that says that a data set is complete, as Hadoop calls
// it. Its content says that it is one of ours.
const markName = "_SUCCESS"

const markFormat = "kafkanauts orders 1"

// mark is the content of the file of that name.
type mark struct {
	Format string   `json:"format"`
	Rows   int64    `json:"rows"`
	Files  int      `json:"files"`           // with rows
	Aside  []string `json:"aside,omitempty"` // other files beside the partitions
}

// replaceable returns nil if dir is missing, empty, or a data set in which
// nothing stands that this package did not write.
func replaceable(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("sink/parquet: %w", err)
	}
	const advice = "move it away or choose another folder"
	text, err := os.ReadFile(filepath.Join(dir, markName))
	var m mark
	if _, e := os.Lstat(filepath.Join(dir, originName)); e == nil {
		return fmt.Errorf("sink/parquet: %s is a data set that grows with a topic, and is not replaced; %s", dir, advice)
	}
	if err != nil || json.Unmarshal(text, &m) != nil || m.Format != markFormat {
		return fmt.Errorf("sink/parquet: %s holds something else than a data set of orders (such as %s); %s", dir, entries[0].Name(), advice)
	}
	for _, e := range entries {
		name := e.Name()
		ours := e.IsDir() && strings.HasPrefix(name, countryPrefix) || name == markName || slices.Contains(m.Aside, name)
		if !ours {
			return fmt.Errorf("sink/parquet: %s is to be replaced but holds %s, which was not written with it; %s", dir, name, advice)
		}
	}
	return nil
}

// finish writes what is left and puts the data set in its place.
func (d *Dataset) finish() {
	if err := d.complete(); err != nil {
		d.fail(err)
		d.discard()
		return
	}
	if err := replaceable(d.dir); err != nil {
		d.err = err
		d.discard()
		return
	}
	if err := durable.Swap(d.path(), d.dir, filepath.Join(d.staging, "old")); err != nil {
		d.fail(fmt.Errorf("the data set is complete but could not be moved to its place, and lies in %s: %w", d.path(), err))
		return
	}
	d.fail(durable.SyncDir(filepath.Dir(d.dir)))
	d.discard() // which removes what stood there before
}

// complete makes the files whole and durable.
func (d *Dataset) complete() error {
	for _, b := range d.order {
		if err := d.flush(b); err != nil {
			return err
		}
	}
	for len(d.open) > 0 {
		f := d.open[0]
		d.open = d.open[1:]
		err := f.Sync()
		if e := f.Close(); err == nil {
			err = e
		}
		if err != nil {
			return err
		}
	}
	text, err := json.Marshal(mark{markFormat, d.rows, d.files, d.aside})
	if err != nil {
		return err
	}
	if err := d.put(d.path(markName), append(text, '\n')); err != nil {
		return err
	}
	return filepath.WalkDir(d.path(), func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return err
		}
		return durable.SyncDir(path)
	})
}
