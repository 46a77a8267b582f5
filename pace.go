package kafkanauts

import (
	"context"
	"time"

	"github.com/kafkanauts/kafkanauts/sink"
)

// slice is how long the parts of a paced step are, in seconds of the wall
// clock, as far as whole seconds of event time allow.
const slice = 0.1

// due returns when a record that is sent at an event second is due, counted
// from when the window's first instant is.
func (r *run) due(second float64) time.Duration {
	return time.Duration(min((second-float64(r.from))/r.cfg.Speed, mostWait.Seconds()) * float64(time.Second))
}

// mostWait is longer than any run, and short enough to be added to any time.
const mostWait = 200 * 365 * 24 * time.Hour

// pace writes a lane of a step as it falls due: in as many parts as its event
// time has slices of about a tenth of a second of the clock. How it is cut depends on
// the Config and its Speed alone. A part without records is left out.
func (r *run) pace(ctx context.Context, step int64, l *lane, i int) error {
	from, to := r.seconds(step)
	all := l.batch
	width := int64(min(max(1, r.cfg.Speed*slice), 1<<32))
	parts := max(1, (to-from+width-1)/width)
	if step == r.end-1 && len(all.Records) > 0 { // holds what was delayed beyond the end
		if last := l.when(len(all.Records) - 1); last >= to {
			parts = (last-from)/width + 1
		}
	}
	fraction := float64(step%r.perSecond) / float64(r.perSecond)
	var c counts
	c.init(len(r.segments))
	record, lost, line := 0, 0, 0
	for part := int64(0); part < parts; part++ {
		end := from + (part+1)*width
		b := sink.Batch{Shard: all.Shard, Step: all.Step, Part: int(part), Parts: int(parts)}
		first, firstLost, firstLine := record, lost, line
		c.reset()
		last := from
		for ; record < len(all.Records) && (part == parts-1 || l.when(record) < end); record++ {
			last = l.when(record)
			c.add(l.segments[record], &all.Records[record], false)
			line += len(all.Records[record].Value) + 1
		}
		for ; lost < len(all.Lost) && (part == parts-1 || all.Lost[lost].Order.Time.Unix() < end); lost++ {
			c.add(0, &all.Lost[lost], true)
		}
		b.Records, b.Lost = all.Records[first:record:record], all.Lost[firstLost:lost:lost]
		if !r.binary {
			b.Lines = all.Lines[firstLine:line:line]
		}
		if len(b.Records) == 0 && len(b.Lost) == 0 {
			continue
		}
		start := float64(end-width) + fraction
		if record > first {
			start = float64(l.when(first)) + fraction
		}
		r.meter.reach(i, start)
		// All of a part is sent when its last record is due, so that none is early.
		origin := r.origins[i]
		if err := wait(ctx, origin.Add(r.due(float64(last)+fraction))); err != nil {
			return err
		}
		sent := time.Since(origin)
		for k := first; k < record; k++ {
			c.late(max(0, sent-r.due(float64(l.when(k))+fraction)))
		}
		if err := r.sinks[i].Write(ctx, &b); err != nil {
			return err
		}
		r.delivered(&c, i, min(end, to))
	}
	r.delivered(nil, i, to)
	r.meter.reach(i, r.ends(step))
	return nil
}

func wait(ctx context.Context, until time.Time) error {
	d := time.Until(until)
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
