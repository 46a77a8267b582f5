package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/kafkanauts/kafkanauts/internal/chaos/proof"
	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
)

// scenario is one part of the run: a stream, what was done to those who wrote it,
// and what came of it.
type scenario struct {
	name    string
	program string
	recipe  []string // flags
	brokers string
	speed   float64 // seconds of event time a second
	paced   time.Duration
	key     string
	took    time.Duration

	kills, open, shards int // kills of writing workers; those in an open transaction; transactions open in all
	early, away         int // kills of workers that had not begun to write; while the broker was away
	leaves, joins, back int // asked to stop; one more joined; came in the place of one that was gone
	freezes, outages    int
	gaveUp              int    // ended by themselves after the broker had been away
	afterKill           delays // of a worker
	afterOutage         delays // of the broker
	absences            []time.Duration
	wrong               []string

	verdict     *proof.Verdict
	kcat        bool // has read it, too
	kcatDiffers bool
}

// newScenario returns one whose stream takes so long; 0: it is not paced. A
// scenario that is tried again has a stream of its own.
func (h *harness) newScenario(name, program string, paced time.Duration) *scenario {
	if h.tries > 0 {
		name = fmt.Sprintf("%s-%d", name, h.tries+1)
	}
	s := &scenario{name: name, program: program, recipe: h.recipe(), brokers: h.broker.server.Addr, paced: paced,
		key: filepath.Join(h.dir, name+".csv")}
	if paced > 0 {
		s.speed = days.Seconds() / paced.Seconds()
	}
	return s
}

func (s *scenario) topic() string { return "chaos-" + s.name }

func (s *scenario) stream() string { return s.topic() + "-stream" }

// args are those of a worker that leaves the key in a file.
func (s *scenario) args(key string) []string {
	args := append([]string{"-brokers", s.brokers, "-topic", s.topic(), "-stream", s.stream(), "-truth", key}, s.recipe...)
	if s.speed > 0 {
		args = append(args, "-speed", strconv.FormatFloat(s.speed, 'f', -1, 64))
	}
	return args
}

// fail notes what does not hold.
func (s *scenario) fail(format string, args ...any) {
	s.wrong = append(s.wrong, fmt.Sprintf(format, args...))
}

// patience is how long a worker may take to stop when it is asked to, and longer
// than anything that still makes progress is silent.
const patience = time.Minute

// leave asks a worker to stop and sees how it does.
func (s *scenario) leave(p *kafkatest.Process) {
	p.Terminate()
	select {
	case <-p.Done():
		s.left(p)
	case <-time.After(patience):
		s.fail("a worker that was asked to stop had not after %v: %s", patience, p.Log())
		p.Kill()
	}
}

// left looks at a worker that has ended when it was asked to.
func (s *scenario) left(p *kafkatest.Process) {
	if status := p.Status(); status != interrupted && status != 0 { // 0: it was just done
		s.fail("a worker that was asked to stop ended with status %d: %s", status, p.Log())
	}
}

// interrupted is the exit status of a worker that was asked to stop.
const interrupted = 130

// ended looks at a worker that ended unasked, but was not done.
func (s *scenario) ended(b *broker, p *kafkatest.Process) {
	if b.unsettled() {
		s.gaveUp++
		return
	}
	s.fail("a worker ended by itself with status %d: %s", p.Status(), p.Log())
}

// errTooShort says that the stream ended before all was done that was to be done
// to its workers.
var errTooShort = errors.New("the stream was too short")

// errHopeless ends a scenario in which workers do nothing but fail.
var errHopeless = errors.New("workers end by themselves again and again")

const mostFailures = 20

func (s *scenario) hopeless(p *kafkatest.Process) error {
	if len(s.wrong) > mostFailures {
		return fmt.Errorf("%s: %w, the last one with status %d: %s", s.name, errHopeless, p.Status(), p.Log())
	}
	return nil
}

// again runs a worker once more, now that all is delivered: it must end well, and
// write nothing into the topic but the key beside it, which is as others left it.
func (h *harness) again(ctx context.Context, s *scenario, keys ...string) error {
	before, err := proof.Settled(ctx, h.broker.adm, s.topic())
	if err != nil {
		return err
	}
	if err := h.complete(ctx, s.program, s.args(s.key)...); err != nil {
		return fmt.Errorf("run again after its end: %w", err)
	}
	after, err := proof.Settled(ctx, h.broker.adm, s.topic())
	if err != nil {
		return err
	}
	after.Each(func(o kadm.ListedOffset) {
		if was := before[s.topic()][o.Partition].Offset; was != o.Offset {
			s.fail("run again after its end, it wrote: partition %d ended at %d and now at %d", o.Partition, was, o.Offset)
		}
	})
	want, err := os.ReadFile(s.key)
	if err != nil {
		return fmt.Errorf("run again after its end: %w", err)
	}
	some := len(keys) == 0
	for _, key := range keys {
		got, err := os.ReadFile(key)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		some = true
		if err != nil || !bytes.Equal(want, got) {
			s.fail("two workers' keys differ: %s (%v)", filepath.Base(key), err)
		}
	}
	if !some {
		s.fail("no worker left a key")
	}
	return nil
}

// judge compares what arrived.
func (h *harness) judge(ctx context.Context, s *scenario) error {
	h.say("%s: comparing", s.name)
	var err error
	if s.verdict, err = h.ref.Judge(ctx, h.broker.addrs(), s.topic(), s.key); err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	if h.whole != nil {
		if differ := proof.SameMessages(s.verdict.Parts, h.whole); len(differ) > 0 {
			s.fail("keys, values, headers and times are not those of the uninterrupted stream in the partitions %v", differ)
		}
	}
	return h.readWithKcat(ctx, s)
}

func (s *scenario) holds() bool { return len(s.wrong) == 0 && s.verdict != nil && s.verdict.Holds() }
