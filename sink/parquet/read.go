package parquet

import (
	"errors"
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
		err := walk(dir, []string{countryPrefix, dayPrefix}, func(path string, values []string) error {
			return readPart(path, values[0], yield)
		})
		if err != nil && err != errEnough {
			yield(order.Order{}, fmt.Errorf("sink/parquet: %w", err))
		}
	}
}

// errEnough says that no more is wanted.
var errEnough = errors.New("no more is wanted")

// walk calls f for each file of a data set, in the order of their paths, with the
// values of the folders in which it is, whose names begin so.
func walk(dir string, folders []string, f func(path string, values []string) error) error {
	if len(folders) == 0 {
		files, err := list(dir, "")
		for _, name := range files {
			if err == nil {
				err = f(filepath.Join(dir, name), nil)
			}
		}
		return err
	}
	names, err := list(dir, folders[0])
	for _, name := range names {
		if err != nil {
			break
		}
		value := unescape(strings.TrimPrefix(name, folders[0]))
		err = walk(filepath.Join(dir, name), folders[1:], func(path string, values []string) error {
			return f(path, append([]string{value}, values...))
		})
	}
	return err
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

// open opens a part file and calls f with it.
func open(path string, f func(*pq.File) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	opened, err := pq.OpenFile(file, info.Size(), pq.SkipPageIndex(true), pq.SkipBloomFilters(true))
	if err == nil {
		err = f(opened)
	}
	if err != nil && err != errEnough {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return err
}

// readPart yields the orders of one file.
func readPart(path, country string, yield func(order.Order, error) bool) error {
	return open(path, func(opened *pq.File) error {
		if err := matches(opened.Schema()); err != nil {
			return err
		}
		return eachRow(opened, func(r *row) bool { return yield(r.order(country), nil) })
	})
}

// eachRow calls f for each row of a file, until it returns false.
func eachRow[T any](opened *pq.File, f func(*T) bool) error {
	r := pq.NewGenericReader[T](opened)
	defer r.Close()
	rows := make([]T, 256)
	for {
		n, err := r.Read(rows)
		for i := range rows[:n] {
			if !f(&rows[i]) {
				return errEnough
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// matches returns nil if a file has all columns of a row, with their types. It
// may have others.
func matches(s *pq.Schema) error {
	for _, want := range rowSchema.Fields() {
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
