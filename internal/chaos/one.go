package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"time"

	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
)

// act is something that is done to the workers.
type act uint8

const (
	kill   act = iota // -9
	early             // kill -9 before it has begun to write
	leave             // SIGTERM
	join              // one more
	freeze            // SIGSTOP, and SIGCONT later
	outage            // the broker is killed and restarted
)

// plan returns acts in random order.
func plan(r *rand.Rand, counts map[act]int) []act {
	var acts []act
	for a := kill; a <= outage; a++ {
		for range counts[a] {
			acts = append(acts, a)
		}
	}
	r.Shuffle(len(acts), func(i, j int) { acts[i], acts[j] = acts[j], acts[i] })
	return acts
}

// length is how long a stream is to take in which all that is done: an act so often,
// but an outage, and the start, take their own time.
func length(acts []act, every time.Duration) time.Duration {
	whole := absence
	for _, a := range acts {
		whole += every
		if a == outage {
			whole += absence
		}
	}
	return time.Duration(float64(whole) / share)
}

// absence is about how long a broker is away, or takes to be of use at the start.
const absence = 4 * time.Second

// share is the part of a stream's time in which its workers are disturbed.
const share = 0.85

// pacer spreads acts at random over the time that there is.
type pacer struct {
	r    *rand.Rand
	last time.Time // the act before
	end  time.Time // of them all
}

// next returns when the next of n acts is due.
func (p *pacer) next(n int) time.Time {
	mean := max(0, p.end.Sub(p.last)) / time.Duration(n)
	return p.last.Add(time.Duration((0.2 + 1.6*p.r.Float64()) * float64(mean)))
}

// oneWorker kills one worker again and again, and starts it again at once.
func (h *harness) oneWorker(ctx context.Context, every time.Duration) (*scenario, error) {
	r := h.random(1)
	acts := plan(r, map[act]int{kill: h.kills, early: max(1, h.kills/20), leave: max(1, h.kills/10), outage: max(1, h.kills/40)})
	s := h.newScenario("one-worker", h.produce, length(acts, every))
	o := &oneWorker{h: h, s: s, acts: acts, r: r, key: filepath.Join(h.dir, s.name+"-worker.csv")}
	began := time.Now()
	err := o.run(ctx)
	if o.p != nil {
		o.p.Kill()
	}
	if o.watcher != nil {
		o.watcher.stop()
	}
	if err != nil {
		return nil, err
	}
	s.took = time.Since(began)
	if err := h.again(ctx, s, o.key); err != nil {
		return nil, err
	}
	return s, h.judge(ctx, s)
}

// oneWorker is the state of that scenario.
type oneWorker struct {
	h    *harness
	s    *scenario
	acts []act // still to come
	r    *rand.Rand
	key  string // where the worker leaves the key

	p       *kafkatest.Process
	started time.Time
	marks   map[int32]int64 // where the partitions ended when p was started
	watcher *watcher
	said    time.Time
}

func (o *oneWorker) start() (err error) {
	o.started = time.Now()
	o.p, err = o.h.start(o.s.program, o.s.args(o.key))
	return err
}

func (o *oneWorker) run(ctx context.Context) error {
	if err := o.start(); err != nil {
		return err
	}
	now := time.Now()
	pace := &pacer{o.r, now, now.Add(time.Duration(share * float64(o.s.paced)))}
	for len(o.acts) > 0 {
		a := o.acts[0]
		due := pace.next(len(o.acts))
		if a == early {
			due = time.Now().Add(time.Duration(o.r.Float64() * float64(300*time.Millisecond)))
		}
		ok, err := o.await(ctx, due, a)
		if err != nil {
			return err
		}
		if !ok {
			continue // it had to be started again
		}
		if ok, err = o.do(ctx, a); err != nil {
			return err
		}
		if ok {
			o.acts = o.acts[1:]
			pace.last = time.Now()
		}
		o.tell()
	}
	return o.finish(ctx)
}

// await waits until an act is due, and until the worker writes if the act wants
// one that does. False: the worker had ended by itself, and was started again.
func (o *oneWorker) await(ctx context.Context, due time.Time, a act) (bool, error) {
	writes := a == early
	for {
		if !writes {
			now, err := o.h.broker.ends(ctx, o.s.topic())
			if err != nil {
				return false, err
			}
			if writes = ahead(o.marks, now); writes {
				// Not always at the same point of its first transaction.
				if soon := time.Now().Add(time.Duration(o.r.Float64() * float64(time.Second/2))); due.Before(soon) {
					due = soon
				}
				if o.watcher == nil {
					if o.watcher, err = watch(o.h.broker.addrs(), o.s.topic()); err != nil {
						return false, err
					}
				}
			}
		}
		wait := 50 * time.Millisecond
		if writes {
			wait = time.Until(due)
		}
		select {
		case <-ctx.Done():
			return false, context.Cause(ctx)
		case <-o.p.Done():
			return false, o.restart(ctx)
		case <-time.After(wait):
			if writes {
				return true, nil
			}
		}
		if !writes && time.Since(o.started) > silence {
			return false, fmt.Errorf("%s: a worker has written nothing for %v: %s", o.s.name, silence, o.p.Log())
		}
	}
}

// silence is how long a worker may write nothing: a hang, not slowness.
const silence = 5 * time.Minute

// restart starts a worker again that has ended by itself.
func (o *oneWorker) restart(ctx context.Context) error {
	if o.p.Status() == 0 {
		return fmt.Errorf("%s: %w: %d acts were still to come", o.s.name, errTooShort, len(o.acts))
	}
	o.s.ended(o.h.broker, o.p)
	if err := o.s.hopeless(o.p); err != nil {
		return err
	}
	if err := sleep(ctx, time.Second/5); err != nil {
		return err
	}
	var err error
	if o.marks, err = o.h.broker.ends(ctx, o.s.topic()); err != nil {
		return err
	}
	return o.start()
}

// do does it; false: it came too late to count.
func (o *oneWorker) do(ctx context.Context, a act) (bool, error) {
	if a == outage {
		return true, o.interrupt(ctx)
	}
	if a == leave {
		o.s.leave(o.p)
		o.s.leaves++
	} else {
		o.p.Kill()
		if o.p.Status() >= 0 {
			return false, o.restart(ctx) // it had just ended by itself
		}
	}
	at := time.Now()
	open, err := o.h.broker.open(ctx, o.s.stream(), o.s.topic(), o.h.shards, o.started)
	if err != nil {
		return false, err
	}
	marks, err := o.h.broker.ends(ctx, o.s.topic())
	if err != nil {
		return false, err
	}
	counts := a == kill || a == early && ahead(o.marks, marks)
	switch {
	case a == leave:
		if open > 0 && !o.h.broker.unsettled() {
			o.s.fail("a worker that was asked to stop left %d transactions open", open)
		}
	case counts:
		o.s.kills++
		o.s.shards += open
		if open > 0 {
			o.s.open++
		}
	default:
		o.s.early++
	}
	if o.watcher != nil && a != leave {
		o.watcher.add(&o.s.afterKill, at, marks)
	}
	o.marks = marks
	return true, o.start()
}

// interrupt kills the broker; every other time the worker is killed while it is
// away.
func (o *oneWorker) interrupt(ctx context.Context) error {
	o.s.outages++
	at := time.Now()
	err := o.h.broker.outage(ctx, time.Duration(o.r.Float64()*float64(2*time.Second)), func() {
		if o.s.outages%2 == 0 {
			o.p.Kill()
			o.s.away++
		}
	})
	if err != nil {
		return err
	}
	o.s.absences = append(o.s.absences, time.Since(at))
	if o.marks, err = o.h.broker.ends(ctx, o.s.topic()); err != nil {
		return err
	}
	if o.watcher != nil {
		o.watcher.add(&o.s.afterOutage, at, o.marks)
	}
	if o.s.outages%2 == 0 {
		return o.start()
	}
	return nil
}

// tell says every ten seconds how far it is.
func (o *oneWorker) tell() {
	if time.Since(o.said) < 10*time.Second || o.watcher == nil {
		return
	}
	o.said = time.Now()
	o.h.say("%s: %d of %d kills, %d of them in an open transaction; %d records are committed", o.s.name, o.s.kills, o.h.kills, o.s.open, o.watcher.seen())
}

// finish waits until the worker has delivered all.
func (o *oneWorker) finish(ctx context.Context) error {
	o.h.say("%s: now left alone", o.s.name)
	hang := time.After(o.s.paced + silence)
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-hang:
			return fmt.Errorf("%s: the stream does not end: %s", o.s.name, o.p.Log())
		case <-o.p.Done():
			if o.p.Status() == 0 {
				return nil
			}
			if err := o.restart(ctx); err != nil {
				return err
			}
		}
	}
}
