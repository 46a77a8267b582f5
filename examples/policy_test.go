package examples_test

import (
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink/kafka"
	"github.com/kafkanauts/kafkanauts/sink/parquet"
)

// reasons returns partition, offset, field and reason of all rejects in a file.
func reasons(t *testing.T, path string) []string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, r := range rows[1:] {
		all = append(all, strings.Join(r[:4], ","))
	}
	return all
}

// What is late and what is a duplicate depends on the topic alone, not on when
// the reading was interrupted, and what is rejected for it also gets to the topic of the dead.
func TestLateAndDuplicates(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic := topicOf(t, b, 1)
		dir := t.TempDir()
		cl, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs...), kgo.DefaultProduceTopic(topic))
		if err != nil {
			t.Fatal(err)
		}
		defer cl.Close()
		start := time.Date(2022, 1, 31, 12, 0, 0, 0, time.UTC)
		offset := 0
		var want []string
		put := func(id int, at time.Duration, field, reason string) {
			o := order.Order{ID: uint64(id), CustomerID: 1, ProductID: 1, TxnID: 1, CustomerName: "A B", ProductName: "Tea", Category: "Groceries",
				Payment: "Card", Country: "Spain", City: "Jaca", Site: "x.es", Qty: 1, Price: 100, Success: true, Time: start.Add(at)}
			if field == "qty" {
				o.Qty = 0
			}
			r := &kgo.Record{Key: []byte("k"), Value: order.Pipe{}.Append(nil, &o, nil), Timestamp: start}
			if err := cl.ProduceSync(t.Context(), r).FirstErr(); err != nil {
				t.Fatal(err)
			}
			if reason != "" {
				want = append(want, fmt.Sprintf("0,%d,%s,%s", offset, field, reason))
			}
			offset++
		}
		put(1, 0, "", "")
		put(2, time.Hour, "", "")
		put(3, 0, "", "")                                           // just not late
		put(4, -time.Second, "datetime", "late")                    // an hour and a second before 2
		put(2, time.Hour, "order_id", "repeated_id")                //
		put(1, -time.Hour, "order_id;datetime", "repeated_id;late") //
		put(9, 24*time.Hour, "qty", "not_positive")                 // raises no mark, and is nobody's original
		put(9, time.Hour, "", "")                                   //
		put(3, time.Hour, "order_id", "repeated_id")                // six offsets back: the window's last
		put(2, time.Hour, "order_id", "repeated_id")                // of the copy, four offsets back
		put(4, time.Hour, "", "")                                   // seven back: beyond the window
		put(5, 48*time.Hour, "", "")                                //
		put(6, 46*time.Hour, "datetime", "late")                    //
		args := []string{"-brokers", b.Addrs[0], "-topic", topic, "-duplicates", "reject", "-window", "6", "-late", "1h", "-records"}
		for _, records := range []string{"1000", "1", "4"} {
			file := filepath.Join(dir, records+".csv")
			run(t, 0, nil, "consume", append(args, records, "-out", filepath.Join(dir, records), "-rejects", file, "-dead", topic+"-dead-"+records)...)
			if got := reasons(t, file); !slices.Equal(got, want) {
				t.Errorf("in chunks of %s:\n%q\nwant\n%q", records, got, want)
			}
		}
		// Read as it comes, by a new process for each record.
		grown := topicOf(t, b, 1)
		all := fetched(t, b, topic)
		for _, r := range all {
			if err := cl.ProduceSync(t.Context(), &kgo.Record{Topic: grown, Value: r.Value}).FirstErr(); err != nil {
				t.Fatal(err)
			}
			args[3] = grown
			run(t, 0, nil, "consume", append(args, "1000", "-out", filepath.Join(dir, "grown"), "-rejects", filepath.Join(dir, "grown.csv"))...)
		}
		if got := reasons(t, filepath.Join(dir, "grown.csv")); !slices.Equal(got, want) {
			t.Errorf("read one by one:\n%q\nwant\n%q", got, want)
		}
		var dead []string
		for _, r := range fetched(t, b, topic+"-dead-4") {
			h := map[string]string{}
			for _, x := range r.Headers {
				h[x.Key] = string(x.Value)
			}
			dead = append(dead, strings.Join([]string{h[kafka.HeaderPartition], h[kafka.HeaderOffset], h[kafka.HeaderFields], h[kafka.HeaderReasons]}, ","))
			var at int
			fmt.Sscan(h[kafka.HeaderOffset], &at)
			if string(r.Value) != string(all[at].Value) || string(r.Key) != "k" || h[kafka.HeaderTopic] != topic || h[kafka.HeaderTimestamp] != "2022-01-31T12:00:00Z" {
				t.Errorf("the dead letter of offset %d is %q with %v", at, r.Value, h)
			}
		}
		if slices.Sort(dead); !slices.Equal(dead, slices.Sorted(slices.Values(want))) {
			t.Errorf("dead letters:\n%q\nwant\n%q", dead, want)
		}
		// Without a policy they all stay, each in the folder of its date.
		run(t, 0, nil, "consume", "-brokers", b.Addrs[0], "-topic", topic, "-out", filepath.Join(dir, "kept"))
		days := map[string]int{}
		for o, err := range parquet.Read(filepath.Join(dir, "kept")) {
			if err != nil {
				t.Fatal(err)
			}
			days[o.Time.Format(time.DateOnly)]++
		}
		if want := map[string]int{"2022-01-31": 10, "2022-02-02": 2}; !maps.Equal(days, want) {
			t.Errorf("orders by date: %v, want %v", days, want)
		}
	})
}

// fetched returns the records of a topic's partitions.
func fetched(t *testing.T, b *kafkatest.Broker, topic string) []*kgo.Record {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs...), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	ends, err := kadm.NewClient(cl).ListEndOffsets(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	left := int64(0)
	ends.Each(func(o kadm.ListedOffset) { left += o.Offset })
	var all []*kgo.Record
	for int64(len(all)) < left {
		all = append(all, cl.PollFetches(t.Context()).Records()...)
	}
	return all
}

// A data set belongs to one topic, and a folder that is none stays as it is.
func TestConsumeKnowsItsTopic(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		dir := t.TempDir()
		topic := topicOf(t, b, 1)
		out := filepath.Join(dir, "orders")
		consume := func(status int, says, topic, out string) {
			t.Helper()
			if _, said := run(t, status, nil, "consume", "-brokers", b.Addrs[0], "-topic", topic, "-out", out); !strings.Contains(string(said), says) {
				t.Errorf("it says\n%s, nothing of %q", said, says)
			}
		}
		consume(0, "There are no records", topic, out)
		consume(0, "There are no records", topic, out)
		consume(1, "of topic "+topic, topicOf(t, b, 1), out)
		consume(1, "such as nothing.txt", topic, func() string {
			foreign := filepath.Join(dir, "foreign")
			if err := os.MkdirAll(filepath.Join(foreign, "nothing.txt"), 0o777); err != nil {
				t.Fatal(err)
			}
			return foreign
		}())
		cl, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs...))
		if err != nil {
			t.Fatal(err)
		}
		defer cl.Close()
		adm := kadm.NewClient(cl)
		if _, err := adm.DeleteTopic(t.Context(), topic); err != nil {
			t.Fatal(err)
		}
		makeTopic(t, b, topic, 1)
		consume(1, "deleted and made again", topic, out)
	})
}

// What retention has deleted before it was read is told, and an interrupt commits
// what was read.
func TestConsumeGoesOn(t *testing.T) {
	b := kafkatest.Real(t)
	topic := topicOf(t, b, 1)
	out := filepath.Join(t.TempDir(), "orders")
	args := []string{"-brokers", b.Addrs[0], "-topic", topic, "-out", out}
	all := lines(t, "0.001")
	send := func(lines [][]byte) {
		t.Helper()
		if err := send(t.Context(), b, topic, 1, lines, 300, 0); err != nil {
			t.Fatal(err)
		}
	}
	send(all[:600])
	c := start(t, append(args, "-follow")...)
	for begun := false; !begun; {
		_, err := os.Stat(filepath.Join(out, "_commits"))
		begun = err == nil
		select {
		case <-c.ended:
			t.Fatalf("it ended by itself:\n%s", c.stderr.Bytes())
		case <-time.After(10 * time.Millisecond): // another process: its files are all there is to see
		}
	}
	time.Sleep(500 * time.Millisecond) // likely to have read something; the test holds if it has not
	c.cmd.Process.Signal(os.Interrupt)
	<-c.ended
	if status := c.cmd.ProcessState.ExitCode(); status != 0 || len(staged(out)) > 0 {
		t.Fatalf("interrupted, it ends with %d:\n%s", status, c.stderr.Bytes())
	}
	run(t, 0, nil, "consume", args...)
	identical(t, b, topic, out)
	accepted := 0
	for range parquet.Read(out) {
		accepted++
	}

	send(all[600:1200])
	cl, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs...))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	adm := kadm.NewClient(cl)
	ends, err := adm.ListEndOffsets(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	end, _ := ends.Lookup(topic, 0)
	var to kadm.Offsets
	to.AddOffset(topic, 0, end.Offset-100, -1)
	if _, err := adm.DeleteRecords(t.Context(), to); err != nil {
		t.Fatal(err)
	}
	_, said := run(t, 0, nil, "consume", args...)
	if want := fmt.Sprintf("to %d were deleted from the topic before they were read", end.Offset-101); !strings.Contains(string(said), want) {
		t.Errorf("it says\n%s, nothing of %q", said, want)
	}
	more := 0
	for range parquet.Read(out) {
		more++
	}
	if more <= accepted || more > accepted+100 {
		t.Errorf("%d orders, then %d", accepted, more)
	}
}
