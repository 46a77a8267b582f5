package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// The headers of a dead letter. Its key and value are those of the record that
// it is a copy of, byte for byte; its timestamp is when it was written.
const (
	HeaderTopic     = "kafkanauts.topic"     // where the record stands
	HeaderPartition = "kafkanauts.partition" // decimal
	HeaderOffset    = "kafkanauts.offset"    // decimal
	HeaderFields    = "kafkanauts.fields"    // what is wrong with it, as in a file of rejects: fields, separated by semicolons
	HeaderReasons   = "kafkanauts.reasons"   // and the reason of each
	HeaderTimestamp = "kafkanauts.timestamp" // of the record, RFC 3339, UTC
)

// DeadConfig says where dead letters go. Brokers and Topic are required.
type DeadConfig struct {
	Brokers []string // host:port; one that is up is enough
	Topic   string   // made, with the brokers' defaults, if there is none

	// Timeout is how long brokers may take to acknowledge; 0: a minute.
	Timeout time.Duration

	Security Security // how to get in; the zero Security: plaintext, as nobody

	Log     *slog.Logger // what the client has to say; nil: nothing
	Options []kgo.Opt    // for the client, after its own and overriding them
}

// Letter is a record that is no good, and why.
type Letter struct {
	Topic      string
	Partition  int32
	Offset     int64
	Key, Value []byte
	Timestamp  time.Time
	Fields     string
	Reasons    string
}

// DeadLetters writes records that are no good to a topic of their own. Each that
// Flush has confirmed is there at least once; a sender that cannot tell whether it was
// confirmed, because it was killed, sends it again, and a reader knows a copy
// by the headers that name partition and offset. One goroutine at a time may use it.
type DeadLetters struct {
	cfg    DeadConfig
	client *kgo.Client

	mu      sync.Mutex
	flushed int   // how often
	err     error // the first, of any letter since the last Flush
}

// NewDeadLetters connects to the brokers, and makes the topic if there is none.
// The error is all that is wrong with c, or a *BrokerError. The caller closes it.
func NewDeadLetters(ctx context.Context, c DeadConfig) (*DeadLetters, error) {
	errs := checkTarget(c.Brokers, c.Topic)
	secure, wrong := c.Security.options()
	errs = append(errs, wrong...)
	if c.Timeout < 0 {
		errs = append(errs, fmt.Errorf("kafka: Timeout %v: want more than 0, or 0 for %v", c.Timeout, defaultDelivery))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if c.Timeout == 0 {
		c.Timeout = defaultDelivery
	}
	opts := append(common(c.Brokers, secure, c.Log), kgo.RequiredAcks(kgo.AllISRAcks()), kgo.RecordDeliveryTimeout(c.Timeout),
		kgo.AllowIdempotentProduceCancellation()) // else it waits for ever for brokers that may have stored a letter
	cl, err := kgo.NewClient(append(opts, c.Options...)...)
	if err != nil {
		return nil, fmt.Errorf("kafka: Options: %w", err)
	}
	d := &DeadLetters{cfg: c, client: cl}
	if err := d.prepare(ctx); err != nil {
		cl.Close()
		return nil, err
	}
	return d, nil
}

func (d *DeadLetters) prepare(ctx context.Context) error {
	if err := reach(ctx, d.client); err != nil {
		return err
	}
	within, cancel := context.WithTimeout(ctx, d.cfg.Timeout)
	defer cancel()
	adm := kadm.NewClient(d.client)
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for made := false; ; {
		t, err := find(within, adm, d.cfg.Topic)
		led := !slices.ContainsFunc(t.Partitions.Sorted(), func(p kadm.PartitionDetail) bool { return p.Leader < 0 })
		switch {
		case err == nil && led:
			return nil
		case errors.Is(err, kerr.UnknownTopicOrPartition) && !made:
			made = true
			_, err = adm.CreateTopic(within, -1, -1, nil, d.cfg.Topic)
			if errors.Is(err, kerr.TopicAlreadyExists) { // someone was faster
				err = nil
			}
		case errors.Is(err, kerr.UnknownTopicOrPartition): // this broker has not heard of it yet
			err = nil
		}
		if err == nil {
			err = within.Err()
		}
		if err != nil && !kerr.IsRetriable(err) {
			return fmt.Errorf("kafka: topic %s for dead letters: %w", d.cfg.Topic, err)
		}
		select {
		case <-within.Done():
		case <-again.C:
		}
	}
}

// Send hands a letter to the client, which keeps its Key and Value until Flush
// has returned. It waits only while very many are on their way; the end of ctx ends
// that, and recalls no letter.
func (d *DeadLetters) Send(ctx context.Context, l *Letter) {
	header := func(key, value string) kgo.RecordHeader { return kgo.RecordHeader{Key: key, Value: []byte(value)} }
	partition, offset := l.Partition, l.Offset
	d.mu.Lock()
	flushed := d.flushed
	if d.err == nil {
		d.err = ctx.Err()
	}
	over := d.err != nil // a flush will tell, and want all of them again
	d.mu.Unlock()
	if over {
		return
	}
	// The end of a letter's context would take others with it, that are sent later.
	waits, give := context.WithCancel(context.WithoutCancel(ctx))
	defer context.AfterFunc(ctx, give)()
	d.client.Produce(waits, &kgo.Record{
		Topic: d.cfg.Topic, Key: l.Key, Value: l.Value,
		Headers: []kgo.RecordHeader{
			header(HeaderTopic, l.Topic),
			header(HeaderPartition, strconv.Itoa(int(l.Partition))),
			header(HeaderOffset, strconv.FormatInt(l.Offset, 10)),
			header(HeaderFields, l.Fields),
			header(HeaderReasons, l.Reasons),
			header(HeaderTimestamp, l.Timestamp.UTC().Format(time.RFC3339Nano)),
		},
	}, func(_ *kgo.Record, err error) {
		if err == nil {
			return
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.err == nil && d.flushed == flushed { // else it has been told
			d.err = fmt.Errorf("the one of partition %d, offset %d: %w", partition, offset, err)
		}
	})
}

// Flush returns once the brokers have all letters, or why one of them may be
// missing; whoever wants them delivered sends them again, all since the last Flush.
func (d *DeadLetters) Flush(ctx context.Context) error {
	err := d.client.Flush(ctx)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil {
		err = d.err
	}
	d.err = nil
	d.flushed++
	if err != nil {
		return fmt.Errorf("kafka: topic %s: dead letters were not delivered: %w", d.cfg.Topic, err)
	}
	return nil
}

// Close ends the connections. What was not flushed may be lost.
func (d *DeadLetters) Close() { d.client.Close() }
