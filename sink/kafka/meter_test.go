package kafka

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
	"github.com/kafkanauts/kafkanauts/sink"
)

// tally is a Meter of counters and one gauge.
type tally struct {
	mu sync.Mutex
	n  map[int]map[sink.Counter]int64
	g  map[int]float64 // of GaugeUnread

	none func() // called when nothing is unread in two partitions; may be nil
}

func (m *tally) Add(shard int, c sink.Counter, n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.n[shard] == nil {
		m.n[shard] = map[sink.Counter]int64{}
	}
	m.n[shard][c] += n
}

func (m *tally) Set(shard int, g sink.Gauge, v float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if g == sink.GaugeUnread {
		m.g[shard] = v
		if m.none != nil && m.g[0] == 0 && m.g[1] == 0 {
			m.none()
		}
	}
}

// What a Sink tells is what its Stats say, of the shard that it happens to.
func TestMeter(t *testing.T) {
	for _, merged := range []bool{false, true} {
		b := kafkatest.Embedded(t)
		noLeaks(t)
		meter := &tally{n: map[int]map[sink.Counter]int64{}}
		s := session(2)
		troubled := 1
		if merged {
			s = session(1)
			troubled = -1
		}
		s.Merged, s.Meter = merged, meter
		k := mustOpen(t, Config{Brokers: b.Addrs, Topic: b.Topic(t), DeliveryTimeout: 3 * time.Second}, s)
		for i := range s.Shards {
			bt := batch(i, 0, 50)
			if merged {
				bt.Shard = -1
			}
			if err := k.Write(t.Context(), bt); err != nil {
				t.Fatal(err)
			}
		}
		if len(meter.n) > 0 {
			t.Errorf("merged %v: told of trouble where there is none: %v", merged, meter.n)
		}
		b.Kfake.Close()
		bt := batch(troubled, 1, 70)
		var e *DeliveryError
		if err := k.Write(t.Context(), bt); !errors.As(err, &e) {
			t.Fatalf("merged %v: error is %v, want a *DeliveryError", merged, err)
		}
		k.Abort(t.Context(), e)
		is := k.Stats()
		var retries int64 // a shard that has nothing to send may connect anew, too
		for i, n := range meter.n {
			retries += n[sink.CountRetries]
			if failed := n[sink.CountFailures]; failed > 0 && i != troubled {
				t.Errorf("merged %v: told of %d records of shard %d that were not delivered", merged, failed, i)
			}
		}
		if n := meter.n[troubled]; n[sink.CountFailures] != 70 || is.Failed != 70 || n[sink.CountRetries] == 0 || retries != is.Retries {
			t.Errorf("merged %v: told of %v, the Stats are %+v", merged, meter.n, is)
		}
	}
}

func TestUnread(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic := b.Topic(t)
		k := mustOpen(t, Config{Brokers: b.Addrs, Topic: topic}, session(2))
		writeShards(t, k, 2, 3, 100)
		for _, follow := range []bool{false, true} {
			meter := &tally{g: map[int]float64{}}
			r, err := NewReader(t.Context(), ReadConfig{Brokers: b.Addrs, Topic: topic, Follow: follow, Meter: meter})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			n := [2]float64{}
			for m, err := range r.Messages(ctx) {
				if follow && errors.Is(err, context.Canceled) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				// It is as of the last fetch; only what has been read to its end is told of at once.
				last := !follow && n[m.Partition] == 299
				if left := meter.g[int(m.Partition)]; !last && (left < 300-n[m.Partition] || left > 300) || last && left != 0 {
					t.Fatalf("after %v messages of partition %d, %v are unread", n[m.Partition], m.Partition, left)
				}
				if n[m.Partition]++; follow && n[0]+n[1] == 600 {
					meter.none = cancel // at the next look
				}
			}
			if n != [2]float64{300, 300} || meter.g[0] != 0 || meter.g[1] != 0 {
				t.Errorf("follow %v: after %v messages, %v are unread", follow, n, meter.g)
			}
		}
	})
}
