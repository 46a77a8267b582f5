package avro

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/avro"
	"github.com/kafkanauts/kafkanauts/order/schema"
)

// Read yields the orders of a file of this package, or of a directory's files
// that end in .avro, in the order of their names. Their texts are the caller's. A record of a text file that is
// no order comes as an error that wraps a *order.ParseError, and Read goes on; after any other
// error it ends.
func Read(path string) iter.Seq2[order.Order, error] {
	return func(yield func(order.Order, error) bool) {
		each(path, readInto(yield), func(err error) { yield(order.Order{}, err) })
	}
}

// readInto returns what yields a record as an order.
func readInto(yield func(order.Order, error) bool) func(*file) bool {
	return func(f *file) bool {
		if f.form == schema.Typed {
			return yield(clone(&f.order), nil)
		}
		var o order.Order
		err := order.Pipe{}.Parse(&o, f.value, nil)
		if err != nil {
			err = fmt.Errorf("avro: %s: record %d: %w", f.name, f.count, err)
		}
		return yield(o, err)
	}
}

// Values is Read for the records as order.Pipe writes them, in the layout of the
// wire: those of a text file as they were, whatever their damage. The bytes are
// valid until the next record.
func Values(path string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		each(path, valuesInto(yield), func(err error) { yield(nil, err) })
	}
}

// valuesInto returns what yields a record as a pipe record.
func valuesInto(yield func([]byte, error) bool) func(*file) bool {
	return func(f *file) bool {
		if f.form == schema.Typed {
			f.value = order.Pipe{}.Append(f.value[:0], &f.order, nil)
		}
		return yield(f.value, nil)
	}
}

// each goes through the records of all files at path, until one is refused or
// something fails.
func each(path string, record func(*file) bool, failed func(error)) {
	names := []string{path}
	if info, err := os.Stat(path); err != nil {
		failed(fmt.Errorf("avro: %w", err))
		return
	} else if info.IsDir() {
		entries, err := os.ReadDir(path) // sorted
		if err != nil {
			failed(fmt.Errorf("avro: %w", err))
			return
		}
		names = names[:0]
		for _, e := range entries {
			if n := e.Name(); strings.HasSuffix(n, ".avro") && n[0] != '_' && n[0] != '.' {
				names = append(names, filepath.Join(path, n))
			}
		}
	}
	for _, name := range names {
		in, err := os.Open(name)
		more := false
		if err == nil {
			more, err = eachOf(name, in, record)
			in.Close()
		}
		if err != nil {
			failed(fmt.Errorf("avro: %s: %w", name, err))
		}
		if !more {
			return
		}
	}
}

// eachOf goes through the records of one file. It returns false if it is the
// last one to be read.
func eachOf(name string, in io.Reader, record func(*file) bool) (more bool, err error) {
	f := &file{name: name, in: bufio.NewReaderSize(in, 1<<16)}
	if err := f.header(); err != nil {
		return false, err
	}
	for {
		n, err := f.next()
		if err == io.EOF {
			return true, nil
		}
		if err != nil {
			return false, fmt.Errorf("the block after %d records: %w", f.count, err)
		}
		for range n {
			if err := f.record(); err != nil {
				return false, fmt.Errorf("record %d: %w", f.count+1, err)
			}
			f.count++
			if !record(f) {
				return false, nil
			}
		}
		if len(f.block) > 0 {
			return false, fmt.Errorf("%d bytes are left over in the block that ends with record %d", len(f.block), f.count)
		}
	}
}

// file is a container file that is being read.
type file struct {
	name   string
	in     *bufio.Reader
	form   schema.Form
	unpack func([]byte) ([]byte, error)
	sync   [syncSize]byte
	packed bytes.Buffer

	block []byte // what is left of the block
	count int    // records so far

	// The last record.
	order order.Order // of a typed one: its texts are views of the block
	value []byte      // of a text file
}

// clone returns an order with texts of its own.
func clone(v *order.Order) order.Order {
	o := *v
	for f := order.ID; f < order.NumFields; f++ {
		if f.Kind() == order.Text {
			o.SetText(f, strings.Clone(o.Text(f)))
		}
	}
	return o
}

var errEnds = errors.New("the file ends within it")

// long reads a number that is not negative.
func (f *file) long() (int64, error) {
	v, err := binary.ReadVarint(f.in)
	if err == nil && v < 0 {
		err = fmt.Errorf("a length is %d", v)
	}
	return v, err
}

// take reads so many bytes, valid until the next call.
func (f *file) take(n int64) ([]byte, error) {
	if n > mostBlock {
		return nil, errLarge
	}
	f.packed.Reset()
	if _, err := io.CopyN(&f.packed, f.in, n); err != nil { // it grows by what is there, not by what is said
		return nil, errEnds
	}
	return f.packed.Bytes(), nil
}

// header reads what a file begins with.
func (f *file) header() error {
	var begin [len(magic)]byte
	if _, err := io.ReadFull(f.in, begin[:]); err != nil || string(begin[:]) != magic {
		return errors.New("it is no Avro container file")
	}
	meta := map[string]string{}
	for {
		n, err := f.long()
		if err != nil {
			return fmt.Errorf("its header: %w", err)
		}
		if n == 0 {
			break
		}
		for range n {
			var pair [2]string
			for i := range pair {
				size, err := f.long()
				var b []byte
				if err == nil {
					b, err = f.take(size)
				}
				if err != nil {
					return fmt.Errorf("its header: %w", err)
				}
				pair[i] = string(b)
			}
			meta[pair[0]] = pair[1]
		}
	}
	if _, err := io.ReadFull(f.in, f.sync[:]); err != nil {
		return fmt.Errorf("its header: %w", errEnds)
	}
	forms := []schema.Form{schema.Typed, schema.Damaged}
	i := slices.IndexFunc(forms, func(form schema.Form) bool { return meta["avro.schema"] == schema.Avro(form) })
	if i < 0 {
		return errors.New("its schema is none of this package's; read it with a library for Avro")
	}
	f.form = forms[i]
	var err error
	f.unpack, err = unpacker(meta["avro.codec"])
	return err
}

// next reads a block, and returns how many records it has; io.EOF if there is
// none.
func (f *file) next() (int64, error) {
	if _, err := f.in.Peek(1); err != nil {
		return 0, err
	}
	n, err := f.long()
	var size int64
	if err == nil {
		size, err = f.long()
	}
	var packed []byte
	if err == nil {
		packed, err = f.take(size)
	}
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = errEnds
	}
	if err != nil {
		return 0, err
	}
	if f.block, err = f.unpack(packed); err != nil {
		return 0, err
	}
	var sync [syncSize]byte
	if _, err := io.ReadFull(f.in, sync[:]); err != nil {
		return 0, errEnds
	}
	if sync != f.sync {
		return 0, errors.New("what ends it is not what ends the file's blocks")
	}
	return n, nil
}

// record reads a record out of the block.
func (f *file) record() (err error) {
	if f.form == schema.Typed {
		f.block, err = avro.Encoding{}.Next(&f.order, f.block)
		return err
	}
	f.value = f.value[:0]
	texts := 0
	for i := range order.Columns + 1 {
		t, is, err := f.nullable()
		if err != nil {
			return err
		}
		if last := i == order.Columns; last && is != (texts == 0) || !last && texts > 0 && !is || !last && texts < i && is {
			return errors.New("it is neither sixteen texts nor a record's bytes")
		}
		if is {
			if texts++; texts > 1 {
				f.value = append(f.value, '|')
			}
			f.value = append(f.value, t...)
		}
	}
	return nil
}

// nullable reads bytes, or null.
func (f *file) nullable() (t []byte, is bool, err error) {
	branch, b, err := long(f.block)
	switch {
	case err != nil:
		return nil, false, err
	case branch == 0:
		f.block = b
		return nil, false, nil
	case branch != 1:
		return nil, false, fmt.Errorf("a union has no branch %d", branch)
	}
	n, b, err := long(b)
	if err != nil || n < 0 || n > int64(len(b)) {
		return nil, false, errEnds
	}
	t, f.block = b[:n], b[n:]
	return t, true, nil
}

func long(b []byte) (int64, []byte, error) {
	v, n := binary.Varint(b)
	if n <= 0 {
		return 0, nil, errEnds
	}
	return v, b[n:], nil
}
