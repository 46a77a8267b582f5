package sink_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/kafkanauts/kafkanauts/order/truth"
	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/compress"
	"github.com/kafkanauts/kafkanauts/sink/sinktest"
)

// isFile tells whether there is a file.
func isFile(path string) func() bool {
	return func() bool { f, err := os.Stat(path); return err == nil && f.Mode().IsRegular() }
}

// writers returns what makes the writer of a shard's file one that can fail, and
// what makes it fail.
func writers() (wrap func(int, io.Writer) io.Writer, fail func(shard int, how sinktest.Failure) error) {
	var mu sync.Mutex
	all := map[int]*sinktest.Writer{}
	of := func(shard int) *sinktest.Writer {
		mu.Lock()
		defer mu.Unlock()
		if all[shard] == nil {
			all[shard] = new(sinktest.Writer)
		}
		return all[shard]
	}
	return func(shard int, w io.Writer) io.Writer {
			of(shard).W = w
			return of(shard)
		}, func(shard int, how sinktest.Failure) error {
			return of(shard).Fail(how)
		}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name string
		open func(t *testing.T, how sinktest.Failure) sinktest.Faulty
	}{
		{"Writer", func(t *testing.T, how sinktest.Failure) sinktest.Faulty {
			var w sinktest.Writer
			return sinktest.Faulty{Sink: sink.Writer(&w), Delivered: w.Lines, Fail: func(int) error { return w.Fail(how) }}
		}},
		{"File", func(t *testing.T, how sinktest.Failure) sinktest.Faulty {
			path := filepath.Join(t.TempDir(), "orders.pipe")
			var w sinktest.Writer
			f := &sink.File{Path: path}
			if err := f.Through(func(file io.Writer) io.Writer { w.W = file; return &w }); err != nil {
				t.Fatal(err)
			}
			return sinktest.Faulty{Sink: f, Complete: isFile(path), Fail: func(int) error { return w.Fail(how) },
				Delivered: func() [][]byte { return contents(t, path) }}
		}},
		{"Dir", func(t *testing.T, how sinktest.Failure) sinktest.Faulty {
			wrap, fail := writers()
			path := t.TempDir()
			d := sink.Through{Dir: &sink.Dir{Path: path}, Wrap: wrap}
			return sinktest.Faulty{Sink: d, Complete: func() bool {
				files, _ := filepath.Glob(filepath.Join(path, "part-*"))
				return len(files) > 0
			}, Fail: func(shard int) error { return fail(shard, how) },
				Delivered: func() [][]byte { return contents(t, filepath.Join(path, "part-*")) }}
		}},
		{"File, packed", func(t *testing.T, how sinktest.Failure) sinktest.Faulty {
			path := filepath.Join(t.TempDir(), "orders.pipe.gz")
			var w sinktest.Writer
			return sinktest.Faulty{Sink: &sink.File{Path: path, Compression: throughWriter{compress.Gzip{Level: 1}, &w}},
				Complete: isFile(path), Fail: func(int) error { return w.Fail(how) },
				Delivered: func() [][]byte { return unpacked(t, path, sinktest.Lines) }}
		}},
		{"File of frames", func(t *testing.T, how sinktest.Failure) sinktest.Faulty {
			path := filepath.Join(t.TempDir(), "orders.frames")
			var fails error
			return sinktest.Faulty{Sink: &sink.File{Path: path, Container: frames{&fails}}, Complete: isFile(path),
				Fail:      func(int) error { fails = errors.New("no more frames"); return fails },
				Delivered: func() [][]byte { return unpacked(t, path, unframed(t)) }}
		}},
		{"TruthFile", func(t *testing.T, how sinktest.Failure) sinktest.Faulty {
			wrap, fail := writers()
			path := filepath.Join(t.TempDir(), "truth.csv")
			k := sink.ThroughKey{TruthFile: &sink.TruthFile{Path: path, Form: truth.Offsets}, Wrap: wrap}
			return sinktest.Faulty{Sink: sink.Tee(sink.Discard(), k), Fail: func(shard int) error { return fail(shard, how) },
				Complete: func() bool { return isFile(path)() || isFile(truth.ManifestPath(path))() }}
		}},
		{"Truth", func(t *testing.T, how sinktest.Failure) sinktest.Faulty {
			var w sinktest.Writer
			return sinktest.Faulty{Sink: sink.Tee(sink.Discard(), sink.Truth(&w)), Fail: func(int) error { return w.Fail(how) }}
		}},
		{"Tee, the first", func(t *testing.T, how sinktest.Failure) sinktest.Faulty {
			var w, other sinktest.Writer
			path := filepath.Join(t.TempDir(), "orders.pipe")
			return sinktest.Faulty{Sink: sink.Tee(sink.Writer(&w), &sink.File{Path: path}, sink.Writer(&other)),
				Delivered: other.Lines, Complete: isFile(path), Fail: func(int) error { return w.Fail(how) }}
		}},
		{"Tee, the last", func(t *testing.T, how sinktest.Failure) sinktest.Faulty {
			var w, other sinktest.Writer
			return sinktest.Faulty{Sink: sink.Tee(sink.Writer(&other), sink.Writer(&w)),
				Delivered: w.Lines, Fail: func(int) error { return w.Fail(how) }}
		}},
		{"Tee of Dir and TruthFile", func(t *testing.T, how sinktest.Failure) sinktest.Faulty {
			wrap, fail := writers()
			dir := t.TempDir()
			d := &sink.Dir{Path: filepath.Join(dir, "data")}
			key := filepath.Join(dir, "truth.csv")
			k := &sink.TruthFile{Path: key, Form: truth.Files, Name: d.Name}
			return sinktest.Faulty{Sink: sink.Tee(sink.Through{Dir: d, Wrap: wrap}, k), Complete: isFile(key),
				Fail:      func(shard int) error { return fail(shard, how) },
				Delivered: func() [][]byte { return contents(t, filepath.Join(d.Path, "part-*")) }}
		}},
		{"Tee of Dir and TruthFile, the last", func(t *testing.T, how sinktest.Failure) sinktest.Faulty {
			wrap, fail := writers()
			dir := t.TempDir()
			d := &sink.Dir{Path: filepath.Join(dir, "data")}
			key := filepath.Join(dir, "truth.csv")
			k := sink.ThroughKey{TruthFile: &sink.TruthFile{Path: key, Form: truth.Files, Name: d.Name}, Wrap: wrap}
			return sinktest.Faulty{Sink: sink.Tee(d, k), Complete: isFile(key),
				Fail:      func(shard int) error { return fail(shard, how) },
				Delivered: func() [][]byte { return contents(t, filepath.Join(d.Path, "part-*")) }}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if testing.Short() && c.name != "Writer" && c.name != "Dir" {
				t.Skip("only shards are written concurrently")
			}
			all := sinktest.Failures()
			switch {
			case testing.Short():
				all = []sinktest.Failure{sinktest.Tears}
			case c.name != "Writer":
				all = []sinktest.Failure{sinktest.Tears, sinktest.Stumbles}
			}
			for _, how := range all {
				t.Run(how.String(), func(t *testing.T) {
					sinktest.Faults(t, func(t *testing.T) sinktest.Faulty { return c.open(t, how) })
				})
			}
		})
	}
}

// What is complete cannot be put in its place.
func TestFaultsOfPlaces(t *testing.T) {
	take := func(path string) error { // the cause is the system's
		if err := os.MkdirAll(filepath.Join(path, "taken"), 0o777); err != nil {
			t.Error(err)
		}
		return nil
	}
	t.Run("File", func(t *testing.T) {
		sinktest.Faults(t, func(t *testing.T) sinktest.Faulty {
			path := filepath.Join(t.TempDir(), "orders.pipe")
			return sinktest.Faulty{Sink: &sink.File{Path: path}, Fail: func(int) error { return take(path) },
				Complete: isFile(path)}
		})
	})
	t.Run("Dir", func(t *testing.T) {
		sinktest.Faults(t, func(t *testing.T) sinktest.Faulty {
			d := &sink.Dir{Path: t.TempDir()}
			return sinktest.Faulty{Sink: d, Fail: func(shard int) error { return take(filepath.Join(d.Path, d.Name(shard))) },
				Delivered: func() [][]byte { return contents(t, filepath.Join(d.Path, "part-*")) }}
		})
	})
	for what, of := range map[string]func(string) string{"its key": strings.Clone, "its manifest": truth.ManifestPath} {
		t.Run("TruthFile, "+what, func(t *testing.T) {
			sinktest.Faults(t, func(t *testing.T) sinktest.Faulty {
				path := filepath.Join(t.TempDir(), "truth.csv")
				return sinktest.Faulty{Sink: sink.Tee(sink.Discard(), &sink.TruthFile{Path: path, Form: truth.Offsets}),
					Fail:     func(int) error { return take(of(path)) },
					Complete: func() bool { return isFile(path)() || isFile(truth.ManifestPath(path))() }}
			})
		})
	}
}

func TestFaultsOfFunc(t *testing.T) {
	sinktest.Faults(t, func(t *testing.T) sinktest.Faulty {
		var all [][]byte
		var fails error
		return sinktest.Faulty{Delivered: func() [][]byte { return all },
			Fail: func(int) error { fails = errors.New("no more"); return fails },
			Sink: sink.Func(func(_ context.Context, b *sink.Batch) error {
				for i := range b.Records {
					if fails == nil {
						all = append(all, bytes.Clone(b.Records[i].Value))
					}
				}
				return fails
			})}
	})
}
