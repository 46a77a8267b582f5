package sink_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink"
)

// shards asks for the shards of s from 0 to n-1.
func shards(t *testing.T, s sink.Sink, n int) []sink.Sink {
	t.Helper()
	open(t, s, sink.Session{Shards: n, Encoding: headed{}})
	var all []sink.Sink
	for i := range n {
		shard, err := s.(sink.Sharder).Shard(i)
		if err != nil {
			t.Fatalf("Shard(%d): %v", i, err)
		}
		all = append(all, shard)
	}
	return all
}

func TestDir(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "orders")
	d := &sink.Dir{Path: dir, Ext: ".csv"}
	all := shards(t, d, 3)
	b := batch(2, 1, "c", "d")
	write(t, all[0], batch(0, 1, "a"))
	write(t, all[2], b)
	if at := b.Records[1].At; at != (order.Place{Partition: 2, Offset: 2}) {
		t.Errorf("the record is at %+v", at)
	}
	for _, s := range all {
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range names(t, dir) {
		if !strings.HasPrefix(name, ".") {
			t.Errorf("%s is visible before all are complete", name)
		}
	}
	if err := d.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{"part-00000.csv", "part-00001.csv", "part-00002.csv"}
	if got := names(t, dir); !slices.Equal(got, want) {
		t.Fatalf("the directory holds %q, not %q", got, want)
	}
	for i, text := range []string{"a\n", "", "c\nd\n"} {
		if got := content(t, filepath.Join(dir, d.Name(i))); got != "the,header\n"+text {
			t.Errorf("shard %d holds %q", i, got)
		}
	}
}

// Of a run that ended early no file is replaced, not even a complete one.
func TestDirAbort(t *testing.T) {
	dir := t.TempDir()
	old := put(t, filepath.Join(dir, "part-00000.pipe"), "old\n")
	cause := errors.New("another sink failed")
	d := &sink.Dir{Path: dir}
	all := shards(t, d, 3)
	write(t, all[0], batch(0, 1, "a"))
	write(t, all[1], batch(1, 2, "b"))
	err := errors.Join(all[0].Close(t.Context()), sink.End(t.Context(), all[1], cause), sink.End(t.Context(), all[2], cause))
	if err != nil {
		t.Errorf("the shards' ends: %v", err)
	}
	err = d.Abort(t.Context(), cause)
	var left []string
	for _, err := range err.(interface{ Unwrap() []error }).Unwrap() {
		for _, err := range err.(interface{ Unwrap() []error }).Unwrap() {
			left = append(left, content(t, err.(*sink.PartialError).Partial))
		}
	}
	if !slices.Equal(left, []string{"the,header\na\n", "the,header\nb\n"}) {
		t.Errorf("aside lie %q: %v", left, err)
	}
	if got := names(t, dir); len(got) != 3 || content(t, old) != "old\n" {
		t.Errorf("the directory holds %q", got)
	}
	// Closing it in spite of an aborted shard publishes nothing either.
	d = &sink.Dir{Path: dir}
	all = shards(t, d, 2)
	write(t, all[0], batch(0, 1, "a"))
	write(t, all[1], batch(0, 1, "a"))
	if err := errors.Join(all[0].Close(t.Context()), sink.End(t.Context(), all[1], cause)); err != nil {
		t.Error(err)
	}
	if err := d.Close(t.Context()); err == nil || content(t, old) != "old\n" {
		t.Errorf("Close after an aborted shard returns %v", err)
	}
}

func TestDirRefuses(t *testing.T) {
	for _, name := range []string{"part-00002.pipe", "part-00000.csv", "part-00000.pipe.gz", "part-0.pipe"} {
		dir := t.TempDir()
		put(t, filepath.Join(dir, name), "old\n")
		err := (&sink.Dir{Path: dir}).Open(t.Context(), &sink.Session{Shards: 2})
		if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), dir) {
			t.Errorf("a directory with %s: %v", name, err)
		}
	}
	for _, name := range []string{"dt=2022-01-31/part-00000-00000.parquet", "country=Spain/x", "_manifest.json", "_origin.json"} {
		dir := t.TempDir()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777); err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(dir, name), "")
		err := (&sink.Dir{Path: dir}).Open(t.Context(), &sink.Session{Shards: 2})
		if err == nil || !strings.Contains(err.Error(), "another sink") || !strings.Contains(err.Error(), dir) {
			t.Errorf("a directory with %s: %v", name, err)
		}
	}
	dir := t.TempDir()
	for _, name := range []string{"part-00001.pipe", "_SUCCESS", "truth.csv", ".part-00007.pipe.partial-1", "part-x.pipe"} {
		put(t, filepath.Join(dir, name), "")
	}
	if err := (&sink.Dir{Path: dir}).Open(t.Context(), &sink.Session{Shards: 2}); err != nil {
		t.Errorf("a directory with files of this stream and of others: %v", err)
	}
	err := (&sink.Dir{Path: t.TempDir()}).Open(t.Context(), &sink.Session{Shards: 2, Merged: true})
	if !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a merged stream: %v", err)
	}
	file := put(t, filepath.Join(t.TempDir(), "file"), "")
	for _, path := range []string{"", file} {
		if err := (&sink.Dir{Path: path}).Open(t.Context(), &sink.Session{}); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("Open of %q: %v", path, err)
		}
	}
}
