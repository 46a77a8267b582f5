package kafka

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

// newOwner returns a name that no other sink has, and that tells people which
// process it is.
func newOwner() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s/%d/%s", host, os.Getpid(), rand.Text())
}

// controlSettings are those of a control topic: the last checkpoint of each shard
// stays for ever, and soon nothing else.
func controlSettings() map[string]*string {
	return map[string]*string{
		cleanupPolicy:               new("compact"),
		timestampType:               new("CreateTime"),
		"segment.bytes":             new("4194304"),
		"min.cleanable.dirty.ratio": new("0.1"),
	}
}

// prepareStream makes or checks the stream's own topics. It refuses a stream that was
// begun with another recipe before its shards are taken from those who write them.
func (s *Sink) prepareStream(ctx context.Context, adm *kadm.Client) error {
	if s.session.Merged && s.session.Shards > 1 {
		return fmt.Errorf("kafka: stream %s: its shards are delivered each by itself, not merged: %w", s.cfg.Stream, errors.ErrUnsupported)
	}
	if err := s.own(ctx, adm, s.cfg.controlTopic(), controlSettings(), func(have map[string]string) (list []Misfit) {
		if p := have[cleanupPolicy]; p != "compact" {
			list = append(list, Misfit{cleanupPolicy, p, "compact", "checkpoints would be deleted with time"})
		}
		return list
	}); err != nil {
		return err
	}
	if s.cfg.Truth {
		if err := s.own(ctx, adm, s.cfg.truthTopic(), settings(&s.session, time.Now()), func(have map[string]string) []Misfit {
			return misfits(have, &s.session, time.Now())
		}); err != nil {
			return err
		}
	}
	ends, err := adm.ListCommittedOffsets(ctx, s.cfg.controlTopic())
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return fmt.Errorf("kafka: topic %s: %w", s.cfg.controlTopic(), err)
	}
	for i := range int32(s.session.Shards) {
		end, ok := ends.Lookup(s.cfg.controlTopic(), i)
		if !ok || end.Offset == 0 {
			continue
		}
		c, err := s.peek(ctx, i)
		if err != nil {
			return &TransactionError{s.cfg.Stream, i, "reading how far it is", err}
		}
		if c != nil {
			return s.fits(i, c) // all others have the same
		}
	}
	return nil
}

// own makes or checks a topic of the stream's own.
func (s *Sink) own(ctx context.Context, adm *kadm.Client, topic string, want map[string]*string, wrong func(map[string]string) []Misfit) error {
	t, err := find(ctx, adm, topic)
	if errors.Is(err, kerr.UnknownTopicOrPartition) {
		if err = s.create(ctx, adm, topic, want); err == nil || errors.Is(err, kerr.TopicAlreadyExists) {
			err = s.await(ctx, adm, topic)
		}
		return err
	}
	if unauthorized(err) {
		return denied(err, "Describe", "topic "+topic)
	}
	if err != nil {
		return fmt.Errorf("kafka: topic %s: %w", topic, err)
	}
	e := TopicError{Topic: topic}
	if n := len(t.Partitions); n != s.session.Shards {
		e.Misfits = append(e.Misfits, Misfit{partitions, strconv.Itoa(n), strconv.Itoa(s.session.Shards), fmt.Sprintf("stream %s has %d shards", s.cfg.Stream, s.session.Shards)})
	}
	have, err := describe(ctx, adm, topic)
	switch {
	case s.cfg.Unchecked:
	case unauthorized(err):
		return fmt.Errorf("%w, or take the topic as it is set (Config.Unchecked)", denied(err, "DescribeConfigs", "topic "+topic))
	case err != nil:
		return fmt.Errorf("kafka: topic %s: its settings cannot be read (Config.Unchecked takes it as it is): %w", topic, err)
	default:
		e.Misfits = append(e.Misfits, wrong(have)...)
	}
	if len(e.Misfits) > 0 {
		return &e
	}
	s.limit(topic, have)
	return nil
}

// process returns what an owner's name tells people.
func process(owner string) string {
	parts := strings.Split(owner, "/")
	if len(parts) < 2 {
		return owner
	}
	return fmt.Sprintf("process %s on %s", parts[1], parts[0])
}
