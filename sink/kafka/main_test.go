package kafka

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink"
)

func TestMain(m *testing.M) { kafkatest.Main(m) }

// day0 is the first day of the default stream: years before any broker's
// retention.
var day0 = time.Date(2022, 1, 31, 0, 0, 0, 0, time.UTC)

func session(shards int) *sink.Session {
	return &sink.Session{Shards: shards, From: day0.Unix(), To: day0.AddDate(0, 0, 14).Unix()}
}

// batch returns n records of a step of a shard, all different.
func batch(shard int, step int64, n int) *sink.Batch {
	b := &sink.Batch{Shard: shard, Step: step, Parts: 1}
	orders := make([]order.Order, n)
	for i := range n {
		o := &orders[i]
		o.ID = uint64(shard)<<40 | uint64(step)<<20 | uint64(i)
		o.Time = day0.Add(time.Duration(step)*time.Minute + time.Duration(i)*time.Second)
		b.Records = append(b.Records, order.Record{
			Seq:   o.ID,
			Order: o,
			Key:   fmt.Appendf(nil, "customer-%d", o.ID%97),
			Value: fmt.Appendf(nil, "%d|%d|%d|%0150d", shard, step, i, o.ID),
		})
	}
	return b
}

func mustOpen(t *testing.T, c Config, s *sink.Session) *Sink {
	t.Helper()
	k, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Open(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close(context.Background()) })
	return k
}

func mustShard(t *testing.T, k *Sink, i int) sink.Sink {
	t.Helper()
	w, err := k.Shard(i)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// client returns a client of the test's own.
func client(t *testing.T, b *kafkatest.Broker, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	cl, err := kgo.NewClient(append(common(b.Addrs, nil, nil), opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return cl
}

// makeTopic makes a topic as somebody else might.
func makeTopic(t *testing.T, b *kafkatest.Broker, topic string, partitions int32, settings map[string]*string) {
	t.Helper()
	adm := kadm.NewClient(client(t, b))
	if _, err := adm.CreateTopic(t.Context(), partitions, 1, settings, topic); err != nil {
		t.Fatal(err)
	}
	for led := false; !led; { // the broker may not know yet what its controller does
		there, err := find(t.Context(), adm, topic)
		led = err == nil && len(there.Partitions) == int(partitions)
		for _, p := range there.Partitions {
			led = led && p.Leader >= 0
		}
		if t.Context().Err() != nil {
			t.Fatal(err)
		}
	}
}

// readAll returns all messages of a topic by partition.
func readAll(t *testing.T, b *kafkatest.Broker, topic string) map[int32][]Message {
	t.Helper()
	r, err := NewReader(t.Context(), ReadConfig{Brokers: b.Addrs, Topic: topic})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got := map[int32][]Message{}
	for m, err := range r.Messages(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got[m.Partition] = append(got[m.Partition], m)
	}
	if r.Done() != r.Total() {
		t.Errorf("Done is %d at the end, Total %d", r.Done(), r.Total())
	}
	return got
}

// readSettled is readAll of a topic once no transaction in it is open.
func readSettled(t *testing.T, b *kafkatest.Broker, topic string) map[int32][]Message {
	t.Helper()
	if err := kafkatest.Settle(t.Context(), client(t, b), topic); err != nil {
		t.Fatal(err)
	}
	return readAll(t, b, topic)
}

// noLeaks fails the test if, at its end, goroutines run that do not run now. It
// is called after the broker is there and before anything else. The embedded broker's own, which
// outlive a connection for as long as a fetch may wait, are not the client's.
func noLeaks(t *testing.T) {
	t.Helper()
	const conn = "github.com/twmb/franz-go/pkg/kfake.(*clientConn)."
	ignore := []goleak.Option{goleak.IgnoreCurrent(), goleak.IgnoreAnyFunction(conn + "read"), goleak.IgnoreAnyFunction(conn + "write")}
	t.Cleanup(func() {
		t.Helper()
		var err error
		for range 20 { // it waits half a second each time, and a client that is closed may take longer to end
			if err = goleak.Find(ignore...); err == nil {
				return
			}
		}
		t.Error(err)
	})
}
