package readers

import (
	"bytes"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink/kafka"
)

// topic is a topic to read, and what is true of it.
type topic struct {
	format  string
	name    string
	orders  answer // of the orders, unless they are damaged
	records answer // of the records as bytes
}

// topics puts the sample and a stream of all kinds of damage into topics of a
// broker, between records that were aborted.
func topics(t testing.TB, b *kafkatest.Broker, orders []order.Order) []topic {
	t.Helper()
	var list []topic
	sinkTo := func(name string) *kafka.Sink {
		s, err := kafka.New(kafka.Config{Brokers: b.Addrs, Topic: name})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for _, c := range []struct {
		format string
		enc    order.Encoding
	}{{"pipe", order.Pipe{}}, {"csv", order.CSV{}}, {"json", order.JSON{}}} {
		fit, _ := carried(c.enc, orders)
		// Brokers refuse dates before 1970, and by default those more than an hour ahead.
		fit = slices.DeleteFunc(fit, func(o order.Order) bool { return o.Time.Unix() < 0 || o.Time.Year() == 2038 })
		if c.format == "json" {
			fit = withinDoubles(fit)
		}
		name := b.Topic(t) // of this test alone: the broker is that of others, too
		if err := deliver(t.Context(), sinkTo(name), c.enc, fit); err != nil {
			t.Fatalf("topic %s: %v", name, err)
		}
		var lines [][]byte
		for i := range fit {
			lines = append(lines, c.enc.Append(nil, &fit[i], nil))
		}
		list = append(list, topic{c.format, name, ofOrders(fit), ofValues(lines)})
	}
	s, raw := damaged(t), b.Topic(t)
	if _, err := s.Run(t.Context(), sinkTo(raw)); err != nil {
		t.Fatal(err)
	}
	list = append(list, topic{format: "raw", name: raw, records: ofValues(values(t, s))})
	for _, s := range list {
		abort(t, b, s.name)
	}
	return list
}

// abort puts records into each partition of a topic that nobody shall read.
func abort(t testing.TB, b *kafkatest.Broker, topic string) {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs...), kgo.TransactionalID("aborted-"+topic), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	if err := cl.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	var records []*kgo.Record
	for i := range 1000 {
		records = append(records, &kgo.Record{Topic: topic, Partition: int32(i % shards), Value: fmt.Appendf(nil, "aborted %d", i)})
	}
	if err := cl.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
	err = cl.EndTransaction(t.Context(), kgo.TryAbort)
	if err == nil {
		err = kafkatest.Settle(t.Context(), cl, topic) // else there is nothing yet to be passed over
	}
	if err != nil {
		t.Fatal(err)
	}
}

// consumed runs kcat over a topic and returns its records' values.
func consumed(t testing.TB, kcat string, b *kafkatest.Broker, topic string, more ...string) [][]byte {
	t.Helper()
	args := append([]string{"-b", b.Addrs[0], "-C", "-t", topic, "-e", "-q", "-f", "%S %s\n"}, more...)
	out, err := exec.CommandContext(t.Context(), kcat, args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	var list [][]byte
	for len(out) > 0 {
		size, rest, _ := bytes.Cut(out, []byte(" "))
		n, err := strconv.Atoi(string(size))
		if err != nil || n < 0 || n >= len(rest) || rest[n] != '\n' {
			t.Fatalf("kcat says a record has %q bytes: %.100q", size, rest)
		}
		list = append(list, rest[:n])
		out = rest[n+1:]
	}
	return list
}

// kcat, which reads committed records only unless it is told otherwise, finds
// those of a topic, and as many bytes.
func TestKcat(t *testing.T) {
	t.Parallel()
	kcat, b := kafkatest.Kcat(t), kafkatest.Real(t)
	for _, s := range topics(t, b, sample(t)) {
		began := time.Now()
		records := consumed(t, kcat, b, s.name)
		said := ofValues(records)
		report(t, "kcat", &reply{Format: s.format, Answer: &said, Seconds: time.Since(began).Seconds()},
			&source{format: s.format, note: "topic", truth: s.records})
		if n := len(consumed(t, kcat, b, s.name, "-X", "isolation.level=read_uncommitted")); n != len(records)+1000 {
			t.Errorf("topic %s has %d records, 1000 of them aborted, and kcat reads %d", s.name, len(records), n)
		}
	}
}
