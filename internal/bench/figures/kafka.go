package figures

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/kafka"
)

// Kafka returns the figures that need a broker, which is at that address: the
// stream into a topic, against its client sending prebuilt lines there. Both fill
// a new topic of four partitions each time, and connect to it as part of their work.
func Kafka(addr string) []Figure {
	var all []Figure
	for _, c := range []struct {
		name  string
		codec kgo.CompressionCodec
	}{{"none", kgo.NoCompression()}, {"lz4", kgo.Lz4Compression()}} {
		client := "kafka/" + c.name + "/franz-go"
		all = append(all,
			Figure{Name: client, Op: "prebuilt line sent by franz-go, " + c.name, Setup: sending(addr, c.codec), N: kafkaOrders},
			Figure{Name: "kafka/" + c.name + "/stream", Op: "order made and sent, one worker, " + c.name, Setup: toKafka(addr, c.name), N: kafkaOrders, Goals: []Goal{
				{Of: Wall, Against: One(client), AtLeast: 0.9},
				{Of: CPU, Against: Sum{{1, client}, {1.2, "whole/discard"}}, AtMost: 1},
			}})
	}
	// A longer stream, whose transactions are some: exactly once against idempotent.
	const plain = "kafka/none/idempotent"
	return append(all,
		Figure{Name: plain, Op: "order made and sent, idempotent, none", Setup: days(addr, false), N: dayOrders()},
		Figure{Name: "kafka/none/exactly-once", Op: "order made and sent exactly once, none", Setup: days(addr, true), N: dayOrders(), Goals: []Goal{
			{Of: Wall, Against: One(plain), AtLeast: 0.8},
		}})
}

// fourDays is a stream that takes a few seconds.
func fourDays() kafkanauts.Config {
	from := time.Date(2022, 1, 31, 0, 0, 0, 0, time.UTC)
	return kafkanauts.Config{From: from, To: from.AddDate(0, 0, 4), Shards: kafkaShards}
}

// dayOrders is how many orders it has.
var dayOrders = sync.OnceValue(func() int {
	s, err := kafkanauts.New(fourDays())
	if err != nil {
		return 0
	}
	report, err := s.Run(context.Background(), sink.Discard())
	if err != nil {
		return 0
	}
	return int(report.Records)
})

// days is that stream into a topic, each record once or, if stream, exactly once.
func days(addr string, stream bool) func(*Orders) (Job, error) {
	return func(*Orders) (Job, error) {
		t, err := newTopic(addr)
		if err != nil {
			return Job{}, err
		}
		return Job{
			Ready: func(int) error { return t.anew() },
			Run: func(n int) error {
				c := kafka.Config{Brokers: []string{addr}, Topic: t.name}
				if stream {
					c.Stream = t.name + "-stream"
				}
				dst, err := kafka.New(c)
				if err != nil {
					return err
				}
				s, err := kafkanauts.New(fourDays())
				if err != nil {
					return err
				}
				report, err := s.Run(context.Background(), dst)
				if err == nil && report.Records != int64(n) {
					err = fmt.Errorf("%d orders were sent in the place of %d", report.Records, n)
				}
				return err
			},
			Close: t.close,
		}, nil
	}
}

const (
	kafkaOrders = 500_000 // connecting weighs little among so many
	kafkaShards = 4
)

// topic is one on the broker, which has another name each time it is made anew.
type topic struct {
	admin *kadm.Client
	name  string
	made  int
}

func newTopic(addr string) (*topic, error) {
	cl, err := kgo.NewClient(kgo.SeedBrokers(addr))
	if err != nil {
		return nil, err
	}
	return &topic{admin: kadm.NewClient(cl)}, nil
}

// anew makes an empty topic and removes the one before.
func (t *topic) anew() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if t.made > 0 {
		if _, err := t.admin.DeleteTopic(ctx, t.name); err != nil {
			return err
		}
	}
	t.made++
	t.name = fmt.Sprintf("bench-%p-%d", t, t.made)
	always, forever := "-1", strconv.FormatInt(1<<63-1, 10)
	_, err := t.admin.CreateTopic(ctx, kafkaShards, 1, map[string]*string{"retention.ms": &always, "segment.ms": &forever}, t.name)
	for err == nil && !t.led(ctx) {
		time.Sleep(10 * time.Millisecond)
		err = ctx.Err()
	}
	return err
}

// led reports whether all partitions have a leader, which takes a moment.
func (t *topic) led(ctx context.Context) bool {
	list, err := t.admin.ListTopics(ctx, t.name)
	if err != nil || len(list[t.name].Partitions) < kafkaShards {
		return false
	}
	for _, p := range list[t.name].Partitions {
		if p.Err != nil || p.Leader < 0 {
			return false
		}
	}
	return true
}

func (t *topic) close() error {
	t.admin.Close()
	return nil
}

// toKafka is the whole path into a topic.
func toKafka(addr, compression string) func(*Orders) (Job, error) {
	return func(x *Orders) (Job, error) {
		t, err := newTopic(addr)
		if err != nil {
			return Job{}, err
		}
		job, err := whole(workers(1), func() (sink.Sink, error) {
			return kafka.New(kafka.Config{Brokers: []string{addr}, Topic: t.name, Compression: compression})
		})(x)
		streams := job.Ready
		job.Ready = func(n int) error {
			if err := t.anew(); err != nil {
				return err
			}
			return streams(n)
		}
		job.Close = t.close
		return job, err
	}
}

// sending is what the client alone needs for records that are there already,
// with the customer's id as their key: each shard's by turns, as sure to arrive as
// the stream's.
func sending(addr string, codec kgo.CompressionCodec) func(*Orders) (Job, error) {
	return func(x *Orders) (Job, error) {
		t, err := newTopic(addr)
		if err != nil {
			return Job{}, err
		}
		var keys [][]byte
		for i := range x.orders {
			keys = append(keys, x.orders[i].AppendText(nil, order.CustomerID))
		}
		var records []kgo.Record
		return Job{
			Ready: func(n int) error {
				records = make([]kgo.Record, n)
				for i := range records {
					k := i % prebuilt
					records[i] = kgo.Record{Partition: int32(i % kafkaShards), Key: keys[k],
						Value: x.lines.text[x.lines.ends[k] : x.lines.ends[k+1]-1], Timestamp: x.orders[k].Time}
				}
				return t.anew()
			},
			Run: func(int) error {
				cl, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.DefaultProduceTopic(t.name), kgo.RecordPartitioner(kgo.ManualPartitioner()),
					kgo.ProducerBatchCompression(codec), kgo.MetadataMinAge(100*time.Millisecond))
				if err != nil {
					return err
				}
				defer cl.Close()
				ctx := context.Background()
				var failed error // promises come one at a time
				for i := range records {
					cl.Produce(ctx, &records[i], func(_ *kgo.Record, err error) {
						if err != nil {
							failed = err
						}
					})
				}
				if err := cl.Flush(ctx); err != nil {
					return err
				}
				return failed
			},
			Close: t.close,
		}, nil
	}
}
