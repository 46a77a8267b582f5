package kafka

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink"
)

// Batches that are on their way together arrive in the order in which they were
// begun, none twice, and each knows where.
func TestBatchesOnTheirWay(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		noLeaks(t)
		const steps, n, ahead = 40, 300, 6
		topic := b.Topic(t)
		k := mustOpen(t, Config{Brokers: b.Addrs, Topic: topic}, session(1))
		w := mustShard(t, k, 0).(sink.Pipeliner)
		batches := make([]*sink.Batch, steps)
		end := func(step int) {
			if err := w.End(t.Context()); err != nil {
				t.Fatal(err)
			}
			for i := range batches[step].Records {
				if got, want := batches[step].Records[i].At, (order.Place{Offset: int64(step*n + i)}); got != want {
					t.Fatalf("record %d of step %d is at %v, not %v", i, step, got, want)
				}
			}
		}
		for step := range steps {
			if step >= ahead {
				end(step - ahead)
			}
			size := n
			if step == steps-1 {
				size = 0 // a batch may be empty
			}
			batches[step] = batch(0, int64(step), size)
			if err := w.Begin(t.Context(), batches[step]); err != nil {
				t.Fatal(err)
			}
		}
		for step := steps - ahead; step < steps; step++ {
			end(step)
		}
		if err := w.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := k.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := k.Stats().Records; got != (steps-1)*n {
			t.Errorf("%d records are counted, not %d", got, (steps-1)*n)
		}
		for i, m := range readAll(t, b, topic)[0] {
			if r := batches[i/n].Records[i%n]; string(m.Value) != string(r.Value) {
				t.Fatalf("offset %d holds %q, not %q", i, m.Value, r.Value)
			}
		}
	})
}

// When the context ends, every batch on its way is ended with an error, and
// soon, though the broker says nothing.
func TestCancelledOnTheirWay(t *testing.T) {
	b := kafkatest.Embedded(t)
	noLeaks(t)
	release := make(chan struct{})
	defer close(release)
	came := hold(b, release)
	k := mustOpen(t, Config{Brokers: b.Addrs, Topic: b.Topic(t)}, session(1))
	w := mustShard(t, k, 0).(sink.Pipeliner)
	ctx, cancel := context.WithCancel(t.Context())
	for step := range 3 {
		if err := w.Begin(ctx, batch(0, int64(step), 100)); err != nil {
			t.Fatal(err)
		}
	}
	<-came
	cancel()
	for range 3 {
		if err := w.End(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("End says %v", err)
		}
	}
	if err := w.Begin(t.Context(), batch(0, 3, 1)); err == nil {
		t.Error("a batch is begun after an error")
	}
	if got := k.Stats().Failed; got != 300 {
		t.Errorf("%d records are counted as failed, not 300", got)
	}
	// Nobody knows what the broker made of them, and that is what is said.
	var e *PartialError
	if err := k.Abort(t.Context(), context.Canceled); !errors.As(err, &e) || e.Records != 0 || e.Unknown != 300 ||
		!strings.Contains(err.Error(), "holds 0 records") || !strings.Contains(err.Error(), "up to 300 more") {
		t.Errorf("Abort says %v, want a *PartialError of 0 records and 300 unknown", err)
	}
}
