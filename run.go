package kafkanauts

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/kafkanauts/kafkanauts/sink"
)

// run is one Run of a stream.
type run struct {
	*Stream
	dst     sink.Sink
	sharded bool
	sinks   []sink.Sink     // by lane
	done    []sink.Position // by lane: what an earlier run has delivered
	origins []time.Time     // by lane: when the window's first instant is due, if the run is paced

	mu      sync.Mutex
	started time.Time
	expect  float64 // orders in the window
	total   counts
	events  []int64   // by lane, the Unix second up to which it has delivered
	shown   time.Time // when Progress was called last
	meter   *meter
}

// progressEvery is how often Progress is called at the most.
const progressEvery = 200 * time.Millisecond

func (r *run) run(ctx context.Context) (Report, error) {
	r.total.init(len(r.segments))
	r.expect = r.plan.Expect(unix(r.from), unix(r.to)) * float64(len(r.own)) / float64(r.cfg.Shards)
	if r.cfg.Limit > 0 {
		r.expect = min(r.expect, float64(r.cfg.Limit))
	}
	err := r.open(ctx)
	if err == nil {
		err = r.resume(ctx)
	}
	r.started = time.Now()
	if err == nil {
		r.schedule()
		r.meter = r.beginMeter()
		r.logBegun(ctx)
		err = r.deliver(ctx)
	}
	if err = r.finish(ctx, err); err != nil && ctx.Err() != nil && !errors.Is(err, context.Cause(ctx)) {
		err = errors.Join(context.Cause(ctx), err)
	}
	rep := r.report(&r.total)
	rep.Expected = r.expect
	rep.Elapsed = time.Since(r.started)
	rep.Rate = float64(rep.Records) / max(rep.Elapsed.Seconds(), 1e-9)
	if rep.Records > 0 && r.cfg.Speed > 0 {
		rep.Lag = Lag{time.Duration(r.total.lagSum / float64(rep.Records)), r.total.lagMax}
	}
	r.progress(true)
	r.meter.end(err)
	r.logEnded(ctx, &rep, err)
	if err != nil {
		err = fmt.Errorf("kafkanauts: the run ended after %d records: %w", rep.Records, err)
	}
	return rep, err
}

// open gets the sinks ready.
func (r *run) open(ctx context.Context) error {
	sharder, ok := r.dst.(sink.Sharder)
	r.sharded = ok
	if o, ok := r.dst.(sink.Opener); ok {
		session := sink.Session{Shards: r.cfg.Shards, Key: r.cfg.Key, Encoding: r.cfg.Encoding, From: r.from, To: r.to,
			Merged: !r.sharded, Speed: r.cfg.Speed, Limited: r.cfg.Limit > 0, Meter: r.cfg.Meter, Recipe: r.recipe}
		if err := o.Open(ctx, &session); err != nil {
			return err
		}
	}
	if !r.sharded {
		r.sinks = []sink.Sink{r.dst}
		return nil
	}
	for _, i := range r.own {
		s, err := sharder.Shard(i)
		if err != nil {
			return err
		}
		r.sinks = append(r.sinks, s)
	}
	return nil
}

// deliver writes every step to the sinks: each lane on a goroutine of its own
// if there are several.
func (r *run) deliver(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if !r.sharded {
		return r.produce(ctx, false, 0, func(m *maker) error {
			defer m.release()
			rest, err := r.rest(m, 0)
			if err != nil || !rest {
				return err
			}
			return r.write(ctx, m, 0)
		})
	}
	ahead := 0
	for _, s := range r.sinks {
		if _, ok := s.(sink.Pipeliner); ok && r.cfg.Speed == 0 {
			ahead = flying
		}
	}
	var wg sync.WaitGroup
	lanes := make([]chan *maker, len(r.sinks))
	errs := make([]error, len(r.sinks))
	for i := range lanes {
		lanes[i] = make(chan *maker, r.depth()+ahead) // as many as there can be: sending never blocks
		wg.Go(func() {
			errs[i] = r.lane(ctx, i, lanes[i], func(err error) { cancel(&laneError{err, i}) })
		})
	}
	err := r.produce(ctx, true, ahead, func(m *maker) error {
		for i := range lanes {
			lanes[i] <- m
		}
		return nil
	})
	for i := range lanes {
		close(lanes[i])
	}
	wg.Wait()
	if err == nil {
		err = context.Cause(ctx)
	}
	// Beside what ended the run, only what does not follow from it.
	first := -1
	if l, ok := err.(*laneError); ok {
		first, err = l.lane, l.error
	}
	all := []error{err}
	for i, e := range errs {
		if e != nil && i != first && !errors.Is(e, context.Canceled) && !errors.Is(e, err) {
			all = append(all, e)
		}
	}
	return errors.Join(all...)
}

// flying is how many steps a Pipeliner has on their way at the most.
const flying = 32

// lane delivers the steps of one lane to its sink and releases each. After an error,
// which it tells fail, it only releases.
func (r *run) lane(ctx context.Context, i int, steps <-chan *maker, fail func(error)) (err error) {
	note := func(e error) {
		if e != nil && err == nil {
			err = e
			r.logFailed(ctx, i, e)
			fail(e)
		}
	}
	p, ok := r.sinks[i].(sink.Pipeliner)
	if !ok || r.cfg.Speed > 0 {
		for m := range steps {
			if ctx.Err() == nil {
				rest, e := r.rest(m, i)
				if note(e); e == nil && rest {
					note(r.write(ctx, m, i))
				}
			}
			m.release()
		}
		return err
	}
	var begun []*maker
	end := func() {
		m := begun[0]
		begun = begun[:copy(begun, begun[1:])]
		e := p.End(ctx)
		if note(e); e == nil {
			_, to := r.seconds(m.step)
			r.delivered(&m.lanes[i].counts, i, to)
		}
		m.release()
	}
	for {
		var m *maker
		more := true
		if len(begun) == 0 {
			m, more = <-steps
		} else {
			select {
			case m, more = <-steps:
			default:
			}
		}
		switch {
		case !more:
			for len(begun) > 0 {
				end()
			}
			return err
		case m == nil: // nothing to begin yet
			end()
			continue
		}
		if len(begun) == flying {
			end()
		}
		if ctx.Err() == nil && err == nil {
			rest, e := r.rest(m, i)
			if e == nil && rest {
				e = p.Begin(ctx, m.lanes[i].handed(r.Stream))
			}
			if note(e); e == nil && rest {
				begun = append(begun, m)
				continue
			}
		}
		m.release()
	}
}

// laneError is the error of a lane's sink, as the cause of a context.
type laneError struct {
	error
	lane int
}

// finish ends all sinks: the shards', then the one that they are of.
func (r *run) finish(ctx context.Context, err error) error {
	ctx = context.WithoutCancel(ctx)
	errs := []error{err}
	end := func(s sink.Sink) {
		e := sink.End(ctx, s, err)
		if e != nil && !errors.Is(err, e) {
			errs = append(errs, e)
		}
		if err == nil {
			err = e // what follows is aborted
		}
	}
	if r.sharded {
		for _, s := range r.sinks {
			end(s)
		}
	}
	end(r.dst)
	return errors.Join(errs...)
}

// write hands one lane of a step to its sink: at once, or part by part as they
// fall due.
func (r *run) write(ctx context.Context, m *maker, i int) error {
	l := &m.lanes[i]
	_, to := r.seconds(m.step)
	if r.cfg.Speed > 0 {
		return r.pace(ctx, m.step, l, i)
	}
	if len(l.batch.Records) > 0 || len(l.batch.Lost) > 0 {
		if err := r.sinks[i].Write(ctx, l.handed(r.Stream)); err != nil {
			return err
		}
	}
	r.delivered(&l.counts, i, to)
	return nil
}

// delivered adds to the totals what a lane's sink has taken, up to an event
// second. c may be nil.
func (r *run) delivered(c *counts, lane int, event int64) {
	r.mu.Lock()
	if c != nil {
		r.total.merge(c)
	}
	event = max(r.events[lane], event)
	r.events[lane] = event
	r.mu.Unlock()
	r.meter.delivered(lane, c, event)
	r.progress(false)
}

func (r *run) progress(last bool) {
	if r.cfg.Progress == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if !last && now.Sub(r.shown) < progressEvery {
		return
	}
	r.shown = now
	event := r.from
	if len(r.events) > 0 {
		event = min(slices.Min(r.events), r.to)
	}
	r.cfg.Progress(Progress{Records: r.total.records, Bytes: r.total.bytes, Expected: r.expect,
		Event: unix(event), Elapsed: now.Sub(r.started)})
}
