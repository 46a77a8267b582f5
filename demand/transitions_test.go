package demand

import (
	"io"
	"strings"
	"testing"
	"time"
)

// With its transitions written out, every zone of the database says of every
// instant what it said before: around each transition, and on a grid that goes
// beyond what is written.
func TestWrittenTransitionsChangeNothing(t *testing.T) {
	files, err := zones()
	if err != nil {
		t.Fatal(err)
	}
	more := 0
	for name, f := range files {
		if strings.HasSuffix(name, "/") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		slim, err := time.LoadLocationFromTZData(name, data)
		if err != nil {
			continue // not a zone
		}
		out := written(data, slim)
		fat, err := time.LoadLocationFromTZData(name, out)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		same := func(unix int64) {
			a, b := time.Unix(unix, 0).In(slim), time.Unix(unix, 0).In(fat)
			n1, o1 := a.Zone()
			n2, o2 := b.Zone()
			if n1 != n2 || o1 != o2 || a.IsDST() != b.IsDST() {
				t.Fatalf("%s at %d: %s %d %v, not %s %d %v", name, unix, n2, o2, b.IsDST(), n1, o1, a.IsDST())
			}
		}
		for year := 1890; year < 2210; year++ {
			for day := 0; day < 366; day += 13 {
				same(time.Date(year, 1, day, 7*day%24, 0, 0, 0, time.UTC).Unix())
			}
		}
		if len(out) <= len(data) {
			continue // as they were
		}
		more++
		_, change := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).In(fat).ZoneBounds()
		for range 400 {
			if change.IsZero() || change.Year() >= lastWritten {
				break
			}
			for _, by := range []int64{-1, 0, 1} {
				same(change.Unix() + by)
			}
			_, next := change.ZoneBounds()
			for day := change; day.Before(next); day = day.Add(30 * 24 * time.Hour) {
				same(day.Unix())
			}
			change = next
		}
	}
	if more < 100 {
		t.Errorf("only %d zones were written out", more)
	}
}

// Whatever is no zone data comes back as it is.
func FuzzWritten(f *testing.F) {
	files, err := zones()
	if err != nil {
		f.Fatal(err)
	}
	r, err := files["Europe/Madrid"].Open()
	if err != nil {
		f.Fatal(err)
	}
	madrid, err := io.ReadAll(r)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(madrid)
	f.Add([]byte("TZif2"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if loc, err := time.LoadLocationFromTZData("fuzz", data); err == nil {
			if _, err := time.LoadLocationFromTZData("fuzz", written(data, loc)); err != nil {
				t.Errorf("no zone data any more: %v", err)
			}
		}
	})
}
