package kafka

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
)

func newReader(t *testing.T, c ReadConfig) *Reader {
	t.Helper()
	r, err := NewReader(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func TestUnknownTopic(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		noLeaks(t)
		known := b.Topic(t)
		makeTopic(t, b, known, 1, nil)
		_, err := NewReader(t.Context(), ReadConfig{Brokers: b.Addrs, Topic: "order"})
		var e *UnknownTopicError
		if !errors.As(err, &e) || !errors.Is(err, kerr.UnknownTopicOrPartition) || e.Topic != "order" {
			t.Fatalf("error is %v, want an *UnknownTopicError", err)
		}
		if b.Kfake != nil && !strings.Contains(err.Error(), known) { // the real one has other tests' topics too
			t.Errorf("error does not name %s: %v", known, err)
		}
	})
}

// put produces one record in a batch of its own.
func put(t *testing.T, cl *kgo.Client, topic, key, value string) {
	t.Helper()
	r := &kgo.Record{Topic: topic, Key: []byte(key), Value: []byte(value)}
	if err := cl.ProduceSync(t.Context(), r).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

func begin(t *testing.T, cl *kgo.Client) {
	t.Helper()
	if err := cl.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
}

// end ends a transaction that wrote to a topic, and returns when readers see that it has ended.
func end(t *testing.T, cl *kgo.Client, topic string, try kgo.TransactionEndTry) {
	t.Helper()
	if err := cl.EndTransaction(t.Context(), try); err != nil {
		t.Fatal(err)
	}
	if err := kafkatest.Settle(t.Context(), cl, topic); err != nil {
		t.Fatal(err)
	}
}

// A topic may end in what a reader never sees: markers, aborted records, and an
// open transaction beyond.
func TestCommittedOnly(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic := b.Topic(t)
		makeTopic(t, b, topic, 1, nil)
		cl := client(t, b, kgo.TransactionalID(topic))
		begin(t, cl)
		put(t, cl, topic, "a", "committed")
		end(t, cl, topic, kgo.TryCommit)
		begin(t, cl)
		put(t, cl, topic, "b", "aborted")
		put(t, cl, topic, "c", "aborted")
		end(t, cl, topic, kgo.TryAbort)
		open := client(t, b, kgo.TransactionalID(topic+"-open"))
		begin(t, open)
		put(t, open, topic, "d", "open")

		r := newReader(t, ReadConfig{Brokers: b.Addrs, Topic: topic})
		if r.Total() != 5 { // a, marker, b, c, marker
			t.Errorf("Total is %d, want 5", r.Total())
		}
		var got []string
		for m, err := range r.Messages(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, string(m.Key))
		}
		if len(got) != 1 || got[0] != "a" || r.Done() != 5 {
			t.Errorf("read %q and came to %d; want a, and 5", got, r.Done())
		}
		end(t, open, topic, kgo.TryAbort)
	})
}

// The last record before the end may be compacted away while the reader is on
// its way, and what comes after it may stay invisible.
func TestGapAtTheEnd(t *testing.T) {
	b := kafkatest.Embedded(t)
	noLeaks(t)
	topic := b.Topic(t)
	makeTopic(t, b, topic, 1, map[string]*string{cleanupPolicy: new("compact")})
	cl := client(t, b)
	put(t, cl, topic, "kept", "1")
	put(t, cl, topic, "replaced", "1")
	r := newReader(t, ReadConfig{Brokers: b.Addrs, Topic: topic})
	open := client(t, b, kgo.TransactionalID(topic))
	begin(t, open)
	put(t, open, topic, "replaced", "2")
	put(t, open, topic, "replaced", "3")
	b.Kfake.Compact()
	var got []string
	for m, err := range r.Messages(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(m.Key))
	}
	if len(got) != 1 || got[0] != "kept" || r.Done() != 2 || r.Total() != 2 {
		t.Errorf("read %q and came to %d of %d; want kept, and 2 of 2", got, r.Done(), r.Total())
	}
	end(t, open, topic, kgo.TryAbort)
}

// What was aborted is passed over also where no marker tells of it.
func TestInquire(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		aborted, committed := b.Topic(t), b.Topic(t)
		makeTopic(t, b, aborted, 1, nil)
		makeTopic(t, b, committed, 1, nil)
		cl := client(t, b, kgo.TransactionalID(aborted))
		begin(t, cl)
		put(t, cl, aborted, "a", "")
		put(t, cl, aborted, "b", "")
		end(t, cl, aborted, kgo.TryAbort)
		begin(t, cl)
		put(t, cl, committed, "a", "")
		end(t, cl, committed, kgo.TryCommit)
		for topic, want := range map[string]int64{aborted: 3, committed: 0} {
			r := newReader(t, ReadConfig{Brokers: b.Addrs, Topic: topic})
			r.begin()
			// The client learns of leaders in its own time.
			for err := r.probe(t.Context(), 0); err != nil; err = r.probe(t.Context(), 0) {
				if t.Context().Err() != nil {
					t.Fatal(err)
				}
			}
			if r.Done() != want {
				t.Errorf("%s: came to %d of %d, want %d", topic, r.Done(), r.Total(), want)
			}
		}
	})
}

func TestFollow(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		noLeaks(t)
		topic := b.Topic(t)
		makeTopic(t, b, topic, 2, nil)
		cl := client(t, b)
		put(t, cl, topic, "a", "0")
		r := newReader(t, ReadConfig{Brokers: b.Addrs, Topic: topic, Follow: true})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		n := 0
		var last error
		for m, err := range r.Messages(ctx) {
			if err != nil {
				last = err
				break
			}
			if want := fmt.Sprint(n); string(m.Value) != want {
				t.Fatalf("read %q, want %s", m.Value, want)
			}
			if n++; n == 5 {
				cancel()
				continue
			}
			put(t, cl, topic, "a", fmt.Sprint(n))
		}
		if n != 5 || !errors.Is(last, context.Canceled) {
			t.Errorf("%d messages, then %v; want 5 and ctx's error", n, last)
		}
	})
}

func TestGroup(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic := b.Topic(t)
		makeTopic(t, b, topic, 1, nil)
		cl := client(t, b)
		for i := range 10 {
			put(t, cl, topic, "a", fmt.Sprint(i))
		}
		c := ReadConfig{Brokers: b.Addrs, Topic: topic, Group: "group-of-" + topic}
		r := newReader(t, c)
		n := 0
		for _, err := range r.Messages(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if n++; n == 4 {
				if err := r.Commit(t.Context()); err != nil {
					t.Fatal(err)
				}
				break
			}
		}
		for m, err := range r.Messages(t.Context()) { // goes on where it stopped
			if err != nil || string(m.Value) != fmt.Sprint(n) {
				t.Fatalf("read %q, %v; want %d", m.Value, err, n)
			}
			n++
		}
		if n != 10 {
			t.Errorf("%d messages, want 10", n)
		}
		r = newReader(t, c)
		if r.Total() != 6 {
			t.Errorf("Total is %d after 4 of 10 were committed", r.Total())
		}
		for m, err := range r.Messages(t.Context()) {
			if err != nil || string(m.Value) != "4" {
				t.Errorf("read %q, %v; want 4", m.Value, err)
			}
			break
		}
		r = newReader(t, ReadConfig{Brokers: b.Addrs, Topic: topic})
		if err := r.Commit(t.Context()); err == nil {
			t.Error("Commit without a Group succeeds")
		}
	})
}

func TestEmptyTopic(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic := b.Topic(t)
		makeTopic(t, b, topic, 2, nil)
		if got := readAll(t, b, topic); len(got) != 0 {
			t.Errorf("read %v", got)
		}
	})
}

func TestDeletedWhileRead(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic := b.Topic(t)
		makeTopic(t, b, topic, 1, nil)
		cl := client(t, b)
		for i := range 3 {
			put(t, cl, topic, "a", fmt.Sprint(i))
		}
		r := newReader(t, ReadConfig{Brokers: b.Addrs, Topic: topic, Options: []kgo.Opt{kgo.FetchMaxBytes(1), kgo.FetchMaxPartitionBytes(1)}})
		var to kadm.Offsets
		n := 0
		var last error
		for _, err := range r.Messages(t.Context()) {
			if last = err; err != nil {
				break
			}
			if n++; n == 1 {
				to.AddOffset(topic, 0, 3, -1)
				if _, err := kadm.NewClient(cl).DeleteRecords(t.Context(), to); err != nil {
					t.Fatal(err)
				}
			}
		}
		// The client may have had them already; what may not happen is that it waits.
		if n != 3 && !errors.Is(last, kerr.OffsetOutOfRange) {
			t.Errorf("%d messages, then %v", n, last)
		}
	})
}

func TestBrokerDiesWhileRead(t *testing.T) {
	b := kafkatest.Private(t)
	noLeaks(t)
	topic := b.Topic(t)
	makeTopic(t, b, topic, 1, nil)
	cl, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs...))
	if err != nil {
		t.Fatal(err)
	}
	put(t, cl, topic, "a", "0")
	cl.Close()
	for _, follow := range []bool{true, false} {
		if !follow { // its end lies beyond what it will see
			if err := b.Server.Restart(); err != nil {
				t.Fatal(err)
			}
		}
		r := newReader(t, ReadConfig{Brokers: b.Addrs, Topic: topic, Follow: follow, Timeout: time.Millisecond})
		if !follow {
			b.Server.Kill()
		}
		n := 0
		var last error
		for _, err := range r.Messages(t.Context()) {
			if last = err; err != nil {
				break
			}
			n++
			b.Server.Kill()
		}
		if !follow && n == 1 {
			continue // the client had it already
		}
		var e *BrokerError
		if !errors.As(last, &e) || !strings.Contains(last.Error(), b.Addrs[0]) {
			t.Errorf("follow %v: %d messages, then %v; want a *BrokerError", follow, n, last)
		}
	}
}
