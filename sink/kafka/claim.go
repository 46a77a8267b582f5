package kafka

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kafkanauts/kafkanauts/sink"
)

// TransactionError says what went wrong with the transactions of a shard. What
// they had not committed is not in the topic for who reads committed records.
type TransactionError struct {
	Stream string
	Shard  int
	Doing  string // what
	Err    error
}

// Error says what went wrong, and what to do about it if there is anything.
func (e *TransactionError) Error() string {
	hint := remedy(e.Err)
	if hint != "" {
		hint = " (" + hint + ")"
	}
	return fmt.Sprintf("kafka: stream %s, shard %d: %s: %v%s", e.Stream, e.Shard, e.Doing, e.Err, hint)
}

// Unwrap returns Err.
func (e *TransactionError) Unwrap() error { return e.Err }

func (w *shard) transaction(doing string, err error) error {
	if last := w.trouble.last(); last != nil && errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("%w: %w", err, last)
	}
	return &TransactionError{w.sink.cfg.Stream, int(w.partition), doing, err}
}

// Resume takes a shard over: whoever wrote it before can write no more. It
// returns how far the shard is. Without a Config.Stream there is nothing to take
// over, and the shard is at its beginning. An error is a *StreamError if the
// stream was begun with another recipe or its topics do not fit, else a
// *TransactionError.
func (s *Sink) Resume(ctx context.Context, shard int) (sink.Position, error) {
	if s.cfg.Stream == "" {
		return sink.Position{}, nil
	}
	if shard == -1 {
		shard = 0 // which Open has made sure is all there is
	}
	w, err := s.shard(shard)
	if err != nil {
		return sink.Position{}, err
	}
	w.lock <- struct{}{}
	defer w.unlock()
	p, err := w.claim(ctx)
	if err != nil {
		w.err = err
		w.hangUp()
	}
	return p, err
}

// claim takes the shard over. The order is what makes it safe: first nobody else can
// commit any more, and only then is it read how far the shard is. It gives up after the
// DeliveryTimeout.
func (w *shard) claim(ctx context.Context) (at sink.Position, err error) {
	s := w.sink
	ctx, cancel := context.WithTimeout(ctx, s.cfg.delivery())
	defer cancel()
	if _, _, err := w.client.ProducerID(ctx); err != nil { // fences, and aborts what is open
		return at, w.transaction("taking it over", denied(err, "Write", "transactional id "+s.cfg.transactional(w.partition)))
	}
	mark, err := w.mark(ctx)
	if err != nil {
		return at, err
	}
	last, err := s.lastCheckpoint(ctx, w.partition, mark)
	if err != nil {
		return at, w.transaction("reading how far it is", err)
	}
	if last != nil {
		if err := s.fits(w.partition, last); err != nil {
			return at, err
		}
		w.at, w.claimed, w.idleSince = *last, true, time.Now()
		if w.at.Speed != s.session.Speed {
			w.at.Speed = 0 // there is no schedule to keep to any more
		}
		s.log().InfoContext(ctx, "shard resumed", "stream", s.cfg.Stream, "shard", w.partition, "step", last.Step, "records", last.Totals.Records, "done", last.Done)
		return w.at.position(), nil
	}
	if err := s.vacant(ctx, w.partition); err != nil {
		return at, err
	}
	// From now on there is a checkpoint wherever there is a record.
	w.at = Checkpoint{Began: time.Now().UTC().Truncate(time.Millisecond), Speed: s.session.Speed, Topic: s.topicID, Truth: s.cfg.Truth, Recipe: s.recipe}
	if err := w.start(ctx); err != nil {
		return at, err
	}
	if err := w.seal(ctx); err != nil {
		return at, err
	}
	w.claimed = true
	s.log().InfoContext(ctx, "shard begun", "stream", s.cfg.Stream, "shard", w.partition)
	return w.at.position(), nil
}

// mark commits a record to the control topic, in front of which lies all that was
// ever committed there, and returns its offset.
func (w *shard) mark(ctx context.Context) (int64, error) {
	if err := w.start(ctx); err != nil {
		return 0, err
	}
	value, err := json.Marshal(claim{w.sink.owner, time.Now().UTC()})
	if err != nil {
		return 0, err
	}
	// The client (kgo 1.22.3) may have the answer to a topic's first records before it takes
	// note of the topic; EndTransaction then aborts, since it believes that nothing was written, and
	// returns nil. It has taken note once it accepts another record of the topic: so there are two.
	var offset int64
	for range 2 {
		r := kgo.Record{Topic: w.sink.cfg.controlTopic(), Partition: w.partition, Key: []byte(claimKey), Value: value}
		if err := w.acknowledged(ctx, &r); err != nil {
			return 0, w.transaction("claiming it", err)
		}
		offset = r.Offset
	}
	if err := w.client.Flush(ctx); err != nil { // EndTransaction demands it
		return 0, w.transaction("claiming it", err)
	}
	if err := w.client.EndTransaction(ctx, kgo.TryCommit); err != nil {
		return 0, w.transaction("claiming it", err)
	}
	return offset, nil
}

// acknowledged writes a record of the claim's transaction and waits until it is acknowledged. It is not
// ProduceSync, which does not heed ctx while a record's fate is in doubt.
func (w *shard) acknowledged(ctx context.Context, r *kgo.Record) error {
	answer := make(chan error, 1)
	w.client.Produce(context.Background(), r, func(_ *kgo.Record, err error) { answer <- err })
	select {
	case err := <-answer:
		if err == nil && r.Offset < 0 {
			err = errNowhere
		}
		return err
	case <-ctx.Done():
		w.hangUp()
		<-answer
		return ctx.Err()
	}
}

// vacant returns an error if the partition of a shard holds records, though no
// checkpoint says so.
func (s *Sink) vacant(ctx context.Context, partition int32) error {
	adm, err := s.admin()
	if err != nil {
		return err
	}
	topics := []string{s.cfg.Topic}
	if s.cfg.Truth {
		topics = append(topics, s.cfg.truthTopic())
	}
	starts, err := adm.ListStartOffsets(ctx, topics...)
	if err == nil {
		err = starts.Error()
	}
	var ends kadm.ListedOffsets
	if err == nil {
		if ends, err = adm.ListEndOffsets(ctx, topics...); err == nil {
			err = ends.Error()
		}
	}
	if err != nil {
		return &TransactionError{s.cfg.Stream, int(partition), "finding out whether its partition is empty", err}
	}
	for _, t := range topics {
		first, _ := starts.Lookup(t, partition)
		end, ok := ends.Lookup(t, partition)
		if !ok || end.Offset != first.Offset || first.Offset != 0 {
			return &StreamError{s.cfg.Stream, int(partition), fmt.Sprintf(
				"partition %d of topic %s holds, or has held, records that the stream did not write: offsets %d to %d; name a topic that does not exist yet, or delete it", partition, t, first.Offset, end.Offset)}
		}
	}
	return nil
}

// tail is how many offsets of the control topic are read at first. A transaction
// has two there: its checkpoint, and its end.
const tail = 64

// lastCheckpoint returns the last checkpoint that was committed before an offset of a
// partition of the control topic, or nil. It returns once all before it is settled.
func (s *Sink) lastCheckpoint(ctx context.Context, partition int32, before int64) (*Checkpoint, error) {
	value, err := s.last(ctx, partition, before, checkpointKey)
	if err != nil || value == nil {
		return nil, err
	}
	return parseCheckpoint(value)
}

// last returns the value of the last committed record with a key before an offset of
// a partition of the control topic, or nil.
func (s *Sink) last(ctx context.Context, partition int32, before int64, key string) (value []byte, err error) {
	for n := int64(tail); ; n *= 16 {
		from := max(0, before-n)
		err := s.control(ctx, partition, from, before, func(k, v []byte) error {
			if string(k) == key {
				value = v
			}
			return nil
		})
		if err != nil || value != nil || from == 0 {
			return value, err
		}
	}
}

// lastOwner returns who was the last to claim a shard, without claiming it; "" if
// nobody ever did.
func (s *Sink) lastOwner(ctx context.Context, partition int32) (string, error) {
	end, err := s.stable(ctx, partition)
	if err != nil {
		return "", err
	}
	value, err := s.last(ctx, partition, end, claimKey)
	if err != nil || value == nil {
		return "", err
	}
	var c claim
	err = json.Unmarshal(value, &c)
	return c.Owner, err
}

// peek returns the last checkpoint of a shard, or nil, without claiming it.
func (s *Sink) peek(ctx context.Context, partition int32) (*Checkpoint, error) {
	end, err := s.stable(ctx, partition)
	if err != nil {
		return nil, err
	}
	return s.lastCheckpoint(ctx, partition, end)
}

// stable returns up to where a partition of the control topic is settled.
func (s *Sink) stable(ctx context.Context, partition int32) (int64, error) {
	adm, err := s.admin()
	if err != nil {
		return 0, err
	}
	ends, err := adm.ListCommittedOffsets(ctx, s.cfg.controlTopic())
	if err == nil {
		err = ends.Error()
	}
	end, _ := ends.Lookup(s.cfg.controlTopic(), partition)
	return end.Offset, err
}

// control hands over the committed records of a partition of the control topic,
// from an offset on and before another, and waits until all of these are settled.
// Brokers may change meanwhile; it gives up after the DeliveryTimeout.
func (s *Sink) control(ctx context.Context, partition int32, from, to int64, each func(key, value []byte) error) error {
	adm, err := s.admin()
	if err != nil {
		return err
	}
	topic := s.cfg.controlTopic()
	ctx, cancel := context.WithTimeout(ctx, s.cfg.delivery())
	defer cancel()
	f := fetch{client: s.client, leader: -1, topic: topic, partition: partition, wait: idle / 2}
	for from < to {
		if f.leader < 0 {
			var t kadm.TopicDetail
			if t, err = find(ctx, adm, topic); err == nil {
				f.id, f.leader = t.ID, t.Partitions[partition].Leader
				err = t.Partitions[partition].Err
			}
			if err != nil && (ctx.Err() != nil || !passing(err)) {
				return err
			}
		}
		if f.leader >= 0 {
			err = f.from(ctx, from)
		}
		if f.leader < 0 || err != nil {
			if err != nil && (ctx.Err() != nil || !passing(err)) {
				return err
			}
			if late := pause(ctx, 50*time.Millisecond); late != nil {
				return errors.Join(late, err)
			}
			f.leader = -1 // it may be another by now
			continue
		}
		for _, r := range f.records {
			if r.Offset >= to {
				return nil
			}
			if err := each(r.Key, r.Value); err != nil {
				return fmt.Errorf("topic %s, partition %d, offset %d: %w", topic, partition, r.Offset, err)
			}
		}
		if f.empty && f.stable >= to {
			return nil
		}
		from = f.next
	}
	return nil
}

// pause waits, unless ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
