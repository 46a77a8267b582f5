package kafka

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink"
)

// writeShards writes steps batches of n records to each shard, concurrently, and
// returns them by shard.
func writeShards(t *testing.T, k *Sink, shards, steps, n int) [][]*sink.Batch {
	t.Helper()
	all := make([][]*sink.Batch, shards)
	var wg sync.WaitGroup
	for i := range shards {
		w := mustShard(t, k, i)
		wg.Go(func() {
			for step := range steps {
				b := batch(i, int64(step), n)
				if err := w.Write(t.Context(), b); err != nil {
					t.Error(err)
					return
				}
				all[i] = append(all[i], b)
			}
			if err := w.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if err := k.Close(t.Context()); err != nil {
		t.Error(err)
	}
	return all
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		noLeaks(t)
		const shards, steps, n = 4, 25, 1000
		topic := b.Topic(t)
		k := mustOpen(t, Config{Brokers: b.Addrs, Topic: topic}, session(shards))
		all := writeShards(t, k, shards, steps, n)
		if s := k.Stats(); s.Records != shards*steps*n || s.Failed != 0 || s.Bytes < s.Records*150 {
			t.Errorf("Stats are %+v", s)
		}
		got := readAll(t, b, topic)
		for i, batches := range all {
			read := got[int32(i)]
			if len(read) != steps*n {
				t.Fatalf("partition %d: %d messages, want %d", i, len(read), steps*n)
			}
			for _, b := range batches {
				for _, r := range b.Records {
					m := read[0]
					read = read[1:]
					if !bytes.Equal(m.Value, r.Value) || !bytes.Equal(m.Key, r.Key) || !m.Timestamp.Equal(r.Order.Time) {
						t.Fatalf("partition %d offset %d: %s %q %q, want %s %q %q", i, m.Offset,
							m.Timestamp, m.Key, m.Value, r.Order.Time, r.Key, r.Value)
					}
					if want := (order.Place{Partition: m.Partition, Offset: m.Offset}); r.At != want {
						t.Fatalf("At is %v, want %v", r.At, want)
					}
				}
			}
		}
	})
}

func TestWhatKcatSees(t *testing.T) {
	kcat, b := kafkatest.Kcat(t), kafkatest.Real(t)
	topic := b.Topic(t)
	k := mustOpen(t, Config{Brokers: b.Addrs, Topic: topic, Compression: "lz4"}, session(2))
	all := writeShards(t, k, 2, 5, 400)
	want := map[string]int{}
	for _, batches := range all {
		for _, b := range batches {
			for _, r := range b.Records {
				want[fmt.Sprintf("%d %d %d %s %s", r.At.Partition, r.At.Offset, r.Order.Time.UnixMilli(), r.Key, r.Value)]++
			}
		}
	}
	said, err := exec.CommandContext(t.Context(), kcat, "-C", "-b", b.Addrs[0], "-t", topic, "-e", "-q", "-o", "beginning",
		"-f", "%p %o %T %k %s\n").CombinedOutput()
	if err != nil {
		t.Fatalf("kcat: %v\n%s", err, said)
	}
	lines := strings.Split(strings.TrimSuffix(string(said), "\n"), "\n")
	for _, line := range lines {
		if want[line]--; want[line] < 0 {
			t.Fatalf("kcat sees %q, which was not written", line)
		}
	}
	if len(lines) != 2*5*400 {
		t.Errorf("kcat sees %d records, want %d", len(lines), 2*5*400)
	}
}

// Old records must outlive the broker's hunt for old records. A topic with the
// brokers' usual retention, filled after ours, is the proof that it took place.
func TestOldRecordsStay(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic := b.Topic(t)
		k := mustOpen(t, Config{Brokers: b.Addrs, Topic: topic}, session(1))
		all := writeShards(t, k, 1, 10, 100)
		cl := client(t, b)
		adm := kadm.NewClient(cl)
		for range 2 { // between the first and the second prey lies a whole hunt
			prey := b.Topic(t)
			makeTopic(t, b, prey, 1, nil)
			r := &kgo.Record{Topic: prey, Value: []byte("old"), Timestamp: day0}
			if err := cl.ProduceSync(t.Context(), r).FirstErr(); err != nil {
				t.Fatal(err)
			}
			if b.Kfake != nil {
				b.Kfake.ApplyRetention()
			}
			for gone := false; !gone; {
				starts, err := adm.ListStartOffsets(t.Context(), prey)
				if err != nil {
					t.Fatal(err)
				}
				start, _ := starts.Lookup(prey, 0)
				gone = start.Offset == 1
			}
		}
		if got := readAll(t, b, topic)[0]; len(got) != 1000 || !bytes.Equal(got[0].Value, all[0][0].Records[0].Value) {
			t.Errorf("%d of 1000 records are left", len(got))
		}
	})
}

func TestNoKey(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic := b.Topic(t)
		s := session(1)
		s.Key = order.NoKey
		k := mustOpen(t, Config{Brokers: b.Addrs, Topic: topic}, s)
		bt := batch(0, 0, 2)
		bt.Records[1].Key, bt.Records[1].Value = nil, nil
		if err := k.Write(t.Context(), bt); err != nil {
			t.Fatal(err)
		}
		got := readAll(t, b, topic)[0]
		if got[0].Key != nil || got[1].Key != nil {
			t.Errorf("keys are %q and %q, want none", got[0].Key, got[1].Key)
		}
		if got[1].Value == nil || len(got[1].Value) != 0 {
			t.Errorf("an empty value is read as %#v, which is a deletion if nil", got[1].Value)
		}
	})
}

func TestTooLarge(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		noLeaks(t)
		topic := b.Topic(t)
		k := mustOpen(t, Config{Brokers: b.Addrs, Topic: topic}, session(1))
		w := mustShard(t, k, 0)
		bt := batch(0, 7, 10)
		bt.Records[3].Value = bytes.Repeat([]byte("x"), 2<<20)
		err := w.Write(t.Context(), bt)
		var e *DeliveryError
		if !errors.As(err, &e) || !errors.Is(err, kerr.MessageTooLarge) {
			t.Fatalf("error is %v, want a *DeliveryError for MESSAGE_TOO_LARGE", err)
		}
		if e.Topic != topic || e.Partition != 0 || e.Step != 7 || e.Records != 10 || e.Failed < 1 {
			t.Errorf("error is %+v", e)
		}
		if !strings.Contains(err.Error(), "max.message.bytes") {
			t.Errorf("error does not name the setting: %v", err)
		}
		if again := w.Write(t.Context(), batch(0, 8, 1)); !errors.Is(again, err) {
			t.Errorf("the next Write returns %v, want the same error", again)
		}
		if last := w.Close(t.Context()); !errors.Is(last, err) {
			t.Errorf("Close returns %v, want the same error", last)
		}
		if s := k.Stats(); s.Failed != int64(e.Failed) || s.Records != int64(10-e.Failed) {
			t.Errorf("Stats are %+v, after %+v", s, e)
		}
	})
}

// A batch is cut to what the topic takes, so only records count, not batches.
func TestSmallMessages(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic := b.Topic(t)
		makeTopic(t, b, topic, 1, map[string]*string{"retention.ms": new("-1"), "max.message.bytes": new("10000")})
		k := mustOpen(t, Config{Brokers: b.Addrs, Topic: topic}, session(1))
		writeShards(t, k, 1, 2, 1000)
		if n := len(readAll(t, b, topic)[0]); n != 2000 {
			t.Errorf("%d of 2000 records", n)
		}
	})
}

func TestUnreachable(t *testing.T) {
	noLeaks(t)
	// Nothing listens on port 1; port 0 cannot be dialled at all.
	k, err := New(Config{Brokers: []string{"127.0.0.1:1", "127.0.0.1:0"}, Topic: "orders"})
	if err != nil {
		t.Fatal(err)
	}
	err = k.Open(t.Context(), session(1))
	var e *BrokerError
	if !errors.As(err, &e) || len(e.Errs) != 2 {
		t.Fatalf("error is %v, want a *BrokerError of two", err)
	}
	for _, want := range []string{"127.0.0.1:1: ", "127.0.0.1:0: ", "connection refused", "is it running"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error lacks %q: %v", want, err)
		}
	}
	if last := k.Close(t.Context()); !errors.Is(last, err) {
		t.Errorf("Close returns %v, want Open's error", last)
	}
	if _, err := NewReader(t.Context(), ReadConfig{Brokers: []string{"127.0.0.1:1"}, Topic: "orders"}); !errors.As(err, &e) {
		t.Errorf("a Reader's error is %v, want a *BrokerError", err)
	}
}

func TestBrokerDies(t *testing.T) {
	b := kafkatest.Private(t)
	noLeaks(t)
	topic := b.Topic(t)
	k := mustOpen(t, Config{Brokers: b.Addrs, Topic: topic}, session(2))
	first, second := mustShard(t, k, 0), mustShard(t, k, 1)
	for step := range int64(3) {
		if err := first.Write(t.Context(), batch(0, step, 100)); err != nil {
			t.Fatal(err)
		}
	}
	b.Server.Kill()
	k.cfg.DeliveryTimeout = 3 * time.Second        // only now, when there is nothing to wait for
	for i, w := range []sink.Sink{first, second} { // with a connection, and without
		err := w.Write(t.Context(), batch(i, 3, 100))
		var e *DeliveryError
		if !errors.As(err, &e) || e.Failed != 100 || e.Partition != int32(i) {
			t.Fatalf("error is %v, want a *DeliveryError for all 100", err)
		}
		if !strings.Contains(err.Error(), "connection refused") {
			t.Errorf("error does not tell the cause: %v", err)
		}
	}
	cause := errors.New("cause")
	var e *PartialError
	if err := k.Abort(t.Context(), cause); !errors.As(err, &e) || e.Records != 300 {
		t.Errorf("Abort returns %v, want a *PartialError of 300", err)
	}
	if s := k.Stats(); s.Records != 300 || s.Failed != 200 || s.Retries == 0 {
		t.Errorf("Stats are %+v", s)
	}
}

// hold makes an embedded broker leave produce requests unanswered from now on;
// the channel tells of each.
func hold(b *kafkatest.Broker, until <-chan struct{}) <-chan struct{} {
	came := make(chan struct{}, 16)
	b.Kfake.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		b.Kfake.KeepControl()
		came <- struct{}{}
		b.Kfake.SleepControl(func() { <-until })
		return nil, nil, false
	})
	return came
}

func TestCancelledWrite(t *testing.T) {
	b := kafkatest.Embedded(t)
	noLeaks(t)
	k := mustOpen(t, Config{Brokers: b.Addrs, Topic: b.Topic(t)}, session(1))
	w := mustShard(t, k, 0)
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	came := hold(b, release)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-came
		cancel()
	}()
	bt := batch(0, 0, 500)
	err := w.Write(ctx, bt)
	for i := range bt.Records { // the memory is ours again: the race detector looks
		clear(bt.Records[i].Key)
		clear(bt.Records[i].Value)
	}
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error is %v, want ctx's", err)
	}
	if last := w.Close(t.Context()); !errors.Is(last, err) {
		t.Errorf("Close returns %v, want the same error", last)
	}
	if again := w.Write(t.Context(), bt); !errors.Is(again, err) {
		t.Errorf("the next Write returns %v, want the same error", again)
	}
}

// A broker that takes records and says nothing must not hold up a run for ever.
func TestSilentBroker(t *testing.T) {
	b := kafkatest.Embedded(t)
	noLeaks(t)
	k := mustOpen(t, Config{Brokers: b.Addrs, Topic: b.Topic(t), DeliveryTimeout: time.Second}, session(1))
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	hold(b, release)
	err := k.Write(t.Context(), batch(0, 0, 5))
	var e *DeliveryError
	if !errors.As(err, &e) || e.Failed != 5 || !errors.Is(err, errLate) {
		t.Errorf("error is %v, want a *DeliveryError for want of an acknowledgement", err)
	}
}

func TestContract(t *testing.T) {
	b := kafkatest.Embedded(t)
	c := Config{Brokers: b.Addrs, Topic: b.Topic(t)}
	k, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Write(t.Context(), batch(0, 0, 1)); err == nil {
		t.Error("a Write before Open succeeds")
	}
	k = mustOpen(t, c, session(2))
	if _, err := k.Shard(2); err == nil {
		t.Error("there is a shard 2 of 2")
	}
	w := mustShard(t, k, 0)
	if err := w.Write(t.Context(), batch(0, 0, 0)); err != nil {
		t.Errorf("an empty batch: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err = mustShard(t, k, 1).Write(ctx, batch(1, 0, 1))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("with a ctx that has ended, the error is %v", err)
	}
	if err := w.Write(t.Context(), batch(1, 0, 1)); err == nil {
		t.Error("shard 0 takes a batch of shard 1")
	}
	k = mustOpen(t, c, session(2))
	w = mustShard(t, k, 0)
	if err := w.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if err := w.Write(t.Context(), batch(0, 0, 1)); !errors.Is(err, errClosed) {
		t.Errorf("a Write after Close returns %v", err)
	}
	if err := k.Abort(t.Context(), errors.New("cause")); err != nil {
		t.Errorf("Abort with nothing delivered returns %v", err)
	}
	if err := k.Close(t.Context()); err != nil {
		t.Errorf("Close after Abort returns %v", err)
	}
}

func TestNewNamesAllThatIsWrong(t *testing.T) {
	_, err := New(Config{Brokers: []string{"localhost"}, Topic: "a/b", Compression: "rar", Replication: -1, DeliveryTimeout: time.Millisecond})
	for _, want := range []string{`"localhost"`, `"a/b"`, `"rar"`, "Replication", "DeliveryTimeout"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error lacks %s: %v", want, err)
		}
	}
	if _, err := New(Config{Brokers: []string{"a:1"}, Topic: "a", Options: []kgo.Opt{kgo.TransactionalID("x")}}); err == nil {
		t.Error("a transactional id is accepted")
	}
	if _, err := New(Config{Brokers: []string{"[::1]:9092", "a:1"}, Topic: "a.B_9-c"}); err != nil {
		t.Error(err)
	}
}

// Of the library's own work there is none for each record: what is allocated is
// the client's, for each batch.
func TestAllocations(t *testing.T) {
	b := kafkatest.Embedded(t)
	k := mustOpen(t, Config{Brokers: b.Addrs, Topic: b.Topic(t)}, session(1))
	w := mustShard(t, k, 0).(*shard)
	bt := batch(0, 0, 2048)
	f := newFlight()
	f.batch = bt
	w.fill(f)
	if n := testing.AllocsPerRun(100, func() { w.fill(f) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// The sink waits for each batch; plain is the same records through one client
// that is never waited for, the most that could be hoped for.
func BenchmarkWrite(b *testing.B) {
	const shards = 4
	for _, n := range []int{512, 2048} {
		batches := make([]*sink.Batch, shards)
		for i := range batches {
			batches[i] = batch(i, 0, n)
		}
		// each runs f for every shard at once.
		each := func(b *testing.B, f func(i int) error) {
			b.ReportAllocs()
			b.ResetTimer()
			var wg sync.WaitGroup
			for i := range shards {
				wg.Go(func() {
					for range b.N {
						if err := f(i); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
		}
		report := func(b *testing.B) {
			b.ReportMetric(float64(b.N*shards*n)/b.Elapsed().Seconds(), "records/s")
		}
		b.Run(fmt.Sprintf("plain/%d", n), func(b *testing.B) {
			broker := kafkatest.Real(b)
			topic := openBenchmark(b, broker, shards).cfg.Topic
			cl, err := kgo.NewClient(kgo.SeedBrokers(broker.Addrs...), kgo.RecordPartitioner(kgo.ManualPartitioner()),
				kgo.ProducerBatchCompression(kgo.NoCompression()))
			if err != nil {
				b.Fatal(err)
			}
			defer cl.Close()
			each(b, func(i int) error {
				for _, r := range batches[i].Records {
					cl.Produce(b.Context(), &kgo.Record{Topic: topic, Partition: int32(i), Key: r.Key, Value: r.Value, Timestamp: r.Order.Time}, nil)
				}
				return nil
			})
			if err := cl.Flush(b.Context()); err != nil {
				b.Fatal(err)
			}
			report(b)
		})
		b.Run(fmt.Sprintf("sink/%d", n), func(b *testing.B) {
			k := openBenchmark(b, kafkatest.Real(b), shards)
			sinks := make([]sink.Sink, shards)
			for i := range sinks {
				var err error
				if sinks[i], err = k.Shard(i); err != nil {
					b.Fatal(err)
				}
			}
			each(b, func(i int) error { return sinks[i].Write(b.Context(), batches[i]) })
			report(b)
		})
	}
}

func openBenchmark(b *testing.B, broker *kafkatest.Broker, shards int) *Sink {
	k, err := New(Config{Brokers: broker.Addrs, Topic: broker.Topic(b)})
	if err != nil {
		b.Fatal(err)
	}
	if err := k.Open(b.Context(), session(shards)); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { k.Close(context.Background()) })
	return k
}

// What stands between the records of a shard is counted and told of.
func TestStrays(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic := b.Topic(t)
		var said diary
		k := mustOpen(t, Config{Brokers: b.Addrs, Topic: topic, Log: said.logger()}, session(2))
		other := client(t, b, kgo.RecordPartitioner(kgo.ManualPartitioner()))
		w := mustShard(t, k, 1)
		for step := range int64(4) {
			if err := w.Write(t.Context(), batch(1, step, 100)); err != nil {
				t.Fatal(err)
			}
			if n := k.Stats().Strays; step < 3 && n != 0 || step == 3 && n != 7 {
				t.Errorf("%d strays are counted at step %d", n, step)
			}
			if step == 2 {
				for range 7 {
					r := &kgo.Record{Topic: topic, Partition: 1, Value: []byte("stray"), Timestamp: day0}
					if err := other.ProduceSync(t.Context(), r).FirstErr(); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		if !strings.Contains(said.String(), `"partition":1,"records":7,"before offset":407`) {
			t.Errorf("the log does not tell of them:\n%s", said.String())
		}
	})
}
