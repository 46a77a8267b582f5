package sink_test

import (
	"bytes"
	stdgzip "compress/gzip"
	bigendian "encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/compress"
	"github.com/kafkanauts/kafkanauts/sink/sinktest"
)

// frames is a container of values, each after its length, in blocks of seven; a
// file of them ends with a mark.
type frames struct{ fails *error }

func (frames) Ext() string    { return ".frames" }
func (frames) String() string { return "frames in sevens" }

func (f frames) Packer(s *sink.Session, shard int) (sink.Packer, error) {
	if s.Encoding == nil || s.Merged != (shard < 0) {
		return nil, errors.New("frames take a stream as its session says")
	}
	return &framer{fails: f.fails}, nil
}

type framer struct {
	fails *error
	block []byte
	n     int
}

const framesBegin, framesEnd = "FRAMES\n", 0xffffffff

func (f *framer) Begin(dst []byte) []byte {
	f.block, f.n = f.block[:0], 0
	return append(dst, framesBegin...)
}

func (f *framer) Add(dst []byte, r *order.Record) ([]byte, error) {
	if f.fails != nil && *f.fails != nil {
		return nil, *f.fails
	}
	f.block = bigendian.BigEndian.AppendUint32(f.block, uint32(len(r.Value)))
	f.block = append(f.block, r.Value...)
	if f.n++; f.n < 7 {
		return dst, nil
	}
	dst = append(dst, f.block...)
	f.block, f.n = f.block[:0], 0
	return dst, nil
}

func (f *framer) End(dst []byte) ([]byte, error) {
	if f.fails != nil && *f.fails != nil {
		return nil, *f.fails
	}
	return bigendian.BigEndian.AppendUint32(append(dst, f.block...), framesEnd), nil
}

// unframed takes a file of frames apart.
func unframed(t *testing.T) func([]byte) [][]byte {
	return func(b []byte) (all [][]byte) {
		b, ok := bytes.CutPrefix(b, []byte(framesBegin))
		if !ok {
			t.Fatalf("a file of frames begins with %.20q", b)
		}
		for {
			n := bigendian.BigEndian.Uint32(b)
			if b = b[4:]; n == framesEnd {
				return all
			}
			all = append(all, b[:n])
			b = b[n:]
		}
	}
}

// unpack reads a file by its ending.
func unpack(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var r io.Reader = bytes.NewReader(b)
	switch filepath.Ext(path) {
	case ".gz":
		r, err = stdgzip.NewReader(r)
	case ".zst":
		r, err = zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
	}
	if err == nil {
		b, err = io.ReadAll(r)
	}
	if err != nil {
		t.Errorf("%s: %v", path, err)
	}
	return b
}

// unpacked returns the values that apart finds in all files that match, in the
// order of their names.
func unpacked(t *testing.T, pattern string, apart func([]byte) [][]byte) (all [][]byte) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		all = append(all, apart(unpack(t, f))...)
	}
	return all
}

// throughWriter is a Compression that writes through a Writer, which can fail.
type throughWriter struct {
	sink.Compression
	w *sinktest.Writer
}

func (c throughWriter) Writer(w io.Writer) (io.WriteCloser, error) {
	c.w.W = w
	return c.Compression.Writer(c.w)
}

// chopped is a Compression whose bytes tell how it was written to.
type chopped struct{}

func (chopped) Ext() string    { return ".chopped" }
func (chopped) String() string { return "chopped" }

func (chopped) Writer(w io.Writer) (io.WriteCloser, error) { return choppedWriter{w}, nil }

type choppedWriter struct{ io.Writer }

func (c choppedWriter) Write(p []byte) (int, error) {
	if _, err := fmt.Fprintln(c.Writer, len(p)); err != nil {
		return 0, err
	}
	return c.Writer.Write(p)
}

func (choppedWriter) Close() error { return nil }

// However a stream is cut into batches, a packed file is the same.
func TestPackedFileAnySplit(t *testing.T) {
	var values []string
	for i := range 3000 {
		values = append(values, strings.Repeat("v", i%200)+strings.Repeat("w", i%7))
	}
	for _, c := range []sink.Compression{compress.Gzip{}, compress.Zstd{}, chopped{}} {
		for _, container := range []sink.Container{nil, frames{}} {
			var first string
			for _, size := range []int{1, 7, 999, 3000} {
				path := filepath.Join(t.TempDir(), "orders")
				f := &sink.File{Path: path, Compression: c, Container: container}
				open(t, f, sink.Session{Merged: true, Encoding: headed{}, Speed: 1})
				for i := 0; i < len(values); i += size {
					write(t, f, batch(-1, uint64(i), values[i:min(i+size, len(values))]...))
				}
				if err := f.Close(t.Context()); err != nil {
					t.Fatal(err)
				}
				got := content(t, path)
				if first == "" {
					first = got
				}
				if got != first {
					t.Errorf("%v of %v in batches of %d: other bytes than in batches of 1", c, container, size)
				}
			}
		}
	}
}

func TestNamesOfPackedFiles(t *testing.T) {
	for _, c := range []struct {
		dir  sink.Dir
		want string
	}{
		{sink.Dir{}, "part-00012.pipe"},
		{sink.Dir{Ext: ".csv"}, "part-00012.csv"},
		{sink.Dir{Container: frames{}}, "part-00012.frames"},
		{sink.Dir{Compression: compress.Gzip{}}, "part-00012.pipe.gz"},
		{sink.Dir{Compression: compress.Zstd{}, Ext: ".csv"}, "part-00012.csv.zst"},
		{sink.Dir{Compression: compress.Gzip{}, Ext: ".csv.gz"}, "part-00012.csv.gz"},
		{sink.Dir{Compression: compress.Gzip{}, Container: frames{}}, "part-00012.frames.gz"},
	} {
		if got := c.dir.Name(12); got != c.want {
			t.Errorf("%s, not %s", got, c.want)
		}
	}
}

// A paced stream's reader at the other end of a pipe gets what is due, also
// packed.
func TestPackedPipeIsFlushed(t *testing.T) {
	path := fifo(t)
	got := make(chan string)
	go func() {
		f, err := os.Open(path)
		if err != nil {
			got <- err.Error()
			return
		}
		defer f.Close()
		r, err := stdgzip.NewReader(f)
		if err != nil {
			got <- err.Error()
			return
		}
		b := make([]byte, 2)
		_, err = io.ReadFull(r, b)
		got <- string(b)
		io.Copy(io.Discard, f)
		_ = err
	}()
	f := &sink.File{Path: path, Compression: compress.Gzip{}}
	open(t, f, sink.Session{Merged: true, Speed: 1})
	write(t, f, batch(-1, 1, "a"))
	if b := <-got; b != "a\n" {
		t.Errorf("the reader gets %q", b)
	}
	if err := f.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// What a Container does not take is refused, and nothing is left.
func TestContainerRefuses(t *testing.T) {
	dir := t.TempDir()
	f := &sink.File{Path: filepath.Join(dir, "orders"), Container: frames{}}
	err := f.Open(t.Context(), &sink.Session{Merged: true})
	if err == nil || !strings.Contains(err.Error(), "as its session says") {
		t.Errorf("Open returns %v", err)
	}
	if err := sink.End(t.Context(), f, err); err != nil || len(names(t, dir)) > 0 {
		t.Errorf("Abort returns %v and leaves %v", err, names(t, dir))
	}
	f = &sink.File{Path: filepath.Join(dir, "orders"), Container: frames{}}
	if err := f.Write(t.Context(), batch(-1, 1, "a")); err == nil || !strings.Contains(err.Error(), "must be opened") {
		t.Errorf("Write of a File that was not opened: %v", err)
	}
	if err := sink.End(t.Context(), f, err); len(names(t, dir)) > 0 {
		t.Errorf("Abort returns %v and leaves %v", err, names(t, dir))
	}
	d := &sink.Dir{Path: dir, Container: frames{}}
	if err := d.Open(t.Context(), &sink.Session{Shards: 1}); err != nil {
		t.Fatal(err)
	}
	_, err = d.Shard(0)
	if err == nil || !strings.Contains(err.Error(), "as its session says") {
		t.Errorf("Shard returns %v", err)
	}
	if err := sink.End(t.Context(), d, err); err != nil || len(names(t, dir)) > 0 {
		t.Errorf("Abort returns %v and leaves %v", err, names(t, dir))
	}
}
