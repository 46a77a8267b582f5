package demand

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// Plan is a span of event time cut into steps, the units of work, with the law
// by which orders arrive in them. It is immutable and safe for concurrent use.
//
// The law: every segment's rate is evaluated at knots, every five minutes from
// the plan's beginning, exactly on the segment's clock, and is linear between
// them. Orders are a Poisson process with that rate; the process is the sum of as
// many independent ones, of equal rate, as there are shards. Scaling the market,
// another number of shards or another end leave the shape of the law as it is. What
// a curve does within five minutes is not seen; a jump takes five minutes.
//
// Steps follow each other without gaps. A step is as long as the market, from, to
// and shards make it: an hour or less, an even part of an hour, and expected to
// hold no more than 2,048 orders of all shards, or 32 a shard if that is more.
type Plan struct {
	market Market
	from   int64 // Unix seconds
	ticks  int64 // the span
	second int64 // ticks a second
	step   int64 // ticks a step
	knot   int64 // ticks between two knots
	shards int

	zones []*time.Location // distinct
	zone  []int32          // each segment's, by index
}

const (
	knotSeconds = 300
	stepOrders  = 2048
	shardOrders = 32
	scanKnots   = 1 << 17
	maxSeconds  = 1 << 40
	maxTicks    = 1 << 20 // a second
)

// stepSeconds are the widths of a step from the longest down: multiples of the
// distance of knots that divide an hour, then its divisors.
var stepSeconds = [...]int64{3600, 1800, 1200, 900, 600, 300, 150, 100, 75, 60, 50, 30, 25, 20, 15, 12, 10, 6, 5, 4, 3, 2, 1}

// NewPlan plans the orders of m from from, inclusive, to to, exclusive, both
// whole seconds, as the sum of so many shards. The error joins everything that is
// wrong, that of Market.Check included, and any rate at a knot that is negative,
// infinite or not a number. Of a span of more than 131,072 knots, about 455 days,
// it tries only so many, spread over the span and over the hours of the week:
// then a step may turn out larger, and a bad rate may turn up later, from Load.
func NewPlan(m Market, from, to time.Time, shards int) (*Plan, error) {
	var errs []error
	if err := m.Check(); err != nil {
		errs = append(errs, err)
	}
	if from.Nanosecond() != 0 {
		errs = append(errs, fmt.Errorf("demand: from %s is not a whole second; truncate it", from.Format(time.RFC3339Nano)))
	}
	if to.Nanosecond() != 0 {
		errs = append(errs, fmt.Errorf("demand: to %s is not a whole second; truncate it", to.Format(time.RFC3339Nano)))
	}
	seconds := to.Unix() - from.Unix()
	if seconds < 1 {
		errs = append(errs, fmt.Errorf("demand: to %s is not after from %s", to.Format(time.RFC3339), from.Format(time.RFC3339)))
	} else if seconds > maxSeconds {
		errs = append(errs, fmt.Errorf("demand: %s to %s is more than %d seconds; plan a shorter span", from.Format(time.RFC3339), to.Format(time.RFC3339), int64(maxSeconds)))
	}
	if shards < 1 {
		errs = append(errs, fmt.Errorf("demand: %d shards; 1 is the least", shards))
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}

	p := &Plan{market: slices.Clone(m), from: from.Unix(), ticks: seconds, second: 1, knot: knotSeconds, shards: shards}
	p.zone = make([]int32, len(m))
	for i, s := range m {
		z := slices.Index(p.zones, s.zone())
		if z < 0 {
			z = len(p.zones)
			p.zones = append(p.zones, s.zone())
		}
		p.zone[i] = int32(z)
	}
	peak, err := p.peak()
	if err != nil {
		return nil, err
	}

	most := max(stepOrders, shardOrders*float64(shards))
	for _, p.step = range stepSeconds {
		if peak*float64(p.step) <= most {
			return p, nil
		}
	}
	n := math.Ceil(peak / most) // not above most: the step is 1/n of a second
	if n > maxTicks {
		return nil, fmt.Errorf("demand: the market makes up to %.4g orders a second; scale it down to %.4g, or take more shards", peak, maxTicks*most)
	}
	p.second = int64(n)
	p.ticks *= p.second
	p.knot *= p.second
	return p, nil
}

// peak returns the highest total rate at a knot.
func (p *Plan) peak() (float64, error) {
	last := (p.ticks + knotSeconds - 1) / knotSeconds
	// A stride that shares no factor with the knots of a week, 2^5 3^2 7, comes by
	// every one of them in turn.
	stride := int64(1)
	for last/stride > scanKnots || stride%2 == 0 && stride > 1 || stride%3 == 0 || stride%7 == 0 {
		stride = max(stride+1, last/scanKnots)
	}
	rates := make([]float64, len(p.market))
	var top float64
	for k := int64(0); ; k = min(k+stride, last) {
		total, err := p.rates(k, rates)
		if err != nil {
			return 0, err
		}
		top = max(top, total)
		if k == last {
			return top, nil
		}
	}
}

// rates fills in every segment's rate at knot k and returns their sum. The last
// knot may lie beyond the end of the span.
func (p *Plan) rates(k int64, rates []float64) (total float64, err error) {
	t := time.Unix(p.from+k*knotSeconds, 0)
	var local time.Time
	zone := int32(-1)
	for i := range p.market {
		if z := p.zone[i]; z != zone {
			zone, local = z, t.In(p.zones[z])
		}
		r := p.market[i].Curve.Rate(local)
		if !sound(r) {
			return 0, p.market.unsound(i, r, t)
		}
		rates[i] = r
		total += r
	}
	if total > math.MaxFloat64 {
		return 0, fmt.Errorf("demand: the segments' rates at %s have an infinite sum; scale the market down", t.UTC().Format(time.RFC3339))
	}
	return total, nil
}

// From returns the beginning of the span, UTC.
func (p *Plan) From() time.Time { return time.Unix(p.from, 0).UTC() }

// To returns the end of the span, UTC: the first second that is not in it.
func (p *Plan) To() time.Time { return p.at(p.ticks) }

// Shards returns how many independent processes the plan is the sum of.
func (p *Plan) Shards() int { return p.shards }

// Segments returns the number of the market's segments.
func (p *Plan) Segments() int { return len(p.market) }

// Segment returns segment i of the market, from 0.
func (p *Plan) Segment(i int) Segment { return p.market[i] }

// Steps returns the number of steps. They are numbered from 0.
func (p *Plan) Steps() int64 { return (p.ticks + p.step - 1) / p.step }

// Width returns how long a step is; the last may be shorter.
func (p *Plan) Width() time.Duration {
	if p.second == 1 {
		return time.Duration(p.step) * time.Second
	}
	return time.Second / time.Duration(p.second)
}

// Bounds returns the beginning of a step and the beginning of the next, UTC.
// Steps of less than a second are rounded down to the nanosecond.
func (p *Plan) Bounds(step int64) (from, to time.Time) {
	return p.at(step * p.step), p.at(min((step+1)*p.step, p.ticks))
}

// StepAt returns the step that holds t: less than 0 before the span, Steps()
// or more after it.
func (p *Plan) StepAt(t time.Time) int64 {
	s := t.Unix() - p.from
	switch {
	case s < 0:
		return -1
	case s >= p.ticks/p.second:
		return p.Steps()
	}
	// Bounds rounds down to the nanosecond, so the step is the last that begins
	// at t or before.
	tick := s*p.second + (int64(t.Nanosecond()+1)*p.second-1)/1e9
	return tick / p.step
}

// at returns the time of a tick.
func (p *Plan) at(tick int64) time.Time {
	s, part := tick/p.second, tick%p.second
	return time.Unix(p.from+s, part*1e9/p.second).UTC()
}
