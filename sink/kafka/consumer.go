package kafka

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// ConsumerConfig says what a Consumer reads, and who is told about it.
// Read.Brokers, Read.Topic and Assigned are required.
type ConsumerConfig struct {
	// Read is as for a Reader, but its Group must be empty. Without Follow, a
	// partition ends where it ended when the Consumer was made.
	Read ReadConfig

	// Group is the consumer group that shares the topic's partitions among its members;
	// "": all are this Consumer's, with Follow also those that the topic gets later. The group only hands out partitions: from where
	// each is read, Assigned decides.
	Group string

	// Instance names this member among those of the group, for good: started again
	// within Session it gets its partitions back, and nobody else's move. "": a
	// member that comes and goes.
	Instance string

	// Session is how long a member may be silent before its partitions go to others;
	// brokers have limits of their own, usually from 6 s to half an hour. 0: 10 s.
	Session time.Duration

	// Assigned is told that a partition is now to be read here, and the first offset
	// that the topic still has of it. It returns the offset to begin at, which is at
	// least that one.
	Assigned func(ctx context.Context, partition int32, first int64) (from int64, err error)

	// Revoked is told that a partition goes to another member once it returns: now
	// is the time to keep what was read of it. It may take as long as a rebalance, a minute. May
	// be nil.
	Revoked func(ctx context.Context, partition int32) error

	// Lost is told that a partition has gone to another member, perhaps long ago.
	// May be nil.
	Lost func(partition int32)
}

const (
	defaultSession = 10 * time.Second
	rebalance      = time.Minute      // how long members may take to give partitions away: kgo's default
	recount        = 10 * time.Second // how soon who follows without a group sees that a topic has more partitions
)

// Consumer reads the committed records of those partitions of a topic that are
// its own. One goroutine at a time may use it. The functions of its config are
// called only while that goroutine waits in Poll, and one at a time, so that they may share
// what it uses, the Consumer's methods but Poll and Close included.
type Consumer struct {
	cfg     ConsumerConfig
	r       *Reader
	cluster string

	mu      sync.Mutex // held by whoever uses the Consumer, but not while Poll waits
	joined  bool
	closed  bool
	held    map[int32]bool     // the partitions that are its own
	ends    kadm.ListedOffsets // of all partitions, when last asked
	counted time.Time          // when it last found out how many partitions there are
	recount time.Duration      // after which it does so again
	asked   time.Time          // when it last made sure that there is nothing to read

	outside time.Time     // since when the group has not let it in; zero: it is a member
	refusal error         // what the group, or its coordinator, said last
	entry   time.Duration // how long it may take to get in

	fromMu sync.Mutex
	from   map[int32]int64 // what Assigned said
}

// NewConsumer connects to the brokers and finds out where the topic ends. It reads
// nothing and joins no group before the first Poll. The error is all that is wrong with c, a
// *BrokerError or an *UnknownTopicError. The caller closes the Consumer.
func NewConsumer(ctx context.Context, c ConsumerConfig) (*Consumer, error) {
	var errs []error
	if c.Read.Group != "" {
		errs = append(errs, errors.New("kafka: Read.Group is for a Reader; a Consumer has a Group of its own"))
	}
	if c.Assigned == nil {
		errs = append(errs, errors.New("kafka: Assigned is nil: nobody says where to begin"))
	}
	if c.Session < 0 {
		errs = append(errs, fmt.Errorf("kafka: Session %v: want more than 0, or 0 for %v", c.Session, defaultSession))
	}
	if c.Group == "" && c.Instance != "" {
		errs = append(errs, errors.New("kafka: Instance names a member of a group; name the Group too"))
	}
	errs = append(errs, checkTarget(c.Read.Brokers, c.Read.Topic)...)
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if c.Session == 0 {
		c.Session = defaultSession
	}
	k := &Consumer{cfg: c, recount: recount, counted: time.Now(), held: map[int32]bool{}, from: map[int32]int64{}}
	var opts []kgo.Opt
	if c.Group != "" {
		opts = []kgo.Opt{
			kgo.ConsumerGroup(c.Group),
			kgo.Balancers(kgo.CooperativeStickyBalancer()),
			kgo.SessionTimeout(c.Session),
			kgo.HeartbeatInterval(max(c.Session/5, 100*time.Millisecond)),
			kgo.DisableAutoCommit(),
			kgo.BlockRebalanceOnPoll(),
			kgo.OnPartitionsAssigned(k.assigned),
			kgo.OnPartitionsRevoked(k.revoked),
			kgo.OnPartitionsLost(k.lost),
			kgo.AdjustFetchOffsetsFn(k.adjust),
		}
		if c.Instance != "" {
			opts = append(opts, kgo.InstanceID(c.Instance))
		}
	}
	r, err := open(ctx, c.Read, opts...)
	if err != nil {
		return nil, err
	}
	k.r = r
	k.entry = r.cfg.Timeout + c.Session + rebalance
	for i := range r.parts {
		r.parts[i].unread = false // until it is assigned
	}
	all, err := r.admin.BrokerMetadata(ctx)
	if err != nil {
		r.client.Close()
		return nil, r.failed("", err)
	}
	k.cluster = all.Cluster
	k.mu.Lock()
	return k, nil
}

// TopicID returns what tells the topic from others of its name, past and future; "" on brokers
// older than Kafka 2.8.
func (k *Consumer) TopicID() string {
	if k.r.id == (kadm.TopicID{}) {
		return ""
	}
	return k.r.id.String()
}

// Cluster returns the cluster's id, or "" if it has none.
func (k *Consumer) Cluster() string { return k.cluster }

// Partitions returns how many partitions the topic has, as far as is known.
func (k *Consumer) Partitions() int { return len(k.r.parts) }

// Next returns the offset up to which a partition has been read: after the last
// message, and after what is no message, such as the ends of transactions.
func (k *Consumer) Next(partition int32) int64 { return k.r.parts[partition].next }

// End returns where a partition ended when the Consumer was made; 0 for one that
// came later.
func (k *Consumer) End(partition int32) int64 { return k.r.parts[partition].end }

// Ended reports whether a partition needs no more reading here: it is not this
// Consumer's, or it has been read to its End.
func (k *Consumer) Ended(partition int32) bool { return !k.r.parts[partition].unread }

// Poll yields the messages that there are, those of a partition in the order of
// their offsets, after waiting for them for a while at most: it may yield none.
// An error is ctx's, or why no more can be read, which is final.
func (k *Consumer) Poll(ctx context.Context, wait time.Duration) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		r := k.r
		if len(r.ready) == 0 {
			if err := k.poll(ctx, wait); err != nil {
				yield(Message{}, err)
				return
			}
		}
		for len(r.ready) > 0 {
			rec := r.ready[0]
			r.ready[0] = nil
			r.ready = r.ready[1:]
			if r.pass(rec) && !yield(Message{rec.Partition, rec.Offset, rec.Key, rec.Value, rec.Timestamp.UTC()}, nil) {
				return
			}
		}
	}
}

func (k *Consumer) poll(ctx context.Context, wait time.Duration) error {
	r := k.r
	if r.err != nil {
		return r.err
	}
	if !k.joined {
		k.joined = true
		k.join(ctx)
		if r.err != nil {
			return r.err
		}
	}
	k.discover(ctx)
	if r.err != nil {
		return r.err
	}
	fetches := k.wait(ctx, wait)
	if err := ctx.Err(); err != nil {
		r.keep(fetches)
		return r.failed("", err)
	}
	if r.err != nil { // from Assigned or Revoked, meanwhile
		return r.err
	}
	for _, e := range fetches.Errors() {
		switch {
		case errors.Is(e.Err, context.DeadlineExceeded):
		case k.passing(e.Err):
			k.refusal = e.Err
		default:
			r.err = k.explain(e)
			return r.err
		}
	}
	now := time.Now()
	if !k.outside.IsZero() && now.Sub(k.outside) >= k.entry {
		why := k.refusal
		if why == nil {
			why = errors.New("no broker answers for it")
		}
		r.err = r.failed("", fmt.Errorf("group %s has not let this member in for %v: %w", k.cfg.Group, k.entry, why))
		return r.err
	}
	if r.keep(fetches) > 0 {
		r.silent, k.asked = time.Time{}, now
		return nil
	}
	if now.Sub(k.asked) < idle {
		return nil
	}
	k.asked = now
	err := r.inquire(ctx)
	if ctx.Err() == nil {
		r.err = err
	}
	return err
}

// wait polls the client until there is something or the time is over. Meanwhile
// the functions of the config may be called, and only then.
func (k *Consumer) wait(ctx context.Context, wait time.Duration) kgo.Fetches {
	within, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	k.mu.Unlock()
	defer k.mu.Lock()
	k.r.client.AllowRebalance()
	for {
		// Without any fetch, not even an empty one, it does not hold off a rebalance.
		if f := k.r.client.PollFetches(within); len(f) > 0 {
			return f
		}
	}
}

// explain names what a fetch's error is about: a partition, or the group.
func (k *Consumer) explain(e kgo.FetchError) error {
	var group *kgo.ErrGroupSession
	switch {
	case errors.Is(e.Err, kerr.GroupAuthorizationFailed):
		return denied(e.Err, "Read", "group "+k.cfg.Group)
	case errors.As(e.Err, &group):
		return k.r.denied("group "+k.cfg.Group, e.Err, "Read")
	case e.Topic == "": // of the client as a whole
		return k.r.denied("", e.Err, "Read")
	}
	return k.r.denied(fmt.Sprintf("partition %d", e.Partition), e.Err, "Read")
}

// passing reports whether an error is of the group and the client recovers from
// it by itself.
func (k *Consumer) passing(err error) bool {
	var group *kgo.ErrGroupSession
	if !errors.As(err, &group) {
		return false
	}
	var known *kerr.Error
	if !errors.As(err, &known) {
		return true // a connection's
	}
	return known.Retriable || slices.Contains([]error{kerr.IllegalGeneration, kerr.UnknownMemberID, kerr.RebalanceInProgress, kerr.MemberIDRequired}, error(known))
}

// join makes the client fetch, or join the group that tells what to fetch.
func (k *Consumer) join(ctx context.Context) {
	r := k.r
	if k.cfg.Group != "" {
		k.outside = time.Now()
		r.client.AddConsumeTopics(r.cfg.Topic)
		return
	}
	k.add(ctx, 0, len(r.parts))
}

// add begins to read the partitions first to end-1 without a group.
func (k *Consumer) add(ctx context.Context, first, end int) {
	r := k.r
	var list []int32
	for i := first; i < end; i++ {
		list = append(list, int32(i))
	}
	k.take(ctx, list)
	from := make(map[int32]kgo.Offset)
	for _, i := range list {
		if k.held[i] && r.parts[i].unread {
			from[i] = kgo.NewOffset().At(r.parts[i].next)
		}
	}
	r.client.AddConsumePartitions(map[string]map[int32]kgo.Offset{r.cfg.Topic: from})
}

// discover begins to read the partitions that the topic has got since, of which a
// group would tell. That they cannot be counted now is no matter: it is tried again.
func (k *Consumer) discover(ctx context.Context) {
	if k.cfg.Group != "" || !k.cfg.Read.Follow || time.Since(k.counted) < k.recount {
		return
	}
	k.counted = time.Now()
	within, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	t, err := find(within, k.r.admin, k.r.cfg.Topic)
	led := !slices.ContainsFunc(t.Partitions.Sorted(), func(p kadm.PartitionDetail) bool { return p.Leader < 0 })
	if err == nil && led && t.ID == k.r.id && len(t.Partitions) > len(k.r.parts) {
		k.add(ctx, len(k.r.parts), len(t.Partitions))
	}
}

// take begins to read partitions.
func (k *Consumer) take(ctx context.Context, list []int32) {
	r := k.r
	if len(list) == 0 || r.err != nil {
		return
	}
	k.ends = nil // of before
	starts, err := r.admin.ListStartOffsets(ctx, r.cfg.Topic)
	if err == nil {
		err = starts.Error()
	}
	if err != nil {
		r.err = r.denied("where it begins", err, "Describe")
		return
	}
	for _, i := range list {
		for int(i) >= len(r.parts) {
			r.parts = append(r.parts, part{})
		}
		first, ok := starts.Lookup(r.cfg.Topic, i)
		if !ok {
			r.err = r.failed("", fmt.Errorf("its partition %d cannot be found", i))
			return
		}
		from, err := k.cfg.Assigned(ctx, i, first.Offset)
		if err == nil && from < first.Offset {
			err = r.failed("", fmt.Errorf("partition %d: Assigned wants to begin at offset %d, before the first, %d", i, from, first.Offset))
		}
		if err == nil {
			err = k.Reaches(ctx, i, from)
		}
		if err != nil {
			r.err = err
			return
		}
		k.held[i] = true
		k.place(i, from)
		k.fetch(i)
		k.fromMu.Lock()
		k.from[i] = from
		k.fromMu.Unlock()
	}
}

// Reaches returns nil if a partition reaches up to an offset to which it has been
// read before. Else records that were there are lost: brokers that were cut off, or
// restored, may forget some.
func (k *Consumer) Reaches(ctx context.Context, partition int32, offset int64) error {
	r := k.r
	last, ok := k.ends.Lookup(r.cfg.Topic, partition)
	if ok && last.Offset >= offset {
		return nil
	}
	// It may have grown since, and another have read it.
	ends, err := r.admin.ListEndOffsets(ctx, r.cfg.Topic)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return r.denied("where it ends", err, "Describe")
	}
	k.ends = ends
	if last, ok = ends.Lookup(r.cfg.Topic, partition); !ok || last.Offset < offset {
		return r.failed("", fmt.Errorf("partition %d ends at offset %d, but it has been read to %d: records that were there are lost, or this is another topic", partition, last.Offset, offset))
	}
	return nil
}

// place goes on at an offset of a partition, forgetting what was fetched of it.
func (k *Consumer) place(i int32, at int64) {
	p := &k.r.parts[i]
	p.start, p.next = at, at
	p.unread = k.r.cfg.Follow || at < p.end
	k.drop(i)
}

func (k *Consumer) drop(i int32) {
	k.r.ready = slices.DeleteFunc(k.r.ready, func(rec *kgo.Record) bool { return rec.Partition == i })
}

// Seek goes on at another offset of a partition that is this Consumer's.
func (k *Consumer) Seek(partition int32, offset int64) {
	if !k.held[partition] {
		return
	}
	k.place(partition, offset)
	k.r.client.SetOffsets(map[string]map[int32]kgo.EpochOffset{k.r.cfg.Topic: {partition: {Epoch: -1, Offset: offset}}})
	k.fetch(partition)
}

// fetch makes the client fetch a partition, or not if it needs no more reading.
func (k *Consumer) fetch(partition int32) {
	one := map[string][]int32{k.r.cfg.Topic: {partition}}
	if k.r.parts[partition].unread {
		k.r.client.ResumeFetchPartitions(one)
	} else {
		k.r.client.PauseFetchPartitions(one)
	}
}

// adjust replaces the group's offsets by what Assigned said.
func (k *Consumer) adjust(_ context.Context, offsets map[string]map[int32]kgo.Offset) (map[string]map[int32]kgo.Offset, error) {
	k.fromMu.Lock()
	defer k.fromMu.Unlock()
	for topic, list := range offsets {
		for i := range list {
			if from, ok := k.from[i]; ok {
				offsets[topic][i] = kgo.NewOffset().At(from)
			} else {
				delete(list, i) // take has failed
			}
		}
	}
	return offsets, nil
}

func (k *Consumer) assigned(ctx context.Context, _ *kgo.Client, m map[string][]int32) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.outside, k.refusal = time.Time{}, nil
	if !k.closed {
		k.take(ctx, m[k.r.cfg.Topic])
	}
}

func (k *Consumer) revoked(ctx context.Context, _ *kgo.Client, m map[string][]int32) {
	k.leave(m, func(i int32) {
		if k.cfg.Revoked == nil || k.r.err != nil {
			return
		}
		if err := k.cfg.Revoked(ctx, i); err != nil {
			k.r.err = err
		}
	})
}

func (k *Consumer) lost(_ context.Context, _ *kgo.Client, m map[string][]int32) {
	k.leave(m, func(i int32) {
		if k.cfg.Lost != nil {
			k.cfg.Lost(i)
		}
	})
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.outside.IsZero() {
		k.outside = time.Now()
	}
}

func (k *Consumer) leave(m map[string][]int32, tell func(i int32)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, i := range m[k.r.cfg.Topic] {
		if !k.held[i] {
			continue
		}
		if !k.closed {
			tell(i)
		}
		delete(k.held, i)
		k.r.parts[i].unread = false
		k.drop(i)
		k.fromMu.Lock()
		delete(k.from, i)
		k.fromMu.Unlock()
	}
}

// CommitGroup tells the group how far partitions have been kept, for whoever
// watches its lag; nothing is read from there. Without a Group it does nothing.
// It fails, among other reasons, when the partitions have gone to others.
func (k *Consumer) CommitGroup(ctx context.Context, next map[int32]int64) error {
	if k.cfg.Group == "" || len(next) == 0 {
		return nil
	}
	at := make(map[int32]kgo.EpochOffset, len(next))
	for i, offset := range next {
		at[i] = kgo.EpochOffset{Epoch: -1, Offset: offset}
	}
	var errs []error
	k.r.client.CommitOffsetsSync(ctx, map[string]map[int32]kgo.EpochOffset{k.r.cfg.Topic: at},
		func(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, answer *kmsg.OffsetCommitResponse, err error) {
			errs = append(errs, err)
			if answer == nil {
				return
			}
			for _, topic := range answer.Topics {
				for _, p := range topic.Partitions {
					errs = append(errs, kerr.ErrorForCode(p.ErrorCode))
				}
			}
		})
	if err := errors.Join(errs...); err != nil {
		return k.r.failed("commit to group "+k.cfg.Group, err)
	}
	return nil
}

// Close leaves the group, unless this member has an Instance, and ends the
// connections. It calls none of the config's functions.
func (k *Consumer) Close() {
	if k.closed {
		return
	}
	k.closed = true
	k.mu.Unlock()
	k.r.client.CloseAllowingRebalance()
}
