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
	case errors.Is(e.Err, kerr.TopicAuthorizationFailed), errors.Is(e.Err, kerr.ClusterAuthorizationFailed): // the latter if it may write to no topic at all
		hint = "have an ACL allow this user Write on topic " + e.Topic
	case errors.Is(e.Err, errLate) && hint == "":
		hint = "is the topic still there, has the partition a leader, and as many in-sync replicas as the topic's min.insync.replicas?"
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

	errNowhere = errors.New("the brokers have it and do not tell at which offset")
)

// shard writes one partition. Methods are called by one goroutine at a time;
// promises come on the client's, and the transactions of a stream end on one of
// their own.
type shard struct {
	sink      *Sink
	partition int32
	client    *kgo.Client
	trouble   trouble
	lay       lay
	err       error // that ended it; final
	closed    bool
	shut      sync.Once
	gone      chan struct{} // closed once the client is
	*ledger                 // of a stream; nil: there are no transactions

	flush  bool      // whether End tells the client to send, which may wait for more
	flying []*flight // begun and not ended, the oldest first
	idle   []*flight
}

// flight is a batch on its way.
type flight struct {
	batch   *sink.Batch
	records []kgo.Record // reused; their Keys and Values only between Produce and promise
	promise func(*kgo.Record, error)

	// Promises change these, one at a time, and the last one sends done.
	left, failed int
	cause        error // of the first that failed
	done         chan struct{}

	landed bool // all answers are there, and err is what land returned
	err    error
}

func newShard(s *Sink, i int) (*shard, error) {
	w := &shard{sink: s, partition: int32(i), gone: make(chan struct{})}
	w.trouble.shard = w
	opts := s.cfg.options(s.limits, &w.trouble)
	if s.cfg.Stream != "" {
		w.ledger = newLedger()
		opts = append(opts, s.cfg.transactions(w.partition)...)
	}
	var err error
	if w.client, err = kgo.NewClient(opts...); err != nil {
		return nil, fmt.Errorf("kafka: Options: %w", err)
	}
	w.flush, _ = w.client.OptValue(kgo.ManualFlushing).(bool)
	return w, nil
}

func newFlight() *flight {
	f := &flight{done: make(chan struct{}, 1)}
	f.promise = f.settle
	return f
}

// settle takes the client's answer for one record.
func (f *flight) settle(_ *kgo.Record, err error) {
	if err != nil {
		if f.failed == 0 {
			f.cause = err
		}
		f.failed++
	}
	if f.left--; f.left == 0 {
		f.done <- struct{}{}
	}
}

// Write delivers a batch of this shard.
func (w *shard) Write(ctx context.Context, b *sink.Batch) error {
	if err := w.Begin(ctx, b); err != nil {
		return err
	}
	return w.deliver(ctx)
}

// deliver ends what was begun, after which nothing follows before it is delivered.
func (w *shard) deliver(ctx context.Context) error {
	w.acquire(ctx)
	w.flush = true
	w.unlock()
	return w.End(ctx)
}

// Begin hands a batch of this shard to the client.
func (w *shard) Begin(ctx context.Context, b *sink.Batch) error {
	w.acquire(ctx)
	defer w.unlock()
	if b.Shard != int(w.partition) && w.err == nil {
		w.err = fmt.Errorf("kafka: %s partition %d: a batch of shard %d", w.sink.cfg.Topic, w.partition, b.Shard)
	}
	return w.begin(ctx, b)
}

func (w *shard) begin(ctx context.Context, b *sink.Batch) error {
	switch {
	case w.err != nil:
		return w.err
	case w.closed:
		return errClosed
	case ctx.Err() != nil:
		w.err = w.interrupted(b, ctx.Err())
		return w.err
	}
	if w.ledger != nil {
		if w.err = w.enter(ctx); w.err != nil {
			return w.err
		}
	}
	var f *flight
	if n := len(w.idle); n > 0 {
		f, w.idle = w.idle[n-1], w.idle[:n-1]
	} else {
		f = newFlight()
	}
	w.flying = append(w.flying, f)
	f.batch, f.failed, f.cause, f.landed, f.err = b, 0, nil, false, nil
	f.left = len(b.Records)
	if f.left == 0 {
		f.done <- struct{}{}
		return nil
	}
	w.fill(f)
	for i := range f.records {
		// Not ctx: a client drops what it holds when the context of the first record ends.
		w.client.Produce(context.Background(), &f.records[i], f.promise)
	}
	return nil
}

func (w *shard) interrupted(b *sink.Batch, err error) error {
	return fmt.Errorf("kafka: %s partition %d: step %d: %w", w.sink.cfg.Topic, w.partition, b.Step, err)
}

// End waits until the oldest batch that was begun is delivered.
func (w *shard) End(ctx context.Context) error {
	if len(w.flying) == 0 {
		return w.err
	}
	w.acquire(ctx)
	defer w.unlock()
	f := w.flying[0]
	w.land(ctx, f)
	w.flying = w.flying[:copy(w.flying, w.flying[1:])]
	if w.err == nil {
		w.err = f.err
	}
	f.batch = nil
	w.idle = append(w.idle, f)
	return w.err
}

// land waits for a flight and notes where its records came to lie, once.
func (w *shard) land(ctx context.Context, f *flight) {
	if f.landed {
		return
	}
	f.landed = true
	f.err = w.await(ctx, f)
	if w.ledger != nil {
		w.enrol(f)
	}
	for i := range f.batch.Records {
		r := &f.records[i]
		r.Key, r.Value = nil, nil
	}
}

// await waits for the answers for a flight's records.
func (w *shard) await(ctx context.Context, f *flight) error {
	waiting, done := patient(ctx)
	defer done()
	within, cancel := context.WithTimeoutCause(waiting, w.sink.cfg.delivery(), errLate)
	defer cancel()
	var stopped error
	if w.flush {
		stopped = w.client.Flush(within)
	} else {
		select {
		case <-f.done:
			f.done <- struct{}{}
		case <-within.Done():
			stopped = within.Err()
		}
	}
	late := context.Cause(within)
	if stopped != nil {
		w.hangUp() // which fails all that is still held
	}
	<-f.done

	b, sent := f.batch, f.records[:len(f.batch.Records)]
	for i := range sent {
		if f.cause == nil && sent[i].Offset < 0 {
			f.failed, f.cause = len(sent), errNowhere
		}
	}
	var bytes int64
	for i := range sent {
		r := &sent[i]
		if f.failed == 0 {
			if w.ledger == nil { // transactions have offsets of their own
				w.lay.next(r.Offset)
			}
		}
		if r.Offset >= 0 {
			b.Records[i].At = order.Place{Partition: r.Partition, Offset: r.Offset}
			bytes += int64(len(r.Key) + len(r.Value))
		}
	}
	w.tellStrays()
	c := &w.sink.counters
	if w.ledger == nil {
		c.records.Add(int64(len(sent) - f.failed))
		c.bytes.Add(bytes)
	} else {
		w.pending.records += int64(len(sent))
		w.pending.bytes += bytes
	}
	c.failed.Add(int64(f.failed))
	w.sink.tell(w.partition, sink.CountFailures, int64(f.failed))
	if stopped != nil || errors.Is(f.cause, kgo.ErrClientClosed) { // here, or for a batch before
		c.unknown.Add(int64(f.failed))
	}
	if f.failed == 0 {
		return nil
	}
	e := &DeliveryError{w.sink.cfg.Topic, w.partition, b.Step, len(sent), f.failed, f.cause}
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
func (w *shard) fill(f *flight) {
	records := f.batch.Records
	if cap(f.records) < len(records) {
		f.records = make([]kgo.Record, len(records)+len(records)/4)
		for i := range f.records {
			r := &f.records[i]
			r.Topic, r.Partition = w.sink.cfg.Topic, w.partition
		}
	}
	f.records = f.records[:len(records)]
	keyed := !w.sink.noKey()
	for i := range f.records {
		from := &records[i]
		r := &f.records[i] // field by field: most of them stay as they are
		r.Value, r.Timestamp = from.Value, from.Order.Time
		r.Attrs, r.Offset = kgo.RecordAttrs{}, 0
		if r.Value == nil {
			r.Value = empty // nil would stand for a deletion
		}
		if keyed {
			r.Key = from.Key
		}
	}
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

// Close commits what is left of a stream and closes the client, which holds
// nothing by then.
func (w *shard) Close(ctx context.Context) error { return w.end(ctx, true) }

// Abort is Close of a shard that did not come to its end: what was accepted is
// committed all the same.
func (w *shard) Abort(ctx context.Context, cause error) error {
	err := w.end(ctx, false)
	if errors.Is(cause, err) || errors.Is(err, context.Canceled) {
		return nil // who stopped it knows
	}
	return err
}

func (w *shard) end(ctx context.Context, complete bool) error {
	if !w.closed && w.ledger != nil {
		w.finish(ctx, complete)
	}
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
	shard *shard
	mu    sync.Mutex
	err   error
}

var (
	_ kgo.HookBrokerConnect = (*trouble)(nil)
	_ kgo.HookBrokerE2E     = (*trouble)(nil)
)

func (t *trouble) note(err error) {
	if errors.Is(err, kgo.ErrClientClosed) {
		return // it is what we did about the trouble
	}
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
		t.again()
		t.note(err)
	}
}

// again counts what the client will try again.
func (t *trouble) again() {
	t.shard.sink.counters.retries.Add(1)
	t.shard.sink.tell(t.shard.partition, sink.CountRetries, 1)
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
		t.again()
	}
	t.note(err) // an answer ends the trouble
}
