package parquet

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/kafkanauts/kafkanauts/internal/durable"
	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/sinktest"
)

// delivered returns the records of a data set of texts with places, by shard and number.
func delivered(dir string) [][]byte {
	var all []Text
	for r, err := range ReadText(dir) {
		if err != nil {
			if errors.Is(err, os.ErrNotExist) {
				return nil
			}
			panic(err)
		}
		r.Value = bytes.Clone(r.Value)
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b Text) int {
		if a.At.Partition != b.At.Partition {
			return int(a.At.Partition - b.At.Partition)
		}
		return int(a.At.Offset - b.At.Offset)
	})
	var values [][]byte
	for _, r := range all {
		values = append(values, r.Value)
	}
	return values
}

// withRecipe is a sink that tells the recipe of the stream, which the kit's sessions do not.
type withRecipe struct{ *Sink }

func (s withRecipe) Open(ctx context.Context, session *sink.Session) error {
	session.Recipe = func() (sink.Recipe, error) { return sink.Recipe{"seed": "1"}, nil }
	return s.Sink.Open(ctx, session)
}

// kitSink returns a sink for the kit, in small chunks.
func kitSink(dir, stream string) *Sink {
	return &Sink{Dir: dir, Stream: stream, Rows: 1500, Compression: Plain, Text: true, Places: true, steps: durable.Steps{Volatile: true}}
}

func TestSink(t *testing.T) {
	for _, stream := range []string{"", "s"} {
		t.Run("stream "+stream, func(t *testing.T) {
			sinktest.Run(t, func(t *testing.T) (sink.Sink, func() [][]byte) {
				dir := filepath.Join(t.TempDir(), "orders")
				return withRecipe{kitSink(dir, stream)}, func() [][]byte { return delivered(dir) }
			})
		})
	}
}

var errFull = errors.New("the disk is full, as the test wants it")

func TestSinkFaults(t *testing.T) {
	for _, stream := range []string{"s", ""} {
		ops := []string{"create", "write", "sync", "rename"}
		if testing.Short() {
			ops = ops[1 : 1+len(stream)] // under the race detector one is enough
		}
		for _, op := range ops {
			t.Run(strings.TrimSpace(op+" "+stream), func(t *testing.T) {
				sinktest.Faults(t, func(t *testing.T) sinktest.Faulty {
					dir := filepath.Join(t.TempDir(), "orders")
					s := kitSink(dir, stream)
					var mu sync.Mutex
					failing, which := false, ""
					s.steps.Gate = func(is, path string) error {
						mu.Lock()
						defer mu.Unlock()
						if failing && is == op && strings.Contains(path, which) {
							return errFull
						}
						return nil
					}
					return sinktest.Faulty{
						Sink: withRecipe{s},
						Fail: func(shard int) error {
							mu.Lock()
							defer mu.Unlock()
							failing = true
							if shard >= 0 && op != "rename" {
								which = partName(shard)
							}
							return errFull
						},
						Delivered: func() [][]byte { return delivered(dir) },
						Complete: func() bool {
							_, err := os.Stat(filepath.Join(dir, markName))
							return err == nil
						},
					}
				})
			})
		}
	}
}

// partName is in the name of what a shard stages.
func partName(shard int) string { return "0000" + string(rune('0'+shard)) + "-" }

func TestSinkResumes(t *testing.T) {
	sinktest.Resumes(t, func(t *testing.T) sinktest.Resuming {
		dir := filepath.Join(t.TempDir(), "orders")
		return sinktest.Resuming{
			Open:      func() sink.Sink { return withRecipe{kitSink(dir, "s")} },
			Delivered: func() [][]byte { return delivered(dir) },
			Contents:  func() map[string]string { return contents(t, dir) },
		}
	})
}

// contents returns all files below dir.
func contents(t testing.TB, dir string) map[string]string {
	all := map[string]string{}
	for _, name := range names(t, dir) {
		if text, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
			all[name] = string(text)
		}
	}
	return all
}
