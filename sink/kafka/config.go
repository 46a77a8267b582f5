package kafka

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// Config says where a Sink writes, and how. Only Brokers and Topic are required.
type Config struct {
	Brokers []string // host:port; one that is up is enough
	Topic   string   // made if there is none

	// Replication is how many copies a new topic has of each record; 0: as many as
	// the brokers' own default.
	Replication int

	// Compression of the records on their way and in the topic: "none" (also
	// ""), "gzip", "snappy", "lz4" or "zstd".
	Compression string

	// DeliveryTimeout is how long brokers may take to acknowledge a batch
	// before the run fails: long enough to elect new leaders, at least a
	// second; 0: a minute. A broker that hangs is given up after ten seconds, and
	// what it led has another leader by then if the cluster is as usual.
	DeliveryTimeout time.Duration

	// Unchecked takes a topic that there is already as it is set, without a look
	// at its settings; it must still have the right number of partitions.
	Unchecked bool

	// Empty refuses a topic that holds records already.
	Empty bool

	Security Security // how to get in; the zero Security: plaintext, as nobody

	Log     *slog.Logger // what the client has to say; nil: nothing
	Options []kgo.Opt    // for every client, after the Sink's own and overriding them; no transactional id

	secure []kgo.Opt // what Security comes to; set by validate
}

const (
	defaultDelivery = time.Minute
	dialTimeout     = 5 * time.Second
	reachTimeout    = 10 * time.Second // for an answer of any kind from a broker
	ackTimeout      = 5 * time.Second  // that a broker gives replicas to get what was sent, before it is sent again
	silenceTimeout  = 5 * time.Second  // after which a connection is given up, beyond what a request may take
)

// codecs has the names of Compression.
var codecs = map[string]kgo.CompressionCodec{
	"":       kgo.NoCompression(),
	"none":   kgo.NoCompression(),
	"gzip":   kgo.GzipCompression(),
	"snappy": kgo.SnappyCompression(),
	"lz4":    kgo.Lz4Compression(),
	"zstd":   kgo.ZstdCompression(),
}

// validate returns all that is wrong with c.
func (c *Config) validate() error {
	errs := checkTarget(c.Brokers, c.Topic)
	secure, wrong := c.Security.options()
	c.secure, errs = secure, append(errs, wrong...)
	if c.Replication < 0 || c.Replication > math.MaxInt16 {
		errs = append(errs, fmt.Errorf("kafka: Replication %d: not a number of copies; 0 is the brokers' default", c.Replication))
	}
	if _, ok := codecs[c.Compression]; !ok {
		errs = append(errs, fmt.Errorf("kafka: Compression %q: want none, gzip, snappy, lz4 or zstd", c.Compression))
	}
	if c.DeliveryTimeout != 0 && c.DeliveryTimeout < time.Second {
		errs = append(errs, fmt.Errorf("kafka: DeliveryTimeout %v: want at least a second, or 0 for %v", c.DeliveryTimeout, defaultDelivery))
	}
	if len(errs) == 0 {
		errs = append(errs, c.tryOptions())
	}
	return errors.Join(errs...)
}

func (c *Config) tryOptions() error {
	cl, err := kgo.NewClient(c.options(0, nil)...) // connects to nobody yet
	if err != nil {
		return fmt.Errorf("kafka: Options: %w", err)
	}
	defer cl.Close()
	if id, _ := cl.OptValue(kgo.TransactionalID).(string); id != "" {
		return fmt.Errorf("kafka: Options: transactional id %q: this sink writes without transactions", id)
	}
	return nil
}

// longestTopic is the longest name of a topic that brokers accept.
const longestTopic = 249

func checkTarget(brokers []string, topic string) (errs []error) {
	if len(brokers) == 0 {
		errs = append(errs, errors.New("kafka: Brokers is empty: name at least one as host:port"))
	}
	for _, b := range brokers {
		_, port, err := net.SplitHostPort(b)
		if err == nil {
			_, err = strconv.ParseUint(port, 10, 16)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("kafka: Brokers: %q is not host:port", b))
		}
	}
	switch {
	case topic == "":
		errs = append(errs, errors.New("kafka: Topic is empty"))
	case topic == "." || topic == ".." || len(topic) > longestTopic || !fit(topic):
		errs = append(errs, fmt.Errorf("kafka: Topic %q: want at most %d letters, digits, dots, dashes and underscores", topic, longestTopic))
	}
	return errs
}

func fit(topic string) bool {
	for i := range len(topic) {
		switch c := topic[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}

// options returns those of the client of one shard. Zero maxBatch is kgo's
// own default.
//
// A client fills one partition. It sends at once, and gathers what is begun while
// requests are on their way; it buffers whatever it is given.
// Its own RecordDeliveryTimeout is of no use here: it counts from a record's timestamp,
// and ours are years old.
func (c *Config) options(maxBatch int32, hook kgo.Hook) []kgo.Opt {
	opts := append(common(c.Brokers, c.secure, c.Log),
		kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerLinger(0),
		kgo.MaxBufferedRecords(math.MaxInt32),
		kgo.ProducerBatchCompression(codecs[c.Compression]),
		kgo.ProduceRequestTimeout(ackTimeout),
		kgo.RequestTimeoutOverhead(silenceTimeout),
		kgo.UnknownTopicRetries(-1), // a broker that has just come back may not know the topic yet
		kgo.StopProducerOnDataLossDetected(),
	)
	if maxBatch > 0 {
		opts = append(opts, kgo.ProducerBatchMaxBytes(maxBatch))
	}
	if hook != nil {
		opts = append(opts, kgo.WithHooks(hook))
	}
	return append(opts, c.Options...)
}

func (c *Config) delivery() time.Duration {
	if c.DeliveryTimeout == 0 {
		return defaultDelivery
	}
	return c.DeliveryTimeout
}

// common are the options of all clients.
func common(brokers []string, secure []kgo.Opt, log *slog.Logger) []kgo.Opt {
	opts := []kgo.Opt{
		kgo.SeedBrokers(brokers...),
		kgo.ClientID("kafkanauts"),
		kgo.DialTimeout(dialTimeout),
		kgo.MetadataMinAge(100 * time.Millisecond), // how soon a new topic, or a leader's successor, is found
		kgo.DisableClientMetrics(),
	}
	opts = append(opts, secure...)
	if log != nil {
		opts = append(opts, kgo.WithLogger(logger{log}))
	}
	return opts
}
