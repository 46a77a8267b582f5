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

// resume asks a sink that remembers how far each lane is delivered, and leaves out
// the steps that all of them have.
func (r *run) resume(ctx context.Context) error {
	r.done = make([]sink.Position, len(r.sinks))
	resumer, ok := r.dst.(sink.Resumer)
	if !ok {
		return nil
	}
	errs := make([]error, len(r.sinks))
	var wg sync.WaitGroup
	for i := range r.sinks {
		shard := -1
		if r.sharded {
			shard = r.own[i]
		}
		wg.Go(func() { r.done[i], errs[i] = resumer.Resume(ctx, shard) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	first := r.end
	for i := range r.done {
		d := &r.done[i]
		if d.Done {
			d.Step = r.end
		}
		if d.Step < 0 || d.Step > r.end || d.Records < 0 || d.Lost < 0 {
			return fmt.Errorf("kafkanauts: the sink says that it holds a stream up to record %d of step %d; this one has %d steps", d.Records, d.Step, r.end)
		}
		if r.cfg.Limit > 0 && (d.Step > r.first || d.Records > 0) {
			return errors.New("kafkanauts: a stream with a Limit cannot go on where another run ended, since where it is cut depends on all its shards")
		}
		first = min(first, d.Step)
	}
	s := *r.Stream
	s.first = s.end
	if first < s.end {
		from, _ := s.seconds(first)
		s.first = s.before(from)
	}
	s.first = max(s.first, r.first)
	r.Stream = &s
	return nil
}

// schedule says when the lanes of a paced run are due.
func (r *run) schedule() {
	r.events = slices.Repeat([]int64{r.from}, len(r.sinks))
	r.origins = slices.Repeat([]time.Time{r.started}, len(r.sinks))
	// What goes on from here has its earliest record due now.
	at := r.to
	for i := range r.done {
		if r.done[i].Step < r.end {
			from, _ := r.seconds(r.done[i].Step)
			r.events[i] = max(r.from, from)
		} else {
			r.events[i] = r.to
		}
		at = min(at, r.events[i])
	}
	if r.cfg.Speed == 0 {
		return
	}
	for i := range r.origins {
		if r.origins[i] = r.done[i].Began; r.origins[i].IsZero() {
			r.origins[i] = r.started.Add(-r.due(float64(at)))
		}
	}
}

// rest leaves of a lane's part of a step what is not delivered yet, and reports
// whether it is to be written.
func (r *run) rest(m *maker, i int) (bool, error) {
	d := &r.done[i]
	if m.step != d.Step || d.Records == 0 && d.Lost == 0 {
		return m.step >= d.Step, nil
	}
	l := &m.lanes[i]
	b := &l.batch
	if d.Records > len(b.Records) || d.Lost > len(b.Lost) {
		return false, fmt.Errorf("kafkanauts: the sink says that it holds %d records of step %d and %d lost ones; it has %d and %d",
			d.Records, m.step, d.Lost, len(b.Records), len(b.Lost))
	}
	bytes := 0
	for k := range b.Records[:d.Records] {
		bytes += len(b.Records[k].Value) + 1
	}
	if l.arranged {
		l.whens = l.whens[d.Records:]
	}
	b.Records, b.Lost, b.Lines, l.segments = b.Records[d.Records:], b.Lost[d.Lost:], b.Lines[bytes:], l.segments[d.Records:]
	l.recount()
	return true, nil
}
