package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
)

// broker is the one that the workers write to, and a client to ask it.
type broker struct {
	server *kafkatest.Server
	client *kgo.Client
	adm    *kadm.Client
	back   time.Time // since when it is there again
}

// properties are the settings of a broker that has little to read again after it was
// killed: what it has not yet put to disk, of segments that are small.
func properties() []string {
	return []string{"log.segment.bytes=16777216", "log.flush.offset.checkpoint.interval.ms=2000"}
}

func reach(s *kafkatest.Server) (*broker, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(s.Addr), kgo.MetadataMinAge(50*time.Millisecond))
	if err != nil {
		return nil, err
	}
	return &broker{server: s, client: client, adm: kadm.NewClient(client)}, nil
}

func (b *broker) addrs() []string { return []string{b.server.Addr} }

// answer is how long the broker may take to say something: long enough for one
// that was killed to read its log again.
const answer = 5 * time.Minute

// ends returns where the partitions of a topic end, whatever is committed; none
// if there is no such topic yet. It asks until the broker knows.
func (b *broker) ends(ctx context.Context, topic string) (map[int32]int64, error) {
	var ends map[int32]int64
	return ends, b.insist(ctx, func(ctx context.Context) error {
		listed, err := b.adm.ListEndOffsets(ctx, topic)
		if err == nil {
			err = listed.Error()
		}
		if errors.Is(err, kerr.UnknownTopicOrPartition) {
			ends, err = nil, nil
			return nil
		}
		ends = map[int32]int64{}
		for i, o := range listed[topic] {
			ends[i] = o.Offset
		}
		return err
	})
}

// insist asks until the answer is no error.
func (b *broker) insist(ctx context.Context, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, answer)
	defer cancel()
	for {
		err := ask(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the broker does not answer: %w", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// open returns how many of a stream's transactions are open, with records for the
// topic, and were begun at that instant or later.
func (b *broker) open(ctx context.Context, stream, topic string, shards int, since time.Time) (n int, err error) {
	ids := make([]string, shards)
	for i := range ids {
		ids[i] = fmt.Sprintf("%s-%d", stream, i)
	}
	return n, b.insist(ctx, func(ctx context.Context) error {
		n = 0
		described, err := b.adm.DescribeTransactions(ctx, ids...)
		for _, d := range described {
			if d.Err != nil && !errors.Is(d.Err, kerr.TransactionalIDNotFound) {
				err = d.Err
			}
			if d.State == "Ongoing" && d.StartTimestamp >= since.UnixMilli() && len(d.Topics[topic]) > 0 {
				n++
			}
		}
		return err
	})
}

// outage kills the broker, does what is to be done while it is away, and has it
// back, with its data, after a pause.
func (b *broker) outage(ctx context.Context, pause time.Duration, meanwhile func()) error {
	b.server.Kill()
	meanwhile()
	if err := sleep(ctx, pause); err != nil {
		return err
	}
	err := b.server.Restart()
	b.back = time.Now()
	return err
}

// unsettled reports whether a program may still suffer from an outage.
func (b *broker) unsettled() bool { return time.Since(b.back) < 30*time.Second }

// ahead reports whether some partition has grown by more than the marker that
// ends the transaction of before.
func ahead(before, now map[int32]int64) bool {
	for i, end := range now {
		if end > before[i]+1 {
			return true
		}
	}
	return false
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
