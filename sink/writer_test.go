package sink_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/compress"
)

// batch makes a batch of records with these values, its seqs from seq on.
func batch(shard int, seq uint64, values ...string) *sink.Batch {
	b := &sink.Batch{Shard: shard, Parts: 1}
	for i, v := range values {
		b.Records = append(b.Records, order.Record{Seq: seq + uint64(i), Value: []byte(v)})
		b.Lines = append(append(b.Lines, v...), '\n')
	}
	return b
}

// open opens s, if it is an Opener.
func open(t *testing.T, s sink.Sink, session sink.Session) {
	t.Helper()
	if o, ok := s.(sink.Opener); ok {
		if err := o.Open(t.Context(), &session); err != nil {
			t.Fatalf("Open: %v", err)
		}
	}
}

// write writes the batch, which must succeed.
func write(t *testing.T, s sink.Sink, b *sink.Batch) {
	t.Helper()
	if err := s.Write(t.Context(), b); err != nil {
		t.Fatalf("Write: %v", err)
	}
}

// headed is an encoding with a header.
type headed struct{ order.Pipe }

func (headed) AppendHeader(dst []byte) []byte { return append(dst, "the,header"...) }

func TestWriterHeader(t *testing.T) {
	var b bytes.Buffer
	w := sink.Writer(&b)
	open(t, w, sink.Session{Encoding: headed{}})
	first := batch(-1, 1, "a", "b")
	write(t, w, first)
	if at := first.Records[1].At; at != (order.Place{Offset: 2}) {
		t.Errorf("the second record is at %+v: a header is no line", at)
	}
	if err := w.Close(t.Context()); err != nil || b.String() != "the,header\na\nb\n" {
		t.Errorf("written is %q, %v", &b, err)
	}
	b.Reset()
	w = sink.Writer(&b)
	open(t, w, sink.Session{Encoding: headed{}})
	if err := w.Close(t.Context()); err != nil || b.String() != "the,header\n" {
		t.Errorf("of no records is written %q, %v", &b, err)
	}
}

// A paced stream's reader sees a batch as soon as it was written.
func TestWriterPaced(t *testing.T) {
	for _, speed := range []float64{1, 0} {
		paced := speed > 0
		var data, key bytes.Buffer
		s := sink.Tee(sink.Writer(&data), sink.Truth(&key))
		open(t, s, sink.Session{Speed: speed})
		b := batch(-1, 1, "a")
		b.Records[0].Truth = &order.Truth{Tags: []string{"p"}}
		write(t, s, b)
		if got := data.String() == "a\n"; got != paced {
			t.Errorf("paced %v: after Write there is %q", paced, &data)
		}
		if got := strings.HasSuffix(key.String(), "1,1,0,p,tagged,,,,,\n"); got != paced {
			t.Errorf("paced %v: after Write the key is %q", paced, &key)
		}
	}
}

// Values without Lines are lines if they hold no line end.
func TestWriterValues(t *testing.T) {
	var b bytes.Buffer
	w := sink.Writer(&b)
	values := batch(-1, 7, "a", "", strings.Repeat("x", 300_000), "b")
	want := string(values.Lines)
	values.Lines = nil
	write(t, w, values)
	bad := batch(-1, 20, "c", "d\ne")
	bad.Lines = nil
	if err := w.Write(t.Context(), bad); err == nil || !strings.Contains(err.Error(), "seq 21") {
		t.Errorf("a value with a line end: %v", err)
	}
	if w.Close(t.Context()) == nil || !strings.HasPrefix(b.String(), want) {
		t.Errorf("written are %d bytes, not the %d that were accepted", b.Len(), len(want))
	}
}

// limited takes n bytes; then it fails, or only takes less than it is given.
type limited struct {
	n    int
	err  error
	took int
}

func (l *limited) Write(p []byte) (int, error) {
	n := min(len(p), l.n-l.took)
	l.took += n
	if n < len(p) {
		return n, l.err
	}
	return n, nil
}

func TestWriterFails(t *testing.T) {
	full := errors.New("the disk is full")
	for _, c := range []struct{ err, want error }{{full, full}, {nil, io.ErrShortWrite}} {
		dst := &limited{n: 100_000, err: c.err}
		w := sink.Writer(dst)
		var err error
		for i := 0; i < 10 && err == nil; i++ {
			err = w.Write(t.Context(), batch(-1, 1, strings.Repeat("x", 30_000)))
		}
		if !errors.Is(err, c.want) || !strings.HasPrefix(err.Error(), "sink: writer: ") {
			t.Errorf("Write returns %v; want %v", err, c.want)
		}
		took := dst.took
		if again := w.Write(t.Context(), batch(-1, 1, "y")); again != err {
			t.Errorf("the next Write returns %v, not %v", again, err)
		}
		if closed := w.Close(t.Context()); closed != err || dst.took != took {
			t.Errorf("Close returns %v, not %v, and writes %d bytes after a torn line", closed, err, dst.took-took)
		}
	}
	w := sink.Writer(&limited{err: full})
	write(t, w, batch(-1, 1, "waits in the buffer"))
	if err := w.Close(t.Context()); !errors.Is(err, full) {
		t.Errorf("Close, which flushes, returns %v", err)
	}
}

// What was accepted before ctx ended is handed over.
func TestWriterEnded(t *testing.T) {
	var b bytes.Buffer
	w := sink.Writer(&b)
	write(t, w, batch(-1, 1, "a"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := w.Write(ctx, batch(-1, 2, "b"))
	if got := sink.End(t.Context(), w, err); !errors.Is(got, context.Canceled) || b.String() != "a\n" {
		t.Errorf("handed over is %q, %v", &b, got)
	}
}

func TestWriteAllocatesNothing(t *testing.T) {
	small, large := batch(-1, 1, "some value", "another"), batch(-1, 1, strings.Repeat("x", 100_000))
	small.Records[1].Truth = &order.Truth{Tags: []string{"p"}, Faults: []order.Fault{
		{Strategy: "mask", Op: order.Edited, Field: order.City, Start: 1, End: 4, Was: []byte("é")}}}
	small.Lost = []order.Record{{Seq: 1, Truth: &order.Truth{Faults: []order.Fault{{Strategy: "drop", Op: order.Dropped, Was: []byte("v")}}}}}
	for name, s := range map[string]sink.Sink{
		"Writer": sink.Writer(io.Discard), "Truth": sink.Tee(sink.Writer(io.Discard), sink.Truth(io.Discard)), "Discard": sink.Discard(),
		"File":  &sink.File{Path: filepath.Join(t.TempDir(), "orders")},
		"Files": oneShard(t, &sink.Files{}), "Files, packed, with a key": oneShard(t, filling(&sink.Files{Compression: compress.Gzip{Level: 1}}, t.TempDir(), "s")),
	} {
		small.Shard, large.Shard = -1, -1
		if strings.HasPrefix(name, "Files") {
			small.Shard, large.Shard = 0, 0
		}
		for _, b := range []*sink.Batch{small, large} {
			n := testing.AllocsPerRun(200, func() { write(t, s, b) })
			if n != 0 {
				t.Errorf("%s: %v allocations in a Write of %d bytes", name, n, len(b.Lines))
			}
		}
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// oneShard is the only shard of a Files; its file comes to nothing.
func oneShard(t testing.TB, f *sink.Files) sink.Sink {
	if f.Path == "" {
		f.Path = filepath.Join(t.TempDir(), "data")
	}
	if err := f.Open(t.Context(), &sink.Session{Shards: 1, Recipe: recipe("1")}); err != nil {
		t.Fatal(err)
	}
	s, err := f.Shard(0)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// binary is an encoding whose values are not lines.
type binary struct{ order.Pipe }

func (binary) Binary() bool { return true }

// Sinks of lines refuse values that are none, before they make a file.
func TestLinesRefuseBinary(t *testing.T) {
	dir := t.TempDir()
	var b bytes.Buffer
	for _, dst := range []sink.Sink{sink.Writer(&b), &sink.File{Path: filepath.Join(dir, "file")}, &sink.Dir{Path: filepath.Join(dir, "dir")},
		&sink.Files{Path: filepath.Join(dir, "files")}} {
		err := dst.(sink.Opener).Open(t.Context(), &sink.Session{Shards: 1, Encoding: binary{}})
		if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "line ends") {
			t.Errorf("%T: %v", dst, err)
		}
		if closed := dst.Close(t.Context()); closed == nil {
			t.Errorf("%T: Close returns nil", dst)
		}
	}
	if names, err := os.ReadDir(dir); len(names) > 0 || err != nil {
		t.Errorf("there is %v, %v", names, err)
	}
}
