package kafka

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
)

// Delivered returns the last checkpoint of a shard of a stream, which says what
// its partition holds, once readers of committed records see all of that. If the
// shard is not delivered to its end, the error is a *StreamError.
func Delivered(ctx context.Context, c Config, shard int) (*Checkpoint, error) {
	if c.Stream == "" {
		return nil, fmt.Errorf("kafka: Delivered: only a stream with a name has checkpoints; set Config.Stream")
	}
	s, err := New(c)
	if err != nil {
		return nil, err
	}
	defer s.Close(ctx)
	adm, err := s.admin()
	if err != nil {
		return nil, err
	}
	there, err := find(ctx, adm, s.cfg.controlTopic())
	if err != nil {
		return nil, fmt.Errorf("kafka: topic %s: %w", s.cfg.controlTopic(), err)
	}
	if shard < 0 || shard >= len(there.Partitions) {
		return nil, fmt.Errorf("kafka: stream %s has %d shards, and none of the number %d", c.Stream, len(there.Partitions), shard)
	}
	last, err := s.final(ctx, adm, int32(shard))
	if err != nil {
		return nil, err
	}
	return last, awaitEnds(ctx, adm, &s.cfg, []int32{int32(shard)})
}

// delivered returns the last checkpoint of each shard, if they all are delivered,
// once readers see all of them and of their records.
func (s *Sink) delivered(ctx context.Context) ([]*Checkpoint, error) {
	adm, err := s.admin()
	if err != nil {
		return nil, err
	}
	there, err := find(ctx, adm, s.cfg.controlTopic())
	if err != nil {
		return nil, fmt.Errorf("kafka: topic %s: %w", s.cfg.controlTopic(), err)
	}
	list := make([]*Checkpoint, len(there.Partitions))
	var shards []int32
	for i := range int32(len(list)) {
		if list[i], err = s.final(ctx, adm, i); err != nil {
			return nil, err
		}
		shards = append(shards, i)
	}
	return list, awaitEnds(ctx, adm, &s.cfg, shards)
}

// final returns the checkpoint that says that a shard is delivered.
func (s *Sink) final(ctx context.Context, adm *kadm.Client, shard int32) (*Checkpoint, error) {
	// The last transaction may have been committed a moment ago; but one that
	// somebody still writes goes on and on.
	for until := time.Now().Add(claimTime); ; {
		open, err := unsettled(ctx, adm, []string{s.cfg.controlTopic()}, []int32{shard})
		var last *Checkpoint
		if err == nil {
			last, err = s.peek(ctx, shard)
		}
		if err != nil {
			return nil, &TransactionError{s.cfg.Stream, int(shard), "reading how far it is", err}
		}
		if last != nil && last.Done {
			return last, nil
		}
		if open == "" || time.Now().After(until) {
			return nil, &StreamError{s.cfg.Stream, int(shard), "it is not delivered to its end yet; run the stream again"}
		}
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return nil, err
		}
	}
}
