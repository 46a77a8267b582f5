package demand

import (
	"fmt"
	"math"
	"time"

	"github.com/kafkanauts/kafkanauts/internal/keyed"
)

// Arrival is one order's when and where.
type Arrival struct {
	Unix    int64 // event time: whole seconds, rounded down
	Segment int32 // index into the market
}

// Sampler draws the arrivals of a plan. It is the scratch of one worker: not safe
// for concurrent use. It allocates nothing after NewSampler but what Draw's dst
// needs.
type Sampler struct {
	plan   *Plan
	rates  []float64
	work   []int32
	knots  [rows]knot
	cells  alias // the knots' tables, one after the other
	pieces []piece
	zones  []era // by the index of the zone
}

// rows is the number of knots of the longest step, both ends included.
const rows = 3600/knotSeconds + 1

// knot is what a Sampler has of a knot: knot k is kept in row k % rows.
type knot struct {
	k     int64 // -1: none
	total float64
}

// piece is a part of a step within which the rates are linear.
//
// With phi in [0,1) the time within the piece, the orders of a shard up to phi
// are a phi + d phi²/2.
type piece struct {
	unix           int64   // where it begins
	seconds        float64 // its length, or 0 if it lies within a second
	a, d           float64
	mass           float64 // a + d/2
	from, width    float64 // where it lies between the knots, in [0,1]
	total0, total1 float64 // all rates at the knots
	row            [2]int  // where the knots' tables begin in cells
}

// era is a span of Unix seconds through which a zone has one offset.
type era struct {
	from   int64
	width  uint64
	offset int
}

// NewSampler returns a sampler with no step loaded.
func (p *Plan) NewSampler() *Sampler {
	s := &Sampler{plan: p, rates: make([]float64, len(p.market)), work: make([]int32, len(p.market)), cells: make(alias, rows*len(p.market)), zones: make([]era, len(p.zones))}
	for i := range s.knots {
		s.knots[i].k = -1
	}
	s.pieces = make([]piece, 0, rows)
	return s
}

// Load prepares the drawing of a step's arrivals, for all shards. The error says
// that there is no such step, or which curve breaks its contract in it, and then
// Draw draws nothing.
func (s *Sampler) Load(step int64) error {
	p := s.plan
	s.pieces = s.pieces[:0]
	if step < 0 || step >= p.Steps() {
		return fmt.Errorf("demand: no step %d; the plan has %d, from 0", step, p.Steps())
	}
	tick, end := step*p.step, min((step+1)*p.step, p.ticks)
	for tick < end {
		k := tick / p.knot
		next := min(end, (k+1)*p.knot)
		k0, err := s.knot(k)
		if err != nil {
			s.pieces = s.pieces[:0]
			return err
		}
		k1, err := s.knot(k + 1)
		if err != nil {
			s.pieces = s.pieces[:0]
			return err
		}
		from := float64(tick-k*p.knot) / float64(p.knot)
		to := float64(next-k*p.knot) / float64(p.knot)
		seconds := float64(next-tick) / float64(p.second)
		share := seconds / float64(p.shards)
		rise := k1.total - k0.total
		a := float64((k0.total + float64(rise*from)) * share)
		b := float64((k0.total + float64(rise*to)) * share)
		q := piece{
			unix: p.from + tick/p.second, seconds: seconds,
			a: a, d: b - a, mass: (a + b) / 2,
			from: from, width: to - from,
			total0: k0.total, total1: k1.total, row: [2]int{int(k%rows) * len(p.market), int((k+1)%rows) * len(p.market)},
		}
		if p.second > 1 {
			q.seconds = 0
		}
		s.pieces = append(s.pieces, q)
		tick = next
	}
	return nil
}

// knot returns knot k, evaluated.
func (s *Sampler) knot(k int64) (*knot, error) {
	n := &s.knots[k%rows]
	if n.k == k {
		return n, nil
	}
	total, err := s.plan.rates(k, s.rates)
	if err != nil {
		n.k = -1
		return nil, err
	}
	n.k, n.total = k, total
	s.cells[int(k%rows)*len(s.rates):][:len(s.rates)].build(s.rates, total, s.work)
	return n, nil
}

// Draw appends the arrivals of one shard in the loaded step to dst, in the order
// of time, and returns it. They depend on the plan, the step and the key, and on
// nothing else: another key is another shard, or another stream.
func (s *Sampler) Draw(dst []Arrival, key uint64) []Arrival {
	src := keyed.New(keyed.Key(key))
	// In units of expected orders, gaps are unit exponentials: e is where the
	// next arrival lies in them, from the beginning of the piece.
	e := src.Exponential()
	n := s.plan.Segments()
	for i := range s.pieces {
		p := s.pieces[i]
		last := p.unix
		squareA, twiceD := float64(p.a*p.a), 2*p.d
		for e < p.mass {
			// a phi + d phi²/2 = e, solved without cancellation. Exact arithmetic
			// would keep phi within [0,1).
			phi := 0.0
			if e > 0 {
				square := squareA + float64(twiceD*e)
				if square < 0 {
					square = 0
				}
				phi = 2 * e / (p.a + math.Sqrt(square))
				if phi > almost1 {
					phi = almost1
				}
			}
			if t := p.unix + int64(phi*p.seconds); t > last { // rounding never turns time back
				last = t
			}

			// The segment: from the table of either end, by how much each has to do
			// with the rate here.
			g := p.from + float64(p.width*phi)
			w0, w1 := float64((1-g)*p.total0), float64(g*p.total1)
			below := math.Float64bits(float64(src.Float64()*(w0+w1))-w0) >> 63 // a branch could not be foreseen
			row := p.row[1-below]
			dst = append(dst, Arrival{last, s.cells[row : row+n].draw(src.Uint64())})
			e += src.Exponential()
		}
		e -= p.mass
	}
	return dst
}

// almost1 is the number before 1; times any number it is below that number.
const almost1 = 1 - 0x1p-53

// Offset returns what the segment's clock is ahead of UTC at the Unix second, in
// seconds. It is fast where calls of neighbouring seconds follow each other.
func (s *Sampler) Offset(segment int32, unix int64) int {
	z := s.plan.zone[segment]
	e := &s.zones[z]
	if uint64(unix-e.from) >= e.width {
		e.find(unix, s.plan.zones[z])
	}
	return e.offset
}

func (e *era) find(unix int64, zone *time.Location) {
	t := time.Unix(unix, 0).In(zone)
	_, e.offset = t.Zone()
	from, to := t.ZoneBounds()
	first, last := unix-1<<40, unix+1<<40 // where the zone has no bounds
	if !from.IsZero() {
		first = from.Unix()
	}
	if !to.IsZero() {
		last = to.Unix()
	}
	e.from, e.width = first, uint64(last-first)
}
