package kafka_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/corrupt"
	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
	"github.com/kafkanauts/kafkanauts/order/avro"
	"github.com/kafkanauts/kafkanauts/order/truth"
	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/kafka"
)

// Values that are no lines of text arrive like others, also from a stream that was
// interrupted and goes on; so does their answer key.
func TestBinaryValues(t *testing.T) {
	for _, enc := range []avro.Encoding{{SchemaID: 10}, {Text: true, SchemaID: 10}} { // the number is a line end, too
		change := func(c *kafkanauts.Config) {
			c.Encoding = enc
			if !enc.Text {
				c.Faults = corrupt.Mix{}
			}
		}
		t.Run(enc.String(), func(t *testing.T) {
			kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
				c := config(t, b)
				c.Truth = true
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				first := make(chan error, 1)
				go func() { first <- kafka.Deliver(ctx, c, runInto(stream(t, 3600, change))) }()
				awaitRecords(t, b, c.Topic, first)
				cancel()
				if err := <-first; !errors.Is(err, context.Canceled) {
					t.Fatalf("interrupted, it returns %v", err)
				}
				s := stream(t, 0, change)
				values := want(t, s)
				if r, err := kafka.NewReader(t.Context(), kafka.ReadConfig{Brokers: b.Addrs, Topic: c.Topic}); err != nil {
					t.Fatal(err)
				} else if n := r.Total(); n >= int64(len(values[0])) {
					t.Errorf("%d records were there when it was interrupted", n)
				} else {
					r.Close()
				}
				if err := kafka.Deliver(t.Context(), c, runInto(s)); err != nil {
					t.Fatal(err)
				}
				at := holds(t, b, c.Topic, values)

				plain := kafka.Config{Brokers: b.Addrs, Topic: b.Topic(t)}
				dst, err := kafka.New(plain)
				if err != nil {
					t.Fatal(err)
				}
				path := filepath.Join(t.TempDir(), "key.csv")
				if _, err := s.Run(t.Context(), sink.Tee(dst, &sink.TruthFile{Path: path, Form: truth.Offsets})); err != nil {
					t.Fatal(err)
				}
				holds(t, b, plain.Topic, values)

				seqs := map[uint64]string{}
				lines := 0
				for r := range s.Records() {
					seqs[r.Seq] = string(r.Value)
					if strings.Contains(string(r.Value), "\n") {
						lines++
					}
				}
				if lines < len(seqs)*9/10 {
					t.Errorf("only %d of %d values have line ends", lines, len(seqs))
				}
				rows := readKey(t, path, func(*truth.Row) {})
				if got := keyOf(t, c, at, seqs); !slices.Equal(got, rows) || len(rows) < 100 {
					t.Errorf("the answer key has %d rows, not %d, or others", len(got), len(rows))
				}
			})
		})
	}
}

// awaitRecords returns once a topic holds records of who writes them and will say when that has ended.
func awaitRecords(t *testing.T, b *kafkatest.Broker, topic string, ended <-chan error) {
	t.Helper()
	for n := int64(0); n == 0; {
		select {
		case err := <-ended:
			t.Fatalf("the stream has ended before the topic holds any of it: %v", err)
		case <-time.After(20 * time.Millisecond): // the topic is all there is to see
		}
		if r, err := kafka.NewReader(t.Context(), kafka.ReadConfig{Brokers: b.Addrs, Topic: topic}); err == nil {
			n = r.Total()
			r.Close()
		}
	}
}
