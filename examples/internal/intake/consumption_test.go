package intake

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink/kafka"
	"github.com/kafkanauts/kafkanauts/sink/parquet"
)

// topicWith makes a topic of one partition with n records, none of them an
// order, of which the first so many are then deleted.
func topicWith(t *testing.T, b *kafkatest.Broker, n int, deleted int64) string {
	t.Helper()
	topic := b.Topic(t)
	cl, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs...), kgo.DefaultProduceTopic(topic))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	adm := kadm.NewClient(cl)
	if _, err := adm.CreateTopic(t.Context(), 1, 1, nil, topic); err != nil {
		t.Fatal(err)
	}
	for range n {
		if err := cl.ProduceSync(t.Context(), kgo.StringRecord("no order")).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	if deleted > 0 {
		var to kadm.Offsets
		to.AddOffset(topic, 0, deleted, -1)
		if _, err := adm.DeleteRecords(t.Context(), to); err != nil {
			t.Fatal(err)
		}
	}
	return topic
}

func consumption(b *kafkatest.Broker, topic, dir string) *Consumption {
	c := &Consumption{Encoding: order.Pipe{}, Dir: dir}
	c.Source.Read = kafka.ReadConfig{Brokers: b.Addrs, Topic: topic}
	return c
}

// A partition that cannot be begun ends the reading with the reason, also where
// the topic no longer has its first records.
func TestPartitionThatCannotBeBegun(t *testing.T) {
	b := kafkatest.Embedded(t)
	for _, deleted := range []int64{0, 3} {
		dir := filepath.Join(t.TempDir(), "orders")
		c := consumption(b, topicWith(t, b, 5, deleted), dir)
		if err := os.MkdirAll(filepath.Join(dir, "_commits", "00000"), 0o777); err != nil {
			t.Fatal(err)
		}
		origin := `{"format":"kafkanauts growing orders 1","topic":"` + c.Source.Read.Topic + `"}`
		for name, text := range map[string]string{"_origin.json": origin, "_commits/00000/letter": ""} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := c.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "letter is no commit record") {
			t.Errorf("%d records deleted: %v", deleted, err)
		}
	}
}

// A topic that ends before what the data set has of it is refused, however far
// back the reading would begin.
func TestTopicThatWasCutOff(t *testing.T) {
	b := kafkatest.Embedded(t)
	topic := topicWith(t, b, 5, 0)
	for _, window := range []int64{0, 1, 3, 100} {
		dir := filepath.Join(t.TempDir(), "orders")
		c := consumption(b, topic, dir)
		c.Policy.Window = window
		if _, err := c.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		records, err := filepath.Glob(filepath.Join(dir, "_commits", "00000", "*"))
		if err != nil || len(records) != 1 {
			t.Fatal(records, err)
		}
		text, err := os.ReadFile(records[0])
		if err != nil {
			t.Fatal(err)
		}
		longer := strings.Replace(string(text), `"end":5`, `"end":7`, 1)
		if err := os.WriteFile(records[0], []byte(longer), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "partition 0 ends at offset 5, but it has been read to 7") {
			t.Errorf("window %d: %v", window, err)
		}
	}
}

// A member ends when all is in place, also what others committed and did not
// come to put there.
func TestMemberPutsInPlaceWhatOthersCommitted(t *testing.T) {
	b := kafkatest.Embedded(t)
	dir := filepath.Join(t.TempDir(), "orders")
	c := consumption(b, topicWith(t, b, 5, 0), dir)
	if _, err := c.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	records, _ := filepath.Glob(filepath.Join(dir, "_commits", "00000", "*"))
	placed, _ := filepath.Glob(filepath.Join(dir, "_rejects", "*"))
	if len(records) != 1 || len(placed) != 1 {
		t.Fatal(records, placed)
	}
	text, err := os.ReadFile(records[0])
	if err != nil {
		t.Fatal(err)
	}
	var commit struct{ Staged string }
	if err := json.Unmarshal(text, &commit); err != nil {
		t.Fatal(err)
	}
	staging := filepath.Join(dir, "_staging", commit.Staged)
	if err := errors.Join(os.Mkdir(staging, 0o777), os.Rename(placed[0], filepath.Join(staging, "rejects"))); err != nil {
		t.Fatal(err)
	}
	data, err := parquet.Grow(parquet.GrowConfig{Dir: dir, Origin: parquet.Origin{Topic: c.Source.Read.Topic}})
	if err != nil {
		t.Fatal(err)
	}
	config := c.Source
	config.Assigned = func(context.Context, int32, int64) (int64, error) { return 0, nil }
	source, err := kafka.NewConsumer(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	r := &run{Consumption: c, source: source, data: data} // without partitions of its own
	if over, err := r.tick(t.Context()); !over || err != nil {
		t.Fatal(over, err)
	}
	if _, err := os.Stat(placed[0]); err != nil {
		t.Error(err)
	}
}

// A signal while a commit waits for the topic of dead letters commits what was
// read all the same.
func TestSignalDuringACommit(t *testing.T) {
	b := kafkatest.Embedded(t)
	c := consumption(b, topicWith(t, b, 20, 0), filepath.Join(t.TempDir(), "orders"))
	c.Source.Read.Follow, c.Dead, c.Records = true, b.Topic(t), 4
	ctx, cancel := context.WithCancel(t.Context())
	r := &interrupter{b: b, cancel: cancel}
	r.arm()
	got, err := c.Run(ctx)
	if err != nil || !r.hit.Load() {
		t.Errorf("%v, interrupted: %v", err, r.hit.Load())
	}
	if got.DataSet.Rejects < 4 {
		t.Errorf("the data set has %d rejects", got.DataSet.Rejects)
	}
	if errors.Is(err, context.Canceled) {
		t.Error("a signal is no failure of what follows")
	}
}

// interrupter ends a context when the first dead letters are on their way.
type interrupter struct {
	b      *kafkatest.Broker
	cancel func()
	hit    atomic.Bool
}

func (r *interrupter) arm() {
	r.b.Kfake.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		r.hit.Store(true)
		r.cancel()
		return nil, nil, false
	})
}
