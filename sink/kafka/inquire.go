package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// inquire finds out why no records come. There may be none before the end that
// the client would ever hand over, because they were aborted or compacted away;
// then the partition is read. The brokers may be out of reach, which the client
// does not tell; after a time that is an error.
func (r *Reader) inquire(ctx context.Context) error {
	var failed error
	if r.cfg.Follow || !r.left() {
		failed = reach(ctx, r.client)
	} else {
		for i := range r.parts {
			if !r.parts[i].unread {
				continue
			}
			if failed = r.probe(ctx, int32(i)); failed != nil {
				break
			}
		}
	}
	if err := ctx.Err(); err != nil {
		return r.failed("", err)
	}
	if failed == nil {
		r.silent = time.Time{}
		return nil
	}
	now := time.Now()
	if r.silent.IsZero() {
		r.silent = now
	}
	if final(failed) {
		return r.denied("", failed, "Read")
	}
	if now.Sub(r.silent) < r.cfg.Timeout {
		return nil
	}
	if err := reach(ctx, r.client); err != nil {
		failed = err // it names the brokers
	}
	return r.failed(fmt.Sprintf("nothing could be read for %v", r.cfg.Timeout), failed)
}

// final reports whether trying again would not help.
func final(err error) bool {
	var known *kerr.Error
	return errors.As(err, &known) && !known.Retriable || errors.Is(err, kerr.UnknownTopicOrPartition) || errors.Is(err, kerr.UnknownTopicID)
}

// probe asks the leader of partition i for what comes next, past the client,
// which does not tell how far it is.
func (r *Reader) probe(ctx context.Context, i int32) error {
	p := &r.parts[i]
	leader, _, err := r.client.PartitionLeader(r.cfg.Topic, i)
	if err != nil {
		return err
	}
	f := fetch{client: r.client, leader: leader, topic: r.cfg.Topic, id: r.id, partition: i}
	if err := f.from(ctx, p.next); err != nil {
		return err
	}
	switch {
	case len(f.records) > 0: // the client is late, but it will come to them
	case f.next > p.next:
		r.advance(i, f.next)
	case f.empty && f.stable >= p.end:
		r.advance(i, p.end)
	}
	return nil
}

// fetch is one look at the committed records of a partition, past what a client
// buffers and keeps to itself.
type fetch struct {
	client    *kgo.Client
	leader    int32 // of the partition
	topic     string
	id        kadm.TopicID
	partition int32
	wait      time.Duration // for something to come

	records []*kgo.Record // that follow, some of them
	next    int64         // the offset after what was looked at
	stable  int64         // all before it are settled
	empty   bool          // there was nothing at all to look at
}

// from looks at what follows an offset.
func (f *fetch) from(ctx context.Context, offset int64) error {
	ask := kmsg.NewFetchRequestTopicPartition()
	ask.Partition = f.partition
	ask.FetchOffset = offset
	ask.PartitionMaxBytes = 1 << 20
	topic := kmsg.NewFetchRequestTopic()
	topic.Topic, topic.TopicID = f.topic, f.id
	topic.Partitions = []kmsg.FetchRequestTopicPartition{ask}
	req := kmsg.NewPtrFetchRequest()
	req.ReplicaID = -1
	req.MaxBytes = ask.PartitionMaxBytes
	req.MaxWaitMillis = int32(f.wait / time.Millisecond)
	req.MinBytes = 1
	req.IsolationLevel = 1
	req.SessionEpoch = -1
	req.Topics = []kmsg.FetchRequestTopic{topic}

	within, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	answer, err := f.client.Broker(int(f.leader)).Request(within, req)
	if err != nil {
		return err
	}
	resp := answer.(*kmsg.FetchResponse)
	if err := kerr.ErrorForCode(resp.ErrorCode); err != nil {
		return err
	}
	if len(resp.Topics) != 1 || len(resp.Topics[0].Partitions) != 1 {
		return fmt.Errorf("partition %d: the broker's answer is about %d topics", f.partition, len(resp.Topics))
	}
	got := &resp.Topics[0].Partitions[0]
	fetched, next := kgo.ProcessFetchPartition(kgo.ProcessFetchPartitionOpts{
		Offset: offset, IsolationLevel: kgo.ReadCommitted(), Topic: f.topic, Partition: f.partition,
	}, got, kgo.DefaultDecompressor(), nil)
	if fetched.Err != nil {
		return fmt.Errorf("partition %d: %w", f.partition, fetched.Err)
	}
	f.records, f.next, f.stable = fetched.Records, next, got.LastStableOffset
	f.empty = len(got.RecordBatches) == 0 && got.PreferredReadReplica < 0
	return nil
}
