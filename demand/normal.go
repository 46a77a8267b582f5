package demand

import (
	"fmt"
	"math"
	"time"

	"github.com/kafkanauts/kafkanauts/internal/dmath"
)

// Normal is a bell over the day: the density of the normal distribution,
//
//	rate(x) = Scale / (SD sqrt(2 pi)) exp(-d² / (2 SD²)),
//
// where x in [0,1) is the time of day, and d the distance from Mu to x around
// the clock, at most half a day. So the bell runs on past midnight, is the same
// every day, and is as high at Mu as the density is, 0.4 Scale / SD, not Scale.
//
//	      .-'-.
//	    .'     '.
//	__.'         '.__
//	0     Mu        1
//
// Its integral over a day is 86400 Scale erf(1 / (SD sqrt 8)) orders, 86400
// Scale in short for an SD below 0.2. SD is positive; a Normal whose Scale is 0
// is 0.
type Normal struct {
	Mu    float64 // the time of the peak, in days since midnight: 0.5 is noon
	SD    float64 // in days
	Scale float64 // orders a second at density 1
}

// Rate returns orders a second at t.
func (n Normal) Rate(t time.Time) float64 { return n.at(timeOfDay(t)) }

// at returns the rate at x.
func (n Normal) at(x float64) float64 {
	if n.Scale == 0 {
		return 0
	}
	z := around(x-n.Mu) / n.SD
	const invSqrt2Pi = 0.39894228040143267793994605993438
	return float64(float64(n.Scale*invSqrt2Pi) / n.SD * dmath.Exp(-0.5*float64(z*z)))
}

// around returns the way of d days around the clock, in [-1/2,1/2].
func around(d float64) float64 { return d - math.Floor(d+0.5) }

// Expect returns the orders from from to to. It uses math.Erf, whose last bit
// no stream depends on.
func (n Normal) Expect(from, to time.Time) float64 {
	var sum float64
	pieces(from, to, func(_, _ time.Time, x0, x1 float64) { sum += n.between(x0, x1) })
	return sum
}

// between returns the orders while the time of day goes from x0 to x1.
func (n Normal) between(x0, x1 float64) float64 {
	if n.Scale == 0 {
		return 0
	}
	// The distance jumps from 1/2 to -1/2 at Mu + 1/2: cut there.
	cut := n.Mu + 0.5 - math.Floor(n.Mu+0.5)
	if x0 < cut && cut < x1 {
		return n.mass(x0, cut) + n.mass(cut, x1)
	}
	return n.mass(x0, x1)
}

// mass is between for x0 and x1 on the same side of the cut.
func (n Normal) mass(x0, x1 float64) float64 {
	middle := (x0 + x1) / 2
	center := middle - around(middle-n.Mu)
	unit := n.SD * math.Sqrt2
	return n.Scale * secondsADay / 2 * (math.Erf((x1-center)/unit) - math.Erf((x0-center)/unit))
}

// String returns the recipe, as normal(0.5, 0.25, 60): Mu, SD, Scale.
func (n Normal) String() string { return fmt.Sprintf("normal(%v, %v, %v)", n.Mu, n.SD, n.Scale) }
