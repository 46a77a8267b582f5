package sink_test

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/compress"
	"github.com/kafkanauts/kafkanauts/sink/sinktest"
)

// contents returns the lines of all files that match, in the order of their names.
func contents(t *testing.T, pattern string) [][]byte {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	var all [][]byte
	for _, f := range files {
		if i, err := os.Stat(f); err == nil && i.IsDir() {
			continue
		}
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, sinktest.Lines(b)...)
	}
	return all
}

// received collects what a channel receives, until it is closed.
func received(ch <-chan order.Record) func() [][]byte {
	var all []order.Record // kept: each must be a copy
	var wg sync.WaitGroup
	wg.Go(func() {
		for r := range ch {
			all = append(all, r)
		}
	})
	return func() (values [][]byte) {
		wg.Wait()
		for _, r := range all {
			values = append(values, r.Value)
		}
		return values
	}
}

func TestConformance(t *testing.T) {
	for _, c := range []struct {
		name string
		open sinktest.Open
	}{
		{"Writer", func(t *testing.T) (sink.Sink, func() [][]byte) {
			var b bytes.Buffer
			return sink.Writer(&b), func() [][]byte { return sinktest.Lines(b.Bytes()) }
		}},
		{"File", func(t *testing.T) (sink.Sink, func() [][]byte) {
			path := filepath.Join(t.TempDir(), "orders.pipe")
			return &sink.File{Path: path}, func() [][]byte { return contents(t, path) }
		}},
		{"Dir", func(t *testing.T) (sink.Sink, func() [][]byte) {
			path := filepath.Join(t.TempDir(), "a", "b")
			return &sink.Dir{Path: path}, func() [][]byte { return contents(t, filepath.Join(path, "part-*")) }
		}},
		{"File, packed", func(t *testing.T) (sink.Sink, func() [][]byte) {
			path := filepath.Join(t.TempDir(), "orders.pipe.zst")
			return &sink.File{Path: path, Compression: compress.Zstd{}}, func() [][]byte { return unpacked(t, path, sinktest.Lines) }
		}},
		{"File of frames", func(t *testing.T) (sink.Sink, func() [][]byte) {
			path := filepath.Join(t.TempDir(), "orders.frames")
			return &sink.File{Path: path, Container: frames{}}, func() [][]byte { return unpacked(t, path, unframed(t)) }
		}},
		{"Dir of frames, packed", func(t *testing.T) (sink.Sink, func() [][]byte) {
			d := &sink.Dir{Path: t.TempDir(), Container: frames{}, Compression: compress.Gzip{Level: 1}}
			return d, func() [][]byte { return unpacked(t, filepath.Join(d.Path, "part-*.frames.gz"), unframed(t)) }
		}},
		{"Channel", func(t *testing.T) (sink.Sink, func() [][]byte) {
			ch := make(chan order.Record, 5)
			return sink.Channel(ch), received(ch)
		}},
		{"Func", func(t *testing.T) (sink.Sink, func() [][]byte) {
			var all [][]byte
			return sink.Func(func(_ context.Context, b *sink.Batch) error {
				for _, r := range b.Records {
					all = append(all, bytes.Clone(r.Value))
				}
				return nil
			}), func() [][]byte { return all }
		}},
		{"Discard", func(t *testing.T) (sink.Sink, func() [][]byte) { return sink.Discard(), nil }},
		{"Tee", func(t *testing.T) (sink.Sink, func() [][]byte) {
			dir := t.TempDir()
			var b, key bytes.Buffer
			f := filepath.Join(dir, "orders.pipe")
			ch := make(chan order.Record)
			read := received(ch)
			return sink.Tee(sink.Writer(&b), sink.Channel(ch), &sink.File{Path: f}, sink.Truth(&key)), func() [][]byte {
				lines, written := read(), sinktest.Lines(b.Bytes())
				if n := min(len(lines), len(written)); !slices.EqualFunc(lines[:n], written[:n], bytes.Equal) {
					t.Error("a writer and a channel in one Tee do not agree")
				}
				if whole := contents(t, f); len(whole) > 0 && !slices.EqualFunc(lines, whole, bytes.Equal) {
					t.Error("a channel and a file in one Tee do not agree")
				}
				return lines
			}
		}},
		{"Tee of Sharders", func(t *testing.T) (sink.Sink, func() [][]byte) {
			dir := t.TempDir()
			data := &sink.Dir{Path: filepath.Join(dir, "data")}
			key := &sink.TruthFile{Path: filepath.Join(dir, "truth.csv"), Form: truth.Files, Name: data.Name, Hash: true}
			return sink.Tee(data, key), func() [][]byte { return contents(t, filepath.Join(data.Path, "part-*")) }
		}},
		{"TruthFile after Discard", func(t *testing.T) (sink.Sink, func() [][]byte) {
			return sink.Tee(sink.Discard(), &sink.TruthFile{Path: filepath.Join(t.TempDir(), "t.csv"), Form: truth.Offsets}), nil
		}},
		{"Truth after Discard", func(t *testing.T) (sink.Sink, func() [][]byte) {
			return sink.Tee(sink.Discard(), sink.Truth(new(bytes.Buffer))), nil
		}},
	} {
		t.Run(c.name, func(t *testing.T) { sinktest.Run(t, c.open) })
	}
}

func TestUnblocks(t *testing.T) {
	t.Run("Channel", func(t *testing.T) {
		sinktest.Unblocks(t, func(t *testing.T) (sink.Sink, func()) {
			ch := make(chan order.Record)
			return sink.Channel(ch), func() { <-ch }
		})
	})
	t.Run("Writer to a connection", func(t *testing.T) {
		sinktest.Unblocks(t, func(t *testing.T) (sink.Sink, func()) {
			here, there := net.Pipe()
			return sink.Writer(here), func() { there.Read(make([]byte, 1)) }
		})
	})
	t.Run("Writer to a pipe", func(t *testing.T) {
		sinktest.Unblocks(t, func(t *testing.T) (sink.Sink, func()) {
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { r.Close(); w.Close() })
			return sink.Writer(w), func() { r.Read(make([]byte, 1)) }
		})
	})
}
