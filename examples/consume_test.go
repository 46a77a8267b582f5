package examples_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	pq "github.com/parquet-go/parquet-go"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink/kafka"
)

// killsVariable is the environment variable that says how often the programs of
// these tests are killed, if not as often as a quick run allows.
const killsVariable = "KAFKANAUTS_KILLS"

func kills(t *testing.T, quick int) int {
	if s := os.Getenv(killsVariable); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatalf("%s: %v", killsVariable, err)
		}
		return n
	}
	return quick
}

// topicOf makes a topic.
func topicOf(t *testing.T, b *kafkatest.Broker, partitions int32) string {
	t.Helper()
	topic := b.Topic(t)
	makeTopic(t, b, topic, partitions)
	return topic
}

// makeTopic makes a topic, of whose name there may have been one just now.
func makeTopic(t *testing.T, b *kafkatest.Broker, topic string, partitions int32) {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs...))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	adm := kadm.NewClient(cl)
	for made := false; ; time.Sleep(10 * time.Millisecond) { // another process: its answers are all there is to see
		if !made {
			_, err := adm.CreateTopic(t.Context(), partitions, 1, map[string]*string{"retention.ms": new("-1")}, topic)
			made = err == nil
			if err != nil && !errors.Is(err, kerr.TopicAlreadyExists) {
				t.Fatal(err)
			}
			continue
		}
		all, err := adm.ListTopics(t.Context(), topic)
		if err != nil {
			t.Fatal(err)
		}
		led := len(all[topic].Partitions) == int(partitions)
		for _, p := range all[topic].Partitions {
			led = led && p.Leader >= 0
		}
		if led {
			return
		}
	}
}

// lines returns a stream's lines.
func lines(t *testing.T, scale string) [][]byte {
	t.Helper()
	out, _ := run(t, 0, nil, "produce", "-scale", scale, "-corrupt", "0.05")
	return bytes.Split(bytes.TrimSuffix(out, []byte("\n")), []byte("\n"))
}

// send writes lines to a topic in transactions of so many, every fourth of which
// is aborted, until all are written or ctx ends, and returns when they can be read.
func send(ctx context.Context, b *kafkatest.Broker, topic string, partitions int, lines [][]byte, size int, pause time.Duration) error {
	cl, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs...), kgo.TransactionalID(topic), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.DefaultProduceTopic(topic), kgo.ProducerLinger(0))
	if err != nil {
		return err
	}
	defer cl.Close()
	for i := 0; len(lines) > 0 && ctx.Err() == nil; i++ {
		if err := cl.BeginTransaction(); err != nil {
			return err
		}
		n := min(size, len(lines))
		var records []*kgo.Record
		for k, line := range lines[:n] {
			records = append(records, &kgo.Record{Partition: int32((i + k) % partitions), Key: []byte("key"), Value: line})
		}
		if err := cl.ProduceSync(context.Background(), records...).FirstErr(); err != nil {
			return err
		}
		if err := cl.EndTransaction(context.Background(), kgo.TransactionEndTry(i%4 != 3)); err != nil {
			return err
		}
		if i%4 != 3 {
			lines = lines[n:]
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause): // as traffic comes
		}
	}
	return kafkatest.Settle(context.WithoutCancel(ctx), cl, topic)
}

// cells are a row of the data set.
type cells struct {
	ID         int64  `parquet:"order_id"`
	CustomerID int64  `parquet:"customer_id"`
	Name       string `parquet:"customer_name"`
	ProductID  int64  `parquet:"product_id"`
	Product    string `parquet:"product_name"`
	Category   string `parquet:"product_category"`
	Payment    string `parquet:"payment_type"`
	Qty        int64  `parquet:"qty"`
	Price      int64  `parquet:"price,decimal(2:18)"`
	Time       int64  `parquet:"datetime,timestamp(microsecond:utc)"`
	City       string `parquet:"city"`
	Site       string `parquet:"ecommerce_website_name"`
	TxnID      int64  `parquet:"payment_txn_id"`
	Success    bool   `parquet:"payment_txn_success"`
	Reason     string `parquet:"failure_reason"`
	Partition  int32  `parquet:"kafka_partition"`
	Offset     int64  `parquet:"kafka_offset"`
}

func (c *cells) order(country string) order.Order {
	return order.Order{ID: uint64(c.ID), CustomerID: uint64(c.CustomerID), CustomerName: c.Name, ProductID: uint64(c.ProductID), ProductName: c.Product,
		Category: c.Category, Payment: c.Payment, Qty: int(c.Qty), Price: c.Price, Time: time.UnixMicro(c.Time).UTC(), Country: country,
		City: c.City, Site: c.Site, TxnID: uint64(c.TxnID), Success: c.Success, Reason: c.Reason}
}

// identical checks that the data set and its rejects are the topic: each record once,
// at its offset, with its values. It returns how many are which.
func identical(t *testing.T, b *kafkatest.Broker, topic, dir string) (accepted, rejected int) {
	t.Helper()
	stored := map[order.Place]uint64{}
	digest := func(text []byte) uint64 {
		h := fnv.New64a()
		h.Write(text)
		return h.Sum64()
	}
	put := func(at order.Place, text []byte) {
		if _, twice := stored[at]; twice {
			t.Errorf("%v is there twice", at)
		}
		stored[at] = digest(text)
	}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, path)
		switch {
		case err != nil:
			return err
		case e.IsDir() && e.Name() == "_staging":
			return fs.SkipDir
		case strings.HasPrefix(rel, "_rejects/"):
			for at, value := range rejects(t, path) {
				put(at, []byte(value))
				rejected++
			}
		case strings.HasSuffix(rel, ".parquet"):
			country := strings.TrimPrefix(strings.Split(rel, "/")[0], "country=")
			rows, err := pq.ReadFile[cells](path)
			if err != nil {
				return err
			}
			for i := range rows {
				o := rows[i].order(country)
				if dt := "dt=" + o.Time.Format(time.DateOnly); !strings.Contains(rel, "/"+dt+"/") {
					t.Errorf("%s has an order of %s", rel, dt)
				}
				put(order.Place{Partition: rows[i].Partition, Offset: rows[i].Offset}, order.Pipe{}.Append(nil, &o, nil))
				accepted++
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := kafka.NewReader(t.Context(), kafka.ReadConfig{Brokers: b.Addrs, Topic: topic})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	n, missing := 0, 0
	for m, err := range r.Messages(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		at := order.Place{Partition: m.Partition, Offset: m.Offset}
		got, there := stored[at]
		if !there {
			missing++
		} else if got != digest(m.Value) {
			t.Errorf("%v is not what the topic has: %q", at, m.Value)
		}
		delete(stored, at)
	}
	if missing > 0 || len(stored) > 0 {
		t.Errorf("of %d records in the topic %d are missing, and there are %d more", n, missing, len(stored))
	}
	return accepted, rejected
}

// child is a consume that runs.
type child struct {
	cmd    *exec.Cmd
	stderr bytes.Buffer
	ended  chan struct{}
}

func start(t *testing.T, args ...string) *child {
	t.Helper()
	c := &child{cmd: exec.Command(filepath.Join(bin, "consume"), args...), ended: make(chan struct{})}
	c.cmd.Stderr = &c.stderr
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(c.ended)
		c.cmd.Wait()
	}()
	t.Cleanup(c.kill)
	return c
}

func (c *child) kill() {
	c.cmd.Process.Signal(syscall.SIGCONT)
	c.cmd.Process.Kill()
	<-c.ended
}

// connected waits until a program has a connection, and so takes signals as wishes, or
// has ended. Where that cannot be seen, it waits a second.
func connected(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	for {
		links, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", cmd.Process.Pid))
		if _, self := os.Stat("/proc/self/fd"); self != nil || err != nil {
			time.Sleep(time.Second)
			return
		}
		if len(links) == 0 {
			return
		}
		for _, link := range links {
			if what, err := os.Readlink(link); err == nil && strings.HasPrefix(what, "socket:") {
				return
			}
		}
		time.Sleep(10 * time.Millisecond) // another process: what it has open is all there is to see
	}
}

// staged returns the names of what is on its way into a data set.
func staged(dir string) map[string]bool {
	names := map[string]bool{}
	entries, _ := os.ReadDir(filepath.Join(dir, "_staging"))
	for _, e := range entries {
		names[e.Name()] = true
	}
	return names
}

// anew reports whether something is staged that was not before.
func anew(before, now map[string]bool) bool {
	for name := range now {
		if !before[name] {
			return true
		}
	}
	return false
}

// A consume that follows a growing topic is killed again and again; what it has
// made in the end is the topic, with no record missing and none there twice.
func TestConsumeIsKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("a real broker, and programs that are killed; run without -short")
	}
	b := kafkatest.Real(t)
	const partitions = 3
	topic := topicOf(t, b, partitions)
	n := kills(t, 8)
	scale := "0.008"
	if n > 20 {
		scale = "0.06"
	}
	all := lines(t, scale)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	sent := make(chan error, 1)
	half := len(all) / 2
	if err := send(ctx, b, topic, partitions, all[:half], 4000, 0); err != nil {
		t.Fatal(err)
	}
	go func() { sent <- send(ctx, b, topic, partitions, all[half:], 300, 30*time.Millisecond) }()

	dir := filepath.Join(t.TempDir(), "orders")
	args := []string{"-brokers", b.Addrs[0], "-topic", topic, "-out", dir, "-follow", "-records", "500", "-every", "100ms", "-window", "1000"}
	r := rand.New(rand.NewPCG(7, 7))
	within := 0
	for range n {
		before := staged(dir)
		c := start(t, args...)
		select {
		case <-c.ended:
			t.Fatalf("it ended by itself:\n%s", c.stderr.Bytes())
		case <-time.After(time.Duration(r.IntN(900)) * time.Millisecond): // the random moment
		}
		c.kill()
		if anew(before, staged(dir)) {
			within++
		}
	}
	cancel()
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	_, said := run(t, 0, nil, "consume", args[:6]...)
	accepted, rejected := identical(t, b, topic, dir)
	t.Logf("%d kills, %d of them within a commit; %d records are in the data set, %d rejected", n, within, accepted, rejected)
	if accepted == 0 || rejected == 0 {
		t.Error("that is no test")
	}
	if want := fmt.Sprintf("The data set has %d orders", accepted); !strings.Contains(string(said), want) {
		t.Errorf("it says\n%s, nothing of %q", said, want)
	}
	if left := staged(dir); len(left) > 0 {
		t.Errorf("%v are left", left)
	}
}

// Members of a group are killed, frozen for longer than the group waits, stopped
// and joined by others while a topic grows.
func TestConsumersShareATopic(t *testing.T) {
	if testing.Short() {
		t.Skip("a real broker, and programs that are killed; run without -short")
	}
	b := kafkatest.Real(t)
	const partitions = 4
	topic := topicOf(t, b, partitions)
	n := kills(t, 5)
	scale := "0.01"
	if n > 20 {
		scale = "0.15"
	}
	all := lines(t, scale)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	sent := make(chan error, 1)
	half := len(all) / 2
	if err := send(ctx, b, topic, partitions, all[:half], 4000, 0); err != nil {
		t.Fatal(err)
	}
	go func() { sent <- send(ctx, b, topic, partitions, all[half:], 300, 30*time.Millisecond) }()

	dir := filepath.Join(t.TempDir(), "orders")
	args := []string{"-brokers", b.Addrs[0], "-topic", topic, "-out", dir, "-group", "readers-of-" + topic, "-session", "1s"}
	follow := append(args, "-follow", "-records", "500", "-every", "100ms")
	r := rand.New(rand.NewPCG(8, 8))
	members := []*child{start(t, follow...), start(t, follow...)}
	var thaw sync.WaitGroup
	counts := map[string]int{}
	for e := range n {
		time.Sleep(time.Duration(300+r.IntN(1200)) * time.Millisecond) // the random moment
		i := r.IntN(len(members))
		m := members[i]
		select {
		case <-m.ended:
			t.Fatalf("a member ended by itself:\n%s", m.stderr.Bytes())
		default:
		}
		events := []string{"kill", "freeze", "join", "stop", "kill", "freeze"}
		what := events[r.IntN(len(events))]
		if e < len(events) { // each of them at least once
			what = events[e]
		}
		switch what {
		case "kill":
			m.kill()
			members[i] = start(t, follow...)
			counts[what]++
		case "freeze":
			m.cmd.Process.Signal(syscall.SIGSTOP)
			thaw.Go(func() {
				time.Sleep(2500 * time.Millisecond) // longer than the session
				m.cmd.Process.Signal(syscall.SIGCONT)
			})
			counts[what]++
		case "stop":
			m.cmd.Process.Signal(syscall.SIGCONT)
			connected(t, m.cmd)
			m.cmd.Process.Signal(syscall.SIGTERM)
			<-m.ended
			if status := m.cmd.ProcessState.ExitCode(); status != 0 {
				t.Fatalf("stopped, a member that follows ends with %d:\n%s", status, m.stderr.Bytes())
			}
			members[i] = start(t, follow...)
			counts[what]++
		case "join":
			if len(members) < 4 {
				members = append(members, start(t, follow...))
				counts[what]++
			}
		}
	}
	thaw.Wait()
	cancel()
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	members[0].kill()
	for _, m := range members[1:] { // they follow still, beside those that end where the topic does
		m.cmd.Process.Signal(syscall.SIGCONT)
	}
	// Two that end once the whole topic is there, whoever has read it.
	last := []*child{start(t, args...), start(t, args...)}
	for _, m := range last {
		<-m.ended
		if status := m.cmd.ProcessState.ExitCode(); status != 0 {
			t.Fatalf("it ends with %d:\n%s", status, m.stderr.Bytes())
		}
	}
	for _, m := range members[1:] {
		connected(t, m.cmd)
		m.cmd.Process.Signal(syscall.SIGTERM)
		<-m.ended
		if status := m.cmd.ProcessState.ExitCode(); status != 0 {
			t.Fatalf("stopped, it ends with %d:\n%s", status, m.stderr.Bytes())
		}
	}
	accepted, rejected := identical(t, b, topic, dir)
	t.Logf("%v; %d records are in the data set, %d rejected", counts, accepted, rejected)
	if accepted == 0 || rejected == 0 {
		t.Error("that is no test")
	}
}
