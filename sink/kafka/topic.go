package kafka

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/kafkanauts/kafkanauts/sink"
)

// Misfit is one thing about a topic that does not fit a stream.
type Misfit struct {
	Setting string // the topic's setting, or "partitions"
	Is      string // its value
	Want    string // a value that fits
	Why     string // what would happen
}

// TopicError says why a stream does not go into a topic: all of it.
type TopicError struct {
	Topic   string
	Misfits []Misfit
}

// Error names every misfit and the setting that cures it.
func (e *TopicError) Error() string {
	var s strings.Builder
	var cure []string
	fmt.Fprintf(&s, "kafka: topic %s does not fit the stream:", e.Topic)
	for _, m := range e.Misfits {
		fmt.Fprintf(&s, "\n\t%s is %s: %s; it should be %s", m.Setting, m.Is, m.Why, m.Want)
		if m.Setting != partitions {
			cure = append(cure, m.Setting+"="+m.Want)
		}
	}
	switch {
	case len(cure) == len(e.Misfits):
		fmt.Fprintf(&s, "\nSet %s, or name a topic that does not exist yet", strings.Join(cure, " "))
	default:
		s.WriteString("\nName a topic that does not exist yet")
	}
	return s.String()
}

// The settings of a topic that this package has a say in.
const (
	partitions     = "partitions"
	cleanupPolicy  = "cleanup.policy"
	retentionTime  = "retention.ms"
	retentionBytes = "retention.bytes"
	segmentTime    = "segment.ms"
	timestampType  = "message.timestamp.type"
	timestampAhead = "message.timestamp.after.max.ms"
	timestampPast  = "message.timestamp.before.max.ms"
	timestampApart = "message.timestamp.difference.max.ms" // both, of brokers before Kafka 4
	messageBytes   = "max.message.bytes"
	minInSync      = "min.insync.replicas"
	uncleanLeaders = "unclean.leader.election.enable"
)

var forever = strconv.FormatInt(math.MaxInt64, 10)

// settings are those of a topic made for the session. Records stay, however old
// they are, and a segment may span any event time: brokers would begin a new
// file with every week of it.
func settings(s *sink.Session, now time.Time) map[string]*string {
	m := map[string]*string{
		cleanupPolicy:  new("delete"),
		retentionTime:  new("-1"),
		retentionBytes: new("-1"),
		segmentTime:    &forever,
		timestampType:  new("CreateTime"),
	}
	if s.To > now.Unix() { // only then: older brokers do not know this setting
		m[timestampAhead] = &forever
	}
	return m
}

// misfits returns what is wrong with the settings of a topic for the session.
// Settings that a broker does not have are not in the map.
func misfits(have map[string]string, s *sink.Session, now time.Time) (list []Misfit) {
	add := func(setting, want, why string) {
		list = append(list, Misfit{setting, have[setting], want, why})
	}
	// within reports whether the setting is a limit, and tells it.
	within := func(setting string) (time.Duration, bool) {
		ms, err := strconv.ParseInt(have[setting], 10, 64)
		limited := err == nil && ms >= 0 && ms < int64(math.MaxInt64/time.Millisecond)
		return time.Duration(ms) * time.Millisecond, limited
	}
	first, last := time.Unix(s.From, 0).UTC(), time.Unix(s.To, 0).UTC()
	policy, known := have[cleanupPolicy]
	if strings.Contains(policy, "compact") {
		add(cleanupPolicy, "delete", "records with the key of a later one would be removed")
	}
	if limit, ok := within(retentionTime); ok && !(known && policy == "") && first.Add(limit).Before(now.Add(time.Hour)) {
		add(retentionTime, "-1", fmt.Sprintf("records dated %s would be deleted soon after they came", first.Format(time.DateOnly)))
	}
	if b, err := strconv.ParseInt(have[retentionBytes], 10, 64); err == nil && b >= 0 && !(known && policy == "") && !s.Paced() {
		add(retentionBytes, "-1", "the oldest records would be deleted once a partition holds more")
	}
	if t, ok := have[timestampType]; ok && t != "CreateTime" {
		add(timestampType, "CreateTime", "records would lose the time of their events")
	}
	if limit, ok := within(timestampAhead); ok && !s.Paced() && last.After(now.Add(limit)) {
		add(timestampAhead, forever, fmt.Sprintf("records dated up to %s would be refused", last.Format(time.DateOnly)))
	}
	if limit, ok := within(timestampPast); ok && first.Before(now.Add(-limit)) {
		add(timestampPast, forever, fmt.Sprintf("records dated %s would be refused", first.Format(time.DateOnly)))
	}
	if limit, ok := within(timestampApart); ok {
		// It counts where neither of the other two is set.
		_, past := within(timestampPast)
		_, ahead := within(timestampAhead)
		if !past && first.Before(now.Add(-limit)) || !ahead && !s.Paced() && last.After(now.Add(limit)) {
			add(timestampApart, forever, fmt.Sprintf("records dated %s to %s would be refused", first.Format(time.DateOnly), last.Format(time.DateOnly)))
		}
	}
	return list
}

// caution warns of what does not keep a stream out of a topic, but may cost
// records, or hold them up.
func (s *Sink) caution(ctx context.Context, topic string, there kadm.TopicDetail, have map[string]string) {
	warn := func(msg, setting string, more ...any) {
		s.log().WarnContext(ctx, msg, append([]any{"topic", topic, setting, have[setting]}, more...)...)
	}
	if b := have[retentionBytes]; b != "" && b != "-1" {
		warn("the topic's oldest records are deleted once it is full", retentionBytes)
	}
	if have[uncleanLeaders] == "true" {
		warn("the topic may lose records that were acknowledged, when a broker fails", uncleanLeaders)
	}
	least, err := strconv.Atoi(have[minInSync])
	if err != nil {
		return
	}
	for _, p := range there.Partitions {
		switch {
		case len(p.Replicas) < least:
			warn("brokers before Kafka 4 take no records for a topic of so few replicas", minInSync, "replicas", len(p.Replicas))
			return
		case len(p.ISR) < least:
			warn("the brokers take no records until more replicas are in sync", minInSync, "partition", p.Partition, "in sync", len(p.ISR))
		}
	}
}

// wanted is a topic that a stream needs.
type wanted struct {
	topic      string
	partitions int
	settings   map[string]*string // if it has to be made
	misfits    func(have map[string]string) []Misfit
}

// likeRecords is a topic of records that are dated as the stream's are.
func (s *Sink) likeRecords(topic string, partitions int) *wanted {
	return &wanted{topic, partitions, settings(&s.session, time.Now()),
		func(have map[string]string) []Misfit { return misfits(have, &s.session, time.Now()) }}
}

// prepare makes the topic of the records or checks the one that there is.
func (s *Sink) prepare(ctx context.Context, adm *kadm.Client) error {
	topic, n := s.cfg.Topic, s.session.Shards
	if s.session.Merged && n > 1 {
		there, err := find(ctx, adm, topic)
		switch {
		case errors.Is(err, kerr.UnknownTopicOrPartition):
			return s.merged("there is no topic " + topic)
		case err == nil && len(there.Partitions) != 1:
			return s.merged(fmt.Sprintf("topic %s has %d", topic, len(there.Partitions)))
		}
		n = 1
	}
	there, err := s.ensure(ctx, adm, s.likeRecords(topic, n))
	if err == nil && s.cfg.Empty {
		err = s.empty(ctx, adm)
	}
	s.topicID = there.ID.String()
	return err
}

// ensure makes a topic, or checks the one that there is and returns all that does
// not fit as a *TopicError. It notes the largest batch that the topic takes.
func (s *Sink) ensure(ctx context.Context, adm *kadm.Client, w *wanted) (kadm.TopicDetail, error) {
	there, err := find(ctx, adm, w.topic)
	if errors.Is(err, kerr.UnknownTopicOrPartition) {
		if err = s.create(ctx, adm, w); err == nil {
			return s.await(ctx, adm, w)
		}
		if !errors.Is(err, kerr.TopicAlreadyExists) {
			return there, err
		}
		there, err = appear(ctx, adm, w.topic) // someone was faster
	}
	if unauthorized(err) {
		return there, denied(err, "Describe", "topic "+w.topic)
	}
	if err != nil {
		return there, fmt.Errorf("kafka: topic %s: %w", w.topic, err)
	}
	e := TopicError{Topic: w.topic}
	if n := len(there.Partitions); n != w.partitions {
		e.Misfits = append(e.Misfits, Misfit{partitions, strconv.Itoa(n), strconv.Itoa(w.partitions),
			fmt.Sprintf("the stream has %d shards, a partition each", w.partitions)})
	}
	have, err := describe(ctx, adm, w.topic)
	switch {
	case s.cfg.Unchecked:
	case unauthorized(err):
		return there, fmt.Errorf("%w, or take the topic as it is set (Config.Unchecked)", denied(err, "DescribeConfigs", "topic "+w.topic))
	case err != nil:
		return there, fmt.Errorf("kafka: topic %s: its settings cannot be read (Config.Unchecked takes it as it is): %w", w.topic, err)
	default:
		e.Misfits = append(e.Misfits, w.misfits(have)...)
		s.caution(ctx, w.topic, there, have)
	}
	if len(e.Misfits) > 0 {
		return there, &e
	}
	s.limit(w.topic, have)
	return there, nil
}

// empty returns an error if the topic holds records.
func (s *Sink) empty(ctx context.Context, adm *kadm.Client) error {
	topic := s.cfg.Topic
	starts, err := adm.ListStartOffsets(ctx, topic)
	if err == nil {
		err = starts.Error()
	}
	ends, endErr := adm.ListEndOffsets(ctx, topic)
	if endErr == nil {
		endErr = ends.Error()
	}
	if err = errors.Join(err, endErr); err != nil {
		return fmt.Errorf("kafka: topic %s: how much it holds cannot be found out: %w", topic, err)
	}
	var n int64
	ends.Each(func(o kadm.ListedOffset) {
		if first, ok := starts.Lookup(topic, o.Partition); ok {
			n += o.Offset - first.Offset
		}
	})
	if n > 0 {
		return fmt.Errorf("kafka: topic %s holds %d records already; name one that does not exist yet, or delete it", topic, n)
	}
	return nil
}

// merged says why a merged stream is refused.
func (s *Sink) merged(but string) error {
	return fmt.Errorf("kafka: the records of %d shards come merged, which takes a topic with one partition, but %s; make one, or write by shards, or make the stream of one shard: %w",
		s.session.Shards, but, errors.ErrUnsupported)
}

// create makes a topic.
func (s *Sink) create(ctx context.Context, adm *kadm.Client, w *wanted) error {
	copies := int16(-1)
	if s.cfg.Replication > 0 {
		copies = int16(s.cfg.Replication)
	}
	made, err := adm.CreateTopic(ctx, int32(w.partitions), copies, w.settings, w.topic)
	if err == nil {
		s.log().InfoContext(ctx, "topic created", "topic", w.topic, partitions, w.partitions)
		return nil
	}
	if made.ErrMessage != "" {
		err = fmt.Errorf("%w: %s", err, made.ErrMessage)
	}
	if unauthorized(err) {
		return fmt.Errorf("%w, or have the topic made with %d partitions and %s", denied(err, "Create", "topic "+w.topic), w.partitions, list(w.settings))
	}
	return fmt.Errorf("kafka: making topic %s: %w", w.topic, err)
}

// list returns settings as name=value, sorted.
func list(m map[string]*string) string {
	var all []string
	for k, v := range m {
		all = append(all, k+"="+*v)
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// electionTimeout is how long a new topic may take to get its leaders.
const electionTimeout = 30 * time.Second

// await returns once every partition of a new topic has a leader, and notes the
// largest batch that it takes.
func (s *Sink) await(ctx context.Context, adm *kadm.Client, w *wanted) (kadm.TopicDetail, error) {
	within, cancel := context.WithTimeout(ctx, electionTimeout)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		t, err := find(within, adm, w.topic)
		led := err == nil && len(t.Partitions) == w.partitions
		for _, p := range t.Partitions {
			led = led && p.Leader >= 0 && p.Err == nil
		}
		if led {
			have, _ := describe(within, adm, w.topic) // as a limit only: without it kgo's own applies
			s.limit(w.topic, have)
			return t, nil
		}
		select {
		case <-within.Done():
			return t, fmt.Errorf("kafka: topic %s was made, but not all its partitions have leaders: %w", w.topic, errors.Join(err, within.Err()))
		case <-again.C:
		}
	}
}

// appear waits until the brokers know of a topic that somebody else has just
// made.
func appear(ctx context.Context, adm *kadm.Client, topic string) (there kadm.TopicDetail, err error) {
	within, cancel := context.WithTimeout(ctx, electionTimeout)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		there, err = find(within, adm, topic)
		if !errors.Is(err, kerr.UnknownTopicOrPartition) {
			return there, err
		}
		select {
		case <-within.Done():
			return there, errors.Join(err, within.Err())
		case <-again.C:
		}
	}
}

// find returns what there is of a topic. The error is
// kerr.UnknownTopicOrPartition if there is none.
func find(ctx context.Context, adm *kadm.Client, topic string) (kadm.TopicDetail, error) {
	all, err := adm.ListTopics(ctx, topic)
	if err != nil {
		return kadm.TopicDetail{}, err
	}
	t, ok := all[topic]
	if !ok {
		return t, kerr.UnknownTopicOrPartition
	}
	return t, t.Err
}

// describe returns the settings of a topic.
func describe(ctx context.Context, adm *kadm.Client, topic string) (map[string]string, error) {
	all, err := adm.DescribeTopicConfigs(ctx, topic)
	if err != nil {
		return nil, err
	}
	t, err := all.On(topic, nil)
	if err == nil {
		err = t.Err
	}
	have := make(map[string]string, len(t.Configs))
	for _, c := range t.Configs {
		have[c.Key] = c.MaybeValue()
	}
	return have, err
}

// The least and the most that a client accepts as the size of a batch, and what
// it takes by itself, which is also brokers' own limit.
const (
	leastBatch = 512
	mostBatch  = 64 << 20
	usualBatch = 1000012
)

// limit notes how large a batch a topic of these settings takes.
func (s *Sink) limit(topic string, have map[string]string) {
	if n := batchLimit(have); n > 0 {
		s.limits[topic] = n
	}
}

func batchLimit(have map[string]string) int32 {
	n, err := strconv.ParseInt(have[messageBytes], 10, 32)
	if err != nil || n <= 0 {
		return 0
	}
	return int32(min(max(n, leastBatch), mostBatch))
}
