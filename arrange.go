package kafkanauts

import (
	"bytes"
	"cmp"
	"container/heap"
	"math"
	"slices"

	"github.com/kafkanauts/kafkanauts/order"
)

// arranger puts what the makers made, step by step, into the order in which it
// is sent: what is late waits for its time, what a window does not have is left out, and
// what exceeds the limit is cut.
type arranger struct {
	s       *Stream
	waiting []queue          // by lane
	left    uint64           // of the limit; without one, more than there can be
	bad     map[uint64]error // what is wrong with orders made so far, by Seq
}

func newArranger(s *Stream, lanes int) *arranger {
	a := &arranger{s: s, waiting: make([]queue, lanes), left: s.cfg.Limit}
	if a.left == 0 {
		a.left--
	}
	return a
}

// queue is a heap of what waits to be sent, what is sent first on top.
type queue []*moved

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return before(q[i], q[j]) < 0 }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(*moved)) }
func (q *queue) Pop() any {
	old := *q
	x := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	return x
}

// before is the order of emission.
func before(a, b *moved) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.record.Seq, b.record.Seq), cmp.Compare(a.record.Copy, b.record.Copy))
}

// arrange finishes a step. It returns whether the limit is reached.
func (a *arranger) arrange(m *maker) (done bool) {
	s := a.s
	from, to := s.seconds(m.step)
	last := m.step == s.end-1
	inside := from >= s.from && to <= s.to && !last
	records := uint64(0)
	for i := range m.lanes {
		l := &m.lanes[i]
		// Most steps are in order as they were made.
		if !inside || len(l.late) > 0 || len(a.waiting[i]) > 0 {
			a.rebuild(l, i, to, last)
		}
		records += uint64(len(l.batch.Records))
	}
	if records >= a.left {
		a.cut(m)
		return true
	}
	a.left -= records
	return false
}

// wrong returns what is wrong with the first bad order that is sent, or lost, in
// this step, as arranged; it may have been made in an earlier one.
func (a *arranger) wrong(m *maker) error {
	for _, b := range m.bad {
		if a.bad == nil {
			a.bad = make(map[uint64]error)
		}
		a.bad[b.seq] = b.err
	}
	if len(a.bad) == 0 {
		return nil
	}
	for i := range m.lanes {
		for _, records := range [][]order.Record{m.lanes[i].batch.Records, m.lanes[i].batch.Lost} {
			for k := range records {
				if err := a.bad[records[k].Seq]; err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// rebuild merges the lane's step with what waits to be sent before second to.
func (a *arranger) rebuild(l *lane, lane int, to int64, last bool) {
	s := a.s
	wait := &a.waiting[lane]
	for i := range l.late {
		heap.Push(wait, l.late[i].clone())
	}
	if !last || !s.final {
		to = min(to, s.to)
	} else {
		to = math.MaxInt64
	}
	due := func(than *moved) bool {
		return len(*wait) > 0 && (*wait)[0].at < to && (than == nil || before((*wait)[0], than) < 0)
	}
	b := &l.batch
	records, segments := b.Records, l.segments
	b.Records, l.segments, l.whens = l.spare.records[:0], l.spare.segments[:0], l.whens[:0]
	lines := l.spare.lines[:0]
	emit := func(at int64, r *order.Record, segment int32) {
		if at < s.from {
			return
		}
		start := len(lines)
		lines = append(lines, r.Value...)
		lines = append(lines, '\n')
		b.Records = append(b.Records, *r)
		l.segments = append(l.segments, segment)
		l.whens = append(l.whens, at)
		e := &b.Records[len(b.Records)-1]
		e.Value = lines[start : len(lines)-1 : len(lines)-1]
	}
	next := func() {
		w := heap.Pop(wait).(*moved)
		emit(w.at, &w.record, w.segment)
	}
	for i := range records {
		r := moved{at: records[i].Order.Time.Unix(), segment: segments[i], record: records[i]}
		if r.at >= s.to {
			break
		}
		for due(&r) {
			next()
		}
		emit(r.at, &r.record, r.segment)
	}
	for due(nil) {
		next()
	}
	b.Lost = slices.DeleteFunc(b.Lost, func(r order.Record) bool {
		at := r.Order.Time.Unix()
		return at < s.from || at >= s.to
	})
	l.spare.records, l.spare.segments, l.spare.lines = records, segments, b.Lines
	b.Lines = lines
	l.arranged = true
	l.recount()
}

// clone returns m with memory of its own.
func (m *moved) clone() *moved {
	c := *m
	r := &c.record
	o := *r.Order
	r.Order = &o
	if r.Key != nil {
		r.Key = bytes.Clone(r.Key)
	}
	r.Value = bytes.Clone(r.Value)
	if r.Truth != nil {
		t := order.Truth{Tags: slices.Clone(r.Truth.Tags), Faults: slices.Clone(r.Truth.Faults)}
		for i := range t.Faults {
			t.Faults[i].Was = bytes.Clone(t.Faults[i].Was)
		}
		r.Truth = &t
	}
	return &c
}

// cut leaves the step's first records up to the limit, in merged order, and
// what was lost before the last of them.
func (a *arranger) cut(m *maker) {
	keep := make([]int, len(m.lanes))
	var lastSeq uint64
	for ; a.left > 0; a.left-- {
		best := -1
		var first moved
		for i := range m.lanes {
			l := &m.lanes[i]
			if keep[i] == len(l.batch.Records) {
				continue
			}
			r := moved{at: l.when(keep[i]), record: l.batch.Records[keep[i]]}
			if best < 0 || before(&r, &first) < 0 {
				best, first = i, r
			}
		}
		if best < 0 {
			break
		}
		keep[best]++
		lastSeq = max(lastSeq, first.record.Seq)
	}
	for i := range m.lanes {
		l := &m.lanes[i]
		b := &l.batch
		bytes := 0
		for _, r := range b.Records[:keep[i]] {
			bytes += len(r.Value) + 1
		}
		b.Records, b.Lines = b.Records[:keep[i]], b.Lines[:bytes]
		b.Lost = slices.DeleteFunc(b.Lost, func(r order.Record) bool { return r.Seq > lastSeq })
		l.recount()
	}
}

// when returns the second at which record i of the lane is sent.
func (l *lane) when(i int) int64 {
	if l.arranged {
		return l.whens[i]
	}
	return l.batch.Records[i].Order.Time.Unix()
}

// recount counts what the lane now has.
func (l *lane) recount() {
	l.counts.reset()
	for i := range l.batch.Records {
		l.counts.add(l.segments[i], &l.batch.Records[i], false)
	}
	for i := range l.batch.Lost {
		l.counts.add(0, &l.batch.Lost[i], true)
	}
}
