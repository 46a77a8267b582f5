package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

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
		return r.failed("", failed)
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
	leader, _, err := r.client.PartitionLeader(r.cfg.Topic, i)
	if err != nil {
		return err
	}
	p := &r.parts[i]
	ask := kmsg.NewFetchRequestTopicPartition()
	ask.Partition = i
	ask.FetchOffset = p.next
	ask.PartitionMaxBytes = 1 << 20
	topic := kmsg.NewFetchRequestTopic()
	topic.Topic, topic.TopicID = r.cfg.Topic, r.id
	topic.Partitions = []kmsg.FetchRequestTopicPartition{ask}
	req := kmsg.NewPtrFetchRequest()
	req.ReplicaID = -1
	req.MaxBytes = ask.PartitionMaxBytes
	req.IsolationLevel = 1
	req.SessionEpoch = -1
	req.Topics = []kmsg.FetchRequestTopic{topic}

	within, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	answer, err := r.client.Broker(int(leader)).Request(within, req)
	if err != nil {
		return err
	}
	resp := answer.(*kmsg.FetchResponse)
	if err := kerr.ErrorForCode(resp.ErrorCode); err != nil {
		return err
	}
	if len(resp.Topics) != 1 || len(resp.Topics[0].Partitions) != 1 {
		return fmt.Errorf("partition %d: the broker's answer is about %d topics", i, len(resp.Topics))
	}
	got := &resp.Topics[0].Partitions[0]
	fetched, next := kgo.ProcessFetchPartition(kgo.ProcessFetchPartitionOpts{
		Offset: p.next, IsolationLevel: kgo.ReadCommitted(), Topic: r.cfg.Topic, Partition: i,
	}, got, kgo.DefaultDecompressor(), nil)
	switch {
	case fetched.Err != nil:
		return fmt.Errorf("partition %d: %w", i, fetched.Err)
	case len(fetched.Records) > 0: // the client is late, but it will come to them
	case next > p.next:
		r.advance(i, next)
	case len(got.RecordBatches) == 0 && got.LastStableOffset >= p.end && got.PreferredReadReplica < 0:
		r.advance(i, p.end)
	}
	return nil
}
