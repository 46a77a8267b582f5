package demand

import (
	"math"
	"time"
)

// Curve is a rate of orders over time. Implementations are small value structs.
// A user's own Curve need not be more than a Rate; CurveFunc makes one of a
// function.
type Curve interface {
	// Rate returns orders a second at t. It reads t's wall clock, so the same
	// curve on another zone's clock means that zone's local time. It is pure,
	// finite, not negative and safe for concurrent use. Where it decides a
	// stream's bytes it is free of math.Exp and its like, whose last bit differs
	// between architectures.
	Rate(t time.Time) float64
}

// Integrator is an optional capability of a Curve: a closed form.
type Integrator interface {
	// Expect returns the integral of Rate from from to to, in orders, on from's
	// clock; 0 if to is not after from.
	Expect(from, to time.Time) float64
}

// CurveFunc is a function as a Curve.
type CurveFunc func(t time.Time) float64

// Rate returns f(t).
func (f CurveFunc) Rate(t time.Time) float64 { return f(t) }

// String returns "func": a function has no recipe to show.
func (f CurveFunc) String() string { return "func" }

// PerFiveMinutes is the rate of one order in five minutes. The contest that
// this schema comes from counted in batches of five minutes: a height of 60 there
// is 60*PerFiveMinutes orders a second here.
const PerFiveMinutes = 1.0 / 300

// Hour is an hour as a part of a day, the unit in which the shapes of a day
// are written: 14*Hour is two in the afternoon.
const Hour = 1.0 / 24

// Expect returns the orders that c is expected to make from from to to, on
// from's clock; 0 if to is not after from. It is c's own closed form if c is an
// Integrator. Otherwise it is found numerically, minute by minute of the clock: to
// nine digits where c is continuous within each and jumps between them, and to a
// few milliseconds' worth of orders where it jumps elsewhere. What begins and ends
// within a minute, or jumps close to its ends, may be missed.
func Expect(c Curve, from, to time.Time) float64 {
	if c == nil {
		return 0
	}
	if i, ok := c.(Integrator); ok {
		return i.Expect(from, to)
	}
	var sum float64
	pieces(from, to, func(from, to time.Time, _, _ float64) {
		for from.Before(to) {
			_, since := clock(from)
			width := min(time.Minute-since%time.Minute, to.Sub(from))
			sum += refine(c, from, width, panel(c, from, width))
			from = from.Add(width)
		}
	})
	return sum
}

// panel is the Gauss-Legendre rule of two points.
func panel(c Curve, from time.Time, width time.Duration) float64 {
	const node = 0.21132486540518712 // (1 - 1/sqrt 3)/2
	inset := time.Duration(node * float64(width))
	return (c.Rate(from.Add(inset)) + c.Rate(from.Add(width-inset))) / 2 * width.Seconds()
}

// refine halves a panel until that makes no difference.
func refine(c Curve, from time.Time, width time.Duration, whole float64) float64 {
	half := width / 2
	left, right := panel(c, from, half), panel(c, from.Add(half), width-half)
	if sum := left + right; width <= time.Millisecond || math.Abs(sum-whole) <= 1e-10*math.Abs(sum) {
		return sum
	}
	return refine(c, from, half, left) + refine(c, from.Add(half), width-half, right)
}

// rate returns c's rate, and 0 for no curve.
func rate(c Curve, t time.Time) float64 {
	if c == nil {
		return 0
	}
	return c.Rate(t)
}
