package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/kafkanauts/kafkanauts/internal/chaos/machine"
	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
)

// settings say what is done to whom.
type settings struct {
	kills, records, shards int
	lives                  int // that a stream takes, about
	seed                   uint64
	dir                    string
	kinds                  []string // of the writers
	progress               io.Writer
}

// harness is one run.
type harness struct {
	settings
	dir     string
	program string
}

// run does all of it. An error says that the harness itself could not go on; what
// does not hold is in the report.
func run(ctx context.Context, s settings) (*report, error) {
	dir, err := os.MkdirTemp(s.dir, "chaos-files-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	h := &harness{settings: s, dir: dir, program: program}
	r := &report{settings: s, machine: machine.Name(), began: time.Now()}
	for i, kind := range s.kinds {
		c, err := h.campaign(ctx, kind, rand.New(rand.NewPCG(s.seed, uint64(i))))
		if err != nil {
			return nil, err
		}
		r.campaigns = append(r.campaigns, c)
	}
	r.took = time.Since(r.began)
	return r, nil
}

func (h *harness) say(format string, args ...any) {
	fmt.Fprintf(h.progress, time.Now().Format(time.TimeOnly)+" "+format+"\n", args...)
}

// start starts a process that writes a stream of so many records to dir.
func (h *harness) start(kind, dir string, records int) (*kafkatest.Process, error) {
	c := exec.Command(h.program)
	c.Env = append(os.Environ(), environment(kind, dir, records, h.shards))
	return kafkatest.Spawn(c)
}

// campaign is what was done to one writer, and what came of it.
type campaign struct {
	kind                                     string
	reference                                tree
	starting                                 time.Duration // of a process that writes next to nothing
	alone                                    time.Duration // of an uninterrupted run
	took                                     time.Duration
	streams                                  int // completed
	kills                                    int
	staged, unentered, entry, ending, before int // kills that struck so
	looked                                   int // files looked at after kills
	wrong                                    []string
}

func (c *campaign) holds() bool { return c.streams > 0 && len(c.wrong) == 0 }

// wrongs adds what is wrong, a few of many.
func (c *campaign) wrongs(when string, list []string) {
	const few = 5
	for i, name := range list {
		if i == few {
			c.wrong = append(c.wrong, fmt.Sprintf("%s: and %d more", when, len(list)-few))
			return
		}
		c.wrong = append(c.wrong, when+": "+name)
	}
}

// campaign kills one kind of writer, again and again.
func (h *harness) campaign(ctx context.Context, kind string, rng *rand.Rand) (*campaign, error) {
	c := &campaign{kind: kind}
	began := time.Now()
	var err error
	if c.starting, err = h.undisturbed(ctx, kind, filepath.Join(h.dir, kind+"-tiny"), 100); err != nil {
		return nil, err
	}
	ref := filepath.Join(h.dir, kind+"-whole")
	if c.alone, err = h.undisturbed(ctx, kind, ref, h.records); err != nil {
		return nil, err
	}
	if err := answers(ref); err != nil {
		return nil, err
	}
	if c.reference, err = (reader{}).read(ref); err != nil {
		return nil, err
	}
	h.say("%s: %d files of an uninterrupted run, in %v", kind, len(c.reference), c.alone.Round(time.Millisecond))
	for n := 0; c.kills < h.kills || n == 0; n++ {
		dir := filepath.Join(h.dir, fmt.Sprintf("%s-%d", kind, n))
		if err := h.stream(ctx, c, dir, rng); err != nil {
			return nil, err
		}
		if err := os.RemoveAll(dir); err != nil {
			return nil, err
		}
		h.say("%s: %d kills, %d streams complete, %d wrong", kind, c.kills, c.streams, len(c.wrong))
	}
	c.took = time.Since(began)
	return c, nil
}

// undisturbed writes a stream that nothing interrupts, and returns how long that takes.
func (h *harness) undisturbed(ctx context.Context, kind, dir string, records int) (time.Duration, error) {
	began := time.Now()
	p, err := h.start(kind, dir, records)
	if err == nil {
		err = finished(ctx, p)
	}
	if err != nil {
		return 0, fmt.Errorf("%s, uninterrupted: %w", kind, err)
	}
	return time.Since(began), nil
}

// stream writes a stream to its end, however often it takes.
func (h *harness) stream(ctx context.Context, c *campaign, dir string, rng *rand.Rand) error {
	if err := os.Mkdir(dir, 0o777); err != nil {
		return err
	}
	seen := reader{}
	for {
		p, err := h.start(c.kind, dir, h.records)
		if err != nil {
			return err
		}
		if c.kills == h.kills {
			if err := finished(ctx, p); err != nil {
				return fmt.Errorf("%s: %w", c.kind, err)
			}
		} else {
			h.await(ctx, p, c, dir, rng)
			p.Kill()
		}
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if p.Status() == 0 {
			return c.judge(dir)
		}
		if p.Status() > 0 {
			return fmt.Errorf("%s: a writer failed, after %d kills: %s", c.kind, c.kills, p.Log())
		}
		c.kills++
		if err := c.look(dir, seen); err != nil {
			return err
		}
	}
}

// await waits until a writer is to be killed, or has ended.
func (h *harness) await(ctx context.Context, p *kafkatest.Process, c *campaign, dir string, rng *rand.Rand) {
	life := time.Duration((0.5+rng.Float64()/2)*float64(c.starting) + 2*rng.Float64()*float64(c.alone)/float64(h.lives))
	var sign func() bool
	data := filepath.Join(dir, "data")
	switch rng.IntN(10) {
	case 0, 1: // a chunk's entry is written or put in its place
		time.Sleep(life / 2) // not always the first of them
		sign = func() bool { return some(filepath.Join(data, "_staging", "*", "entry")) }
	case 2, 3: // a chunk's files are put in their places
		time.Sleep(life / 2) // as above
		was := count(data)
		sign = func() bool { return count(data) > was }
	case 4:
		if rng.IntN(3) == 0 { // all is complete
			sign = func() bool {
				return some(filepath.Join(data, "._manifest.json-*")) || some(filepath.Join(data, "_manifest.json"))
			}
			life = time.Hour
		}
	}
	if sign == nil {
		select {
		case <-p.Done():
		case <-ctx.Done():
		case <-time.After(life):
		}
		return
	}
	for end := time.Now().Add(life + time.Second); time.Now().Before(end) && !sign(); {
		select {
		case <-p.Done():
			return
		case <-ctx.Done():
			return
		default: // what it waits for passes within microseconds
		}
	}
}

func some(pattern string) bool {
	list, err := filepath.Glob(pattern)
	return err == nil && len(list) > 0
}

// count returns how many files and folders there are that readers see.
func count(dir string) (n int) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		switch {
		case strings.HasPrefix(e.Name(), "_") || strings.HasPrefix(e.Name(), "."):
		case e.IsDir():
			n += count(filepath.Join(dir, e.Name()))
		default:
			n++
		}
	}
	return n
}

// finished waits until a writer has ended well.
func finished(ctx context.Context, p *kafkatest.Process) error {
	select {
	case <-p.Done():
	case <-ctx.Done():
		p.Kill()
		return context.Cause(ctx)
	}
	if p.Status() != 0 {
		return fmt.Errorf("a writer failed: %s", p.Log())
	}
	return nil
}

// look looks at what a kill has left.
func (c *campaign) look(dir string, seen reader) error {
	t, err := seen.read(dir)
	if err != nil {
		return err
	}
	when := fmt.Sprintf("after kill %d", c.kills)
	c.wrongs(when, t.torn(c.reference))
	m, err := t.where(dir)
	if err != nil {
		c.wrongs(when, []string{err.Error()})
	}
	for name, sum := range t {
		if sum != "folder" && final(name) {
			c.looked++
		}
	}
	add := func(is bool, to *int) {
		if is {
			*to++
		}
	}
	add(m.staged, &c.staged)
	add(m.unentered, &c.unentered)
	add(m.entry, &c.entry)
	add(m.ending, &c.ending)
	add(m == moment{}, &c.before)
	return nil
}

// judge compares a stream that is complete with the uninterrupted one.
func (c *campaign) judge(dir string) error {
	c.streams++
	when := fmt.Sprintf("in the end of stream %d", c.streams)
	if err := answers(dir); err != nil {
		c.wrongs(when, []string{err.Error()})
	}
	t, err := (reader{}).read(dir)
	if err != nil {
		return err
	}
	c.wrongs(when, t.differences(c.reference))
	return nil
}
