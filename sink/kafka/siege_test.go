package kafka

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"hash"
	"hash/fnv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/demand"
	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
	"github.com/kafkanauts/kafkanauts/sink"
)

// The long form of TestFaults: -faults 2300000 -rounds 4, say.
var (
	faultRecords = flag.Float64("faults", 300_000, "expected `number` of records that TestFaults sends")
	faultRounds  = flag.Int("rounds", 1, "`number` of times that TestFaults breaks everything")
	faultFreeze  = flag.Duration("freeze", 4*time.Second, "how long a frozen broker stays so")
)

// watched is a Sink that goes the slower the less is left, until it is let go, so that a stream lasts
// however long the faults do, and that notes what has been acknowledged.
type watched struct {
	*Sink
	total  float64       // records expected
	rate   float64       // records a second and shard, at the beginning
	free   chan struct{} // closed when it is let go
	began  atomic.Int64  // records
	acked  atomic.Int64
	gap    atomic.Int64 // the longest time between two acknowledgements of a shard
	shards []*watchedShard
}

func (w *watched) Shard(i int) (sink.Sink, error) {
	s, err := w.Sink.Shard(i)
	if err != nil {
		return nil, err
	}
	one := &watchedShard{Pipeliner: s.(sink.Pipeliner), all: w, last: time.Now(), digest: newDigest()}
	w.shards = append(w.shards, one)
	return one, nil
}

// watchedShard is written by one goroutine, and read when that is done.
type watchedShard struct {
	sink.Pipeliner
	all    *watched
	flying []*sink.Batch
	digest digest
	astray int // records that are not where they should be
	last   time.Time
}

func (s *watchedShard) Begin(ctx context.Context, b *sink.Batch) error {
	select {
	case <-s.all.free:
	default:
		left := max(1-float64(s.all.began.Load())/s.all.total, .01)
		pause := time.NewTimer(time.Duration(float64(len(b.Records)) / (s.all.rate * left) * float64(time.Second)))
		defer pause.Stop()
		select {
		case <-pause.C:
		case <-s.all.free:
		case <-ctx.Done():
		}
	}
	s.all.began.Add(int64(len(b.Records)))
	s.flying = append(s.flying, b)
	return s.Pipeliner.Begin(ctx, b)
}

func (s *watchedShard) End(ctx context.Context) error {
	if err := s.Pipeliner.End(ctx); err != nil {
		return err
	}
	b := s.flying[0]
	s.flying = s.flying[1:]
	now := time.Now()
	gap := int64(now.Sub(s.last))
	for old := s.all.gap.Load(); gap > old && !s.all.gap.CompareAndSwap(old, gap); {
		old = s.all.gap.Load()
	}
	s.last = now
	for i := range b.Records {
		r := &b.Records[i]
		if r.At.Offset != s.digest.n || int(r.At.Partition) != b.Shard {
			s.astray++
		}
		s.digest.add(r.Key, r.Value)
	}
	s.all.acked.Add(int64(len(b.Records)))
	return nil
}

// digest is a number for a sequence of records.
type digest struct {
	n int64
	h hash.Hash64
}

func newDigest() digest { return digest{h: fnv.New64a()} }

func (d *digest) add(key, value []byte) {
	d.n++
	fmt.Fprintf(d.h, "%d %d ", len(key), len(value))
	d.h.Write(key)
	d.h.Write(value)
}

// siege breaks a cluster and waits until it is whole again.
type siege struct {
	*testing.T
	cluster *kafkatest.Cluster
	topic   string
	client  *kgo.Client
	admin   *kadm.Client
}

// leader returns the broker that leads a partition now.
func (s *siege) leader(partition int32) *kafkatest.Server {
	return s.cluster.Node(s.partitions()[partition].Leader)
}

// another returns a broker that is not s.
func (s *siege) another(than *kafkatest.Server) *kafkatest.Server {
	for _, n := range s.cluster.Nodes {
		if n != than {
			return n
		}
	}
	return nil
}

// partitions returns the partitions, once all have leaders.
func (s *siege) partitions() kadm.PartitionDetails {
	for {
		within, cancel := context.WithTimeout(s.Context(), 2*time.Second) // the one that is asked may be frozen
		there, err := find(within, s.admin, s.topic)
		cancel()
		led := err == nil
		for _, p := range there.Partitions {
			led = led && p.Leader > 0
		}
		if led {
			return there.Partitions
		}
		if s.Context().Err() != nil {
			s.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond) // other processes: their state is all there is to see
	}
}

// whole returns once all replicas are in sync, the controllers' too. All brokers should run.
func (s *siege) whole() {
	for !s.inSync() || !s.quorate() {
		for _, n := range s.cluster.Nodes {
			s.must(n.Tend())
		}
		if s.Context().Err() != nil {
			s.Fatal(s.Context().Err())
		}
		time.Sleep(50 * time.Millisecond) // other processes: their state is all there is to see
	}
}

func (s *siege) inSync() bool {
	for _, p := range s.partitions() {
		if len(p.ISR) != len(s.cluster.Nodes) {
			return false
		}
	}
	return true
}

// quorate reports whether every controller has nearly all that their leader has.
func (s *siege) quorate() bool {
	within, cancel := context.WithTimeout(s.Context(), 2*time.Second)
	defer cancel()
	req := kmsg.NewPtrDescribeQuorumRequest()
	topic := kmsg.NewDescribeQuorumRequestTopic()
	topic.Topic = "__cluster_metadata"
	topic.Partitions = append(topic.Partitions, kmsg.NewDescribeQuorumRequestTopicPartition())
	req.Topics = append(req.Topics, topic)
	answer, err := s.client.Request(within, req)
	if err != nil {
		return false
	}
	resp := answer.(*kmsg.DescribeQuorumResponse)
	if resp.ErrorCode != 0 || len(resp.Topics) != 1 || len(resp.Topics[0].Partitions) != 1 || resp.Topics[0].Partitions[0].ErrorCode != 0 {
		return false
	}
	voters := resp.Topics[0].Partitions[0].CurrentVoters
	var end int64
	for _, v := range voters {
		end = max(end, v.LogEndOffset)
	}
	const near = 50
	for _, v := range voters {
		if v.LogEndOffset < end-near {
			return false
		}
	}
	return len(voters) == len(s.cluster.Nodes)
}

func (s *siege) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// TestFaults is what becomes of a stream when brokers fail.
func TestFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("three brokers, half a minute; run without -short")
	}
	c := kafkatest.Three(t)
	t.Run("stream", func(t *testing.T) { testStreamThroughFaults(t, c) })
	t.Run("too few in sync", func(t *testing.T) { testTooFewInSync(t, c) })
}

// A stream outlives three brokers that are broken in every way, one at a time: what
// was acknowledged is there, once, in order, and that is the stream.
func testStreamThroughFaults(t *testing.T, c *kafkatest.Cluster) {
	const shards, rate = 4, 2500
	k, err := New(Config{Brokers: c.Addrs, Topic: "orders", Compression: "lz4"})
	if err != nil {
		t.Fatal(err)
	}
	w := &watched{Sink: k, total: *faultRecords, rate: rate, free: make(chan struct{})}
	impatient := client(t, &kafkatest.Broker{Addrs: c.Addrs}, kgo.RequestTimeoutOverhead(2*time.Second))
	s := &siege{t, c, "orders", impatient, kadm.NewClient(impatient)}

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	type result struct {
		kafkanauts.Report
		err error
	}
	ended := make(chan result, 1)
	stream := streamOf(t, *faultRecords, shards)
	began := time.Now()
	go func() {
		report, err := stream.Run(ctx, w)
		ended <- result{report, err}
	}()
	for w.acked.Load() == 0 {
		select {
		case r := <-ended:
			t.Fatalf("the stream ended before the first fault: %v", r.err)
		case <-time.After(10 * time.Millisecond):
		}
	}
	faults := []struct {
		name string
		f    func()
	}{
		{"killed", func() {
			n := s.leader(0)
			n.Kill()
			s.partitions()
			s.must(n.Restart())
		}},
		{"frozen", func() {
			n := s.leader(1)
			s.must(n.Pause())
			time.Sleep(*faultFreeze) // a freeze is a length of time
			s.must(n.Continue())
		}},
		{"told to end", func() {
			n := s.leader(2)
			n.Terminate()
			s.must(n.Restart())
		}},
		{"wiped", func() {
			n := s.leader(3)
			n.Kill()
			s.must(n.Wipe())
			s.must(n.Restart())
		}},
	}
	n := 0
	var longest time.Duration
	for range *faultRounds {
		for _, fault := range faults {
			s.whole()
			before, at := w.acked.Load(), time.Now()
			w.gap.Store(0)
			fault.f()
			s.whole()
			n++
			gap := time.Duration(w.gap.Load())
			longest = max(longest, gap)
			t.Logf("%6.1f s: the leader was %s: whole again after %.1f s; %d records acknowledged meanwhile, the longest gap between two of a partition %.1f s",
				time.Since(began).Seconds(), fault.name, time.Since(at).Seconds(), w.acked.Load()-before, gap.Seconds())
			if len(ended) > 0 {
				r := <-ended
				t.Fatalf("the stream ended after %d faults: %v", n, r.err)
			}
		}
	}
	close(w.free)
	r := <-ended
	if r.err != nil {
		t.Fatal(r.err)
	}
	stats := k.Stats()
	t.Logf("%d records acknowledged in %.1f s through %d faults, %d retries; the longest gap was %.1f s",
		r.Records, r.Elapsed.Seconds(), n, stats.Retries, longest.Seconds())
	if stats.Records != r.Records || stats.Failed != 0 {
		t.Errorf("Stats are %+v, the report says %d", stats, r.Records)
	}

	// The topic holds what was acknowledged, and that is the stream.
	s.whole()
	got := digests(t, ReadConfig{Brokers: c.Addrs, Topic: "orders"}, shards)
	want := make([]digest, shards)
	for i := range want {
		want[i] = newDigest()
	}
	if _, err := streamOf(t, *faultRecords, shards).Run(t.Context(), &digesting{shards: want}); err != nil {
		t.Fatal(err)
	}
	for i, one := range w.shards {
		if one.astray > 0 {
			t.Errorf("partition %d: %d records are not at their offsets", i, one.astray)
		}
		for what, d := range map[string]digest{"acknowledged": one.digest, "in the stream": want[i]} {
			if got[i].n != d.n || got[i].h.Sum64() != d.h.Sum64() {
				t.Errorf("partition %d: %d records, %x; %d were %s, %x", i, got[i].n, got[i].h.Sum64(), d.n, what, d.h.Sum64())
			}
		}
	}
}

// streamOf returns the default world at a size of so many records.
func streamOf(t *testing.T, records float64, shards int) *kafkanauts.Stream {
	t.Helper()
	whole, err := kafkanauts.New(kafkanauts.Config{})
	if err != nil {
		t.Fatal(err)
	}
	stream, err := kafkanauts.New(kafkanauts.Config{Shards: shards, Market: demand.World().Scale(records / float64(whole.Forecast().Total))})
	if err != nil {
		t.Fatal(err)
	}
	return stream
}

// digests reads a topic.
func digests(t *testing.T, c ReadConfig, shards int) []digest {
	t.Helper()
	r, err := NewReader(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	all := make([]digest, shards)
	for i := range all {
		all[i] = newDigest()
	}
	for m, err := range r.Messages(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		d := &all[m.Partition]
		if m.Offset != d.n {
			t.Fatalf("partition %d: offset %d comes after %d records", m.Partition, m.Offset, d.n)
		}
		d.add(m.Key, m.Value)
	}
	return all
}

// A broker that has come back with an empty disk takes requests before it knows
// the topics again.
func TestABrokerMayNotKnowTheTopicYet(t *testing.T) {
	b := kafkatest.Embedded(t)
	topic := b.Topic(t)
	k := mustOpen(t, Config{Brokers: b.Addrs, Topic: topic}, session(1))
	w := mustShard(t, k, 0)
	if err := w.Write(t.Context(), batch(0, 0, 10)); err != nil {
		t.Fatal(err)
	}
	const times = 8
	var ignorant atomic.Int64
	b.Kfake.ControlKey(int16(kmsg.Produce), func(asked kmsg.Request) (kmsg.Response, error, bool) {
		if ignorant.Add(1) > times {
			return nil, nil, false
		}
		b.Kfake.KeepControl()
		req := asked.(*kmsg.ProduceRequest)
		resp := req.ResponseKind().(*kmsg.ProduceResponse)
		for _, rt := range req.Topics {
			rp := kmsg.NewProduceResponseTopicPartition()
			rp.Partition = rt.Partitions[0].Partition
			rp.ErrorCode = kerr.UnknownTopicOrPartition.Code
			resp.Topics = append(resp.Topics, kmsg.ProduceResponseTopic{Topic: rt.Topic, TopicID: rt.TopicID, Partitions: []kmsg.ProduceResponseTopicPartition{rp}})
		}
		return resp, nil, true
	})
	if err := w.Write(t.Context(), batch(0, 1, 10)); err != nil {
		t.Fatal(err)
	}
	if n := len(readAll(t, b, topic)[0]); n != 20 || ignorant.Load() <= times {
		t.Errorf("%d records after %d requests, want 20 after more than %d", n, ignorant.Load(), times)
	}
}

// digesting is a sink that makes digests of a stream's shards.
type digesting struct {
	sink.Sink
	shards []digest
}

func (d *digesting) Shard(i int) (sink.Sink, error) { return &digester{d: &d.shards[i]}, nil }
func (d *digesting) Close(context.Context) error    { return nil }

type digester struct{ d *digest }

func (d *digester) Write(_ context.Context, b *sink.Batch) error {
	for i := range b.Records {
		d.d.add(b.Records[i].Key, b.Records[i].Value)
	}
	return nil
}
func (d *digester) Close(context.Context) error { return nil }

// With too few replicas in sync, a Write ends when its time is up and says which
// setting it is, and so does all that comes after it.
func testTooFewInSync(t *testing.T, c *kafkatest.Cluster) {
	b := &kafkatest.Broker{Addrs: c.Addrs}
	s := &siege{t, c, "few", client(t, b), kadm.NewClient(client(t, b))}
	k := mustOpen(t, Config{Brokers: c.Addrs, Topic: s.topic}, session(1))
	w := mustShard(t, k, 0)
	if err := w.Write(t.Context(), batch(0, 0, 100)); err != nil {
		t.Fatal(err)
	}
	all := []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "min.insync.replicas", Value: new("3")}}
	altered, err := s.admin.AlterTopicConfigs(t.Context(), all, s.topic)
	for _, a := range altered {
		err = errors.Join(err, a.Err)
	}
	s.must(err)
	s.another(s.leader(0)).Kill() // two run, a majority, but three must have what is written
	k.cfg.DeliveryTimeout = 2 * time.Second
	err = w.Write(t.Context(), batch(0, 1, 100))
	var e *DeliveryError
	if !errors.As(err, &e) || e.Failed != 100 || !errors.Is(err, errLate) || !strings.Contains(err.Error(), "min.insync.replicas") {
		t.Errorf("error is %v, want a *DeliveryError that names min.insync.replicas", err)
	}
	if last := w.Close(t.Context()); !errors.Is(last, err) {
		t.Errorf("the shard's Close returns %v, want the same", last)
	}
	var partial *PartialError
	if last := k.Abort(t.Context(), err); !errors.As(last, &partial) || partial.Records != 100 {
		t.Errorf("Abort returns %v, want a *PartialError of 100", last)
	}
	t.Log(err)
}
