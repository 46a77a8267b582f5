package kafkanauts

import (
	"cmp"
	"math"
	"slices"
	"sync/atomic"
	"time"

	"github.com/kafkanauts/kafkanauts/sink"
)

// meter tells the Config's Meter what a run does.
type meter struct {
	sink.Meter
	run      *run
	reached  []atomic.Uint64 // by lane, the place in the schedule before which all is delivered: bits of event seconds
	stop     chan struct{}
	finished chan struct{}
}

// beginMeter returns the meter of a run whose sinks are open; nil if there is nobody
// to tell.
func (r *run) beginMeter() *meter {
	if r.cfg.Meter == nil {
		return nil
	}
	m := &meter{Meter: r.cfg.Meter, run: r, reached: make([]atomic.Uint64, len(r.sinks))}
	for i := range m.reached {
		m.Add(r.shard(i), sink.CountRecords, 0)
		m.Set(r.shard(i), sink.GaugeActive, 1)
		m.Set(r.shard(i), sink.GaugeEvent, float64(r.events[i]))
		m.reach(i, float64(r.events[i]))
		if r.done[i].Step == r.end { // nothing of it is due any more, however late it is
			m.reach(i, math.Inf(1))
		}
	}
	if r.cfg.Speed > 0 {
		m.stop, m.finished = make(chan struct{}), make(chan struct{})
		go m.follow()
	}
	return m
}

// end tells that the run is over. After an error, what is due stays so.
func (m *meter) end(err error) {
	if m == nil {
		return
	}
	if m.stop != nil {
		close(m.stop)
		<-m.finished
	}
	for i := range m.reached {
		shard := m.run.shard(i)
		if m.stop != nil && err == nil {
			m.Set(shard, sink.GaugeLag, 0)
			m.Set(shard, sink.GaugeBacklog, 0)
		}
		m.Set(shard, sink.GaugeActive, 0)
	}
}

// shard returns by what number a lane is known.
func (r *run) shard(lane int) int {
	if !r.sharded {
		return -1
	}
	return r.own[lane]
}

// delivered tells what a lane's sink has taken, up to an event second. c may be
// nil.
func (m *meter) delivered(lane int, c *counts, event int64) {
	if m == nil {
		return
	}
	shard := m.run.shard(lane)
	if c != nil && c.records > 0 {
		m.Add(shard, sink.CountRecords, c.records)
		m.Add(shard, sink.CountBytes, c.bytes)
	}
	m.Set(shard, sink.GaugeEvent, float64(event))
}

// reach notes that all that a lane is to send before an event second, as the
// schedule counts them, is delivered.
func (m *meter) reach(lane int, second float64) {
	if m != nil {
		m.reached[lane].Store(math.Float64bits(second))
	}
}

// A paced run tells how late it is so often, but spends at most one part in mostShare
// of its time on finding out.
const (
	followEvery = 200 * time.Millisecond
	mostShare   = 20
)

// follow tells how far each lane is behind the schedule, whether or not its
// sink takes anything, until the run is over.
func (m *meter) follow() {
	defer close(m.finished)
	lanes := make([]behind, len(m.reached))
	next := time.NewTimer(0)
	defer next.Stop()
	for {
		select {
		case <-m.stop:
			return
		case <-next.C:
		}
		began := time.Now()
		m.late(lanes, began)
		for _, l := range lanes {
			m.Set(m.run.shard(l.lane), sink.GaugeLag, l.lag.Seconds())
			m.Set(m.run.shard(l.lane), sink.GaugeBacklog, l.backlog)
		}
		next.Reset(max(followEvery, mostShare*time.Since(began)))
	}
}

// behind is how far a lane is behind the schedule.
type behind struct {
	lane    int
	reached float64 // event second
	due     float64 // event second up to which all is due
	lag     time.Duration
	backlog float64 // records
}

// late fills in how far all lanes are behind at a time.
func (m *meter) late(lanes []behind, at time.Time) {
	r := m.run
	for i := range lanes {
		reached := math.Float64frombits(m.reached[i].Load())
		now := at.Sub(r.origins[i])
		lanes[i] = behind{lane: i, reached: reached, lag: max(0, now-r.due(reached)),
			due: min(float64(r.from)+now.Seconds()*r.cfg.Speed, float64(r.to))}
	}
	share := 1.0
	if r.sharded {
		share /= float64(r.cfg.Shards)
	}
	// From the most advanced lane on, each adds to the backlog of the one before, if
	// they share a schedule.
	slices.SortFunc(lanes, func(a, b behind) int { return cmp.Or(cmp.Compare(a.due, b.due), cmp.Compare(b.reached, a.reached)) })
	var backlog, due float64
	for i := range lanes {
		l := &lanes[i]
		if i == 0 || l.due != lanes[i-1].due {
			backlog, due = 0, l.due
		}
		if l.reached < due {
			backlog += share * r.plan.Expect(eventTime(l.reached), eventTime(due))
			due = l.reached
		}
		l.backlog = backlog
	}
}

// eventTime returns the time of an event second and its fraction.
func eventTime(second float64) time.Time {
	whole, fraction := math.Modf(second)
	return time.Unix(int64(whole), int64(fraction*1e9)).UTC()
}

// ends returns up to where in the schedule all is delivered once a step is, in
// event seconds.
func (r *run) ends(step int64) float64 {
	if step == r.end-1 {
		return math.Inf(1)
	}
	_, next := r.plan.Bounds(step)
	return float64(next.Unix()) + float64(next.Nanosecond())/1e9
}
