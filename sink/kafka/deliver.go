package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/kafkanauts/kafkanauts/sink"
)

// Deliver runs a stream, which is to run into the Sink that it is given, and
// runs it again, into a new Sink, whenever that failed for a reason that may pass, such as
// brokers that went away. With a Config.Stream each run goes on where the one before ended. It
// returns nil once a run has, and else what the last one returned: if ctx has ended, if
// the reason will not pass, if another process has taken the stream over (a
// *StreamError), or if nothing was committed for Config.Patience.
//
//	err := kafka.Deliver(ctx, config, func(ctx context.Context, dst sink.Sink) error {
//		_, err := stream.Run(ctx, dst)
//		return err
//	})
func Deliver(ctx context.Context, c Config, run func(ctx context.Context, dst sink.Sink) error) error {
	if c.Stream == "" {
		return errors.New("kafka: Deliver: without a Stream a run cannot go on where another ended; give it a name")
	}
	t := attempts{cfg: &c, owner: newOwner()}
	for {
		err := t.once(ctx, func(ctx context.Context, dst *Sink) error { return run(ctx, dst) })
		if err == nil || !t.again(ctx, err) {
			return err
		}
		if err := t.wait(ctx, err, betweenAttempts); err != nil {
			return err
		}
		if by := t.takenBy(ctx, fenced(err)); by != nil {
			return by
		}
	}
}

// betweenAttempts is how long nothing is tried after a failure.
const betweenAttempts = time.Second

// attempts are the runs of a stream, or of a shard, by one process.
type attempts struct {
	cfg   *Config
	owner string

	opened bool           // one of them has got so far
	since  time.Time      // from when on nothing was committed although there was something to commit
	shards []int32        // that the last one had claimed
	held   map[int32]bool // that any of them had
	meter  sink.Meter
}

// once makes one attempt.
func (t *attempts) once(ctx context.Context, run func(context.Context, *Sink) error) error {
	if t.since.IsZero() {
		t.since = time.Now()
	}
	dst, err := New(*t.cfg)
	if err != nil {
		return err
	}
	dst.owner = t.owner
	err = run(ctx, dst)
	t.opened = t.opened || dst.opened()
	if dst.Stats().Records > 0 {
		t.since = time.Now()
	} else if rested := dst.rested.Load(); rested != nil && rested.After(t.since) { // there was nothing to write until then
		t.since = *rested
	}
	t.shards, t.meter = dst.claimed(), dst.session.Meter
	for _, i := range t.shards {
		if t.held == nil {
			t.held = map[int32]bool{}
		}
		t.held[i] = true
	}
	return err
}

// again reports whether there is to be another attempt.
func (t *attempts) again(ctx context.Context, err error) bool {
	return ctx.Err() == nil && t.opened && again(err) && time.Since(t.since) < t.cfg.patience()
}

// wait waits after a failed attempt.
func (t *attempts) wait(ctx context.Context, failed error, d time.Duration) error {
	t.cfg.log().WarnContext(ctx, "stream interrupted; it goes on soon", "stream", t.cfg.Stream, "shards", t.shards, "error", failed)
	for _, i := range t.shards {
		if t.meter != nil {
			t.meter.Add(int(i), sink.CountRestarts, 1)
		}
	}
	if err := pause(ctx, d); err != nil {
		return errors.Join(fmt.Errorf("kafka: stream %s: %w", t.cfg.Stream, context.Cause(ctx)), failed)
	}
	return nil
}

// claimTime is how long it may take until who has fenced a shard says who that is.
const claimTime = 10 * time.Second

// takenBy returns an error if another process has claimed one of the shards
// since: to claim them back would stop that one, and so on for ever. After a fence it
// waits for that claim, which comes unless the fence was the transaction's own timeout.
func (t *attempts) takenBy(ctx context.Context, fenced bool) error {
	s, err := New(*t.cfg)
	if err != nil {
		return err
	}
	defer s.Close(ctx)
	until := time.Now()
	if fenced && len(t.held) > 0 {
		until = until.Add(claimTime)
	}
	for {
		for shard := range t.held {
			owner, err := s.lastOwner(ctx, shard)
			if err != nil {
				return nil // the next attempt will tell
			}
			if owner != t.owner && owner != "" {
				return &StreamError{t.cfg.Stream, int(shard), fmt.Sprintf("%s has taken it over; this one has stopped and nothing is lost", process(owner))}
			}
		}
		if time.Now().After(until) || pause(ctx, betweenAttempts/4) != nil {
			return nil
		}
	}
}

// fenced reports whether an error says that somebody else has the shard now, or
// that its transaction took too long.
func fenced(err error) bool {
	return errors.Is(err, kerr.ProducerFenced) || errors.Is(err, kerr.InvalidProducerEpoch)
}

// opened reports whether Open has succeeded.
func (s *Sink) opened() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open
}

// claimed returns the shards that were taken over. It is called after the end.
func (s *Sink) claimed() (list []int32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.shards {
		w.acquire(context.Background())
		if w.ledger != nil && w.ledger.claimed {
			list = append(list, w.partition)
		}
		w.unlock()
	}
	slices.Sort(list)
	return list
}
