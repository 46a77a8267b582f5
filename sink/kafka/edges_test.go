package kafka

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink"
)

// opening is a run that writes nothing.
func opening(ctx context.Context, dst sink.Sink, shards ...int) error {
	if err := dst.(sink.Opener).Open(ctx, session(1)); err != nil {
		return errors.Join(err, sink.End(ctx, dst, err))
	}
	for range shards {
		<-ctx.Done()
		return sink.End(context.WithoutCancel(ctx), dst, ctx.Err())
	}
	return dst.Close(ctx)
}

// What the group will never accept ends the work.
func TestAGroupThatNeverTakesTheWorker(t *testing.T) {
	b := kafkatest.Embedded(t, kfake.BrokerConfigs(map[string]string{"group.min.session.timeout.ms": "6000"}))
	c := streamConfig(t, b)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	err := Work(ctx, c, Workers{SessionTimeout: time.Second}, opening)
	if !errors.Is(err, kerr.InvalidSessionTimeout) {
		t.Errorf("Work returns %v", err)
	}
}

// A transaction may end while a batch is being written.
func TestWritesMeetTheTimer(t *testing.T) {
	b := kafkatest.Embedded(t)
	c := streamConfig(t, b)
	c.Commit = 1
	k, w, _ := resumed(t, c, session(1))
	for i := range 50 {
		if err := w.Write(t.Context(), batch(0, int64(i), 3)); err != nil {
			t.Fatal(err)
		}
	}
	if err := k.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// refuseProduce has a broker hang up on whoever produces a batch.
func refuseProduce(b *kafkatest.Broker) {
	b.Kfake.ControlKey(int16(kmsg.Produce), func(r kmsg.Request) (kmsg.Response, error, bool) {
		b.Kfake.KeepControl()
		req := r.(*kmsg.ProduceRequest)
		if len(req.Topics) > 0 && req.Topics[0].Partitions[0].Records != nil && strings.Contains(string(req.Topics[0].Partitions[0].Records), "customer-") {
			return nil, errors.New("not this"), true
		}
		return nil, nil, false
	})
}

// Attempts that last longer than the Patience, without success, come to an end.
func TestPatienceEnds(t *testing.T) {
	b := kafkatest.Embedded(t)
	c := streamConfig(t, b)
	c.Patience, c.DeliveryTimeout = 500*time.Millisecond, time.Second
	refuseProduce(b)
	n := 0
	err := Deliver(t.Context(), c, func(ctx context.Context, dst sink.Sink) error {
		if n++; n > 3 {
			return errors.New("again and again")
		}
		err := dst.(sink.Opener).Open(ctx, session(1))
		if err == nil {
			_, err = dst.(sink.Resumer).Resume(ctx, 0)
		}
		if err == nil {
			err = dst.Write(ctx, batch(0, 0, 3))
		}
		return errors.Join(err, sink.End(context.WithoutCancel(ctx), dst, err))
	})
	if n > 2 {
		t.Errorf("%d attempts: %v", n, err)
	}
}

// Who has lost the stream while brokers were away does not take it back.
func TestWhoWasReplacedMeanwhileStops(t *testing.T) {
	b := kafkatest.Embedded(t)
	c := streamConfig(t, b)
	n := 0
	err := Deliver(t.Context(), c, func(ctx context.Context, dst sink.Sink) error {
		n++
		switch n {
		case 1:
			if err := dst.(sink.Opener).Open(ctx, session(1)); err != nil {
				return err
			}
			if _, err := dst.(sink.Resumer).Resume(ctx, 0); err != nil {
				return err
			}
			dst.Close(ctx)
			return &BrokerError{}
		case 2: // it cannot even be opened; another one takes the stream
			k, _, _ := resumed(t, c, session(1))
			k.Abort(ctx, errors.New("enough"))
			dst.Close(ctx)
			return &BrokerError{}
		}
		dst.Close(ctx)
		return nil
	})
	var taken *StreamError
	if !errors.As(err, &taken) {
		t.Errorf("after %d attempts: %v", n, err)
	}
}

// Brokers that elect a leader while a stream is opened again are no reason to give up.
func TestQuestionsMayBeAskedAgain(t *testing.T) {
	for _, err := range []error{
		fmt.Errorf("kafka: topic orders: %w", kerr.LeaderNotAvailable),
		fmt.Errorf("kafka: topic orders: %w", context.DeadlineExceeded),
		fmt.Errorf("kafka: topic orders: %w", &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}),
	} {
		if !again(err) {
			t.Errorf("gives up after %v", err)
		}
	}
	for _, err := range []error{errors.New("no"), &os.PathError{Op: "write", Path: "key.csv", Err: syscall.ENOSPC}, fmt.Errorf("kafka: topic orders: %w", kerr.TopicAuthorizationFailed)} {
		if again(err) {
			t.Errorf("tries again after %v", err)
		}
	}
}

// The answer key's topic may take less than the records'.
func TestTopicsTakeBatchesOfTheirOwn(t *testing.T) {
	b := kafkatest.Embedded(t)
	c := streamConfig(t, b)
	c.Truth = true
	large, small := "8000000", "20000"
	one := session(1)
	for topic, limit := range map[string]*string{c.Topic: &large, c.truthTopic(): &small} {
		want := settings(one, time.Now())
		want[messageBytes] = limit
		makeTopic(t, b, topic, 1, want)
	}
	k, w, _ := resumed(t, c, one)
	bt := batch(0, 0, 2000)
	for i := range bt.Records {
		bt.Records[i].Truth = &order.Truth{Faults: []order.Fault{{Strategy: "typo", Op: order.Edited, Field: order.City, End: 10, Was: []byte("0123456789")}}}
	}
	if err := w.Write(t.Context(), bt); err != nil {
		t.Fatal(err)
	}
	if err := k.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// A client that gets itself a new producer id in the middle of a transaction has lost
// the beginning of it, which brokers abort then.
func TestATransactionHasOneProducer(t *testing.T) {
	b := kafkatest.Embedded(t)
	c := streamConfig(t, b)
	_, w, _ := resumed(t, c, session(1))
	if err := w.Write(t.Context(), batch(0, 0, 3)); err != nil {
		t.Fatal(err)
	}
	b.Kfake.ControlKey(int16(kmsg.Produce), func(r kmsg.Request) (kmsg.Response, error, bool) {
		req := r.(*kmsg.ProduceRequest)
		resp := req.ResponseKind().(*kmsg.ProduceResponse)
		for _, rt := range req.Topics {
			topic := kmsg.NewProduceResponseTopic()
			topic.Topic, topic.TopicID = rt.Topic, rt.TopicID
			for _, rp := range rt.Partitions {
				p := kmsg.NewProduceResponseTopicPartition()
				p.Partition, p.ErrorCode, p.LogStartOffset, p.BaseOffset = rp.Partition, kerr.UnknownProducerID.Code, 1<<40, -1
				topic.Partitions = append(topic.Partitions, p)
			}
			resp.Topics = append(resp.Topics, topic)
		}
		return resp, nil, true
	})
	err := w.Write(t.Context(), batch(0, 1, 3))
	if err == nil {
		err = w.commitNow(t.Context())
	}
	if err == nil {
		t.Errorf("committed, and the topic holds %d records of 6", len(readAll(t, b, c.Topic)[0]))
	}
	_, _, at := resumed(t, c, session(1))
	if at.Records != 0 || len(readAll(t, b, c.Topic)[0]) != 0 {
		t.Errorf("it goes on at %+v, and the topic holds %d records", at, len(readAll(t, b, c.Topic)[0]))
	}
}

// Options that a stream cannot have are told of by New.
func TestOptionsThatNoStreamCanHave(t *testing.T) {
	c := Config{Brokers: []string{"127.0.0.1:9092"}, Topic: "orders", Stream: "s", Options: []kgo.Opt{kgo.DisableIdempotentWrite()}}
	if _, err := New(c); err == nil {
		t.Error("New takes a stream without idempotence")
	}
}

// Taking a shard over ends in time, also if no run has asked for its position.
func TestAClaimEndsInTime(t *testing.T) {
	b := kafkatest.Embedded(t)
	c := streamConfig(t, b)
	c.DeliveryTimeout = time.Second
	k := mustOpen(t, c, session(1))
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	hold(b, release)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := mustShard(t, k, 0).Write(ctx, batch(0, 0, 1)); err == nil || ctx.Err() != nil {
		t.Errorf("Write returns %v", err)
	}
}

// A stream keeps to the schedule that began with it as long as its speed is the same.
func TestAnotherSpeedIsAnotherSchedule(t *testing.T) {
	b := kafkatest.Embedded(t)
	c := streamConfig(t, b)
	for i, run := range []struct {
		speed float64
		keeps bool
	}{{2, true}, {2, true}, {3, false}, {3, false}, {2, false}} {
		s := session(1)
		s.Speed = run.speed
		_, w, at := resumed(t, c, s)
		if at.Began.IsZero() == run.keeps {
			t.Errorf("run %d, at speed %v, is told of a schedule that began at %v", i, run.speed, at.Began)
		}
		if err := errors.Join(w.Write(t.Context(), batch(0, int64(i), 2)), w.commitNow(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
}

// Who never opens the Sink that Work gives him is told so.
func TestWorkThatOpensNothing(t *testing.T) {
	b := kafkatest.Embedded(t)
	err := Work(t.Context(), streamConfig(t, b), Workers{}, func(context.Context, sink.Sink, ...int) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "did not open the Sink") {
		t.Errorf("Work returns %v", err)
	}
}

// Workers whose control topic is gone do not wait for ever.
func TestWorkWithoutATopic(t *testing.T) {
	b := kafkatest.Embedded(t)
	c := streamConfig(t, b)
	c.Patience = time.Second
	adm := kadm.NewClient(client(t, b))
	err := Work(t.Context(), c, Workers{}, func(ctx context.Context, dst sink.Sink, shards ...int) error {
		if len(shards) == 0 {
			return opening(ctx, dst)
		}
		if _, err := adm.DeleteTopic(ctx, c.controlTopic()); err != nil {
			t.Error(err)
		}
		<-ctx.Done()
		return sink.End(context.WithoutCancel(ctx), dst, ctx.Err())
	})
	if err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("Work returns %v", err)
	}
}
