package kafka

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
	"github.com/kafkanauts/kafkanauts/sink"
)

// tally is a Meter of counters.
type tally struct {
	mu sync.Mutex
	n  map[int]map[sink.Counter]int64
}

func (m *tally) Add(shard int, c sink.Counter, n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.n[shard] == nil {
		m.n[shard] = map[sink.Counter]int64{}
	}
	m.n[shard][c] += n
}

func (m *tally) Set(int, sink.Gauge, float64) {}

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
		k := mustOpen(t, Config{Brokers: b.Addrs, Topic: b.Topic(t), DeliveryTimeout: time.Second}, s)
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
