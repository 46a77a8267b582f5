package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
	"github.com/kafkanauts/kafkanauts/sink"
)

// streamConfig is that of a stream of this test's.
func streamConfig(t *testing.T, b *kafkatest.Broker) Config {
	topic := b.Topic(t)
	return Config{Brokers: b.Addrs, Topic: topic, Stream: "stream-" + topic, Commit: time.Hour / 120}
}

// resumed opens a sink and takes shard 0 over.
func resumed(t *testing.T, c Config, s *sink.Session) (*Sink, *shard, sink.Position) {
	t.Helper()
	k := mustOpen(t, c, s)
	w := mustShard(t, k, 0).(*shard)
	at, err := k.Resume(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return k, w, at
}

// commit commits what the shard has, as its timer would.
func (w *shard) commitNow(ctx context.Context) error {
	w.acquire(ctx)
	defer w.unlock()
	return w.commit(ctx)
}

func values(messages []Message) (list []string) {
	for _, m := range messages {
		list = append(list, string(m.Value))
	}
	return list
}

func wantValues(t *testing.T, got []Message, batches ...*sink.Batch) {
	t.Helper()
	var want []string
	for _, b := range batches {
		for i := range b.Records {
			want = append(want, string(b.Records[i].Value))
		}
	}
	if !slices.Equal(values(got), want) {
		t.Errorf("%d records are in the topic, not the %d that there should be, or others:\n%s\n%s", len(got), len(want),
			strings.Join(values(got), "\n"), strings.Join(want, "\n"))
	}
}

// What was committed stays, what was not is gone, and whoever comes next is told
// exactly where that is; the one before can do nothing any more.
func TestAStreamGoesOn(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		c := streamConfig(t, b)
		ctx := t.Context()
		_, w, at := resumed(t, c, session(2))
		if at.Step != 0 || at.Records != 0 || at.Done {
			t.Fatalf("a new stream is at %+v", at)
		}
		one, two, three := batch(0, 3, 5), batch(0, 7, 4), batch(0, 8, 3)
		for _, b := range []*sink.Batch{one, two} {
			if err := w.Write(ctx, b); err != nil {
				t.Fatal(err)
			}
		}
		if got := readAll(t, b, c.Topic)[0]; len(got) > 0 {
			t.Errorf("%d records are seen before they are committed", len(got))
		}
		if err := w.commitNow(ctx); err != nil {
			t.Fatal(err)
		}
		wantValues(t, readSettled(t, b, c.Topic)[0], one, two)
		if err := w.Write(ctx, three); err != nil { // never committed
			t.Fatal(err)
		}

		_, w2, at := resumed(t, c, session(2))
		if at.Step != 7 || at.Records != 4 || at.Done {
			t.Errorf("the stream is at %+v, not after record 4 of step 7", at)
		}
		if err := w.Write(ctx, batch(0, 9, 1)); err == nil {
			t.Error("a sink whose shard was taken over takes records")
		} else if !again(err) {
			t.Errorf("what it says does not pass: %v", err)
		}
		if err := w.commitNow(ctx); err == nil {
			t.Error("a sink whose shard was taken over commits")
		}
		if err := w2.Write(ctx, three); err != nil {
			t.Fatal(err)
		}
		if err := w2.Close(ctx); err != nil {
			t.Fatal(err)
		}
		wantValues(t, readSettled(t, b, c.Topic)[0], one, two, three)

		k, w3, at := resumed(t, c, session(2))
		if !at.Done {
			t.Errorf("a stream that came to its end is at %+v", at)
		}
		if err := errors.Join(w3.Close(ctx), k.Close(ctx)); err != nil {
			t.Error(err)
		}
		if got := readSettled(t, b, c.Topic)[0]; len(got) != 12 {
			t.Errorf("closed again, the topic holds %d records", len(got))
		}
	})
}

// The position is read when nobody else can change it any more: what is committed
// just before the take-over counts. A sink that reads it first would write that again.
func TestThePositionIsReadAfterFencing(t *testing.T) {
	b := kafkatest.Embedded(t)
	c := streamConfig(t, b)
	ctx := t.Context()
	_, w, _ := resumed(t, c, session(1))
	one, two, three := batch(0, 0, 5), batch(0, 1, 5), batch(0, 2, 5)
	if err := errors.Join(w.Write(ctx, one), w.commitNow(ctx), w.Write(ctx, two)); err != nil {
		t.Fatal(err)
	}
	// When the next owner asks to be the only one, the first commits step 1.
	taken := false
	b.Kfake.ControlKey(int16(kmsg.InitProducerID), func(kmsg.Request) (kmsg.Response, error, bool) {
		if !taken {
			taken = true
			b.Kfake.SleepControl(func() {
				if err := w.commitNow(ctx); err != nil {
					t.Errorf("the first owner could not commit before it was fenced: %v", err)
				}
			})
		}
		return nil, nil, false
	})
	_, w2, at := resumed(t, c, session(1))
	if !taken {
		t.Fatal("nobody asked to be the only one")
	}
	for _, next := range []*sink.Batch{two, three} { // as a stream would go on
		if next.Step > at.Step || next.Step == at.Step && at.Records == 0 {
			if err := w2.Write(ctx, next); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w2.Close(ctx); err != nil {
		t.Fatal(err)
	}
	wantValues(t, readSettled(t, b, c.Topic)[0], one, two, three)
}

// A stream goes on under its name only as itself.
func TestAnotherStreamIsRefused(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		c := streamConfig(t, b)
		ctx := t.Context()
		s := session(1)
		s.Recipe = recipe("7")
		_, w, _ := resumed(t, c, s)
		if err := errors.Join(w.Write(ctx, batch(0, 0, 5)), w.commitNow(ctx)); err != nil {
			t.Fatal(err)
		}
		refused := func(c Config, s *sink.Session, words ...string) {
			t.Helper()
			k, err := New(c)
			if err != nil {
				t.Fatal(err)
			}
			err = k.Open(ctx, s)
			for _, word := range words {
				if err == nil || !strings.Contains(err.Error(), word) {
					t.Errorf("%q is not in the error: %v", word, err)
				}
			}
			k.Close(ctx)
		}
		other := *s
		other.Recipe = recipe("8")
		refused(c, &other, "seed is 8 and was 7", "another name for the stream")
		withKey := c
		withKey.Truth = true
		refused(withKey, s, "without its answer key")
		more := *s
		more.Shards = 2
		refused(c, &more, "partitions is 1")
		limited := *s
		limited.Limited = true
		refused(c, &limited, "Limit")
		// The one who writes was not disturbed.
		if err := errors.Join(w.Write(ctx, batch(0, 1, 5)), w.commitNow(ctx)); err != nil {
			t.Error(err)
		}

		// Records that the stream did not write.
		foreign := c
		foreign.Stream += "-other"
		k := mustOpen(t, foreign, s)
		mustShard(t, k, 0)
		if _, err := k.Resume(ctx, 0); err == nil || !strings.Contains(err.Error(), "did not write") {
			t.Errorf("a topic with the records of another stream: %v", err)
		}
	})
}

// Records are committed when their time has come, also if no more of them come.
func TestATransactionEndsByItself(t *testing.T) {
	if testing.Short() {
		t.Skip("the embedded broker may lose count of records when transactions follow at once; run without -short")
	}
	b := kafkatest.Real(t)
	c := streamConfig(t, b)
	c.Commit = 10 * time.Millisecond
	_, w, _ := resumed(t, c, session(1))
	one := batch(0, 0, 5)
	if err := w.Write(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	wantValues(t, readSettled(t, b, c.Topic)[0], one)
}

// What was accepted before a run was stopped is committed.
func TestAStoppedStreamKeepsWhatItTook(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		c := streamConfig(t, b)
		k, w, _ := resumed(t, c, session(1))
		one := batch(0, 0, 5)
		if err := w.Write(t.Context(), one); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		cause := w.Write(ctx, batch(0, 1, 5))
		if !errors.Is(cause, context.Canceled) {
			t.Fatal(cause)
		}
		if err := w.Abort(t.Context(), cause); err != nil {
			t.Error(err)
		}
		var partial *PartialError
		if err := k.Abort(t.Context(), cause); !errors.As(err, &partial) || partial.Records != 5 || partial.Stream != c.Stream {
			t.Errorf("Abort returns %v", err)
		}
		wantValues(t, readSettled(t, b, c.Topic)[0], one)
		if _, _, at := resumed(t, c, session(1)); at.Step != 0 || at.Records != 5 || at.Done {
			t.Errorf("the stream is at %+v", at)
		}
	})
}

// Checkpoints that lie far back, behind claims that came to nothing, are found.
func TestTheLastCheckpointIsFound(t *testing.T) {
	b := kafkatest.Embedded(t)
	c := streamConfig(t, b)
	_, w, _ := resumed(t, c, session(1))
	if err := errors.Join(w.Write(t.Context(), batch(0, 4, 5)), w.commitNow(t.Context())); err != nil {
		t.Fatal(err)
	}
	for range 2 * tail {
		w.acquire(t.Context())
		if _, err := w.mark(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.unlock()
	}
	if _, _, at := resumed(t, c, session(1)); at.Step != 4 || at.Records != 5 {
		t.Errorf("the stream is at %+v", at)
	}
	if s := fmt.Sprint(process(newOwner())); !strings.HasPrefix(s, "process ") {
		t.Error(s)
	}
}

// recipe returns that of a stream of this seed.
func recipe(seed string) func() (sink.Recipe, error) {
	return func() (sink.Recipe, error) { return sink.Recipe{"seed": seed, "from": "2022-01-31"}, nil }
}
