package demand

import (
	"math"
	"time"
)

// Expect returns how many orders the plan is expected to make from from to to,
// by exactly the law that is sampled; the time outside the span counts for
// nothing. A rate that breaks the contract of Curve makes it NaN.
func (p *Plan) Expect(from, to time.Time) float64 {
	var sum float64
	for _, e := range p.ExpectSegments(from, to) {
		sum += e
	}
	return sum
}

// ExpectSegments is Expect by segment, in the order of the market.
func (p *Plan) ExpectSegments(from, to time.Time) []float64 {
	sums := make([]float64, len(p.market))
	p.integrate(from, to, func(weight0, weight1 float64, rates0, rates1 []float64) {
		for i := range sums {
			sums[i] += float64(weight0*rates0[i]) + float64(weight1*rates1[i])
		}
	})
	return sums
}

// integrate cuts from..to at the knots. For each part of an interval between
// knots k and k+1 it calls f with the rates at both and the seconds by which
// each counts: half the interval's if the part is all of it.
func (p *Plan) integrate(from, to time.Time, f func(weight0, weight1 float64, rates0, rates1 []float64)) {
	a, b := p.since(from), p.since(to)
	if !(a < b) {
		return
	}
	rates0, rates1 := make([]float64, len(p.market)), make([]float64, len(p.market))
	k := int64(a / knotSeconds)
	p.known(k, rates0)
	for ; float64(k*knotSeconds) < b; k++ {
		p.known(k+1, rates1)
		start := float64(k * knotSeconds)
		g0, g1 := max(0, a-start)/knotSeconds, min(knotSeconds, b-start)/knotSeconds
		middle, width := (g0+g1)/2, float64((g1-g0)*knotSeconds)
		f(width*(1-middle), width*middle, rates0, rates1)
		rates0, rates1 = rates1, rates0
	}
}

// since returns the seconds from the plan's beginning to t, within the span.
func (p *Plan) since(t time.Time) float64 {
	span := p.ticks / p.second
	s := t.Unix() - p.from
	switch {
	case t.Unix() < p.from:
		return 0
	case s < 0 || s >= span:
		return float64(span)
	}
	return float64(s) + float64(t.Nanosecond())/1e9
}

// known fills in the rates at knot k as the curves have them, right or wrong:
// NaN where the law would be refused.
func (p *Plan) known(k int64, rates []float64) {
	if _, err := p.rates(k, rates); err != nil {
		for i := range rates {
			rates[i] = math.NaN()
		}
	}
}
