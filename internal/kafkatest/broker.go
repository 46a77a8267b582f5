package kafkatest

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kversion"
)

// Required is the environment variable that, set to 1, makes a test fail where
// it would otherwise be skipped for want of a real broker, a schema registry, kcat or Prometheus.
const Required = "KAFKANAUTS_REQUIRE_KAFKA"

// Broker is a broker that a test may use together with others: it makes topics
// of its own and leaves the settings alone.
type Broker struct {
	Addrs  []string
	Real   bool           // Apache Kafka; else embedded
	Kfake  *kfake.Cluster // of an embedded one: to control its answers
	Server *Server        // of a real one
}

// String is "real" or "embedded".
func (b *Broker) String() string {
	if b.Real {
		return "real"
	}
	return "embedded"
}

var topics atomic.Int64

var unfit = regexp.MustCompile(`[^a-zA-Z0-9._-]+`)

// Topic returns a name that no other test of this process uses; it makes no
// topic.
func (b *Broker) Topic(t testing.TB) string {
	name := unfit.ReplaceAllString(t.Name(), "-")
	return fmt.Sprintf("%.100s-%d", name, topics.Add(1))
}

// shared is the real broker of this process's tests.
var shared struct {
	once   sync.Once
	server *Server
	err    error
}

// Real returns the real broker that this process's tests share, which looks for
// records to delete every half second. It is started at the first call and
// stopped by Main. If this computer cannot run one, the test is skipped.
func Real(t testing.TB) *Broker {
	t.Helper()
	shared.once.Do(func() { shared.server, shared.err = Start(eager...) })
	return running(t, shared.server, shared.err)
}

// eager makes a broker apply retention before the test is over.
var eager = []string{
	"log.retention.check.interval.ms=500",
	"log.initial.task.delay.ms=500",
	"log.segment.delete.delay.ms=0",
}

// Private returns a real broker for this test alone, to kill or to set
// otherwise: see Start. It is stopped when the test ends.
func Private(t testing.TB, properties ...string) *Broker {
	t.Helper()
	s, err := Start(properties...)
	if err == nil {
		t.Cleanup(func() {
			if err := s.Stop(); err != nil {
				t.Error(err)
			}
		})
	}
	return running(t, s, err)
}

func running(t testing.TB, s *Server, err error) *Broker {
	t.Helper()
	if errors.Is(err, ErrUnavailable) {
		leaveOut(t, err.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	return &Broker{Addrs: []string{s.Addr}, Real: true, Server: s}
}

// Embedded returns a broker in this process, for this test alone. It does not
// offer DescribeTopicPartitions, of whose answer Java clients cannot make sense.
// The options stand after the usual ones.
func Embedded(t testing.TB, options ...kfake.Opt) *Broker {
	t.Helper()
	v := kversion.Stable()
	v.SetMaxKeyVersion(75, -1)
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1), kfake.MaxVersions(v)}, options...)...)
	if err != nil {
		t.Fatalf("kafkatest: embedded broker: %v", err)
	}
	t.Cleanup(c.Close)
	return &Broker{Addrs: c.ListenAddrs(), Kfake: c}
}

// Each runs f as the subtests "embedded" and "real", on a broker of each kind; in
// short mode only on an embedded one.
func Each(t *testing.T, f func(t *testing.T, b *Broker)) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) { f(t, Embedded(t)) })
	t.Run("real", func(t *testing.T) {
		if testing.Short() {
			t.Skip("a real broker; run without -short")
		}
		f(t, Real(t))
	})
}

func required() bool { return os.Getenv(Required) == "1" }
