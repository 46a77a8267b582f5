package kafka

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
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
	if s.session.Recipe != nil {
		recipe, err := s.session.Recipe()
		if err != nil {
			return err
		}
		s.recipe = recipe
	}
	if _, err := s.ensure(ctx, adm, &wanted{s.cfg.controlTopic(), s.session.Shards, controlSettings(), func(have map[string]string) (list []Misfit) {
		if p := have[cleanupPolicy]; p != "compact" {
			list = append(list, Misfit{cleanupPolicy, p, "compact", "checkpoints would be deleted with time"})
		}
		return list
	}}); err != nil {
		return err
	}
	if s.cfg.Truth {
		if _, err := s.ensure(ctx, adm, s.likeRecords(s.cfg.truthTopic(), s.session.Shards)); err != nil {
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
		c, err := s.lastCheckpoint(ctx, i, end.Offset)
		if err != nil {
			return &TransactionError{s.cfg.Stream, int(i), "reading how far it is", err}
		}
		if c != nil {
			return s.fits(i, c) // all others have the same
		}
	}
	return nil
}

// shown returns once readers of committed records see all that this sink's shards
// have committed. Brokers answer a commit before they have marked its end in each
// partition. It is called with mu held, after the shards have ended.
func (s *Sink) shown(ctx context.Context) error {
	var shards []int32
	for _, w := range s.shards {
		if w.ledger != nil && w.claimed {
			shards = append(shards, w.partition)
		}
	}
	return awaitEnds(ctx, s.adm, &s.cfg, shards)
}

// awaitEnds waits until every transaction in these partitions of a stream's topics has
// ended. None is begun meanwhile.
func awaitEnds(ctx context.Context, adm *kadm.Client, c *Config, shards []int32) error {
	if len(shards) == 0 {
		return nil
	}
	topics := []string{c.Topic, c.controlTopic()}
	if c.Truth {
		topics = append(topics, c.truthTopic())
	}
	within, cancel := context.WithTimeout(ctx, c.delivery())
	defer cancel()
	for {
		open, err := unsettled(within, adm, topics, shards)
		if err == nil && open == "" {
			return nil
		}
		if late := pause(within, 20*time.Millisecond); late != nil {
			if err == nil {
				err = fmt.Errorf("there is still an open transaction in %s: %w", open, late)
			}
			return &TransactionError{c.Stream, int(shards[0]), "waiting until its readers see all", err}
		}
	}
}

// unsettled returns a partition in which a transaction is open, or "".
func unsettled(ctx context.Context, adm *kadm.Client, topics []string, shards []int32) (string, error) {
	ends, err := adm.ListEndOffsets(ctx, topics...)
	if err == nil {
		err = ends.Error()
	}
	if err != nil {
		return "", err
	}
	stable, err := adm.ListCommittedOffsets(ctx, topics...)
	if err == nil {
		err = stable.Error()
	}
	if err != nil {
		return "", err
	}
	for _, t := range topics {
		for _, i := range shards {
			end, _ := ends.Lookup(t, i)
			if seen, ok := stable.Lookup(t, i); !ok || seen.Offset < end.Offset {
				return fmt.Sprintf("partition %d of topic %s", i, t), nil
			}
		}
	}
	return "", nil
}

// process returns what an owner's name tells people.
func process(owner string) string {
	parts := strings.Split(owner, "/")
	if len(parts) < 2 {
		return owner
	}
	return fmt.Sprintf("process %s on %s", parts[1], parts[0])
}
