package corrupt

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/kafkanauts/kafkanauts/internal/dmath"
	"github.com/kafkanauts/kafkanauts/internal/keyed"
	"github.com/kafkanauts/kafkanauts/order"
)

// Worker applies a Process to the records of one shard, step by step. For every
// step, call Begin, and then for the records 0, 1, … in this order Hit, and
// Apply where Hit returned true:
//
//	at := new(order.Spans)
//	w.Begin(key, n)
//	for i := range n {
//		start := len(buf)
//		if !w.Hit(i, &orders[i]) {
//			buf = enc.Append(buf, &orders[i], nil)
//			continue
//		}
//		buf = enc.Append(buf, &orders[i], at)
//		buf, outcome = w.Apply(buf, start, i, i == n-1, &orders[i], at)
//	}
//
// It is scratch: for one goroutine at a time, and without allocations once it is
// warm.
type Worker struct {
	next   int // the first record at which there is something to do
	n      int
	p      *Process
	sites  []site // by damage
	struck []int  // the damages that strike the record that Hit was asked for
	source keyed.Source
	rand   *rand.Rand // over source; it has no state of its own
	edit   Edit
	front  []byte // the bytes of joined records, to stand in front of the next
	joiner string // the strategy that joined the last of them
}

// site is where one damage stands in a step.
type site struct {
	next          int // the next record at which it may strike
	coins, strike keyed.Key
	gap           keyed.Source
}

// never is the index of no record.
const never = math.MaxInt

// Outcome is what became of a record. Faults, Copies and their Was are valid
// until the Worker's next Begin.
type Outcome struct {
	Faults          []order.Fault // what was done to the record; empty: it is clean after all
	Copies          []order.Fault // if Repeats > 0, what was done to each copy: Faults and, as the last, the repetition
	Dropped, Joined bool          // it is not sent by itself; its value is empty
	Delay           time.Duration // how much later than its time it is sent
	Repeats         int           // how many copies of it follow, ...
	After           time.Duration // ... each so long after the one before it
}

// Worker returns a new Worker of p.
func (p *Process) Worker() *Worker {
	w := &Worker{p: p, next: never, sites: make([]site, len(p.damages)), struck: make([]int, 0, len(p.damages))}
	w.rand = rand.New(&w.source)
	w.edit.encoding = p.encoding
	w.edit.quoter, _ = p.encoding.(order.Quoter)
	w.edit.binary = order.IsBinary(p.encoding)
	return w
}

// Begin starts a step of n records. All that happens in it is a function of key,
// the strategies' names, the records' indices and the records. What Apply
// returned before becomes invalid.
func (w *Worker) Begin(key uint64, n int) {
	w.n, w.next = n, never
	w.edit.faults, w.edit.was = w.edit.faults[:0], w.edit.was[:0]
	w.front = w.front[:0]
	for i := range w.p.damages {
		d, s := &w.p.damages[i], &w.sites[i]
		k := keyed.Key(key).With(d.hash)
		s.strike, s.coins = k.With(1), k.With(2)
		s.gap.Reset(k.With(3))
		s.next = d.after(-1, n, &s.gap)
		w.next = min(w.next, s.next)
	}
}

// after returns the first record after i at which d may strike: the gaps between
// such records are geometric. It returns never if that is n or later.
func (d *damage) after(i, n int, gap *keyed.Source) int {
	i++
	if !d.every {
		if d.bound == 0 {
			return never
		}
		// The integer part of an exponential number is geometric; with a rate of
		// -ln(1-p) each record has probability p (Devroye 1986, X.2).
		g := float64(d.scale * dmath.Log(gap.Open()))
		if !(g < float64(n-i)) {
			return never
		}
		i += int(g)
	}
	if i >= n {
		return never
	}
	return i
}

// Hit returns whether there is anything to do to record i, whose clean order is
// o. Where nothing is, it is one comparison.
func (w *Worker) Hit(i int, o *order.Order) bool { return i >= w.next && w.hit(i, o) }

func (w *Worker) hit(i int, o *order.Order) bool {
	w.struck = w.struck[:0]
	next := never
	for k := range w.sites {
		s := &w.sites[k]
		if s.next <= i {
			d := &w.p.damages[k]
			if s.next == i && (d.sure || s.coin(i)*d.bound < d.when.Chance(o)) {
				w.struck = append(w.struck, k)
			}
			s.next = d.after(i, w.n, &s.gap)
		}
		next = min(next, s.next)
	}
	w.next = next
	return len(w.struck) > 0 || len(w.front) > 0
}

func (s *site) coin(i int) float64 {
	src := keyed.New(s.coins.With(uint64(i)))
	return src.Float64()
}

// Apply damages record i, for which Hit returned true just before. Its clean
// value is buf[start:], the last thing in buf, with the fields of *o at *at; last
// says that no record follows in the step. Apply returns buf with what the value
// has become in its place, *at its extents, and what was done. If the
// record was lost, there is nothing in its place.
func (w *Worker) Apply(buf []byte, start, i int, last bool, o *order.Order, at *order.Spans) ([]byte, Outcome) {
	e := &w.edit
	e.order, e.buf, e.start, e.at, e.last = o, buf, start, at, last
	e.fronted, e.fate = len(w.front) > 0, fate{}
	first := len(e.faults)
	for _, k := range w.struck {
		if e.fate.lost != 0 {
			break
		}
		d := &w.p.damages[k]
		w.source.Reset(w.sites[k].strike.With(uint64(i)))
		e.try(d.Strategy, d.name, d.reach, w.rand)
	}
	w.settle(i)

	f := &e.fate
	out := Outcome{
		Dropped: f.lost == order.Dropped, Joined: f.lost == order.Joined,
		Delay: time.Duration(f.delay) * time.Second, Repeats: f.copies, After: time.Duration(f.after) * time.Second,
	}
	n := len(e.faults)
	if f.copies > 0 {
		e.faults = append(e.faults, order.Fault{Strategy: f.repeater, Op: order.Repeated, By: out.After})
		out.Copies = e.faults[first : n+1 : n+1]
	}
	out.Faults = e.faults[first:n:n]
	buf = e.buf
	e.order, e.buf, e.at = nil, nil, nil
	return buf, out
}

// settle passes on the bytes of records that are joined to the next: behind the
// record if it is itself joined, past it if it is dropped, else in front of it.
func (w *Worker) settle(i int) {
	e := &w.edit
	switch e.fate.lost {
	case order.Joined:
		joined := &e.faults[len(e.faults)-1]
		w.front = append(w.front, joined.Was...)
		w.joiner = joined.Strategy
	case order.Dropped:
	default:
		if n := len(w.front); n > 0 {
			e.buf = slices.Replace(e.buf, e.start, e.start, w.front...)
			moveAll(e.at, int32(n))
			e.by = w.joiner
			e.log(order.Fault{Op: order.Joined, End: n})
			w.front = w.front[:0]
		}
	}
	if len(w.front) > 0 {
		w.next = i + 1
	}
}
