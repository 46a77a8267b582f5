package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/corrupt"
	"github.com/kafkanauts/kafkanauts/demand"
	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/kafka"
)

// stream returns a stream of some 20,000 damaged orders in four shards; at a speed
// above 0 it takes so many seconds.
func stream(t *testing.T, seconds float64, change ...func(*kafkanauts.Config)) *kafkanauts.Stream {
	t.Helper()
	c := kafkanauts.Config{Market: demand.World().Scale(0.004), Faults: append(corrupt.OriginalAt(0.1), corrupt.RivalAt(0.1)...), Workers: 1}
	if seconds > 0 {
		c.Speed = 14 * 24 * 3600 / seconds
	}
	for _, f := range change {
		f(&c)
	}
	s, err := kafkanauts.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// want returns the values of each shard of a stream.
func want(t *testing.T, s *kafkanauts.Stream) [][]string {
	t.Helper()
	list := make([][]string, s.Config().Shards)
	for i := range list {
		part := s.Only(i)
		for r := range part.Records() {
			list[i] = append(list[i], string(r.Value))
		}
		if err := part.Err(); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

// holds looks whether a topic holds just that, for who reads committed records.
func holds(t *testing.T, b *kafkatest.Broker, topic string, want [][]string) (at map[order.Place]string) {
	t.Helper()
	r, err := kafka.NewReader(t.Context(), kafka.ReadConfig{Brokers: b.Addrs, Topic: topic})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got := make([][]string, len(want))
	at = map[order.Place]string{}
	for m, err := range r.Messages(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got[m.Partition] = append(got[m.Partition], string(m.Value))
		at[order.Place{Partition: m.Partition, Offset: m.Offset}] = string(m.Value)
	}
	for i := range want {
		if !slices.Equal(got[i], want[i]) {
			t.Errorf("partition %d holds %d records, not the shard's %d, or others", i, len(got[i]), len(want[i]))
		}
	}
	return at
}

func config(t *testing.T, b *kafkatest.Broker) kafka.Config {
	topic := b.Topic(t)
	return kafka.Config{Brokers: b.Addrs, Topic: topic, Stream: "stream-" + topic, Commit: 50 * time.Millisecond}
}

// runInto runs a stream into whatever it is given.
func runInto(s *kafkanauts.Stream) func(context.Context, sink.Sink) error {
	return func(ctx context.Context, dst sink.Sink) error {
		_, err := s.Run(ctx, dst)
		return err
	}
}

func onlyInto(s *kafkanauts.Stream) func(context.Context, sink.Sink, ...int) error {
	return func(ctx context.Context, dst sink.Sink, shards ...int) error {
		_, err := s.Only(shards...).Run(ctx, dst)
		return err
	}
}

// keyOf writes the answer key of a stream and returns its rows, without their
// places; each place is looked up.
func keyOf(t *testing.T, c kafka.Config, at map[order.Place]string, seqs map[uint64]string) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key.csv")
	if err := kafka.WriteTruth(t.Context(), c, &sink.TruthFile{Path: path, Form: truth.Offsets}); err != nil {
		t.Fatal(err)
	}
	return readKey(t, path, func(row *truth.Row) {
		if value, ok := at[row.At]; !row.Lost && (!ok || value != seqs[row.Seq]) {
			t.Errorf("at %+v there is %q, not the record with seq %d", row.At, value, row.Seq)
		}
	})
}

// readKey returns the rows of a key file, without their places, and the totals of
// its manifest; each looks at a row as it is.
func readKey(t *testing.T, path string, each func(row *truth.Row)) []string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var rows []string
	for row, err := range truth.NewReader(f).Rows() {
		if err != nil {
			t.Fatal(err)
		}
		each(&row)
		row.File, row.At = "", order.Place{}
		rows = append(rows, fmt.Sprint(row))
	}
	m, err := os.Open(truth.ManifestPath(path))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	manifest, err := truth.ReadManifest(m)
	if err != nil {
		t.Fatal(err)
	}
	return append(rows, fmt.Sprint(manifest.Totals))
}

// wantKey returns what keyOf is to return, and the values by seq.
func wantKey(t *testing.T, s *kafkanauts.Stream) ([]string, map[uint64]string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key.csv")
	dir := &sink.Dir{Path: t.TempDir() + "/data"}
	if _, err := s.Run(t.Context(), sink.Tee(dir, &sink.TruthFile{Path: path, Form: truth.Files, Name: dir.Name})); err != nil {
		t.Fatal(err)
	}
	rows := readKey(t, path, func(*truth.Row) {})
	seqs := map[uint64]string{}
	for r := range s.Records() {
		seqs[r.Seq] = string(r.Value)
	}
	return rows, seqs
}

// Whatever brokers answer in between, the topic holds the stream in the end, and
// its answer key fits.
func TestDeliverGoesOn(t *testing.T) {
	b := kafkatest.Embedded(t)
	c := config(t, b)
	c.Truth = true
	s := stream(t, 2)
	dice := rand.New(rand.NewPCG(5, 0))
	var mu sync.Mutex
	failures := 0
	fail := func(chance float64) bool {
		mu.Lock()
		defer mu.Unlock()
		yes := dice.Float64() < chance
		if yes {
			failures++
		}
		return yes
	}
	b.Kfake.ControlKey(int16(kmsg.EndTxn), func(req kmsg.Request) (kmsg.Response, error, bool) {
		b.Kfake.KeepControl()
		if !fail(0.08) {
			return nil, nil, false
		}
		if fail(0.5) {
			return nil, errors.New("hang up"), true
		}
		resp := req.ResponseKind().(*kmsg.EndTxnResponse)
		resp.ErrorCode = kerr.InvalidTxnState.Code
		return resp, nil, true
	})
	if err := kafka.Deliver(t.Context(), c, runInto(s)); err != nil {
		t.Fatal(err)
	}
	if failures < 3 {
		t.Errorf("only %d things went wrong", failures)
	}
	s = stream(t, 0)
	at := holds(t, b, c.Topic, want(t, s))
	rows, seqs := wantKey(t, s)
	if got := keyOf(t, c, at, seqs); !slices.Equal(got, rows) {
		t.Errorf("the answer key has %d rows, not %d, or others", len(got), len(rows))
	}
}

// The second of two processes that deliver the same stream takes it over, and the
// first stops; it does not take it back.
func TestDeliverStopsWhenItIsTakenOver(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		c := config(t, b)
		slow, fast := stream(t, 3600), stream(t, 0)
		first := make(chan error, 1)
		go func() {
			first <- kafka.Deliver(t.Context(), c, runInto(slow))
		}()
		awaitRecords(t, b, c.Topic, first)
		if err := kafka.Deliver(t.Context(), c, runInto(fast)); err != nil {
			t.Error(err)
		}
		var wrong *kafka.StreamError
		if err := <-first; !errors.As(err, &wrong) || !strings.Contains(err.Error(), "taken") {
			t.Errorf("the first returns %v", err)
		}
		holds(t, b, c.Topic, want(t, fast))
	})
}

// Workers come and go, and the topic holds the stream.
func TestWork(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		c := config(t, b)
		c.Truth = true
		s := stream(t, 2)
		g := kafka.Workers{}
		var wg sync.WaitGroup
		var seen sync.Map
		worker := func(ctx context.Context) func() error {
			var err error
			done := make(chan struct{})
			wg.Go(func() {
				defer close(done)
				g := g
				g.Watch = func(shard int, at kafka.Checkpoint) { seen.Store(shard, at.Totals.Records) }
				err = kafka.Work(ctx, c, g, onlyInto(s))
			})
			return func() error { <-done; return err }
		}
		leaving, leave := context.WithCancelCause(t.Context())
		one, two := worker(t.Context()), worker(leaving)
		for n := 0; n < 4; n = length(&seen) {
			time.Sleep(10 * time.Millisecond) // what Watch has seen is all there is to see
		}
		three := worker(t.Context())
		time.Sleep(700 * time.Millisecond) // some moment after it has joined; any will do
		gone := errors.New("gone fishing")
		leave(gone)
		if err := two(); !errors.Is(err, gone) {
			t.Errorf("who left returns %v", err)
		}
		if err := errors.Join(one(), three()); err != nil {
			t.Error(err)
		}
		s = stream(t, 0)
		lists := want(t, s)
		at := holds(t, b, c.Topic, lists)
		rows, seqs := wantKey(t, s)
		if got := keyOf(t, c, at, seqs); !slices.Equal(got, rows) {
			t.Errorf("the answer key has %d rows, not %d, or others", len(got), len(rows))
		}
		for i := range lists {
			if n, _ := seen.Load(i); n != int64(len(lists[i])) {
				t.Errorf("the last that was seen of shard %d are %v records of %d", i, n, len(lists[i]))
			}
		}
		// All is delivered: who comes now has nothing to do.
		if err := kafka.Work(t.Context(), c, g, onlyInto(s)); err != nil {
			t.Error(err)
		}
		holds(t, b, c.Topic, lists)
		// Another recipe is refused, and so is an answer key that was not kept.
		err := kafka.Work(t.Context(), c, g, onlyInto(stream(t, 0, func(c *kafkanauts.Config) { c.Seed = 99 })))
		if err == nil || !strings.Contains(err.Error(), "seed is 99 and was 0") {
			t.Errorf("a worker with another seed: %v", err)
		}
	})
}

func length(m *sync.Map) (n int) {
	m.Range(func(any, any) bool { n++; return true })
	return n
}

// A program's own options reach the clients of a stream too, but for what the
// stream needs for itself.
func TestStreamConfig(t *testing.T) {
	ok := kafka.Config{Brokers: []string{"127.0.0.1:9092"}, Topic: "orders", Stream: "s"}
	if _, err := kafka.New(ok); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*kafka.Config){
		"Truth and Commit are about a Stream": func(c *kafka.Config) { c.Stream, c.Truth = "", true },
		"want another name than the topic's":  func(c *kafka.Config) { c.Stream = "orders" },
		"keeps for itself":                    func(c *kafka.Config) { c.Topic = "s-control" },
		"Empty":                               func(c *kafka.Config) { c.Empty = true },
		"Commit 1h0m0s":                       func(c *kafka.Config) { c.Commit = time.Hour },
		"Patience -1s":                        func(c *kafka.Config) { c.Patience = -time.Second },
		"transactional id":                    func(c *kafka.Config) { c.Options = []kgo.Opt{kgo.TransactionalID("x")} },
	} {
		c := ok
		change(&c)
		if _, err := kafka.New(c); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
