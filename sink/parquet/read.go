package parquet

import (
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"

	pq "github.com/parquet-go/parquet-go"

	"github.com/kafkanauts/kafkanauts/order"
)

// Read returns the orders of the data set in dir: partition by partition and
// file by file in the order of their paths, within a file as they were written. Times are UTC. Files and folders whose
// names begin with an underscore or a dot are passed over. An error is the last
// thing it yields, with a zero order. It may be ranged over any number of times.
func Read(dir string) iter.Seq2[order.Order, error] {
	return func(yield func(order.Order, error) bool) {
		fail := func(err error) { yield(order.Order{}, fmt.Errorf("sink/parquet: %w", err)) }
		countries, err := list(dir, "country=")
		if err != nil {
			fail(err)
			return
		}
		for _, c := range countries {
			country := unescape(strings.TrimPrefix(c, "country="))
			days, err := list(filepath.Join(dir, c), "dt=")
			if err != nil {
				fail(err)
				return
			}
			for _, day := range days {
				files, err := list(filepath.Join(dir, c, day), "")
				if err != nil {
					fail(err)
					return
				}
				for _, name := range files {
					more, err := readPart(filepath.Join(dir, c, day, name), country, yield)
					if err != nil {
						fail(err)
					}
					if err != nil || !more {
						return
					}
				}
			}
		}
	}
}

// list returns the names in a folder that readers of data sets see, sorted. All
// must have the prefix.
func list(dir, prefix string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		name := e.Name()
		if ignored(name) {
			continue
		}
		if !strings.HasPrefix(name, prefix) {
			return nil, fmt.Errorf("%s: expected only names that begin with %s; is this a data set of orders?", filepath.Join(dir, name), prefix)
		}
		names = append(names, name)
	}
	return names, nil
}

// readPart yields the orders of one file and returns whether more are wanted.
func readPart(path, country string, yield func(order.Order, error) bool) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	opened, err := pq.OpenFile(f, info.Size(), pq.SkipPageIndex(true), pq.SkipBloomFilters(true))
	if err != nil {
		return false, fmt.Errorf("%s: %w", path, err)
	}
	if err := matches(opened.Schema()); err != nil {
		return false, fmt.Errorf("%s: %w", path, err)
	}
	r := pq.NewGenericReader[row](opened)
	defer r.Close()
	rows := make([]row, 256)
	for {
		n, err := r.Read(rows)
		for i := range rows[:n] {
			if !yield(rows[i].order(country), nil) {
				return false, nil
			}
		}
		if err == io.EOF {
			return true, nil
		}
		if err != nil {
			return false, fmt.Errorf("%s: %w", path, err)
		}
	}
}

var schema = pq.SchemaOf(row{})

// matches returns nil if a file has all columns of a row, with their types. It
// may have others.
func matches(s *pq.Schema) error {
	for _, want := range schema.Fields() {
		got, ok := s.Lookup(want.Name())
		if !ok {
			return fmt.Errorf("there is no column %s; is this a data set of orders?", want.Name())
		}
		if got.Node.Optional() || got.Node.Repeated() || got.Node.Type().String() != want.Type().String() {
			return fmt.Errorf("column %s is %v, not %v; is this a data set of orders?", want.Name(), got.Node.Type(), want.Type())
		}
	}
	return nil
}
