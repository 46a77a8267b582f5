package analysis

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/kafkanauts/kafkanauts/order"
)

// Source is records that can be read again and again.
type Source interface {
	// Records begins a new pass: every record's place and its value without
	// the terminator. A value is valid until the next one is asked for. A
	// Source has one pass under way at a time.
	Records() iter.Seq2[order.Place, []byte]
	// Err returns why the last pass ended before the end, or nil. A loop that
	// left a pass early made no error.
	Err() error
}

// Values is a Source of records in memory. Their places are lines from 1.
type Values [][]byte

// Records implements Source.
func (v Values) Records() iter.Seq2[order.Place, []byte] {
	return func(yield func(order.Place, []byte) bool) {
		for i, b := range v {
			if !yield(order.Place{Offset: int64(i) + 1}, b) {
				return
			}
		}
	}
}

// Err implements Source; it returns nil.
func (v Values) Err() error { return nil }

// Lines is a Source of records that are lines, such as those of a file. An
// empty line is an empty record, a last line without an end is a record; if the first
// line ends in "\r\n", all line ends are read as such. Places count records from
// 1, without the header.
type Lines struct {
	// Open begins a pass at the first byte. The reader is closed at its end.
	Open func() (io.ReadCloser, error)
	// Name stands in errors.
	Name string
	// Header is how many lines at the beginning are no records.
	Header int

	err error
}

// longest is the longest line that Lines reads, in bytes.
const longest = 16 << 20

// File returns the lines of a file. If its name ends in ".gz" or ".zst", it is
// decompressed. If enc has a header (order.Header), the first line is none of the records.
func File(name string, enc order.Encoding) *Lines {
	l := &Lines{Name: name, Open: func() (io.ReadCloser, error) { return open(name) }}
	if _, ok := enc.(order.Header); ok {
		l.Header = 1
	}
	return l
}

// open opens a file, compressed or not.
func open(name string) (io.ReadCloser, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	var r io.ReadCloser
	switch {
	case strings.HasSuffix(name, ".gz"):
		r, err = gzip.NewReader(f)
	case strings.HasSuffix(name, ".zst"):
		var z *zstd.Decoder
		if z, err = zstd.NewReader(f, zstd.WithDecoderConcurrency(1)); err == nil { // without goroutines
			r = z.IOReadCloser()
		}
	default:
		return f, nil
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return packed{r, f}, nil
}

// packed is a decompressor and the file that it reads.
type packed struct {
	io.ReadCloser
	file io.Closer
}

func (p packed) Close() error { return errors.Join(p.ReadCloser.Close(), p.file.Close()) }

// Err implements Source.
func (l *Lines) Err() error { return l.err }

// Records implements Source.
func (l *Lines) Records() iter.Seq2[order.Place, []byte] {
	return func(yield func(order.Place, []byte) bool) {
		l.err = nil
		r, err := l.Open()
		if err != nil {
			l.err = fmt.Errorf("analysis: open %s: %w", l.Name, err)
			return
		}
		defer r.Close()
		b := bufio.NewReaderSize(r, 256<<10)
		var long []byte
		returns := false
		for at := int64(1) - int64(l.Header); ; at++ {
			line, err := b.ReadSlice('\n')
			if errors.Is(err, bufio.ErrBufferFull) {
				long = long[:0]
				for errors.Is(err, bufio.ErrBufferFull) && len(long) <= longest {
					long = append(long, line...)
					line, err = b.ReadSlice('\n')
				}
				if len(long) > longest {
					l.err = fmt.Errorf("analysis: %s: record %d is longer than %d bytes; is this a file of lines?", l.Name, at, longest)
					return
				}
				long = append(long, line...)
				line = long
			}
			if err != nil && !errors.Is(err, io.EOF) {
				l.err = fmt.Errorf("analysis: read %s: record %d: %w", l.Name, at, err)
				return
			}
			if n := len(line); n > 0 && line[n-1] == '\n' {
				line = line[:n-1]
				if at == 1-int64(l.Header) {
					returns = n > 1 && line[n-2] == '\r'
				}
				if returns && n > 1 && line[n-2] == '\r' {
					line = line[:n-2]
				}
			} else if n == 0 && err != nil {
				return
			}
			if at > 0 && !yield(order.Place{Offset: at}, line) {
				return
			}
			if err != nil {
				return
			}
		}
	}
}
