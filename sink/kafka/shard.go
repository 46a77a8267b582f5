package kafka

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink"
)

// DeliveryError says that records of a batch were not delivered. Those of them
// that were on their way may be in the topic all the same.
type DeliveryError struct {
	Topic     string
	Partition int32
	Step      int64 // of the batch
	Records   int   // in the batch
	Failed    int   // of them
	Err       error // why the first of them failed
}

// Error says how many failed, where and why, and what to do.
func (e *DeliveryError) Error() string {
	hint := remedy(e.Err)
	switch {
	case errors.Is(e.Err, kerr.MessageTooLarge):
		hint = "raise the topic's " + messageBytes
	case errors.Is(e.Err, kerr.InvalidTimestamp):
		hint = "raise the topic's " + timestampAhead + " or " + timestampPast
	case errors.Is(e.Err, kerr.TopicAuthorizationFailed):
		hint = "let this user write to the topic"
	case errors.Is(e.Err, errLate) && hint == "":
		hint = "has the partition a leader, and as many in-sync replicas as the topic's min.insync.replicas?"
	}
	if hint != "" {
		hint = " (" + hint + ")"
	}
	return fmt.Sprintf("kafka: %s partition %d: %d of the %d records of step %d were not delivered: %v%s",
		e.Topic, e.Partition, e.Failed, e.Records, e.Step, e.Err, hint)
}

// Unwrap returns Err.
func (e *DeliveryError) Unwrap() error { return e.Err }

var (
	errClosed = errors.New("kafka: the sink is closed")
	errLate   = errors.New("no acknowledgement within the DeliveryTimeout")
)

// shard writes one partition. Methods are called by one goroutine at a time;
// promises come on the client's.
type shard struct {
	sink      *Sink
	partition int32
	client    *kgo.Client
	trouble   trouble
	promise   func(*kgo.Record, error)
	err       error // that ended it; final
	closed    bool
	shut      sync.Once
	gone      chan struct{} // closed once the client is

	records []kgo.Record // reused; their Keys and Values only between Produce and promise

	// Of the Write that goes on; promises change them, and the last one sends done.
	left, failed int
	cause        error // of the first that failed
	done         chan struct{}
}

func newShard(s *Sink, i int) (*shard, error) {
	w := &shard{sink: s, partition: int32(i), gone: make(chan struct{}), done: make(chan struct{}, 1)}
	w.trouble.retries = &s.counters.retries
	w.promise = w.settle
	var err error
	if w.client, err = kgo.NewClient(s.cfg.options(s.maxBatch, &w.trouble)...); err != nil {
		return nil, fmt.Errorf("kafka: Options: %w", err)
	}
	return w, nil
}

// settle takes the client's answer for one record.
func (w *shard) settle(_ *kgo.Record, err error) {
	if err != nil {
		if w.failed == 0 {
			w.cause = err
		}
		w.failed++
	}
	if w.left--; w.left == 0 {
		w.done <- struct{}{}
	}
}

// Write delivers a batch of this shard.
func (w *shard) Write(ctx context.Context, b *sink.Batch) error {
	if b.Shard != int(w.partition) && w.err == nil {
		w.err = fmt.Errorf("kafka: %s partition %d: a batch of shard %d", w.sink.cfg.Topic, w.partition, b.Shard)
	}
	return w.write(ctx, b)
}

func (w *shard) write(ctx context.Context, b *sink.Batch) error {
	switch {
	case w.err != nil:
		return w.err
	case w.closed:
		return errClosed
	case ctx.Err() != nil:
		w.err = w.interrupted(b, ctx.Err())
	case len(b.Records) > 0:
		w.err = w.deliver(ctx, b)
	}
	return w.err
}

func (w *shard) interrupted(b *sink.Batch, err error) error {
	return fmt.Errorf("kafka: %s partition %d: step %d: %w", w.sink.cfg.Topic, w.partition, b.Step, err)
}

func (w *shard) deliver(ctx context.Context, b *sink.Batch) error {
	sent := w.fill(b.Records)
	w.left, w.failed, w.cause = len(sent), 0, nil
	for i := range sent {
		// Not ctx: a client drops what it holds when the context of the first record ends.
		w.client.Produce(context.Background(), &sent[i], w.promise)
	}
	within, cancel := context.WithTimeoutCause(ctx, w.sink.cfg.delivery(), errLate)
	stopped := w.client.Flush(within)
	late := context.Cause(within)
	cancel()
	if stopped != nil {
		w.hangUp() // which fails all that is still held
	}
	<-w.done

	var bytes int64
	for i := range sent {
		r := &sent[i]
		if r.Offset >= 0 {
			b.Records[i].At = order.Place{Partition: r.Partition, Offset: r.Offset}
			bytes += int64(len(r.Key) + len(r.Value))
		}
		r.Key, r.Value = nil, nil
	}
	c := &w.sink.counters
	c.records.Add(int64(len(sent) - w.failed))
	c.bytes.Add(bytes)
	c.failed.Add(int64(w.failed))
	if w.failed == 0 {
		return nil
	}
	e := &DeliveryError{w.sink.cfg.Topic, w.partition, b.Step, len(sent), w.failed, w.cause}
	switch {
	case stopped == nil:
	case ctx.Err() != nil:
		e.Err = ctx.Err()
	default:
		e.Err = fmt.Errorf("%w of %v", late, w.sink.cfg.delivery())
		if last := w.trouble.last(); last != nil {
			e.Err = fmt.Errorf("%w: %w", e.Err, last)
		}
	}
	return e
}

var empty = []byte{}

// fill makes the client's records of the batch's, without copying a key or a value.
func (w *shard) fill(records []order.Record) []kgo.Record {
	if cap(w.records) < len(records) {
		w.records = make([]kgo.Record, len(records)+len(records)/4)
	}
	sent := w.records[:len(records)]
	topic, keyed := w.sink.cfg.Topic, !w.sink.noKey()
	for i := range sent {
		from := &records[i]
		r := &sent[i]
		*r = kgo.Record{Topic: topic, Partition: w.partition, Value: from.Value, Timestamp: from.Order.Time}
		if r.Value == nil {
			r.Value = empty // nil would stand for a deletion
		}
		if keyed {
			r.Key = from.Key
		}
	}
	return sent
}

// hangUp begins to close the client, without waiting for it.
func (w *shard) hangUp() {
	w.shut.Do(func() {
		go func() {
			defer close(w.gone)
			w.client.Close()
		}()
	})
}

// Close closes the client, which holds nothing by now.
func (w *shard) Close(ctx context.Context) error {
	w.closed = true
	w.hangUp()
	select {
	case <-w.gone:
	case <-ctx.Done():
		if w.err == nil {
			w.err = fmt.Errorf("kafka: %s partition %d: closing: %w", w.sink.cfg.Topic, w.partition, ctx.Err())
		}
	}
	return w.err
}

// trouble remembers what last went wrong between a client and its brokers.
type trouble struct {
	mu      sync.Mutex
	err     error
	retries interface{ Add(int64) int64 }
}

var (
	_ kgo.HookBrokerConnect = (*trouble)(nil)
	_ kgo.HookBrokerE2E     = (*trouble)(nil)
)

func (t *trouble) note(err error) {
	t.mu.Lock()
	t.err = err
	t.mu.Unlock()
}

func (t *trouble) last() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

// OnBrokerConnect is called by the client after it has tried to connect.
func (t *trouble) OnBrokerConnect(b kgo.BrokerMetadata, _ time.Duration, _ net.Conn, err error) {
	if err != nil {
		t.retries.Add(1)
		t.note(err)
	}
}

// produce is the number of Kafka's produce request.
const produce = 0

// OnBrokerE2E is called by the client after a request.
func (t *trouble) OnBrokerE2E(b kgo.BrokerMetadata, key int16, e kgo.BrokerE2E) {
	if key != produce {
		return
	}
	err := e.Err()
	if err != nil {
		t.retries.Add(1)
	}
	t.note(err) // an answer ends the trouble
}
