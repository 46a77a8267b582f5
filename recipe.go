package kafkanauts

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"time"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink"
)

// samples is how many steps of a stream its recipe has a hash of.
const samples = 8

// recipe returns what decides the stream's bytes: the settings by their names,
// and, since a program's own parts of it may have no name or keep their settings
// to themselves, a hash of some of the records.
func (s *Stream) recipe() (sink.Recipe, error) {
	sample, err := s.sampled()
	if err != nil {
		return nil, err
	}
	c := s.cfg
	key := "none"
	if c.Key != order.NoKey {
		key = c.Key.String()
	}
	var stages []string
	for _, g := range s.line.Stages() {
		stages = append(stages, g.Name())
	}
	r := sink.Recipe{
		"version":  Version,
		"seed":     strconv.FormatUint(c.Seed, 10),
		"from":     unix(s.from).Format(time.RFC3339),
		"to":       unix(s.to).Format(time.RFC3339),
		"shards":   strconv.Itoa(c.Shards),
		"key":      key,
		"encoding": named(c.Encoding),
		"stages":   strings.Join(stages, ", "),
		"faults":   c.Faults.String(),
		"orders":   strconv.FormatFloat(s.plan.Expect(c.From, c.To), 'f', 3, 64) + " expected from " + c.From.Format(time.RFC3339) + " to " + c.To.Format(time.RFC3339),
		"sample":   sample,
	}
	return r, nil
}

// named returns what a value calls itself, or its type.
func named(v any) string {
	if s, ok := v.(fmt.Stringer); ok {
		return s.String()
	}
	return fmt.Sprintf("%T", v)
}

// sample returns a hash of the records of some steps of the whole stream, spread
// over its time, and of what is true of them.
func (s *Stream) sample() (string, error) {
	all := *s
	all.own = nil
	for i := range all.cfg.Shards {
		all.own = append(all.own, i)
	}
	free := make(chan *maker, 1)
	m := newMaker(&all, false, free)
	sum := sha256.New()
	steps := all.plan.Steps()
	for i := range min(samples, steps) {
		m.make(i * steps / min(samples, steps))
		if m.err != nil {
			return "", m.err
		}
		m.lanes[0].hash(sum)
		m.release()
		<-free
	}
	return hex.EncodeToString(sum.Sum(nil)[:8]), nil
}

// hash adds the records of a step to sum, as they were made.
func (l *lane) hash(sum hash.Hash) {
	sum.Write(l.batch.Lines)
	for i := range l.batch.Lost {
		sum.Write(l.batch.Lost[i].Value)
	}
	for i := range l.late {
		fmt.Fprintf(sum, "%d %s", l.late[i].at, l.late[i].record.Value)
	}
	for i := range l.batch.Records {
		if t := l.batch.Records[i].Truth; t != nil {
			fmt.Fprintf(sum, "%d %q %v", i, t.Tags, t.Faults)
		}
	}
}
