package proof

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/corrupt"
	"github.com/kafkanauts/kafkanauts/demand"
	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
	"github.com/kafkanauts/kafkanauts/sink"
)

func TestMain(m *testing.M) { kafkatest.Main(m) }

const shards = 3

// astray drops, repeats, delays or joins a record.
type astray struct{}

func (astray) Name() string         { return "astray" }
func (astray) Reach() time.Duration { return time.Hour }
func (astray) Corrupt(e *corrupt.Edit, r *rand.Rand) bool {
	switch r.IntN(4) {
	case 0:
		return e.Drop()
	case 1:
		return e.Repeat(1, time.Minute)
	case 2:
		return e.Delay(time.Minute)
	default:
		return e.Join()
	}
}

// produce writes a small stream into a directory, and its key beside it.
func produce(t *testing.T, dir string, faults corrupt.Mix) (data, key string) {
	t.Helper()
	s, err := kafkanauts.New(kafkanauts.Config{Shards: shards, To: time.Date(2022, 2, 2, 0, 0, 0, 0, time.UTC),
		Market: demand.World().Scale(0.01), Faults: faults})
	if err != nil {
		t.Fatal(err)
	}
	data, key = filepath.Join(dir, "data"), filepath.Join(dir, "key.csv")
	d := &sink.Dir{Path: data, Ext: ".pipe"}
	manifest := truth.Manifest{Version: kafkanauts.Version, Recipe: map[string]string{"seed": "0"}, Patterns: s.Patterns()}
	dst := sink.Tee(d, &sink.TruthFile{Path: key, Form: truth.Files, Name: d.Name, Manifest: manifest})
	if _, err := s.Run(t.Context(), dst); err != nil {
		t.Fatal(err)
	}
	return data, key
}

// line is a record's value and which one it is, from 1; 0: no record of the stream.
type line struct {
	value string
	which int64
}

// copyOf is the stream as it should be in a topic, to be damaged.
type copyOf struct {
	lines    [shards][]line
	rows     []truth.Row                // At.Offset says which record it is
	move     func(at order.Place) int64 // by how much the key names another offset; nil: not
	manifest truth.Manifest
}

// send writes the lines into a topic in transactions, one of each partition
// aborted and done again, and the key of it into a file.
func (c *copyOf) send(t *testing.T, b *kafkatest.Broker, topic string) (key string) {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs...), kgo.TransactionalID(topic), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	if _, err := kadm.NewClient(cl).CreateTopic(t.Context(), shards, 1, nil, topic); err != nil {
		t.Fatal(err)
	}
	offsets := map[order.Place]int64{}
	send := func(p int, lines []line, end kgo.TransactionEndTry) {
		if err := cl.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		for _, l := range lines {
			cl.Produce(t.Context(), &kgo.Record{Topic: topic, Partition: int32(p), Value: []byte(l.value)}, func(r *kgo.Record, err error) {
				if err != nil {
					t.Error(err)
				}
				offsets[order.Place{Partition: r.Partition, Offset: l.which}] = r.Offset // of those aborted, the later one
			})
		}
		if err := cl.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := cl.EndTransaction(t.Context(), end); err != nil {
			t.Fatal(err)
		}
	}
	for p, lines := range c.lines {
		third := len(lines) / 3
		send(p, lines[:third], kgo.TryCommit)
		send(p, lines[third:2*third], kgo.TryAbort)
		send(p, lines[third:], kgo.TryCommit)
	}
	file := truth.AppendHeader(nil, truth.Offsets)
	for _, row := range c.rows {
		if !row.Lost {
			which := row.At
			row.At.Offset = offsets[which]
			if c.move != nil {
				row.At.Offset += c.move(which)
			}
		}
		file = truth.AppendRow(file, truth.Offsets, &row)
	}
	sum := sha256.Sum256(file)
	c.manifest.Place, c.manifest.Truth = truth.Offsets, hex.EncodeToString(sum[:])
	key = filepath.Join(t.TempDir(), "key.csv")
	var m bytes.Buffer
	if err := errors.Join(truth.WriteManifest(&m, &c.manifest), os.WriteFile(key, file, 0o644),
		os.WriteFile(truth.ManifestPath(key), m.Bytes(), 0o644)); err != nil {
		t.Fatal(err)
	}
	return key
}

// Each way of going wrong is found, and called by its name.
func TestJudge(t *testing.T) {
	dir := t.TempDir()
	clean, _ := produce(t, filepath.Join(dir, "clean"), corrupt.Mix{})
	data, key := produce(t, filepath.Join(dir, "damaged"), append(corrupt.OriginalAt(0.1), corrupt.Of(astray{}, 0.1)))
	ref, err := ReadReference(data, key, clean)
	if err != nil {
		t.Fatal(err)
	}
	if len(ref.Key.lost) == 0 || ref.Key.Rows() < 100 {
		t.Fatalf("the stream is too small for this test: %d rows, %d lost", ref.Key.Rows(), len(ref.Key.lost))
	}
	var lines [shards][]line
	if _, err := ReadDir(data, func(p int32, n int64, value []byte) {
		lines[p] = append(lines[p], line{string(value), n})
	}); err != nil {
		t.Fatal(err)
	}
	// Some record of which the key does not speak, and so does not miss; its
	// value and the next one are unique.
	plain := slices.IndexFunc(lines[1], func(l line) bool {
		count := func(value string) (n int) {
			for _, m := range lines[1] {
				if m.value == value {
					n++
				}
			}
			return n
		}
		spoken := func(which int64) bool { _, ok := ref.Key.faults[order.Place{Partition: 1, Offset: which}]; return ok }
		next := lines[1][l.which]
		return l.which > 20 && !spoken(l.which) && !spoken(next.which) && count(l.value) == 1 && count(next.value) == 1
	})
	damaged := slices.IndexFunc(ref.Key.rows, func(r truth.Row) bool { return !r.Lost && !r.Tagged && r.Op == order.Edited })
	lost := slices.IndexFunc(ref.Key.rows, func(r truth.Row) bool { return r.Lost })
	at := ref.Key.rows[damaged].At

	type judged struct {
		Data, Rows       Diff
		Nowhere, Unclean int
		Wrong            int
	}
	for _, c := range []struct {
		name   string
		damage func(c *copyOf)
		want   judged
	}{
		{"nothing", func(*copyOf) {}, judged{}},
		{"a record is missing", func(c *copyOf) { c.lines[1] = slices.Delete(c.lines[1], plain, plain+1) },
			judged{Data: Diff{Lost: 1}}},
		{"the last record is missing", func(c *copyOf) { c.lines[2] = c.lines[2][:len(c.lines[2])-1] },
			judged{Data: Diff{Lost: 1}}},
		{"all of a partition is missing", func(c *copyOf) {
			c.lines[0] = nil
			c.rows = slices.DeleteFunc(c.rows, func(r truth.Row) bool { return !r.Lost && r.At.Partition == 0 })
		}, judged{Data: Diff{Lost: len(lines[0])}, Rows: Diff{Lost: delivered(ref, 0)}}},
		{"a record is there twice", func(c *copyOf) { c.lines[1] = slices.Insert(c.lines[1], plain, c.lines[1][plain]) },
			judged{Data: Diff{Doubled: 1}}},
		{"ten records are sent again", func(c *copyOf) {
			c.lines[1] = slices.Insert(c.lines[1], plain, c.lines[1][plain-10:plain]...)
		}, judged{Data: Diff{Doubled: 10}}},
		{"two records are swapped", func(c *copyOf) {
			l := c.lines[1]
			l[plain], l[plain+1] = l[plain+1], l[plain]
		}, judged{Data: Diff{Reordered: 1}}},
		{"a record is altered", func(c *copyOf) { c.lines[1][plain].value += "x" },
			judged{Data: Diff{Altered: 1}}},
		{"a record is of another partition", func(c *copyOf) {
			c.lines[2] = append(c.lines[2], line{c.lines[1][plain].value, 0})
			c.lines[1] = slices.Delete(c.lines[1], plain, plain+1)
		}, judged{Data: Diff{Lost: 1, Foreign: 1}}},
		{"an empty record stands at the end", func(c *copyOf) { c.lines[2] = append(c.lines[2], line{}) },
			judged{Data: Diff{Foreign: 1}}},

		{"a row is missing", func(c *copyOf) { c.rows = slices.Delete(c.rows, lost, lost+1) },
			judged{Rows: Diff{Lost: 1}}},
		{"a row is there twice", func(c *copyOf) { c.rows = slices.Insert(c.rows, lost, c.rows[lost]) },
			judged{Rows: Diff{Doubled: 1}, Unclean: 2}}, // both of it: undone twice
		{"a row's fault is another", func(c *copyOf) { c.rows[damaged].Strategy = "blanc" },
			judged{Rows: Diff{Altered: 1}}},
		{"a row's bytes are others", func(c *copyOf) { c.rows[damaged].Was = []byte("was not") },
			judged{Rows: Diff{Altered: 1}, Unclean: 1}},
		{"a row is at another record's offset", func(c *copyOf) {
			c.rows[damaged].At.Offset = int64(plain) + 1
			c.rows[damaged].At.Partition = 1
		}, judged{Rows: Diff{Altered: 1}, Unclean: 1}},
		{"a row is at an offset without a record", func(c *copyOf) {
			c.move = func(p order.Place) int64 {
				if p == at {
					return 1 << 40
				}
				return 0
			}
		}, judged{Rows: Diff{Altered: rowsAt(ref, at)}, Nowhere: rowsAt(ref, at)}},
		{"a lost record is another", func(c *copyOf) { c.rows[lost].Seq++ },
			judged{Rows: Diff{Altered: 1}, Unclean: 1}},
		{"a total is another", func(c *copyOf) { c.manifest.Totals.Bytes++ }, judged{Wrong: 1}},
		{"the recipe is another", func(c *copyOf) { c.manifest.Recipe = map[string]string{"seed": "1"} }, judged{Wrong: 1}},
		{"a pattern is missing", func(c *copyOf) { c.manifest.Patterns = c.manifest.Patterns[1:] }, judged{Wrong: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := kafkatest.Embedded(t)
			one := &copyOf{rows: slices.Clone(ref.Key.rows), manifest: *ref.Key.manifest}
			for p := range lines {
				one.lines[p] = slices.Clone(lines[p])
			}
			c.damage(one)
			key := one.send(t, b, "orders")
			v, err := ref.Judge(t.Context(), b.Addrs, "orders", key)
			if err != nil {
				t.Fatal(err)
			}
			got := judged{v.Data, v.Keyed.Diff, v.Keyed.Nowhere, v.Keyed.Unclean, len(v.Wrong)}
			if got != c.want {
				t.Errorf("the verdict is\n%+v, not\n%+v\n%v", got, c.want, v.Wrong)
			}
			if v.Holds() != (c.want == judged{}) {
				t.Errorf("Holds is %v", v.Holds())
			}
			if v.Holds() && (v.Parts[0].Commits != 2 || v.Parts[0].Aborts != 1) {
				t.Errorf("%d transactions are committed and %d aborted, not 2 and 1", v.Parts[0].Commits, v.Parts[0].Aborts)
			}
		})
	}
}

// delivered is how many rows speak of delivered records of a partition.
func delivered(r *Reference, partition int32) (n int) {
	for _, row := range r.Key.rows {
		if !row.Lost && row.At.Partition == partition {
			n++
		}
	}
	return n
}

func rowsAt(r *Reference, at order.Place) (n int) {
	for _, row := range r.Key.rows {
		if !row.Lost && row.At == at {
			n++
		}
	}
	return n
}

// A reference whose key does not lead back to the stream without damage is none.
func TestReferenceIsChecked(t *testing.T) {
	dir := t.TempDir()
	clean, _ := produce(t, filepath.Join(dir, "clean"), corrupt.Mix{})
	data, key := produce(t, filepath.Join(dir, "damaged"), corrupt.OriginalAt(0.1))
	file, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(file, []byte("\n"))
	wrong := bytes.Join(slices.Delete(lines, 2, 3), nil) // a tag, or a fault that is then not undone
	for bytes.Contains(lines[2], []byte(",tagged,")) {
		lines = slices.Delete(lines, 2, 3)
		wrong = bytes.Join(slices.Delete(slices.Clone(lines), 2, 3), nil)
	}
	wrong = bytes.Replace(wrong, []byte(`"""`), []byte(`"""x`), 1)
	if err := os.WriteFile(key, wrong, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadReference(data, key, clean); err == nil || !strings.Contains(err.Error(), "undone") {
		t.Errorf("error is %v", err)
	}
}

// A topic in which a transaction is open is not read: nobody knows yet what it holds.
func TestAnOpenTransactionIsTold(t *testing.T) {
	b := kafkatest.Embedded(t)
	cl, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs...), kgo.TransactionalID("open"), kgo.DefaultProduceTopic("orders"))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	if _, err := kadm.NewClient(cl).CreateTopic(t.Context(), 1, 1, nil, "orders"); err != nil {
		t.Fatal(err)
	}
	if err := cl.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := cl.ProduceSync(t.Context(), &kgo.Record{Value: []byte("x")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(4*time.Second, cancel) // it has connected and read by then
	_, err = ReadTopic(ctx, b.Addrs, "orders", func(int32, int64, []byte) {})
	if err == nil || !strings.Contains(err.Error(), "from 0 on a transaction in it is open") {
		t.Errorf("error is %v", err)
	}
	if err := cl.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
		t.Fatal(err)
	}
	if parts, err := ReadTopic(t.Context(), b.Addrs, "orders", func(int32, int64, []byte) {}); err != nil || len(parts[0].Sums) != 1 {
		t.Errorf("once it is committed: %v, %v", parts, err)
	}
}

func TestSameMessages(t *testing.T) {
	b := kafkatest.Embedded(t)
	cl, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs...))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	when := time.UnixMilli(1_643_587_200_000)
	read := func(topic string, records ...*kgo.Record) []Partition {
		if _, err := kadm.NewClient(cl).CreateTopic(t.Context(), 1, 1, nil, topic); err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			r.Topic = topic
			if r.Timestamp.IsZero() {
				r.Timestamp = when
			}
		}
		if err := cl.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
			t.Fatal(err)
		}
		parts, err := ReadTopic(t.Context(), b.Addrs, topic, func(int32, int64, []byte) {})
		if err != nil {
			t.Fatal(err)
		}
		return parts
	}
	record := func(key, value string) *kgo.Record { return &kgo.Record{Key: []byte(key), Value: []byte(value)} }
	want := read("want", record("a", "b"), record("c", "d"))
	if differ := SameMessages(want, read("same", record("a", "b"), record("c", "d"))); differ != nil {
		t.Error(differ)
	}
	timed, headed := record("a", "b"), record("a", "b")
	timed.Timestamp = when.Add(time.Millisecond)
	headed.Headers = []kgo.RecordHeader{{Key: "h"}}
	for name, first := range map[string]*kgo.Record{"key": record("x", "b"), "shift": record("ab", ""), "none": {Value: []byte("b")}, "empty": record("", "b"), "time": timed, "header": headed} {
		if differ := SameMessages(want, read(name, first, record("c", "d"))); len(differ) != 1 {
			t.Errorf("%s: %v", name, differ)
		}
	}
	none, empty := read("no-key", &kgo.Record{Value: []byte("b")}), read("empty-key", record("", "b"))
	if differ := SameMessages(none, empty); len(differ) != 1 {
		t.Error("no key is taken for an empty one")
	}
	if differ := SameMessages(want, nil); len(differ) != 1 {
		t.Errorf("no partitions: %v", differ)
	}
}
