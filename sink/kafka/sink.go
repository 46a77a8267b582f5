package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink"
)

// Sink writes a stream to a topic: shard i to partition i, each through a
// client of its own. Writes are idempotent: a record that was sent twice, because the
// first answer was lost, is stored once. A record's timestamp is its order's
// Time, also if it is delayed; its key is Record.Key, or none if the stream has
// none.
//
// Brokers undo that for old dates: one that starts, in order or not, forgets the
// producers whose last records are dated more than a day back (its
// producer.id.expiration.ms). A batch that it had stored and not acknowledged by
// then is stored again if it still leads the partition: if it is the only broker, or
// most replicas fail at once. Stats.Strays tells of it; transactions are not
// concerned.
//
// With a Config.Stream it writes exactly once: a record that was accepted is
// committed within Config.Commit, or by Close or Abort, together with how far its shard
// is; see Resume.
//
// It implements sink.Opener, without which it writes nothing, sink.Sharder,
// sink.Resumer and sink.Aborter. A merged stream goes only into a topic with one
// partition.
type Sink struct {
	cfg      Config
	session  sink.Session
	recipe   sink.Recipe // of a stream
	open     bool
	limits   map[string]int32 // how large a batch may be, by topic; what is not known is not in it
	owner    string           // which tells this sink from others that take its shards
	topicID  string           // of a stream's Topic
	counters counters
	rested   atomic.Pointer[time.Time] // when a shard was last written to after it had nothing to do for Config.Patience

	mu     sync.Mutex  // of all below
	client *kgo.Client // for questions
	adm    *kadm.Client
	shards map[int]*shard
	ended  bool
	err    error // what ended the sink, and what Close and Abort return
}

var (
	_ sink.Opener  = (*Sink)(nil)
	_ sink.Sharder = (*Sink)(nil)
	_ sink.Aborter = (*Sink)(nil)
	_ sink.Resumer = (*Sink)(nil)
)

// New returns a Sink, or all that is wrong with c, joined. It talks to nobody
// yet: Open does.
func New(c Config) (*Sink, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	return &Sink{cfg: c, shards: map[int]*shard{}, owner: newOwner()}, nil
}

func (s *Sink) log() *slog.Logger { return s.cfg.log() }

func (c *Config) log() *slog.Logger {
	if c.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return c.Log
}

// Open makes sure that the stream can be delivered: that a broker answers (else
// the error is a *BrokerError, after ten seconds at the latest), and that the
// topic is there, or can be made, and will keep the records as they are (else it
// is a *TopicError).
func (s *Sink) Open(ctx context.Context, session *sink.Session) error {
	s.session = *session
	err := s.prove(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open, s.err = err == nil, err
	return err
}

func (s *Sink) prove(ctx context.Context) error {
	if s.session.Shards < 1 {
		return fmt.Errorf("kafka: topic %s: a stream of %d shards", s.cfg.Topic, s.session.Shards)
	}
	if s.cfg.Stream != "" && s.session.Limited {
		return fmt.Errorf("kafka: stream %s: a stream with a Limit cannot be delivered exactly once, since where it is cut depends on all its shards; end it by its time", s.cfg.Stream)
	}
	adm, err := s.admin()
	if err != nil {
		return err
	}
	if err := reach(ctx, s.client); err != nil {
		return err
	}
	s.limits = map[string]int32{}
	if err := s.prepare(ctx, adm); err != nil || s.cfg.Stream == "" {
		return err
	}
	return s.prepareStream(ctx, adm)
}

// admin returns the client for questions about topics.
func (s *Sink) admin() (*kadm.Client, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.adm == nil {
		cl, err := s.cfg.client()
		if err != nil {
			return nil, err
		}
		s.client, s.adm = cl, kadm.NewClient(cl)
	}
	return s.adm, nil
}

var errNotOpen = errors.New("kafka: Open comes before the first Write")

// Shard returns the sink of shard i, which writes partition i.
func (s *Sink) Shard(i int) (sink.Sink, error) { return s.shard(i) }

func (s *Sink) shard(i int) (*shard, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.err != nil:
		return nil, s.err
	case !s.open:
		return nil, errNotOpen
	case s.ended:
		return nil, errClosed
	case i == -1:
		return nil, fmt.Errorf("kafka: topic %s: a merged batch of a stream that was to be written by shards: %w", s.cfg.Topic, errors.ErrUnsupported)
	case i < 0 || i >= s.session.Shards:
		return nil, fmt.Errorf("kafka: topic %s: no shard %d: the stream has %d", s.cfg.Topic, i, s.session.Shards)
	}
	if w := s.shards[i]; w != nil {
		return w, nil
	}
	w, err := newShard(s, i)
	if err == nil {
		s.shards[i] = w
	}
	return w, err
}

// Write delivers a batch of a shard to the shard's partition, and a merged batch
// to the only one.
func (s *Sink) Write(ctx context.Context, b *sink.Batch) error {
	i := b.Shard
	if i == -1 && (s.session.Merged || s.session.Shards == 1) {
		i = 0
	}
	w, err := s.shard(i)
	if err == nil {
		if err = w.lockedBegin(ctx, b); err == nil {
			err = w.deliver(ctx)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = err
	}
	return s.err
}

// Close ends the shards that are not ended yet. All that was accepted has been
// delivered by then, so it does not wait for brokers, but for a stream: there it
// returns when all is committed and who reads committed records sees it.
func (s *Sink) Close(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.end(ctx, s.err)
}

// end is called with mu held; it ends the sink with result, the first time.
func (s *Sink) end(ctx context.Context, result error) error {
	if s.ended {
		return s.err
	}
	s.ended = true
	s.err = result
	for _, w := range s.shards {
		if err := w.end(ctx, result == nil); s.err == nil {
			s.err = err
		}
	}
	if s.err == nil && s.cfg.Stream != "" && s.adm != nil {
		s.err = s.shown(ctx)
	}
	if s.adm != nil {
		s.adm.Close()
	}
	return s.err
}

// PartialError says that a topic holds part of a stream.
type PartialError struct {
	Topic   string
	Records int64  // of them were acknowledged, or committed
	Unknown int64  // up to so many more may be there: no answer came before the sink was ended
	Stream  string // under which it goes on; "": it cannot
}

// Error says where the records lie, and how many.
func (e *PartialError) Error() string {
	if e.Stream != "" {
		return fmt.Sprintf("kafka: topic %s has got %d records of stream %s, which did not come to its end; run it again under that name and it goes on", e.Topic, e.Records, e.Stream)
	}
	s := fmt.Sprintf("kafka: topic %s holds %d records of a stream that did not come to its end", e.Topic, e.Records)
	if e.Unknown > 0 {
		s += fmt.Sprintf(", and perhaps up to %d more that were not acknowledged in time", e.Unknown)
	}
	return s
}

// Abort ends the sink like Close, but for a stream, which is not at its end. What
// was delivered stays in the topic, where
// readers see it already: if there is any, or may be, the error is a *PartialError.
// When the context of a Write ends, what was on its way by then is waited for for up
// to two seconds, so that its number is exact if the brokers are well.
func (s *Sink) Abort(ctx context.Context, cause error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return s.err
	}
	for _, w := range s.shards {
		w.Abort(ctx, cause) // its error is the cause, or one that its Write has returned
	}
	var result error
	c := &s.counters
	if n, unknown := c.records.Load(), c.unknown.Load(); n+unknown > 0 {
		result = &PartialError{s.cfg.Topic, n, unknown, s.cfg.Stream}
	}
	return s.end(ctx, result)
}

// Stats is what a Sink has done so far.
type Stats struct {
	Records int64 // acknowledged; of a stream, committed
	Bytes   int64 // of their keys and values, before compression
	Failed  int64 // records that could not be delivered, or whose fate is unknown
	Strays  int64 // records that stand between the Sink's own: others', or its own, stored twice (see Sink)
	Retries int64 // produce requests without an answer, and connections that failed: both are tried again
}

// Stats may be called at any time, from any goroutine.
func (s *Sink) Stats() Stats {
	c := &s.counters
	return Stats{c.records.Load(), c.bytes.Load(), c.failed.Load(), c.strays.Load(), c.retries.Load()}
}

type counters struct{ records, bytes, failed, unknown, strays, retries atomic.Int64 }

// tell adds n to the Session's Meter, if there is one.
func (s *Sink) tell(partition int32, c sink.Counter, n int64) {
	if s.session.Meter == nil || n == 0 {
		return
	}
	s.session.Meter.Add(s.told(partition), c, n)
}

// told returns by what number a Meter knows the shard of a partition.
func (s *Sink) told(partition int32) int {
	if s.session.Merged {
		return -1
	}
	return int(partition)
}

// noKey reports whether records are sent without a key.
func (s *Sink) noKey() bool { return s.session.Key == order.NoKey }
