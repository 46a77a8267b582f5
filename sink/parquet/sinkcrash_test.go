package parquet

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/schema"
	"github.com/kafkanauts/kafkanauts/sink"
)

// resumed writes the records to a sink, in two shards, from where it goes on.
func resumed(t *testing.T, s *Sink, all []order.Record) error {
	session := &sink.Session{Shards: 2, Encoding: order.Pipe{}, Recipe: func() (sink.Recipe, error) { return sink.Recipe{"seed": "1"}, nil }}
	err := s.Open(t.Context(), session)
	for i, part := range [][]order.Record{all[:len(all)/3], all[len(all)/3:]} {
		if err != nil {
			break
		}
		var shard sink.Sink
		if shard, err = s.Shard(i); err != nil {
			break
		}
		var at sink.Position
		if at, err = s.Resume(t.Context(), i); err != nil {
			break
		}
		const size = 90
		for step := int64(0); err == nil && len(part) > 0 && !at.Done; step++ {
			b := &sink.Batch{Shard: i, Step: step, Records: part[:min(size, len(part))]}
			part = part[len(b.Records):]
			if step == at.Step {
				b.Records = b.Records[at.Records:]
			}
			if step >= at.Step {
				err = shard.Write(t.Context(), b)
			}
		}
		err = errors.Join(err, sink.End(t.Context(), shard, err))
	}
	return errors.Join(err, sink.End(t.Context(), s, err))
}

// seen are the files of a directory that readers see, and the manifest and the mark.
func seen(all map[string]string) map[string]string {
	some := maps.Clone(all)
	maps.DeleteFunc(some, func(name, _ string) bool {
		return strings.HasPrefix(name, stagingName) || strings.HasPrefix(name, ".")
	})
	return some
}

// A process may be killed, or its disk be full, before any step: what stands under a name then is what an
// uninterrupted run puts there, and in the end the data set is that run's.
func TestSinkStoppedAtEveryStep(t *testing.T) {
	orders := sample(300)
	for i := range orders {
		orders[i].Country = countries[i%2]
	}
	all := records(orders)
	fresh := func(dir string) *Sink { return &Sink{Dir: dir, Stream: "s", Rows: 90, steps: fast} }
	whole := t.TempDir()
	if err := resumed(t, fresh(whole), all); err != nil {
		t.Fatal(err)
	}
	want := contents(t, whole)
	each := 3 // every third step
	if testing.Short() {
		each = 101
	}
	for n, over := 0, false; !over; n += each {
		for _, full := range []bool{false, true} {
			dir := t.TempDir()
			s := fresh(dir)
			left, cause := n, errKilled
			s.steps.Gate = func(op, path string) error {
				if left--; left >= 0 {
					return nil
				}
				if full && op != "create" && op != "write" {
					return nil
				}
				if full {
					return &fs.PathError{Op: op, Path: path, Err: syscall.ENOSPC}
				}
				return cause
			}
			err := resumed(t, s, all)
			switch {
			case err == nil:
				over = over || !full
			case full && (!errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), dir)):
				t.Fatal(err)
			case !full && !errors.Is(err, errKilled):
				t.Fatal(err)
			}
			var unfinished *sink.UnfinishedError
			if full && errors.As(err, &unfinished) && !strings.Contains(err.Error(), "free space") {
				t.Errorf("it does not say what to do: %v", err)
			}
			for name, text := range seen(contents(t, dir)) {
				if want[name] != text {
					t.Fatalf("stopped at step %d: %s is torn", n, name)
				}
			}
			if err := resumed(t, fresh(dir), all); err != nil {
				t.Fatalf("after a stop at step %d: %v", n, err)
			}
			if got := contents(t, dir); !maps.Equal(got, want) {
				t.Fatalf("stopped at step %d: in the end there are %d files, not these %d", n, len(got), len(want))
			}
		}
	}
}

// Without a Stream, what stood there stays until all is complete, and is replaced at once.
func TestSinkReplaces(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "orders")
	old, all := records(sample(300)), records(sample(500))
	fresh := func() *Sink { return &Sink{Dir: dir, Rows: 100, steps: fast} }
	if err := resumed(t, fresh(), old); err != nil {
		t.Fatal(err)
	}
	before := contents(t, dir)
	stopped := fresh()
	left := 30
	stopped.steps.Gate = func(string, string) error {
		if left--; left < 0 {
			return errKilled
		}
		return nil
	}
	if err := resumed(t, stopped, all); !errors.Is(err, errKilled) {
		t.Fatal(err)
	}
	if got := contents(t, dir); !maps.Equal(got, before) {
		t.Error("a run that was stopped has changed what stood there")
	}
	if err := resumed(t, fresh(), all); err != nil {
		t.Fatal(err)
	}
	if got := read(t, dir); len(got) != len(all) {
		t.Errorf("%d orders are there, not %d", len(got), len(all))
	}
	foreign := filepath.Join(dir, "letter")
	if err := os.WriteFile(foreign, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := resumed(t, fresh(), all); err == nil || !strings.Contains(err.Error(), "letter") {
		t.Errorf("what is not ours: %v", err)
	}
}

// Open tells everything that is wrong, and makes nothing.
func TestSinkSettings(t *testing.T) {
	s := &Sink{Rows: -1, Compression: 9, Name: "a/b", Text: true, Stream: "s"}
	err := s.Open(t.Context(), &sink.Session{Shards: 1, Encoding: order.JSON{}, Limited: true})
	for _, part := range []string{"Sink.Dir", "Sink.Rows", "Sink.Compression", "Sink.Name", "pipe", "Limit"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("the error says nothing of %s: %v", part, err)
		}
	}
	if again := s.Close(t.Context()); !errors.Is(again, s.err) {
		t.Errorf("closed after that: %v", again)
	}
}

// Who goes on must have the same settings, which decide the bytes.
func TestSinkGoesOnAsBefore(t *testing.T) {
	dir := t.TempDir()
	all := records(sample(50))
	if err := resumed(t, &Sink{Dir: dir, Stream: "s", steps: fast}, all); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*Sink{{Rows: 10}, {Text: true}, {Places: true}, {Compression: Plain}, {Name: "x"}} {
		s.Dir, s.Stream = dir, "s"
		if err := resumed(t, s, all); err == nil || !strings.Contains(err.Error(), "its files are") {
			t.Errorf("%s: %v", s.layout(), err)
		}
	}
}

// A paced stream keeps the schedule that its first run began.
func TestSinkKeepsTheSchedule(t *testing.T) {
	dir := t.TempDir()
	all := records(sample(300))
	run := func(speed float64) time.Time {
		s := &Sink{Dir: dir, Stream: "s", Rows: 100, steps: fast}
		session := &sink.Session{Shards: 1, Encoding: order.Pipe{}, Speed: speed, Recipe: func() (sink.Recipe, error) { return sink.Recipe{}, nil }}
		if err := s.Open(t.Context(), session); err != nil {
			t.Fatal(err)
		}
		shard, err := s.Shard(0)
		if err != nil {
			t.Fatal(err)
		}
		at, err := s.Resume(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		if at.Records == 0 {
			if err := shard.Write(t.Context(), &sink.Batch{Records: all[:150]}); err != nil {
				t.Fatal(err)
			}
		}
		sink.End(t.Context(), shard, errKilled)
		sink.End(t.Context(), s, errKilled)
		return at.Began
	}
	before := time.Now()
	run(60)
	after := time.Now()
	first := run(60)
	if first.Before(before) || first.After(after) {
		t.Errorf("it began at %v; it was begun from %v to %v", first, before, after)
	}
	if again := run(60); !again.Equal(first) {
		t.Errorf("it began at %v, and then at %v", first, again)
	}
	if got := run(120); !got.IsZero() {
		t.Errorf("at another speed it began at %v", got)
	}
}

// The columns are those of which the schemas for other programs tell.
func TestColumnsAreTheSchemas(t *testing.T) {
	kinds := map[schema.Type]string{schema.String: "STRING", schema.Long: "INT(64,true)", schema.Decimal: "DECIMAL(18,2)",
		schema.Timestamp: "TIMESTAMP(isAdjustedToUTC=true,unit=MICROS)", schema.Boolean: "BOOLEAN", schema.Bytes: "BYTE_ARRAY"}
	for form, c := range map[schema.Form]columns{schema.Typed: typedColumns(rowSchema), schema.Damaged: textColumns(order.Pipe{}, false)} {
		want := schema.Columns(form)
		if form == schema.Typed { // the country is in the path
			want = append(want[:order.Country-1:order.Country-1], want[order.Country:]...)
		}
		fields := c.schema.Fields()
		if len(fields) != len(want) {
			t.Fatalf("%v: %d columns, not %d", form, len(fields), len(want))
		}
		for i, f := range fields {
			if kind := f.Type().String(); f.Name() != want[i].Name || f.Optional() != want[i].Nullable || kind != kinds[want[i].Type] {
				t.Errorf("%v: column %s is %s, %v; the schema has %+v", form, f.Name(), kind, f.Optional(), want[i])
			}
		}
	}
	if corruptName != schema.CorruptRecord {
		t.Error(corruptName)
	}
}
