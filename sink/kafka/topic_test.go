package kafka

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
	"github.com/kafkanauts/kafkanauts/sink"
)

func TestMisfits(t *testing.T) {
	now := time.Date(2030, 6, 1, 0, 0, 0, 0, time.UTC)
	past := &sink.Session{From: day0.Unix(), To: day0.AddDate(0, 0, 14).Unix()}
	future := &sink.Session{From: now.Unix(), To: now.AddDate(0, 0, 14).Unix()}
	paced := *future
	paced.Speed = 1
	const week, hour = "604800000", "3600000"
	for _, c := range []struct {
		name    string
		have    map[string]string
		session *sink.Session
		want    string // the settings found wrong
	}{
		{"as made", map[string]string{cleanupPolicy: "delete", retentionTime: "-1", timestampType: "CreateTime", timestampAhead: hour, timestampPast: forever}, past, ""},
		{"a broker that tells nothing", nil, past, ""},
		{"default retention", map[string]string{retentionTime: week}, past, retentionTime},
		{"default retention of new records", map[string]string{retentionTime: week}, future, ""},
		{"no policy, so no retention", map[string]string{cleanupPolicy: "", retentionTime: week}, past, ""},
		{"retention of 20 years", map[string]string{retentionTime: "630720000000"}, past, ""},
		{"the longest retention", map[string]string{retentionTime: forever}, past, ""},
		{"compacted", map[string]string{cleanupPolicy: "compact,delete", retentionTime: "-1"}, past, cleanupPolicy},
		{"times of the broker", map[string]string{timestampType: "LogAppendTime"}, past, timestampType},
		{"not ahead of the clock", map[string]string{timestampAhead: hour}, future, timestampAhead},
		{"not ahead of the clock, paced", map[string]string{timestampAhead: hour}, &paced, ""},
		{"not behind the clock", map[string]string{timestampPast: week}, past, timestampPast},
		{"not much", map[string]string{retentionBytes: "1000000"}, past, retentionBytes},
		{"not much, but no policy", map[string]string{cleanupPolicy: "", retentionBytes: "1000000"}, past, ""},
		{"not much, paced", map[string]string{retentionBytes: "1000000"}, &paced, ""},
		{"as much as there is", map[string]string{retentionBytes: "-1"}, past, ""},
		{"an older broker, not far from the clock", map[string]string{timestampApart: week}, past, timestampApart},
		{"an older broker, ahead", map[string]string{timestampApart: week}, future, timestampApart},
		{"an older broker, ahead, paced", map[string]string{timestampApart: week}, &paced, ""},
		{"an older broker, as it comes", map[string]string{timestampApart: forever}, past, ""},
		{"an older broker, where the newer settings count", map[string]string{timestampApart: week, timestampPast: "630720000000"}, past, ""},
		{"only local copies go", map[string]string{retentionTime: "-1", "local.retention.ms": hour, "local.retention.bytes": "1", "remote.storage.enable": "true"}, past, ""},
		{"all", map[string]string{cleanupPolicy: "compact", retentionTime: week, timestampType: "LogAppendTime", timestampPast: week}, past,
			strings.Join([]string{cleanupPolicy, retentionTime, timestampType, timestampPast}, " ")},
	} {
		var got []string
		for _, m := range misfits(c.have, c.session, now) {
			got = append(got, m.Setting)
			if m.Is != c.have[m.Setting] || m.Want == "" || m.Why == "" {
				t.Errorf("%s: %+v", c.name, m)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: misfits are %q, want %q", c.name, got, c.want)
		}
		// What is asked for is what is made: the cure cures.
		made := map[string]string{}
		for k, v := range settings(c.session, now) {
			made[k] = *v
		}
		if left := misfits(made, c.session, now); len(left) > 0 {
			t.Errorf("%s: a topic made for it does not fit: %+v", c.name, left)
		}
	}
}

func TestATopicIsMade(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic := b.Topic(t)
		s := session(3)
		if b.Real { // the embedded one does not know the setting
			s.To = time.Now().AddDate(1, 0, 0).Unix()
		}
		mustOpen(t, Config{Brokers: b.Addrs, Topic: topic}, s)
		mustOpen(t, Config{Brokers: b.Addrs, Topic: topic}, s) // and fits
		adm := kadm.NewClient(client(t, b))
		have, err := describe(t.Context(), adm, topic)
		if err != nil {
			t.Fatal(err)
		}
		for k, want := range settings(s, time.Now()) {
			if have[k] != *want {
				t.Errorf("%s is %q, want %q", k, have[k], *want)
			}
		}
		if there, err := find(t.Context(), adm, topic); err != nil || len(there.Partitions) != 3 {
			t.Errorf("%d partitions, %v; want 3", len(there.Partitions), err)
		}
	})
}

func TestATopicIsRefused(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		usual, bad, full := b.Topic(t), b.Topic(t), b.Topic(t)
		makeTopic(t, b, full, 4, map[string]*string{retentionTime: new("-1"), retentionBytes: new("100000000")})
		makeTopic(t, b, usual, 4, nil)
		makeTopic(t, b, bad, 3, map[string]*string{cleanupPolicy: new("compact"), retentionTime: new("3600000"), timestampType: new("LogAppendTime")})
		for _, c := range []struct {
			topic string
			want  []string // what the error says
		}{
			{usual, []string{"retention.ms is 604800000", "dated 2022-01-31", "Set retention.ms=-1"}},
			{full, []string{"retention.bytes is 100000000", "Set retention.bytes=-1"}},
			{bad, []string{"partitions is 3", "retention.ms is 3600000", "it should be -1", "cleanup.policy is compact", "message.timestamp.type is LogAppendTime", "Name a topic"}},
		} {
			k, err := New(Config{Brokers: b.Addrs, Topic: c.topic})
			if err != nil {
				t.Fatal(err)
			}
			err = k.Open(t.Context(), session(4))
			var e *TopicError
			if !errors.As(err, &e) {
				t.Fatalf("%s: error is %v, want a *TopicError", c.topic, err)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%s: error lacks %q: %v", c.topic, want, err)
				}
			}
			if _, err := k.Shard(0); !errors.Is(err, e) {
				t.Errorf("%s: Shard after that returns %v", c.topic, err)
			}
		}
		mustOpen(t, Config{Brokers: b.Addrs, Topic: usual, Unchecked: true}, session(4))
	})
}

func TestMerged(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		s := session(4)
		s.Merged = true
		one, four, none := b.Topic(t), b.Topic(t), b.Topic(t)
		keep := map[string]*string{retentionTime: new("-1")}
		makeTopic(t, b, one, 1, keep)
		makeTopic(t, b, four, 4, keep)
		for _, topic := range []string{four, none} {
			k, err := New(Config{Brokers: b.Addrs, Topic: topic})
			if err != nil {
				t.Fatal(err)
			}
			if err := k.Open(t.Context(), s); !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("%s: error is %v, want one that wraps ErrUnsupported", topic, err)
			}
		}
		k := mustOpen(t, Config{Brokers: b.Addrs, Topic: one}, s)
		if err := k.Write(t.Context(), batch(-1, 0, 10)); err != nil {
			t.Error(err)
		}
		if err := k.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if n := len(readAll(t, b, one)[0]); n != 10 {
			t.Errorf("%d messages, want 10", n)
		}
		k = mustOpen(t, Config{Brokers: b.Addrs, Topic: four}, session(4))
		if err := k.Write(t.Context(), batch(-1, 0, 10)); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("a merged batch of a stream by shards: %v", err)
		}
	})
}

func TestTooManyReplicas(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		k, err := New(Config{Brokers: b.Addrs, Topic: b.Topic(t), Replication: 3})
		if err != nil {
			t.Fatal(err)
		}
		if err := k.Open(context.Background(), session(1)); err == nil || !strings.Contains(err.Error(), "INVALID_REPLICATION_FACTOR") {
			t.Errorf("error is %v, want INVALID_REPLICATION_FACTOR", err)
		}
	})
}

func TestBatchLimit(t *testing.T) {
	for setting, want := range map[string]int32{"": 0, "junk": 0, "1048588": 1048588, "100": leastBatch, strconv.Itoa(1 << 30): mostBatch} {
		if got := batchLimit(map[string]string{messageBytes: setting}); got != want {
			t.Errorf("%q: %d, want %d", setting, got, want)
		}
	}
}

func TestSeveralMakeOneTopic(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic := b.Topic(t)
		errs := make(chan error)
		const n = 4
		for range n {
			go func() {
				s, err := New(Config{Brokers: b.Addrs, Topic: topic})
				if err == nil {
					err = errors.Join(s.Open(t.Context(), session(3)), s.Close(t.Context()))
				}
				errs <- err
			}()
		}
		for range n {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
	})
}

func TestEmptyTopicsOnly(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic := b.Topic(t)
		cfg := Config{Brokers: b.Addrs, Topic: topic, Empty: true}
		s := mustOpen(t, cfg, session(1)) // made
		mustOpen(t, cfg, session(1))      // empty
		w, err := s.Shard(0)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(t.Context(), batch(0, 0, 7)); err != nil {
			t.Fatal(err)
		}
		again, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := again.Open(t.Context(), session(1)); err == nil || !strings.Contains(err.Error(), "holds 7 records") {
			t.Errorf("a topic with records: error %v", err)
		}
		if err := again.Close(t.Context()); err == nil {
			t.Error("Close after a failed Open returns nil")
		}
	})
}

// What is no reason to refuse a topic is told to the log.
func TestCaution(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		topic := b.Topic(t)
		makeTopic(t, b, topic, 1, map[string]*string{retentionTime: new("-1"), retentionBytes: new("100000000"),
			minInSync: new("2"), uncleanLeaders: new("true")})
		var said diary
		live := &sink.Session{Shards: 1, From: time.Now().Unix(), To: time.Now().Add(time.Hour).Unix(), Speed: 1}
		mustOpen(t, Config{Brokers: b.Addrs, Topic: topic, Log: said.logger()}, live)
		for _, want := range []string{`"retention.bytes":"100000000"`, `"min.insync.replicas":"2","replicas":1`, `"unclean.leader.election.enable":"true"`} {
			if !strings.Contains(said.String(), want) {
				t.Errorf("the log lacks %s:\n%s", want, said.String())
			}
		}
	})
}
