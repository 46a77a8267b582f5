package kafka

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"slices"
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

	// Stream makes delivery exactly once, under that name: records are written in
	// transactions, together with how far the stream is, and a run under the name of
	// one that ended early goes on where that one ended. It owns the transactional
	// ids Stream-0, Stream-1 …, and the topics Stream-control and Stream-truth.
	// Readers see each record once if they read committed ones only. "": records
	// are written as they come, and each run is by itself.
	Stream string

	// Commit is how long a transaction of a Stream is open: what is written shows up so
	// late, and a crash costs so much of the work. Transactions cost some 20 ms each,
	// so less than a tenth of a second is slow; 0: half a second. At most half a minute.
	Commit time.Duration

	// Patience is how long Deliver and Work go on trying without any record
	// committed; 0: two minutes.
	Patience time.Duration

	// Truth keeps the answer key of a Stream on the topic Stream-truth, in the same
	// transactions. WriteTruth makes a file of it.
	Truth bool

	Security Security // how to get in; the zero Security: plaintext, as nobody

	Log     *slog.Logger // what happens, and what the client has to say (its Info as Debug); nil: nothing
	Options []kgo.Opt    // for every client, after the Sink's own and overriding them; no transactional id

	secure []kgo.Opt // what Security comes to; set by validate
}

const (
	defaultDelivery = time.Minute
	defaultCommit   = 500 * time.Millisecond
	longestCommit   = 30 * time.Second
	defaultPatience = 2 * time.Minute
	transactionTime = time.Minute // after which brokers abort what a dead owner has left open
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
	if c.Stream == "" && (c.Truth || c.Commit != 0) {
		errs = append(errs, errors.New("kafka: Truth and Commit are about a Stream, which has no name; give it one"))
	}
	if c.Stream != "" {
		if !fit(c.Stream) || len(c.Stream) > longestTopic-len(controlSuffix) || c.Stream == c.Topic {
			errs = append(errs, fmt.Errorf("kafka: Stream %q: want another name than the topic's, of at most %d letters, digits, dots, dashes and underscores", c.Stream, longestTopic-len(controlSuffix)))
		}
		if c.Topic == c.controlTopic() || c.Topic == c.truthTopic() {
			errs = append(errs, fmt.Errorf("kafka: Topic %s is one that Stream %q keeps for itself", c.Topic, c.Stream))
		}
		if c.Empty {
			errs = append(errs, errors.New("kafka: Empty: a Stream goes on in a topic that holds its records"))
		}
	}
	if c.Patience < 0 {
		errs = append(errs, fmt.Errorf("kafka: Patience %v: want more than 0, or 0 for %v", c.Patience, defaultPatience))
	}
	if c.Commit < 0 || c.Commit > longestCommit {
		errs = append(errs, fmt.Errorf("kafka: Commit %v: want up to %v, or 0 for %v", c.Commit, longestCommit, defaultCommit))
	}
	if len(errs) == 0 {
		errs = append(errs, c.tryOptions())
	}
	return errors.Join(errs...)
}

func (c *Config) tryOptions() error {
	cl, err := kgo.NewClient(c.options(nil, nil)...) // connects to nobody yet
	if err == nil {
		defer cl.Close()
		if id, _ := cl.OptValue(kgo.TransactionalID).(string); id != "" {
			return fmt.Errorf("kafka: Options: transactional id %q: name a Stream for that, which has one for each shard", id)
		}
	}
	if err == nil && c.Stream != "" {
		var one *kgo.Client
		if one, err = kgo.NewClient(append(c.options(nil, nil), c.transactions(0)...)...); err == nil {
			one.Close()
		}
	}
	if err != nil {
		return fmt.Errorf("kafka: Options: %w", err)
	}
	return nil
}

// transactions returns the options that a shard of a stream has beside options.
func (c *Config) transactions(shard int32) []kgo.Opt {
	return []kgo.Opt{kgo.TransactionalID(c.transactional(shard)), kgo.TransactionTimeout(transactionTime)}
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

// options returns those of the client of one shard. limits has how large a batch may
// be that goes to a topic; usualBatch if it is not in there.
//
// A client fills one partition. It sends at once, and gathers what is begun while
// requests are on their way; it buffers whatever it is given.
// Its own RecordDeliveryTimeout is of no use here: it counts from a record's timestamp,
// and ours are years old.
func (c *Config) options(limits map[string]int32, hook kgo.Hook) []kgo.Opt {
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
		kgo.ProducerBatchMaxBytesFn(func(topic string) int32 {
			if n := limits[topic]; n > 0 {
				return n
			}
			return usualBatch
		}),
	)
	if hook != nil {
		opts = append(opts, kgo.WithHooks(hook))
	}
	return append(opts, c.Options...)
}

func (c *Config) commit() time.Duration {
	if c.Commit == 0 {
		return defaultCommit
	}
	return c.Commit
}

func (c *Config) patience() time.Duration {
	if c.Patience == 0 {
		return defaultPatience
	}
	return c.Patience
}

func (c *Config) delivery() time.Duration {
	if c.DeliveryTimeout == 0 {
		return defaultDelivery
	}
	return c.DeliveryTimeout
}

// client returns a client with these options before the user's.
func (c *Config) client(opts ...kgo.Opt) (*kgo.Client, error) {
	cl, err := kgo.NewClient(slices.Concat(common(c.Brokers, c.secure, c.Log), opts, c.Options)...)
	if err != nil {
		return nil, fmt.Errorf("kafka: Options: %w", err)
	}
	return cl, nil
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
