package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/kafkanauts/kafkanauts/internal/chaos/machine"
	"github.com/kafkanauts/kafkanauts/internal/chaos/proof"
	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
)

// settings say what is done to whom.
type settings struct {
	kills, moves, records, shards int
	seed                          uint64
	every, moveEvery, freeze      time.Duration
	produce, scaleout             string   // paths of the programs; "": the examples, to be built
	extra                         []string // flags of the stream
	progress                      io.Writer
	server                        *kafkatest.Server // nil: one of its own
}

const (
	days     = 14 * 24 * time.Hour // of event time in the default stream
	atScale1 = 5_100_000           // records in it, at least
)

// harness is one run: its broker, programs and reference.
type harness struct {
	settings
	dir    string
	broker *broker
	ref    *proof.Reference
	whole  []proof.Partition // the uninterrupted stream in a topic
	tries  int               // of the scenario before this one
}

// run does all of it. An error says that the harness itself could not go on; what
// does not hold is in the report.
func run(ctx context.Context, s settings) (r *report, err error) {
	h := &harness{settings: s}
	if h.dir, err = os.MkdirTemp("", "chaos-*"); err != nil {
		return nil, err
	}
	defer os.RemoveAll(h.dir)
	r = &report{machine: machine.Name(), settings: s, began: time.Now()}
	if err := h.build(ctx); err != nil {
		return nil, err
	}
	if h.server == nil {
		if h.server, err = kafkatest.Start(properties()...); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, h.server.Stop()) }()
	}
	if h.broker, err = reach(h.server); err != nil {
		return nil, err
	}
	defer h.broker.client.Close()
	if err := h.refer(ctx, r); err != nil {
		return nil, err
	}
	if h.kills > 0 {
		if err := h.attempt(ctx, r, h.oneWorker, h.every); err != nil {
			return nil, err
		}
	}
	if h.moves > 0 {
		if err := h.attempt(ctx, r, h.severalWorkers, h.moveEvery); err != nil {
			return nil, err
		}
	}
	r.took = time.Since(r.began)
	return r, nil
}

// mostTries is how often a scenario is tried whose stream ends before all is done to
// its workers, as it does on a machine that is busy with other things.
const mostTries = 3

// attempt runs a scenario, with twice the time if it was too short.
func (h *harness) attempt(ctx context.Context, r *report, run func(context.Context, time.Duration) (*scenario, error), every time.Duration) error {
	for h.tries = 0; ; h.tries++ {
		s, err := run(ctx, every<<h.tries)
		if err == nil {
			r.scenarios = append(r.scenarios, s)
			return nil
		}
		if !errors.Is(err, errTooShort) || h.tries+1 == mostTries {
			return err
		}
		h.say("%v; once more, in twice the time", err)
	}
}

func (h *harness) say(format string, args ...any) {
	fmt.Fprintf(h.progress, time.Now().Format(time.TimeOnly)+" "+format+"\n", args...)
}

// build builds the programs that are not given.
func (h *harness) build(ctx context.Context) error {
	for _, p := range []struct {
		path *string
		name string
	}{{&h.produce, "produce"}, {&h.scaleout, "scaleout"}} {
		if *p.path != "" || p.name == "scaleout" && h.moves == 0 {
			continue
		}
		*p.path = filepath.Join(h.dir, p.name)
		said, err := exec.CommandContext(ctx, "go", "build", "-o", *p.path,
			"github.com/kafkanauts/kafkanauts/examples/"+p.name).CombinedOutput()
		if err != nil {
			return fmt.Errorf("building %s: %w\n%s", p.name, err, said)
		}
	}
	return nil
}

// recipe returns the flags that make the stream.
func (h *harness) recipe() []string {
	scale := strconv.FormatFloat(float64(h.records)/atScale1, 'g', -1, 64)
	return append([]string{"-shards", strconv.Itoa(h.shards), "-scale", scale}, h.extra...)
}

// refer makes what all is compared with: a file a shard and the key, the same
// without damage to find the records in once they are undone, and an
// uninterrupted stream in a topic.
func (h *harness) refer(ctx context.Context, r *report) error {
	h.say("making the reference")
	data, key := filepath.Join(h.dir, "reference"), filepath.Join(h.dir, "reference.csv")
	if err := h.complete(ctx, h.produce, append(h.recipe(), "-out", data+"/", "-truth", key)...); err != nil {
		return err
	}
	clean := filepath.Join(h.dir, "clean")
	if err := h.complete(ctx, h.produce, append(h.recipe(), "-out", clean+"/", "-corrupt", "0")...); err != nil {
		return err
	}
	var err error
	if h.ref, err = proof.ReadReference(data, key, clean); err != nil {
		return err
	}
	if err := os.RemoveAll(clean); err != nil {
		return err
	}
	if n := h.ref.Records(); n < h.records || len(h.ref.Parts) != h.shards {
		return fmt.Errorf("the stream has %d records on %d shards; %d and %d are wanted", n, len(h.ref.Parts), h.records, h.shards)
	}
	h.say("the uninterrupted stream: %d records", h.ref.Records())
	s := h.newScenario("uninterrupted", h.produce, 0)
	if err := h.complete(ctx, h.produce, s.args(s.key)...); err != nil {
		return err
	}
	if err := h.judge(ctx, s); err != nil {
		return err
	}
	h.whole = s.verdict.Parts
	r.reference, r.scenarios = h.ref, append(r.scenarios, s)
	return nil
}

// complete runs a program to its end, which must be a good one.
func (h *harness) complete(ctx context.Context, program string, args ...string) error {
	p, err := h.start(program, args)
	if err != nil {
		return err
	}
	select {
	case <-p.Done():
	case <-ctx.Done():
		p.Kill()
		return context.Cause(ctx)
	}
	if p.Status() != 0 {
		return fmt.Errorf("%s %v: exit status %d\n%s", filepath.Base(program), args, p.Status(), p.Log())
	}
	return nil
}

func (h *harness) start(program string, args []string) (*kafkatest.Process, error) {
	c := exec.Command(program, args...)
	c.Dir = h.dir
	return kafkatest.Spawn(c)
}

// random returns the draws of one part of the run.
func (h *harness) random(part uint64) *rand.Rand { return rand.New(rand.NewPCG(h.seed, part)) }
