package kafka

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
	"github.com/kafkanauts/kafkanauts/sink"
)

// ledger is what a shard of a stream keeps of its transactions. Whoever holds
// lock uses it, and the shard's flights and error.
type ledger struct {
	lock      chan struct{}
	claimed   bool
	open      bool       // a transaction is
	broken    bool       // it must not be committed
	at        Checkpoint // what the next commit says
	timer     *time.Timer
	as        producer                       // who writes the open transaction
	idleSince time.Time                      // since when nothing waits to be committed
	pending   struct{ records, bytes int64 } // written and not committed
	rows      []byte                         // memory for the values of the answer key

	mu    sync.Mutex // of cause, which promises write
	cause error      // the first failure of a record that is no flight's
}

// producer is what brokers know a client by. It changes between transactions.
type producer struct {
	id    int64
	epoch int16
}

func newLedger() *ledger { return &ledger{lock: make(chan struct{}, 1)} }

// acquire waits until no transaction is being committed. If ctx ends it hangs up,
// which ends that.
func (w *shard) acquire(ctx context.Context) {
	if w.ledger == nil {
		return
	}
	select {
	case w.lock <- struct{}{}:
		return
	default:
	}
	ctx, cancel := patient(ctx)
	defer cancel()
	select {
	case w.lock <- struct{}{}:
	case <-ctx.Done():
		w.hangUp()
		w.lock <- struct{}{}
	}
}

func (w *shard) unlock() {
	if w.ledger != nil {
		<-w.lock
	}
}

// lockedBegin is begin for who does not hold the lock.
func (w *shard) lockedBegin(ctx context.Context, b *sink.Batch) error {
	w.acquire(ctx)
	defer w.unlock()
	return w.begin(ctx, b)
}

var errNotResumed = errors.New("it goes on from where another run ended, which Resume tells; a stream calls that by itself if the Sink is what it runs into, but not in a sink.Tee")

// enter makes sure that a transaction is open.
func (w *shard) enter(ctx context.Context) error {
	if w.open {
		return nil
	}
	if !w.claimed {
		at, err := w.claim(ctx)
		if err == nil && (at.Step > 0 || at.Records > 0 || at.Lost > 0 || at.Done) {
			err = &StreamError{w.sink.cfg.Stream, int(w.partition), errNotResumed.Error()}
		}
		if err != nil {
			return err
		}
	}
	if err := w.start(ctx); err != nil {
		return err
	}
	w.open = true
	if now := time.Now(); now.Sub(w.idleSince) > w.sink.cfg.patience() {
		w.sink.rested.Store(&now)
	}
	if w.timer == nil {
		w.timer = time.AfterFunc(w.sink.cfg.commit(), w.tick)
	} else {
		w.timer.Reset(w.sink.cfg.commit())
	}
	return nil
}

// start begins a transaction.
func (w *shard) start(ctx context.Context) (err error) {
	if err = w.client.BeginTransaction(); err == nil {
		w.as.id, w.as.epoch, err = w.client.ProducerID(ctx)
	}
	if err != nil {
		return w.transaction("beginning a transaction", err)
	}
	return nil
}

var errReplaced = errors.New("the client has become another producer meanwhile, and what it had written before is aborted")

// whole returns an error if the open transaction may lack its beginning: a client that
// thinks that it has lost nothing by it begins anew as another producer, whose
// transaction has only what comes from then on.
func (w *shard) whole(ctx context.Context) error {
	id, epoch, err := w.client.ProducerID(ctx)
	if err == nil && w.as != (producer{id, epoch}) {
		err = errReplaced
	}
	return err
}

// tick commits the transaction whose time has come.
func (w *shard) tick() {
	w.lock <- struct{}{}
	defer w.unlock()
	if !w.open || w.broken || w.err != nil {
		return
	}
	// Not a caller's context: what is written is committed whatever comes.
	ctx, cancel := context.WithTimeout(context.Background(), w.sink.cfg.delivery())
	defer cancel()
	if err := w.commit(ctx); err != nil {
		w.err = err
		w.hangUp()
	}
}

// commit ends the open transaction, with all flights that are on their way.
func (w *shard) commit(ctx context.Context) error {
	for _, f := range w.flying {
		if w.land(ctx, f); f.err != nil {
			return f.err
		}
	}
	return w.seal(ctx)
}

// seal writes the checkpoint into the open transaction and commits it. The client
// would commit what was stored though a record failed: so every promise counts.
func (w *shard) seal(ctx context.Context) error {
	w.broken = true // until it is committed
	w.at.Written = time.Now().UTC()
	value, err := json.Marshal(&w.at)
	if err != nil {
		return w.transaction("writing its checkpoint", err)
	}
	c := &w.sink.cfg
	w.send(&kgo.Record{Topic: c.controlTopic(), Partition: w.partition, Key: []byte(checkpointKey), Value: value})
	if err := w.client.Flush(ctx); err != nil {
		return w.transaction("writing its checkpoint", err)
	}
	w.mu.Lock()
	err = w.cause
	w.mu.Unlock()
	if err != nil {
		return w.transaction("writing its checkpoint and answer key", err)
	}
	if err := w.whole(ctx); err != nil {
		return w.transaction("committing", err)
	}
	if err := w.client.EndTransaction(ctx, kgo.TryCommit); err != nil {
		return w.transaction("committing", err)
	}
	w.open, w.broken, w.idleSince = false, false, time.Now()
	w.sink.counters.records.Add(w.pending.records)
	w.sink.counters.bytes.Add(w.pending.bytes)
	w.pending.records, w.pending.bytes = 0, 0
	w.sink.tell(w.partition, sink.CountCommits, 1)
	w.tellPending()
	return nil
}

// tellPending tells how much waits to be committed.
func (w *shard) tellPending() {
	if m := w.sink.session.Meter; m != nil {
		m.Set(w.sink.told(w.partition), sink.GaugePending, float64(w.pending.records))
	}
}

// send writes a record that is no flight's; seal finds out whether it failed.
func (w *shard) send(r *kgo.Record) {
	w.client.Produce(context.Background(), r, w.answered)
}

func (w *shard) answered(r *kgo.Record, err error) {
	if err == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cause == nil {
		w.cause = fmt.Errorf("topic %s: %w", r.Topic, err)
	}
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var lineEnd = []byte{'\n'}

// enrol adds a flight that has landed to what the next checkpoint tells, and
// writes its part of the answer key.
func (w *shard) enrol(f *flight) {
	if f.err != nil {
		w.broken = true
		return
	}
	b, at := f.batch, &w.at
	if b.Step != at.Step {
		at.Step, at.Records, at.Lost = b.Step, 0, 0
	}
	at.Records += len(b.Records)
	at.Lost += len(b.Lost)
	at.Totals.Records += int64(len(b.Records))
	at.Totals.Lost += int64(len(b.Lost))
	for i := range b.Records {
		at.Totals.Bytes += int64(len(b.Records[i].Value))
	}
	if len(b.Lines) > 0 {
		at.CRC32C = crc32.Update(at.CRC32C, castagnoli, b.Lines)
	} else {
		for i := range b.Records {
			at.CRC32C = crc32.Update(crc32.Update(at.CRC32C, castagnoli, b.Records[i].Value), castagnoli, lineEnd)
		}
	}
	w.tellPending()
	if !w.sink.cfg.Truth {
		return
	}
	for i := range b.Lost {
		w.answer(&b.Lost[i], true)
	}
	for i := range b.Records {
		if b.Records[i].Truth != nil {
			w.answer(&b.Records[i], false)
		}
	}
}

// chunk is how much memory the values of the answer key are cut from.
const chunk = 1 << 16

// answer writes the rows of a record to the topic of the answer key.
func (w *shard) answer(r *order.Record, lost bool) {
	if r.Truth == nil {
		return
	}
	w.at.Totals.Count(r.Truth, lost)
	ref := truth.Ref{At: r.At, Seq: r.Seq, Copy: r.Copy, Lost: lost}
	if lost {
		ref.At = order.Place{}
	}
	if cap(w.rows)-len(w.rows) < 1<<10 {
		w.rows = make([]byte, 0, chunk)
	}
	n := len(w.rows)
	w.rows = truth.AppendRecord(w.rows, truth.Offsets, &ref, r.Truth)
	w.send(&kgo.Record{Topic: w.sink.cfg.truthTopic(), Partition: w.partition, Timestamp: r.Order.Time, Value: w.rows[n:len(w.rows):len(w.rows)]})
}

// finish ends the last transaction of a shard, if nothing has gone wrong in it.
func (w *shard) finish(ctx context.Context, complete bool) {
	w.acquire(ctx)
	defer w.unlock()
	if w.timer != nil {
		w.timer.Stop()
	}
	complete = complete && w.err == nil
	defer func() {
		if w.open { // it will never be committed
			w.sink.tell(w.partition, sink.CountAborts, 1)
			w.pending.records, w.pending.bytes = 0, 0
			w.tellPending()
		}
	}()
	if w.broken || !w.claimed || w.at.Done || !w.open && !complete {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, w.sink.cfg.delivery())
	defer cancel()
	if !w.open {
		if w.err = w.enter(ctx); w.err != nil {
			return
		}
	}
	w.at.Done = complete
	if err := w.commit(ctx); w.err == nil {
		w.err = err
	}
}
