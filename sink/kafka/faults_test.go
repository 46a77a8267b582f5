package kafka

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
	"github.com/kafkanauts/kafkanauts/sink/sinktest"
)

// brokerOwn are functions of the embedded broker: see noLeaks.
var brokerOwn = []string{
	"github.com/twmb/franz-go/pkg/kfake.(*clientConn).read",
	"github.com/twmb/franz-go/pkg/kfake.(*clientConn).write",
}

// faulty opens a sink of a topic of its own, and leaves how it fails to the
// caller.
func faulty(t *testing.T, b *kafkatest.Broker, within time.Duration, opts ...kgo.Opt) (f sinktest.Faulty, topic string) {
	topic = b.Topic(t)
	k, err := New(Config{Brokers: b.Addrs, Topic: topic, DeliveryTimeout: within, Options: opts})
	if err != nil {
		t.Fatal(err)
	}
	return sinktest.Faulty{Sink: k, Others: brokerOwn, Delivered: func() (values [][]byte) {
		if k.open { // else there may be no topic
			for _, messages := range readAll(t, b, topic) {
				for _, m := range messages {
					values = append(values, m.Value)
				}
			}
		}
		return values
	}}, topic
}

// A broker that refuses to store: always from some moment on, or once.
func TestFaultsOfBroker(t *testing.T) {
	b := kafkatest.Embedded(t)
	for name, count := range map[string]int{"from now on": -1, "once": 1} {
		t.Run(name, func(t *testing.T) {
			sinktest.Faults(t, func(t *testing.T) sinktest.Faulty {
				f, topic := faulty(t, b, time.Second)
				f.Fail = func(shard int) error {
					fault := b.Kfake.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: topic, Partitions: []int32{int32(max(shard, 0))},
						Err: kerr.TopicAuthorizationFailed, Count: count})
					t.Cleanup(fault.Remove)
					return kerr.TopicAuthorizationFailed
				}
				return f
			})
		})
	}
}

// A network that is gone from some moment on.
func TestFaultsOfNetwork(t *testing.T) {
	gone := errors.New("the network is gone")
	if testing.Short() {
		t.Skip("it waits for what never comes")
	}
	b := kafkatest.Real(t)
	sinktest.Faults(t, func(t *testing.T) sinktest.Faulty {
		var cut atomic.Bool
		f, _ := faulty(t, b, 3*time.Second, kgo.Dialer(func(ctx context.Context, network, host string) (net.Conn, error) {
			if cut.Load() {
				return nil, gone
			}
			c, err := new(net.Dialer).DialContext(ctx, network, host)
			if err != nil {
				return nil, err
			}
			return &cable{c, &cut, gone}, nil
		}))
		f.Fail = func(int) error { cut.Store(true); return gone }
		return f
	})
}

// cable is a connection that can be cut.
type cable struct {
	net.Conn
	cut  *atomic.Bool
	gone error
}

func (c *cable) Write(p []byte) (int, error) {
	if c.cut.Load() {
		c.Close()
		return 0, c.gone
	}
	return c.Conn.Write(p)
}
