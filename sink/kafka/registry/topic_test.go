package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/corrupt"
	"github.com/kafkanauts/kafkanauts/demand"
	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/avro"
	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/kafka"
)

// stream returns one of some thousand orders.
func stream(t *testing.T, enc order.Encoding, faults corrupt.Mix) *kafkanauts.Stream {
	t.Helper()
	from := time.Date(2022, 1, 31, 0, 0, 0, 0, time.UTC)
	s, err := kafkanauts.New(kafkanauts.Config{Seed: 7, From: from, To: from.Add(24 * time.Hour), Market: demand.World().Scale(0.02), Encoding: enc, Faults: faults})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// sums is what there is of a country and category: how many, quantities, cents, failed
// payments, and times (in seconds) and ids.
type sums [5]int64

// add adds an order.
func (s *sums) add(o *order.Order) {
	s[0]++
	s[1] += int64(o.Qty)
	s[2] += o.Price
	if !o.Success {
		s[3]++
	}
	s[4] += o.Time.Unix() + int64(o.ID)
}

// deliver sends a stream to a topic, each record once, under a name.
func deliver(t *testing.T, b *kafkatest.Broker, topic string, s *kafkanauts.Stream) {
	t.Helper()
	c := kafka.Config{Brokers: b.Addrs, Topic: topic, Stream: topic + "-once", Compression: "zstd"}
	err := kafka.Deliver(t.Context(), c, func(ctx context.Context, dst sink.Sink) error {
		_, err := s.Run(ctx, dst)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What is written so is read by clients that others have written: confluent-kafka's
// deserializer sees the same orders, of the types that the schema says, and kcat as many records
// and bytes.
func TestTopic(t *testing.T) {
	b := kafkatest.Real(t)
	python, err := exec.LookPath("python3")
	if err != nil || exec.Command(python, "-c", "import confluent_kafka.schema_registry.avro").Run() != nil {
		t.Skip("Python's confluent-kafka[avro,schemaregistry] is not installed: topics were not shown to its deserializer")
	}
	kcat := kafkatest.Kcat(t)
	for _, form := range []avro.Encoding{{}, {Text: true}} {
		t.Run(form.String(), func(t *testing.T) {
			s := newSubject(t)
			enc, err := s.Register(t.Context(), form)
			if err != nil {
				t.Fatal(err)
			}
			source := stream(t, enc, corrupt.Mix{})
			deliver(t, b, s.Topic, source)
			want, records, bytes := map[string]sums{}, 0, 0
			for r := range source.Records() {
				key := r.Order.Country + "/" + r.Order.Category
				sum := want[key]
				sum.add(r.Order)
				want[key] = sum
				records++
				bytes += len(r.Value)
			}
			if records < 5000 || len(want) < 8 {
				t.Fatalf("%d records, %d groups", records, len(want))
			}

			out, err := exec.CommandContext(t.Context(), python, filepath.Join("testdata", "deserialize.py"), b.Addrs[0], s.URL, s.Topic).Output()
			if e, ok := err.(*exec.ExitError); ok {
				t.Fatalf("%v\n%s", err, e.Stderr)
			} else if err != nil {
				t.Fatal(err)
			}
			var got struct {
				Groups         map[string]sums
				Types          map[string][]string
				Refused, Bytes int
			}
			if err := json.Unmarshal(out, &got); err != nil {
				t.Fatal(err)
			}
			if got.Refused != 0 || got.Bytes != bytes || !maps.Equal(got.Groups, want) {
				t.Errorf("of %d records, %d bytes and %d groups it has read %d bytes, refused %d, and summed up\n%v, not\n%v", records, bytes, len(want), got.Bytes, got.Refused, got.Groups, want)
			}
			if len(got.Types) != order.Columns {
				t.Errorf("it has read %d columns", len(got.Types))
			}
			for f := order.ID; f < order.NumFields; f++ {
				if types := fmt.Sprint(got.Types[f.String()]); types != "["+pythons(form, f)+"]" {
					t.Errorf("%v is of type %s", f, types)
				}
			}

			// %S is the length of a value.
			lengths, err := exec.CommandContext(t.Context(), kcat, "-q", "-C", "-b", b.Addrs[0], "-t", s.Topic, "-e", "-f", "%S\n").Output()
			if err != nil {
				t.Fatal(err)
			}
			count, size := 0, 0
			for line := range strings.Lines(string(lengths)) {
				n, err := strconv.Atoi(strings.TrimSpace(line))
				if err != nil {
					t.Fatal(err)
				}
				count++
				size += n
			}
			if count != records || size != bytes {
				t.Errorf("kcat has read %d records of %d bytes, not %d of %d", count, size, records, bytes)
			}
		})
	}
}

// pythons returns Python's name of the type of a field's values.
func pythons(form avro.Encoding, f order.Field) string {
	if form.Text {
		return "str"
	}
	switch f.Kind() {
	case order.Identity, order.Whole:
		return "int"
	case order.Money:
		return "Decimal"
	case order.Instant:
		return "datetime"
	case order.Flag:
		return "bool"
	}
	return "str"
}

// A topic with all kinds of damage is read back through the registry as it was
// written, byte by byte; what was not damaged is the same order, and what
// is not to be read has a reason.
func TestTopicReadBack(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		for _, c := range []struct {
			form   avro.Encoding
			faults corrupt.Mix
		}{{avro.Encoding{}, corrupt.Mix{}}, {avro.Encoding{Text: true}, append(corrupt.OriginalAt(0.1), corrupt.RivalAt(0.1)...)}} {
			t.Run(c.form.String(), func(t *testing.T) {
				s := newSubject(t)
				enc, err := s.Register(t.Context(), c.form)
				if err != nil {
					t.Fatal(err)
				}
				source := stream(t, enc, c.faults)
				deliver(t, b, s.Topic, source)
				d, err := NewDecoder(t.Context(), s.Config)
				if err != nil {
					t.Fatal(err)
				}
				got := values(t, b, s.Topic)
				causes := map[order.Cause]int{}
				binary, records := 0, 0
				for shard := range source.Config().Shards {
					i := 0
					for r := range source.Only(shard).Records() {
						if i >= len(got[int32(shard)]) {
							t.Fatalf("partition %d ends after %d records", shard, i)
						}
						value := got[int32(shard)][i]
						if string(value) != string(r.Value) {
							t.Fatalf("record %d of partition %d is %q, not %q", i, shard, value, r.Value)
						}
						if i++; strings.Contains(string(value), "\n") {
							binary++
						}
						if err := d.Learn(t.Context(), value); err != nil {
							t.Fatal(err)
						}
						var o order.Order
						err := d.View(&o, value, nil)
						var wrong *order.ParseError
						switch {
						case err == nil:
						case errors.As(err, &wrong):
							causes[wrong.Record]++
						default:
							t.Fatalf("%q: %v", value, err)
						}
						if undamaged := r.Truth == nil || len(r.Truth.Faults) == 0; undamaged && (err != nil || o != *r.Order) {
							t.Fatalf("%q was not damaged, and reads as %+v, %v", value, o, err)
						}
					}
					records += i
					if i != len(got[int32(shard)]) {
						t.Errorf("partition %d has %d records, not %d", shard, len(got[int32(shard)]), i)
					}
				}
				if records < 5000 || c.form == (avro.Encoding{}) && binary == 0 {
					t.Errorf("%d records, %d with a line end in them", records, binary)
				}
				if damaged := len(c.faults) > 0; damaged != (causes[0] > 0) || len(causes) > 1 { // no damage is done to the frame
					t.Errorf("why records are no orders: %v", causes)
				}
				t.Log(records, "records,", binary, "with a line end,", causes)
			})
		}
	})
}

// values returns what a topic holds, by partition.
func values(t *testing.T, b *kafkatest.Broker, topic string) map[int32][][]byte {
	t.Helper()
	r, err := kafka.NewReader(t.Context(), kafka.ReadConfig{Brokers: b.Addrs, Topic: topic})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	all := map[int32][][]byte{}
	for m, err := range r.Messages(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all[m.Partition] = append(all[m.Partition], append([]byte{}, m.Value...))
	}
	return all
}
