package kafkanauts

import (
	"context"
	"time"

	"github.com/kafkanauts/kafkanauts/sink"
)

// slice is how long the parts of a paced step are, in seconds of the wall
// clock, as far as whole seconds of event time allow.
const slice = 0.1

// due returns when a record that is sent at an event second is due, given the
// second with which the run began.
func (r *run) due(second float64) time.Time {
	return r.started.Add(time.Duration((second - float64(r.from)) / r.cfg.Speed * float64(time.Second)))
}

// pace writes a lane of a step as it falls due: in as many parts as its event
// time has slices of about a tenth of a second of the clock. How it is cut depends on
// the Config and its Speed alone. A part without records is left out.
func (r *run) pace(ctx context.Context, step int64, l *lane, i int) error {
	from, to := r.seconds(step)
	all := l.batch
	width := max(1, int64(r.cfg.Speed*slice))
	parts := max(1, (to-from+width-1)/width)
	if step == r.end-1 && len(all.Records) > 0 { // holds what was delayed beyond the end
		if last := l.when(len(all.Records) - 1); last >= to {
			parts = (last-from)/width + 1
		}
	}
	var c counts
	c.init(len(r.segments))
	record, lost, line := 0, 0, 0
	for part := range parts {
		end := from + (part+1)*width
		b := sink.Batch{Shard: all.Shard, Step: all.Step, Part: int(part), Parts: int(parts)}
		first, firstLost, firstLine := record, lost, line
		c.reset()
		for ; record < len(all.Records) && (part == parts-1 || l.when(record) < end); record++ {
			c.add(l.segments[record], &all.Records[record], false)
			line += len(all.Records[record].Value) + 1
		}
		for ; lost < len(all.Lost) && (part == parts-1 || all.Lost[lost].Order.Time.Unix() < end); lost++ {
			c.add(0, &all.Lost[lost], true)
		}
		b.Records, b.Lost, b.Lines = all.Records[first:record:record], all.Lost[firstLost:lost:lost], all.Lines[firstLine:line:line]
		if len(b.Records) == 0 && len(b.Lost) == 0 {
			continue
		}
		due := r.due(r.second(&b, l, record-1, step))
		if err := wait(ctx, due); err != nil {
			return err
		}
		lag := max(0, time.Since(due))
		if err := r.sinks[i].Write(ctx, &b); err != nil {
			return err
		}
		r.delivered(&c, min(end, to), lag, len(b.Records))
	}
	return nil
}

// second returns the event second at which the last record of a part is sent,
// with the fraction that steps shorter than a second have.
func (r *run) second(b *sink.Batch, l *lane, last int, step int64) float64 {
	fraction := float64(step%r.perSecond) / float64(r.perSecond)
	if len(b.Records) == 0 {
		return float64(b.Lost[len(b.Lost)-1].Order.Time.Unix()) + fraction
	}
	return float64(l.when(last)) + fraction
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
