package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"time"

	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
)

const (
	usualWorkers = 3
	mostWorkers  = 5

	settles = time.Second // after that long at the latest, a program takes a signal as a wish
)

// severalWorkers has three workers share a stream, and kills them, asks them to
// stop, freezes them and has others join.
func (h *harness) severalWorkers(ctx context.Context, every time.Duration) (*scenario, error) {
	r := h.random(2)
	n := h.moves
	acts := plan(r, map[act]int{kill: n - n/4 - n/4, leave: n / 4, join: n / 4, freeze: max(1, n/8), outage: max(1, n/25)})
	s := h.newScenario("three-workers", h.scaleout, length(acts, every))
	w := &workers{h: h, s: s, acts: acts, r: r}
	began := time.Now()
	err := w.run(ctx)
	for _, x := range w.all {
		x.p.Kill()
	}
	if w.watcher != nil {
		w.watcher.stop()
	}
	if err != nil {
		return nil, err
	}
	s.took = time.Since(began)
	if err := h.again(ctx, s, w.keys...); err != nil {
		return nil, err
	}
	return s, h.judge(ctx, s)
}

// worker is one of several.
type worker struct {
	p      *kafkatest.Process
	began  time.Time
	frozen bool
	asked  time.Time // to stop; zero: not
}

// workers are those of one stream.
type workers struct {
	h    *harness
	s    *scenario
	acts []act // still to come
	r    *rand.Rand

	all     []*worker // that run, or are frozen
	keys    []string  // where they leave the key
	later   []later
	watcher *watcher
	said    time.Time
	done    bool // one ended because all is delivered
}

// later is something to be done at a time.
type later struct {
	at time.Time
	do func() error
}

func (w *workers) after(d time.Duration, do func() error) {
	w.later = append(w.later, later{time.Now().Add(d), do})
}

// start adds a worker.
func (w *workers) start() error {
	key := filepath.Join(w.h.dir, fmt.Sprintf("%s-worker-%d.csv", w.s.name, len(w.keys)))
	p, err := w.h.start(w.s.program, w.s.args(key))
	if err != nil {
		return err
	}
	w.keys = append(w.keys, key)
	w.all = append(w.all, &worker{p: p, began: time.Now()})
	return nil
}

// log is what one of them said last.
func (w *workers) log() string {
	if len(w.all) == 0 {
		return "no worker runs"
	}
	return w.all[0].p.Log()
}

// replace adds a worker in the place of one that is gone.
func (w *workers) replace() error {
	w.s.back++
	return w.start()
}

func (w *workers) run(ctx context.Context) error {
	for range usualWorkers {
		if err := w.start(); err != nil {
			return err
		}
	}
	if err := w.begin(ctx); err != nil {
		return err
	}
	now := time.Now()
	pace := &pacer{w.r, now, now.Add(time.Duration(share * float64(w.s.paced)))}
	due := pace.next(len(w.acts))
	var hang time.Time
	for !w.done || len(w.all) > 0 {
		if err := sleep(ctx, 20*time.Millisecond); err != nil {
			return err
		}
		if err := w.look(ctx); err != nil {
			return err
		}
		switch {
		case len(w.acts) == 0 && hang.IsZero():
			w.h.say("%s: now left alone", w.s.name)
			hang = time.Now().Add(w.s.paced + silence)
		case len(w.acts) == 0 && time.Now().After(hang):
			return fmt.Errorf("%s: the stream does not end: %s", w.s.name, w.log())
		case len(w.acts) > 0 && w.done:
			return fmt.Errorf("%s: %w: %d acts were still to come", w.s.name, errTooShort, len(w.acts))
		case len(w.acts) > 0 && time.Now().After(due):
			did, err := w.do(ctx, w.acts[0])
			if err != nil {
				return err
			}
			if !did { // not now: there are too few or too many
				w.acts = append(w.acts[1:], w.acts[0])
				w.r.Shuffle(len(w.acts), func(i, j int) { w.acts[i], w.acts[j] = w.acts[j], w.acts[i] })
				continue
			}
			w.acts = w.acts[1:]
			if len(w.acts) > 0 {
				pace.last = time.Now()
				due = pace.next(len(w.acts))
			}
			w.tell()
		}
	}
	return nil
}

// begin waits until the stream has begun.
func (w *workers) begin(ctx context.Context) error {
	for began := time.Now(); ; {
		now, err := w.h.broker.ends(ctx, w.s.topic())
		if err != nil {
			return err
		}
		if ahead(nil, now) {
			w.watcher, err = watch(w.h.broker.addrs(), w.s.topic())
			return err
		}
		if time.Since(began) > silence {
			return fmt.Errorf("%s: nothing was written for %v: %s", w.s.name, silence, w.log())
		}
		if err := w.look(ctx); err != nil {
			return err
		}
		if err := sleep(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}

// look does what is due, and sees who has ended.
func (w *workers) look(ctx context.Context) error {
	now := time.Now()
	due := w.later
	w.later = nil
	for _, l := range due {
		if l.at.After(now) && !w.done { // at the end nobody waits any more
			w.later = append(w.later, l)
		} else if err := l.do(); err != nil {
			return err
		}
	}
	for _, x := range slices.Clone(w.all) {
		select {
		case <-x.p.Done():
		default:
			if !x.asked.IsZero() && time.Since(x.asked) > patience {
				w.s.fail("a worker that was asked to stop had not after %v: %s", patience, x.p.Log())
				x.p.Kill()
			}
			continue
		}
		w.remove(x)
		if x.p.Status() == 0 {
			w.done = true
			continue
		}
		if !x.asked.IsZero() {
			w.s.left(x.p)
			if w.staying() < usualWorkers {
				w.after(w.span(time.Second, 4*time.Second), w.replace)
			}
			continue
		}
		w.s.ended(w.h.broker, x.p)
		if err := w.s.hopeless(x.p); err != nil {
			return err
		}
		w.after(time.Second/5, w.replace)
	}
	return ctx.Err()
}

func (w *workers) remove(x *worker) {
	w.all = slices.DeleteFunc(w.all, func(y *worker) bool { return x == y })
}

// staying is how many were not asked to stop.
func (w *workers) staying() (n int) {
	for _, x := range w.all {
		if x.asked.IsZero() {
			n++
		}
	}
	return n
}

// choose returns a worker that runs and is not frozen; nil: there is none to spare.
func (w *workers) choose() *worker {
	var awake []*worker
	for _, x := range w.all {
		if !x.frozen && x.asked.IsZero() {
			awake = append(awake, x)
		}
	}
	if len(awake) < 2 {
		return nil
	}
	return awake[w.r.IntN(len(awake))]
}

// span returns a random duration between two.
func (w *workers) span(from, to time.Duration) time.Duration {
	return from + time.Duration(w.r.Float64()*float64(to-from))
}

// do does it; false: not now.
func (w *workers) do(ctx context.Context, a act) (bool, error) {
	if a == outage {
		w.s.outages++
		at := time.Now()
		err := w.h.broker.outage(ctx, w.span(0, 2*time.Second), func() {
			if x := w.choose(); x != nil && w.s.outages%2 == 0 {
				x.p.Kill()
				w.remove(x)
				w.s.away++
				w.after(0, w.replace)
			}
		})
		if err != nil {
			return false, err
		}
		w.s.absences = append(w.s.absences, time.Since(at))
		return true, w.measure(ctx, &w.s.afterOutage, at)
	}
	if a == join {
		if w.staying() >= mostWorkers {
			return false, nil
		}
		w.s.joins++
		return true, w.start()
	}
	x := w.choose()
	if x == nil || a == leave && (w.staying() < usualWorkers || time.Since(x.began) < settles) {
		return false, nil
	}
	switch a {
	case freeze:
		if x.p.Freeze() != nil {
			return false, nil
		}
		w.s.freezes++
		x.frozen = true
		w.after(w.h.freeze+w.span(0, w.h.freeze/2), func() error {
			x.frozen = false
			x.p.Thaw() // unless it was killed
			return nil
		})
		return true, nil
	case leave:
		if x.p.Terminate() != nil {
			return false, nil
		}
		w.s.leaves++
		x.asked = time.Now()
		return true, nil
	default:
		return w.kill(ctx, x)
	}
}

// kill kills a worker; unless there are more than usual, another takes its
// place, at once or later. False: it had just ended by itself.
func (w *workers) kill(ctx context.Context, x *worker) (bool, error) {
	x.p.Kill()
	at := time.Now()
	if x.p.Status() >= 0 {
		return false, nil // look sees to it
	}
	w.remove(x)
	w.s.kills++
	if err := w.measure(ctx, &w.s.afterKill, at); err != nil {
		return false, err
	}
	switch {
	case w.staying() >= usualWorkers:
		return true, nil
	case w.r.IntN(2) == 0:
		return true, w.replace()
	}
	w.after(w.span(time.Second, 5*time.Second), w.replace)
	return true, nil
}

// measure begins to measure how long the stream suffers from what was done.
func (w *workers) measure(ctx context.Context, to *delays, at time.Time) error {
	marks, err := w.h.broker.ends(ctx, w.s.topic())
	if err != nil {
		return err
	}
	w.watcher.add(to, at, marks)
	return nil
}

// tell says every ten seconds how far they are.
func (w *workers) tell() {
	if time.Since(w.said) < 10*time.Second {
		return
	}
	w.said = time.Now()
	w.h.say("%s: %d kills, %d leaves, %d joins, %d freezes, %d outages; %d records are committed", w.s.name,
		w.s.kills, w.s.leaves, w.s.joins, w.s.freezes, w.s.outages, w.watcher.seen())
}
