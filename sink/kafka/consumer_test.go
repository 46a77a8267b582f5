package kafka

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
)

// keeper is what a user of a Consumer keeps of each partition: the numbers that
// its messages carry, and how many of them are kept for good.
type keeper struct {
	t        *testing.T
	consumer *Consumer
	kept     map[int32]int64 // shared by all members: offsets
	got      map[string]int  // shared: how often each value was kept
	pending  map[int32][]string
	revoked  int
}

func newKeeper(t *testing.T, c ConsumerConfig, kept map[int32]int64, got map[string]int) *keeper {
	t.Helper()
	k := &keeper{t: t, kept: kept, got: got, pending: map[int32][]string{}}
	c.Assigned = func(_ context.Context, i int32, first int64) (int64, error) { return max(first, kept[i]), nil }
	c.Revoked = func(_ context.Context, i int32) error {
		k.revoked++
		k.keep(i)
		return nil
	}
	c.Lost = func(i int32) { delete(k.pending, i) }
	consumer, err := NewConsumer(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	k.consumer = consumer
	return k
}

func (k *keeper) keep(i int32) {
	for _, v := range k.pending[i] {
		k.got[v]++
	}
	delete(k.pending, i)
	k.kept[i] = k.consumer.Next(i)
}

// poll polls once and returns how many messages came.
func (k *keeper) poll() (n int) {
	k.t.Helper()
	for m, err := range k.consumer.Poll(k.t.Context(), 50*time.Millisecond) {
		if err != nil {
			k.t.Fatal(err)
		}
		k.pending[m.Partition] = append(k.pending[m.Partition], string(m.Value))
		n++
	}
	return n
}

// read polls until so many messages have come.
func (k *keeper) read(n int) {
	k.t.Helper()
	for left := n; left > 0; {
		left -= k.poll()
		ended := len(k.consumer.held) > 0
		for i := range k.consumer.held {
			ended = ended && k.consumer.Ended(i)
		}
		if left > 0 && ended {
			k.t.Fatalf("%d of %d messages have come, and its partitions are read", n-left, n)
		}
	}
}

func (k *keeper) keepAll() {
	for i := range k.consumer.held {
		k.keep(i)
	}
}

// fill writes records from..to-1 over the partitions, one after the other, in a
// transaction, and returns when they can be read.
func fill(t *testing.T, b *kafkatest.Broker, topic string, partitions, from, to int) {
	t.Helper()
	cl := client(t, b, kgo.TransactionalID(topic), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	begin(t, cl)
	for i := from; i < to; i++ {
		r := &kgo.Record{Topic: topic, Partition: int32(i % partitions), Value: fmt.Append(nil, i)}
		if err := cl.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	end(t, cl, topic, kgo.TryCommit)
	cl.Close()
}

func once(t *testing.T, got map[string]int, n int) {
	t.Helper()
	for i := range n {
		if c := got[fmt.Sprint(i)]; c != 1 {
			t.Fatalf("message %d was kept %d times", i, c)
		}
	}
	if len(got) != n {
		t.Fatalf("%d messages, want %d", len(got), n)
	}
}

func TestConsumerAlone(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		noLeaks(t)
		topic := b.Topic(t)
		makeTopic(t, b, topic, 3, nil)
		fill(t, b, topic, 3, 0, 30)
		kept, got := map[int32]int64{}, map[string]int{}
		config := ConsumerConfig{Read: ReadConfig{Brokers: b.Addrs, Topic: topic}}
		for range 3 {
			k := newKeeper(t, config, kept, got)
			if k.consumer.TopicID() == "" || k.consumer.Partitions() != 3 {
				t.Errorf("the topic's id is %q, and it has %d partitions", k.consumer.TopicID(), k.consumer.Partitions())
			}
			fill(t, b, topic, 3, len(got)+30, len(got)+60) // after the end
			for k.poll(); !k.consumer.Ended(0) || !k.consumer.Ended(1) || !k.consumer.Ended(2); {
				k.poll()
			}
			for i := range int32(3) {
				if k.consumer.Next(i) != k.consumer.End(i) {
					t.Errorf("partition %d has been read to %d of %d", i, k.consumer.Next(i), k.consumer.End(i))
				}
			}
			k.keepAll()
			once(t, got, len(got))
			k.consumer.Close()
		}
		once(t, got, 90)
	})
}

func TestConsumerSeeks(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		for _, group := range []string{"", "seekers"} {
			topic := b.Topic(t)
			makeTopic(t, b, topic, 1, nil)
			fill(t, b, topic, 1, 0, 20)
			kept, got := map[int32]int64{}, map[string]int{}
			k := newKeeper(t, ConsumerConfig{Group: group, Read: ReadConfig{Brokers: b.Addrs, Topic: topic}}, kept, got)
			k.read(20)
			k.pending = map[int32][]string{}
			k.consumer.Seek(0, 15) // it was at its end
			k.read(5)
			k.keepAll()
			if len(got) != 5 || got["15"] != 1 || got["19"] != 1 {
				t.Errorf("group %q: after Seek: %v", group, got)
			}
			for !k.consumer.Ended(0) {
				k.poll()
			}
			k.consumer.Close()
		}
	})
}

// Partitions move to a member that joins and back when it leaves; each message is
// kept once, and the group knows how far.
func TestConsumersShare(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		noLeaks(t)
		topic := b.Topic(t)
		makeTopic(t, b, topic, 4, nil)
		fill(t, b, topic, 4, 0, 40)
		kept, got := map[int32]int64{}, map[string]int{}
		config := ConsumerConfig{Group: "sharers", Read: ReadConfig{Brokers: b.Addrs, Topic: topic, Follow: true}}
		// Members take turns in this goroutine; between turns their functions are not called.
		one := newKeeper(t, config, kept, got)
		one.read(40)
		two := newKeeper(t, config, kept, got)
		for len(one.consumer.held) != 2 || len(two.consumer.held) != 2 {
			one.poll()
			two.poll()
		}
		if !one.consumer.outside.IsZero() || !two.consumer.outside.IsZero() {
			t.Error("a member believes that the group has not let it in")
		}
		if one.revoked == 0 {
			t.Error("partitions have moved and Revoked was not called")
		}
		fill(t, b, topic, 4, 40, 80)
		for n := 0; n < 40; {
			n += one.poll() + two.poll()
		}
		two.keepAll()
		two.consumer.Close()
		for len(one.consumer.held) != 4 {
			one.poll()
		}
		fill(t, b, topic, 4, 80, 120)
		one.read(40)
		one.keepAll()
		once(t, got, 120)
		if err := one.consumer.CommitGroup(t.Context(), kept); err != nil {
			t.Fatal(err)
		}
		at, err := kadm.NewClient(client(t, b)).FetchOffsets(t.Context(), "sharers")
		if err != nil {
			t.Fatal(err)
		}
		for i, next := range kept {
			if o, ok := at.Lookup(topic, i); !ok || o.At != next {
				t.Errorf("the group has partition %d at %d, want %d", i, o.At, next)
			}
		}
		one.consumer.Close()
	})
}

func TestConsumerRefuses(t *testing.T) {
	b := kafkatest.Embedded(t)
	topic := b.Topic(t)
	makeTopic(t, b, topic, 1, nil)
	fill(t, b, topic, 1, 0, 3)
	_, err := NewConsumer(t.Context(), ConsumerConfig{Instance: "me", Session: -1, Read: ReadConfig{Group: "g"}})
	for _, says := range []string{"Read.Group", "Assigned", "Session", "Instance", "Brokers", "Topic"} {
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("error is %v, nothing of %s", err, says)
		}
	}
	own := errors.New("no")
	for says, from := range map[string]func(first int64) (int64, error){
		"before the first": func(first int64) (int64, error) { return first - 1, nil },
		"has been read to": func(int64) (int64, error) { return 100, nil },
		"no":               func(int64) (int64, error) { return 0, own },
	} {
		k, err := NewConsumer(t.Context(), ConsumerConfig{Read: ReadConfig{Brokers: b.Addrs, Topic: topic},
			Assigned: func(_ context.Context, _ int32, first int64) (int64, error) { return from(first) }})
		if err != nil {
			t.Fatal(err)
		}
		for _, last := range k.Poll(t.Context(), time.Second) {
			err = last
		}
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("error is %v, nothing of %q", err, says)
		}
		k.Close()
	}
}

// What a broker has against a member is told as the group's, with what to do.
func TestConsumerIsRefusedByItsGroup(t *testing.T) {
	for _, c := range []struct {
		code *kerr.Error
		says string
	}{
		{kerr.GroupAuthorizationFailed, "have an ACL allow Read on group refused"},
		{kerr.InvalidSessionTimeout, ": group refused: "},
	} {
		b := kafkatest.Embedded(t)
		topic := b.Topic(t)
		makeTopic(t, b, topic, 1, nil)
		b.Kfake.ControlKey(int16(kmsg.JoinGroup), func(asked kmsg.Request) (kmsg.Response, error, bool) {
			b.Kfake.KeepControl()
			answer := asked.ResponseKind().(*kmsg.JoinGroupResponse)
			answer.ErrorCode = c.code.Code
			return answer, nil, true
		})
		k := newKeeper(t, ConsumerConfig{Group: "refused", Read: ReadConfig{Brokers: b.Addrs, Topic: topic}}, map[int32]int64{}, map[string]int{})
		var err error
		for err == nil {
			for _, err = range k.consumer.Poll(t.Context(), 50*time.Millisecond) {
			}
		}
		if !errors.Is(err, c.code) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "partition") {
			t.Errorf("error is %v, nothing of %q", err, c.says)
		}
		k.consumer.Close()
	}
}

// A partition that needs no reading is not fetched, however it grows.
func TestConsumerLeavesWhatIsRead(t *testing.T) {
	b := kafkatest.Embedded(t)
	topic := b.Topic(t)
	makeTopic(t, b, topic, 2, nil)
	fill(t, b, topic, 2, 0, 8)
	kept, got := map[int32]int64{}, map[string]int{}
	config := ConsumerConfig{Group: "finished", Read: ReadConfig{Brokers: b.Addrs, Topic: topic}}
	for range 2 {
		k := newKeeper(t, config, kept, got)
		for len(k.consumer.held) < 2 || !k.consumer.Ended(0) || !k.consumer.Ended(1) {
			k.poll()
		}
		if paused := k.consumer.r.client.PauseFetchPartitions(nil)[topic]; len(paused) != 2 {
			t.Errorf("partitions %v are paused, want both", paused)
		}
		k.keepAll()
		k.consumer.Close()
		k.consumer.Close() // as often as one likes
	}
	once(t, got, 8)
}

// Who follows a topic reads the partitions that it gets later, too.
func TestConsumerFindsNewPartitions(t *testing.T) {
	b := kafkatest.Embedded(t)
	topic := b.Topic(t)
	makeTopic(t, b, topic, 1, nil)
	fill(t, b, topic, 1, 0, 3)
	kept, got := map[int32]int64{}, map[string]int{}
	k := newKeeper(t, ConsumerConfig{Read: ReadConfig{Brokers: b.Addrs, Topic: topic, Follow: true}}, kept, got)
	k.consumer.recount = 0
	defer k.consumer.Close()
	k.read(3)
	if _, err := kadm.NewClient(client(t, b)).UpdatePartitions(t.Context(), 3, topic); err != nil {
		t.Fatal(err)
	}
	fill(t, b, topic, 3, 3, 9)
	k.read(6)
	k.keepAll()
	once(t, got, 9)
}

// A group whose coordinator cannot be found, for instance because its topic
// cannot have the copies that it wants, does not hold a member for ever.
func TestGroupThatLetsNobodyIn(t *testing.T) {
	b := kafkatest.Embedded(t)
	topic := b.Topic(t)
	makeTopic(t, b, topic, 1, nil)
	var found atomic.Bool
	b.Kfake.ControlKey(int16(kmsg.FindCoordinator), func(asked kmsg.Request) (kmsg.Response, error, bool) {
		if found.Load() {
			return nil, nil, false
		}
		b.Kfake.KeepControl()
		answer := asked.ResponseKind().(*kmsg.FindCoordinatorResponse)
		answer.ErrorCode = kerr.CoordinatorNotAvailable.Code
		for _, key := range asked.(*kmsg.FindCoordinatorRequest).CoordinatorKeys {
			answer.Coordinators = append(answer.Coordinators, kmsg.FindCoordinatorResponseCoordinator{Key: key, ErrorCode: answer.ErrorCode})
		}
		return answer, nil, true
	})
	k := newKeeper(t, ConsumerConfig{Group: "nobodys", Read: ReadConfig{Brokers: b.Addrs, Topic: topic}}, map[int32]int64{}, map[string]int{})
	defer k.consumer.Close()
	k.consumer.entry = time.Second
	var err error
	for err == nil {
		for _, err = range k.consumer.Poll(t.Context(), 50*time.Millisecond) {
		}
	}
	if !strings.Contains(err.Error(), "group nobodys has not let this member in") {
		t.Error(err)
	}
	found.Store(true) // leaving takes the coordinator too
}

func TestDeadLetters(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		noLeaks(t)
		topic := b.Topic(t)
		var d *DeadLetters
		for range 2 { // the topic is not there, then it is
			if d != nil {
				d.Close()
			}
			var err error
			if d, err = NewDeadLetters(t.Context(), DeadConfig{Brokers: b.Addrs, Topic: topic}); err != nil {
				t.Fatal(err)
			}
		}
		when := time.Date(2022, 1, 31, 1, 2, 3, 0, time.UTC)
		d.Send(t.Context(), &Letter{Topic: "orders", Partition: 3, Offset: 1 << 40, Key: []byte("k"), Value: nil, Timestamp: when, Fields: "qty;", Reasons: "empty;late"})
		if err := d.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		d.Send(t.Context(), &Letter{Value: make([]byte, 10<<20)})
		if err := d.Flush(t.Context()); err == nil {
			t.Error("a letter that is too large is delivered")
		}
		if err := d.Flush(t.Context()); err != nil {
			t.Errorf("an error is told twice: %v", err)
		}
		d.Close()
		cl := client(t, b, kgo.ConsumeTopics(topic))
		got := cl.PollFetches(t.Context()).Records()
		cl.Close()
		if len(got) != 1 || string(got[0].Key) != "k" || got[0].Value != nil {
			t.Fatalf("read %+v", got)
		}
		headers := map[string]string{}
		for _, h := range got[0].Headers {
			headers[h.Key] = string(h.Value)
		}
		want := map[string]string{HeaderTopic: "orders", HeaderPartition: "3", HeaderOffset: "1099511627776",
			HeaderFields: "qty;", HeaderReasons: "empty;late", HeaderTimestamp: "2022-01-31T01:02:03Z"}
		if fmt.Sprint(headers) != fmt.Sprint(want) {
			t.Errorf("headers are %v, want %v", headers, want)
		}
	})
}

// A broker that takes no letters does not hold a flush for longer than the
// Timeout, nor Close; what the flush could not deliver is told with its place.
func TestDeadLettersNotTaken(t *testing.T) {
	b := kafkatest.Embedded(t)
	noLeaks(t)
	d, err := NewDeadLetters(t.Context(), DeadConfig{Brokers: b.Addrs, Topic: b.Topic(t), Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	b.Kfake.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		b.Kfake.KeepControl()
		return nil, errors.New("it hangs up"), true // nobody knows whether it has stored anything
	})
	d.Send(t.Context(), &Letter{Topic: "orders", Partition: 3, Offset: 17, Value: []byte("x")})
	const says = "partition 3, offset 17"
	if err := d.Flush(t.Context()); err == nil || !strings.Contains(err.Error(), says) {
		t.Errorf("error is %v, nothing of %q", err, says)
	}
}
