package kafka

import (
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/sinktest"
)

func TestConformance(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		sinktest.Run(t, func(t *testing.T) (sink.Sink, func() [][]byte) {
			topic := b.Topic(t)
			k, err := New(Config{Brokers: b.Addrs, Topic: topic})
			if err != nil {
				t.Fatal(err)
			}
			return k, func() (values [][]byte) {
				for _, messages := range readAll(t, b, topic) {
					for _, m := range messages {
						values = append(values, m.Value)
					}
				}
				return values
			}
		})
	})
}

// A stream keeps the contract as well: all is there once it is committed.
func TestConformanceOfStreams(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		sinktest.Run(t, func(t *testing.T) (sink.Sink, func() [][]byte) {
			topic := b.Topic(t)
			k, err := New(Config{Brokers: b.Addrs, Topic: topic, Stream: "stream-" + topic, Truth: true, Commit: 20 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			return k, func() (values [][]byte) {
				for _, messages := range readAll(t, b, topic) {
					for _, m := range messages {
						values = append(values, m.Value)
					}
				}
				return values
			}
		})
	})
}

func TestUnblocks(t *testing.T) {
	b := kafkatest.Embedded(t)
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	came := hold(b, release)
	sinktest.Unblocks(t, func(t *testing.T) (sink.Sink, func()) {
		k, err := New(Config{Brokers: b.Addrs, Topic: b.Topic(t)})
		if err != nil {
			t.Fatal(err)
		}
		return k, func() { <-came }
	})
}
