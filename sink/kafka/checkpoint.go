package kafka

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/kafkanauts/kafkanauts/order/truth"
	"github.com/kafkanauts/kafkanauts/sink"
)

// What a stream calls its own topics, after its name.
const (
	controlSuffix = "-control"
	truthSuffix   = "-truth"
)

func (c *Config) controlTopic() string { return c.Stream + controlSuffix }
func (c *Config) truthTopic() string   { return c.Stream + truthSuffix }

// transactional returns the transactional id of a shard.
func (c *Config) transactional(shard int32) string { return fmt.Sprintf("%s-%d", c.Stream, shard) }

// The keys of the records on partition i of the control topic, which tell about
// shard i. Compaction keeps the last of each.
const (
	checkpointKey = "checkpoint"
	claimKey      = "claim"
)

// Checkpoint is how far a shard of a stream was when a transaction was
// committed: it is a record of that transaction, as JSON, on the shard's partition of the
// control topic.
type Checkpoint struct {
	Step    int64     `json:"step"`            // all steps before it are delivered
	Records int       `json:"records"`         // of its batch's Records, the first so many are too
	Lost    int       `json:"lost"`            // and of its Lost
	Done    bool      `json:"done,omitempty"`  // all of the shard is delivered
	Began   time.Time `json:"began"`           // when the first worker took the shard
	Speed   float64   `json:"speed,omitempty"` // of the schedule that began then, if all since have kept to it

	Totals truth.Totals `json:"totals"` // of what is delivered; only Records, Lost and Bytes without Config.Truth
	CRC32C uint32       `json:"crc32c"` // of the values delivered, each followed by '\n' (Castagnoli)

	Topic   string      `json:"topic"` // the id of the topic that has the records
	Truth   bool        `json:"truth"` // whether the answer key is kept
	Recipe  sink.Recipe `json:"recipe"`
	Written time.Time   `json:"written"` // the writer's clock
}

// claim says who took a shard over, for people and for who is taken over.
type claim struct {
	Owner string    `json:"owner"`
	Time  time.Time `json:"time"`
}

func parseCheckpoint(value []byte) (*Checkpoint, error) {
	c := new(Checkpoint)
	if err := json.Unmarshal(value, c); err != nil {
		return nil, fmt.Errorf("it is no checkpoint: %w", err)
	}
	return c, nil
}

// StreamError says why a Config does not go on with a Stream.
type StreamError struct {
	Stream string
	Shard  int
	Reason string
}

// Error says why, and what to do.
func (e *StreamError) Error() string {
	return fmt.Sprintf("kafka: stream %s, shard %d: %s", e.Stream, e.Shard, e.Reason)
}

// fits returns an error if a sink of these settings must not go on after c.
func (s *Sink) fits(shard int32, c *Checkpoint) error {
	wrong := func(format string, args ...any) error {
		return &StreamError{s.cfg.Stream, int(shard), fmt.Sprintf(format, args...)}
	}
	if d := s.recipe.Differences(c.Recipe); len(d) > 0 {
		return wrong("it was begun with another recipe: %s; use that recipe, or another name for the stream", strings.Join(d, "; "))
	}
	if c.Topic != s.topicID {
		return wrong("its records went to another topic than the %s that there is now, which was made since; use another name for the stream, or delete %s, %s and %s to begin anew",
			s.cfg.Topic, s.cfg.Topic, s.cfg.controlTopic(), s.cfg.truthTopic())
	}
	if c.Truth != s.cfg.Truth {
		kept, want := "without", "with"
		if c.Truth {
			kept, want = want, kept
		}
		return wrong("it was begun %s its answer key and cannot go on %s", kept, want)
	}
	return nil
}

// position returns what a stream is told of c: when it began only if it still keeps
// to the schedule of then.
func (c *Checkpoint) position() sink.Position {
	p := sink.Position{Step: c.Step, Records: c.Records, Lost: c.Lost, Done: c.Done}
	if c.Speed > 0 {
		p.Began = c.Began
	}
	return p
}
