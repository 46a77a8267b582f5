package kafka

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kafkanauts/kafkanauts/sink"
)

// ReadConfig says what a Reader reads. Only Brokers and Topic are required.
type ReadConfig struct {
	Brokers []string // host:port; one that is up is enough
	Topic   string

	// Follow reads on and on, as records come. Else reading ends where the topic
	// ended when the Reader was made.
	Follow bool

	// Group names a consumer group in which Commit keeps how far has been read, and
	// from where a Reader goes on; "": it begins with the first record. The Reader
	// does not join the group: it reads all partitions, whoever else does.
	Group string

	// Timeout is how long the brokers may be out of reach while it reads;
	// 0: half a minute.
	Timeout time.Duration

	// Meter is told, after each fetch, the sink.GaugeUnread of each partition, as the
	// shard of that number; nil: nobody is.
	Meter    sink.Meter
	Security Security // how to get in; the zero Security: plaintext, as nobody

	Log     *slog.Logger // what the client has to say; nil: nothing
	Options []kgo.Opt    // for the client, after the Reader's own and overriding them
}

const (
	defaultSilence = 30 * time.Second
	idle           = time.Second // without a record, after which the Reader asks what is the matter
)

// Message is a record as it stands in the topic. Key and Value are valid until
// the next one.
type Message struct {
	Partition  int32
	Offset     int64
	Key, Value []byte    // nil: none
	Timestamp  time.Time // the record's own, UTC: of a stream's records, the event time
}

// Reader reads the committed records of a topic: those of transactions that
// were aborted, or are still open, it does not see. Its methods are called by
// one goroutine at a time, but Done and Total by any.
type Reader struct {
	cfg    ReadConfig
	client *kgo.Client
	admin  *kadm.Client
	id     kadm.TopicID
	begun  bool   // whether the client fetches
	parts  []part // by partition
	ready  []*kgo.Record
	total  int64
	done   atomic.Int64
	silent time.Time // since when the brokers have been out of reach; zero: they are not
	err    error     // final
}

// part is how far a partition has been read.
type part struct {
	start, next, end int64 // offsets: of the first to read, of the next, and the end when the Reader was made
	unread           bool  // there is more to read
	seen             int64 // the end that the last fetch told
}

// UnknownTopicError says that there is no such topic.
type UnknownTopicError struct {
	Topic string
	Known []string // the topics that there are, sorted
}

// Error names the topics that there are, if they are few.
func (e *UnknownTopicError) Error() string {
	const few = 12
	s := fmt.Sprintf("kafka: there is no topic %q", e.Topic)
	switch n := len(e.Known); {
	case n == 0:
		return s + ", nor any other that this user may see"
	case n <= few:
		return s + "; there are " + strings.Join(e.Known, ", ")
	default:
		return fmt.Sprintf("%s; there are %d others", s, n)
	}
}

// Unwrap returns kerr.UnknownTopicOrPartition.
func (e *UnknownTopicError) Unwrap() error { return kerr.UnknownTopicOrPartition }

// NewReader connects to the brokers and finds out where the topic begins and
// ends, so that Total is known. The error is all that is wrong with c, a
// *BrokerError or an *UnknownTopicError. The caller closes the Reader.
func NewReader(ctx context.Context, c ReadConfig) (*Reader, error) { return open(ctx, c) }

// open is NewReader with options that stand before the config's own.
func open(ctx context.Context, c ReadConfig, more ...kgo.Opt) (*Reader, error) {
	errs := checkTarget(c.Brokers, c.Topic)
	secure, wrong := c.Security.options()
	errs = append(errs, wrong...)
	if c.Timeout < 0 {
		errs = append(errs, fmt.Errorf("kafka: Timeout %v: want more than 0, or 0 for %v", c.Timeout, defaultSilence))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if c.Timeout == 0 {
		c.Timeout = defaultSilence
	}
	opts := append(common(c.Brokers, secure, c.Log),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.KeepControlRecords(), // they tell where a partition ends as well as records do
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.FetchMaxWait(idle/2),
	)
	opts = append(opts, more...)
	cl, err := kgo.NewClient(append(opts, c.Options...)...)
	if err != nil {
		return nil, fmt.Errorf("kafka: Options: %w", err)
	}
	r := &Reader{cfg: c, client: cl, admin: kadm.NewClient(cl)}
	if err := r.locate(ctx); err != nil {
		cl.Close()
		return nil, err
	}
	return r, nil
}

// locate finds out from where to where each partition is to be read.
func (r *Reader) locate(ctx context.Context) error {
	if err := reach(ctx, r.client); err != nil {
		return err
	}
	topic := r.cfg.Topic
	t, err := find(ctx, r.admin, topic)
	if errors.Is(err, kerr.UnknownTopicOrPartition) {
		e := &UnknownTopicError{Topic: topic}
		if all, err := r.admin.ListTopics(ctx); err == nil {
			e.Known = all.Names()
		}
		return e
	}
	if err != nil {
		return r.denied("", err, "Describe")
	}
	r.id = t.ID
	starts, err := r.admin.ListStartOffsets(ctx, topic)
	if err == nil {
		err = starts.Error()
	}
	if err != nil {
		return r.denied("where it begins", err, "Describe")
	}
	ends, err := r.admin.ListCommittedOffsets(ctx, topic)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return r.denied("where it ends", err, "Describe")
	}
	kept, err := r.kept(ctx)
	if err != nil {
		return err
	}
	r.parts = make([]part, len(t.Partitions))
	for i := range r.parts {
		p := &r.parts[i]
		start, ok1 := starts.Lookup(topic, int32(i))
		end, ok2 := ends.Lookup(topic, int32(i))
		if !ok1 || !ok2 {
			return r.failed("", fmt.Errorf("its partition %d cannot be found", i))
		}
		p.start = start.Offset
		if k, ok := kept.Lookup(topic, int32(i)); ok && k.Err == nil {
			p.start = max(p.start, k.At)
		}
		p.next, p.end = p.start, max(p.start, end.Offset)
		r.total += p.end - p.start
		p.unread = r.cfg.Follow || p.next < p.end
	}
	return nil
}

// begin makes the client fetch, ahead of what is read.
func (r *Reader) begin() {
	if r.begun {
		return
	}
	r.begun = true
	from := make(map[int32]kgo.Offset)
	for i, p := range r.parts {
		if p.unread {
			from[int32(i)] = kgo.NewOffset().At(p.next)
		}
	}
	r.client.AddConsumePartitions(map[string]map[int32]kgo.Offset{r.cfg.Topic: from})
}

// kept returns how far the group has read. The first group of all that brokers
// are asked about makes them set up their store of groups, which takes a moment.
func (r *Reader) kept(ctx context.Context) (kadm.OffsetResponses, error) {
	if r.cfg.Group == "" {
		return nil, nil
	}
	within, cancel := context.WithTimeout(ctx, r.cfg.Timeout)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		kept, err := r.admin.FetchOffsetsForTopics(within, r.cfg.Group, r.cfg.Topic)
		switch {
		case err == nil:
			return kept, nil
		case errors.Is(err, kerr.GroupIDNotFound):
			return nil, nil
		case !kerr.IsRetriable(err) || within.Err() != nil:
			return nil, r.ofGroup("how far group "+r.cfg.Group+" has read", err)
		}
		select {
		case <-within.Done():
		case <-again.C:
		}
	}
}

func (r *Reader) failed(what string, err error) error {
	if what != "" {
		what += ": "
	}
	return fmt.Errorf("kafka: topic %s: %s%w", r.cfg.Topic, what, err)
}

// denied is failed, but for an ACL that is missing.
func (r *Reader) denied(what string, err error, operation string) error {
	if unauthorized(err) {
		return denied(err, operation, "topic "+r.cfg.Topic)
	}
	return r.failed(what, err)
}

// ofGroup is the same for what concerns the group.
func (r *Reader) ofGroup(what string, err error) error {
	if errors.Is(err, kerr.GroupAuthorizationFailed) {
		return denied(err, "Read", "group "+r.cfg.Group)
	}
	return r.denied(what, err, "Read")
}

// Total is how many offsets lay before the Reader when it was made: at least as
// many as messages, since transactions' ends and deleted records have offsets too.
func (r *Reader) Total() int64 { return r.total }

// Done is how many offsets it has passed. Unless it follows, it ends at Total.
func (r *Reader) Done() int64 { return r.done.Load() }

// Messages yields the messages of all partitions, those of each in the order of
// their offsets. It ends after the last message, or with an error: ctx's, or why no
// more can be read, which is final. Ranging again goes on after the last message
// that was yielded.
func (r *Reader) Messages(ctx context.Context) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		for {
			for len(r.ready) > 0 {
				rec := r.ready[0]
				r.ready[0] = nil
				r.ready = r.ready[1:]
				if !r.pass(rec) {
					continue
				}
				if !yield(Message{rec.Partition, rec.Offset, rec.Key, rec.Value, rec.Timestamp.UTC()}, nil) {
					return
				}
			}
			if !r.left() {
				return
			}
			if err := r.poll(ctx); err != nil {
				yield(Message{}, err)
				return
			}
		}
	}
}

// left reports whether there is more to read.
func (r *Reader) left() bool {
	return slices.ContainsFunc(r.parts, func(p part) bool { return p.unread })
}

// pass moves on to after rec, and reports whether rec is to be yielded.
func (r *Reader) pass(rec *kgo.Record) bool {
	p := &r.parts[rec.Partition]
	if !p.unread || rec.Offset < p.next {
		return false
	}
	beyond := !r.cfg.Follow && rec.Offset >= p.end
	r.advance(rec.Partition, rec.Offset+1)
	return !beyond && !rec.Attrs.IsControl()
}

// advance moves partition i on to offset next, or to its end if that comes first.
func (r *Reader) advance(i int32, next int64) {
	p := &r.parts[i]
	if !r.cfg.Follow && next >= p.end {
		next = p.end
		p.unread = false
		r.client.PauseFetchPartitions(map[string][]int32{r.cfg.Topic: {i}})
		r.tellUnread(int(i))
	}
	r.done.Add(next - p.next)
	p.next = next
}

// poll waits for records, or for a sign that there will be none.
func (r *Reader) poll(ctx context.Context) error {
	if r.err != nil {
		return r.err
	}
	r.begin()
	within, cancel := context.WithTimeout(ctx, idle)
	defer cancel()
	fetches := r.client.PollFetches(within)
	if err := ctx.Err(); err != nil {
		r.keep(fetches) // for who ranges again
		return r.failed("", err)
	}
	for _, e := range fetches.Errors() {
		if !errors.Is(e.Err, context.DeadlineExceeded) {
			r.err = r.denied(fmt.Sprintf("partition %d", e.Partition), e.Err, "Read")
			return r.err
		}
	}
	if r.keep(fetches) > 0 {
		r.silent = time.Time{}
		return nil
	}
	err := r.inquire(ctx)
	if ctx.Err() == nil {
		r.err = err
	}
	return err
}

func (r *Reader) keep(fetches kgo.Fetches) int {
	r.ready = r.ready[:0]
	fetches.EachPartition(func(p kgo.FetchTopicPartition) {
		r.ready = append(r.ready, p.Records...)
		if len(p.Records) > 0 { // else it may be no partition, but an error
			r.parts[p.Partition].seen = p.LastStableOffset
		}
	})
	for i := range r.parts {
		r.tellUnread(i)
	}
	return len(r.ready)
}

// Commit keeps in the group how far has been read, the message in hand included.
// A Reader without a Group has nowhere to keep it: an error.
func (r *Reader) Commit(ctx context.Context) error {
	if r.cfg.Group == "" {
		return r.failed("Commit", errors.New("the Reader has no Group"))
	}
	var at kadm.Offsets
	for i := range r.parts {
		at.AddOffset(r.cfg.Topic, int32(i), r.parts[i].next, -1)
	}
	if err := r.admin.CommitAllOffsets(ctx, r.cfg.Group, at); err != nil {
		return r.ofGroup("Commit to group "+r.cfg.Group, err)
	}
	return nil
}

// Close ends the connections. It commits nothing.
func (r *Reader) Close() { r.client.Close() }
