package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kafkanauts/kafkanauts/sink"
)

// Workers says how several workers share the shards of a stream.
type Workers struct {
	// Group is the consumer group that the workers join, on the stream's control
	// topic; "": it is called as the stream is.
	Group string

	// SessionTimeout is how long a worker that is silent keeps its shards, at
	// least as long as the brokers' group.min.session.timeout.ms; 0: 8 seconds.
	SessionTimeout time.Duration

	// Watch is told of each checkpoint of each shard, whoever wrote it, in the
	// order in which a shard's were written, from one goroutine; may be nil.
	Watch func(shard int, at Checkpoint)
}

const workersSession = 8 * time.Second

// Work is one of the workers that share a stream; each is given the same recipe
// and calls Work. They join a consumer group, which hands out the shards anew whenever a
// worker comes, leaves or dies; who loses a shard can write no more of it, whatever he
// thinks. So the number of workers may change at any time, and no record is lost or
// doubled by it.
//
// run is to run the given shards of the stream into the Sink, and none if none are
// given, which opens and closes it. It is called for one shard at a time, from
// several goroutines, with a ctx that ends when the shard is another's; after a failure that
// may pass it is called again.
//
// Work returns nil once all shards are delivered, by whomever. If ctx ends it commits
// what it has, leaves the group and returns an error that wraps ctx's cause.
//
//	err := kafka.Work(ctx, config, kafka.Workers{}, func(ctx context.Context, dst sink.Sink, shards ...int) error {
//		_, err := stream.Only(shards...).Run(ctx, dst)
//		return err
//	})
func Work(ctx context.Context, c Config, g Workers, run func(ctx context.Context, dst sink.Sink, shards ...int) error) error {
	if c.Stream == "" {
		return errors.New("kafka: Work: workers share a Stream, which has no name; give it one")
	}
	if g.SessionTimeout < 0 {
		return fmt.Errorf("kafka: Work: SessionTimeout %v: want more than 0, or 0 for %v", g.SessionTimeout, workersSession)
	}
	if g.SessionTimeout == 0 {
		g.SessionTimeout = workersSession
	}
	if err := c.validate(); err != nil {
		return err
	}
	if g.Group == "" {
		g.Group = c.Stream
	}
	w := &worker{cfg: c, group: g, owner: newOwner(), run: run, active: map[int32]*share{}, done: map[int32]bool{}}
	// The topics are made, and another recipe is refused, before anybody is disturbed.
	t := attempts{cfg: &w.cfg, owner: w.owner}
	err := t.once(ctx, func(ctx context.Context, dst *Sink) error {
		err := run(ctx, dst)
		w.shards = dst.session.Shards
		return err
	})
	if err != nil {
		return err
	}
	if w.shards == 0 {
		return errors.New("kafka: Work: run did not open the Sink that it was given; it is to run the stream into it, also without shards")
	}
	return w.work(ctx)
}

// worker is one of those that share a stream.
type worker struct {
	cfg    Config
	group  Workers
	owner  string
	run    func(ctx context.Context, dst sink.Sink, shards ...int) error
	shards int
	fail   context.CancelCauseFunc

	mu     sync.Mutex
	ctx    context.Context
	active map[int32]*share // shards that are this worker's
	done   map[int32]bool   // shards that are delivered
}

// share is a shard in this worker's hands.
type share struct {
	cancel context.CancelFunc
	ended  chan struct{}
}

// errDelivered ends the work.
var errDelivered = errors.New("all shards are delivered")

func (w *worker) log() *slog.Logger { return w.cfg.log() }

// heartbeat is how often the group hears of a member.
func (g *Workers) heartbeat() time.Duration { return max(g.SessionTimeout/5, 100*time.Millisecond) }

func (w *worker) work(parent context.Context) error {
	ctx, fail := context.WithCancelCause(parent)
	defer fail(nil)
	w.ctx, w.fail = ctx, fail
	member, err := w.cfg.client(
		kgo.ConsumerGroup(w.group.Group), kgo.ConsumeTopics(w.cfg.controlTopic()),
		kgo.Balancers(kgo.CooperativeStickyBalancer()), kgo.DisableAutoCommit(),
		kgo.SessionTimeout(w.group.SessionTimeout), kgo.HeartbeatInterval(w.group.heartbeat()),
		kgo.RebalanceTimeout(w.cfg.delivery()+w.group.SessionTimeout),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtEnd()), // nothing is read: the group hands out partitions
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, a map[string][]int32) { w.assigned(a[w.cfg.controlTopic()]) }),
		kgo.OnPartitionsRevoked(func(_ context.Context, _ *kgo.Client, a map[string][]int32) {
			w.revoked(a[w.cfg.controlTopic()], "revoked")
		}),
		kgo.OnPartitionsLost(func(_ context.Context, _ *kgo.Client, a map[string][]int32) {
			w.revoked(a[w.cfg.controlTopic()], "lost")
		}),
	)
	if err != nil {
		return err
	}
	member.PauseFetchTopics(w.cfg.controlTopic())
	watcher, err := w.cfg.client(kgo.ConsumeTopics(w.cfg.controlTopic()), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchMaxWait(idle/2))
	if err != nil {
		member.Close()
		return err
	}
	var wg sync.WaitGroup
	wg.Go(func() { w.membership(ctx, member) })
	wg.Go(func() { w.watch(ctx, watcher) })
	wg.Go(func() { w.guard(ctx, kadm.NewClient(watcher)) })
	<-ctx.Done()
	w.stop() // commits what there is
	// Others take over at once, not only when this one's session has timed out.
	left, cancel := context.WithTimeout(context.WithoutCancel(parent), w.group.SessionTimeout)
	leaveErr := member.LeaveGroupContext(left)
	cancel()
	member.Close()
	watcher.Close()
	wg.Wait()
	switch cause := context.Cause(ctx); {
	case cause == errDelivered:
		return nil
	case parent.Err() != nil:
		return errors.Join(fmt.Errorf("kafka: stream %s: this worker has stopped; others, or it when it is started again, go on: %w", w.cfg.Stream, cause), leaveErr)
	default:
		return cause
	}
}

// membership waits for what goes wrong with the group, which only polling tells.
func (w *worker) membership(ctx context.Context, member *kgo.Client) {
	for ctx.Err() == nil {
		fetches := member.PollFetches(ctx)
		for _, e := range fetches.Errors() {
			if ctx.Err() != nil || errors.Is(e.Err, kgo.ErrClientClosed) {
				return
			}
			if !passing(e.Err) {
				w.fail(w.refused(e.Err))
				return
			}
			w.log().WarnContext(ctx, "trouble with the group", "stream", w.cfg.Stream, "group", w.group.Group, "error", e.Err)
		}
	}
}

// refused returns why the group does not take the worker.
func (w *worker) refused(err error) error {
	hint := ""
	switch {
	case errors.Is(err, kerr.InvalidSessionTimeout):
		hint = fmt.Sprintf(" (the brokers do not take a SessionTimeout of %v; see their group.min.session.timeout.ms and group.max.session.timeout.ms)", w.group.SessionTimeout)
	case errors.Is(err, kerr.InconsistentGroupProtocol):
		hint = " (others than the stream's workers are in it; name another)"
	}
	return fmt.Errorf("kafka: stream %s: joining group %s: %w%s", w.cfg.Stream, w.group.Group, denied(err, "Read", "group "+w.group.Group), hint)
}

// guardEvery is how often a worker looks whether there still is somebody to talk to.
const guardEvery = 5 * time.Second

// guard ends the work if the brokers, or the control topic, are gone for longer than the
// Patience: who has no shard would not hear of it, and wait for ever.
func (w *worker) guard(ctx context.Context, adm *kadm.Client) {
	seen := time.Now()
	for pause(ctx, min(guardEvery, w.cfg.patience()/2)) == nil {
		within, cancel := context.WithTimeout(ctx, reachTimeout)
		_, err := find(within, adm, w.cfg.controlTopic())
		cancel()
		switch {
		case err == nil:
			seen = time.Now()
		case ctx.Err() == nil && time.Since(seen) > w.cfg.patience():
			w.fail(fmt.Errorf("kafka: stream %s: topic %s cannot be looked at for %v: %w", w.cfg.Stream, w.cfg.controlTopic(), w.cfg.patience(), err))
			return
		}
	}
}

// watch reads the checkpoints of all workers, until all shards are delivered.
func (w *worker) watch(ctx context.Context, watcher *kgo.Client) {
	for ctx.Err() == nil {
		fetches := watcher.PollFetches(ctx)
		for _, e := range fetches.Errors() {
			if ctx.Err() != nil || errors.Is(e.Err, kgo.ErrClientClosed) {
				return
			}
			if !passing(e.Err) {
				w.fail(fmt.Errorf("kafka: topic %s: %w", w.cfg.controlTopic(), e.Err))
				return
			}
			w.log().WarnContext(ctx, "trouble reading checkpoints", "stream", w.cfg.Stream, "error", e.Err)
		}
		for it := fetches.RecordIter(); !it.Done(); {
			r := it.Next()
			if string(r.Key) != checkpointKey {
				continue
			}
			at, err := parseCheckpoint(r.Value)
			if err != nil {
				w.fail(fmt.Errorf("kafka: topic %s, partition %d, offset %d: %w", w.cfg.controlTopic(), r.Partition, r.Offset, err))
				return
			}
			if w.group.Watch != nil {
				w.group.Watch(int(r.Partition), *at)
			}
			if at.Done {
				w.delivered(r.Partition)
			}
		}
	}
}

func (w *worker) delivered(shard int32) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done[shard] = true
	if len(w.done) == w.shards {
		w.fail(errDelivered)
	}
}

func (w *worker) assigned(shards []int32) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, i := range shards {
		if w.active[i] != nil || w.ctx.Err() != nil || w.done[i] {
			continue
		}
		ctx, cancel := context.WithCancel(w.ctx)
		s := &share{cancel, make(chan struct{})}
		w.active[i] = s
		go func() {
			defer close(s.ended)
			w.deliver(ctx, i)
		}()
	}
	if len(shards) > 0 {
		w.log().InfoContext(w.ctx, "shards assigned", "stream", w.cfg.Stream, "shards", shards)
	}
}

// revoked stops shards, each at the end of a transaction, and waits for that.
func (w *worker) revoked(shards []int32, how string) {
	w.mu.Lock()
	var ending []*share
	var which []int32
	for _, i := range shards {
		if s := w.active[i]; s != nil {
			s.cancel()
			ending, which = append(ending, s), append(which, i)
			delete(w.active, i)
		}
	}
	w.mu.Unlock()
	if len(which) > 0 {
		w.log().InfoContext(w.ctx, "shards "+how, "stream", w.cfg.Stream, "shards", which)
	}
	for _, s := range ending {
		<-s.ended
	}
}

// stop stops all shards.
func (w *worker) stop() {
	w.mu.Lock()
	var all []int32
	for i := range w.active {
		all = append(all, i)
	}
	w.mu.Unlock()
	w.revoked(all, "given up")
}

// deliver delivers one shard for as long as it is this worker's.
func (w *worker) deliver(ctx context.Context, shard int32) {
	t := attempts{cfg: &w.cfg, owner: w.owner, opened: true}
	for {
		err := t.once(ctx, func(ctx context.Context, dst *Sink) error { return w.run(ctx, dst, int(shard)) })
		switch {
		case err == nil:
			return
		case ctx.Err() != nil:
			if t.meter != nil { // what is late now is another's
				t.meter.Set(int(shard), sink.GaugeLag, 0)
				t.meter.Set(int(shard), sink.GaugeBacklog, 0)
			}
			return
		case !t.again(ctx, err):
			w.fail(err)
			return
		}
		// If another one has the shard now, the group tells before it is tried again.
		if t.wait(ctx, err, 2*w.group.heartbeat()) != nil {
			return
		}
	}
}
