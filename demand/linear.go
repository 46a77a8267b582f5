package demand

import (
	"fmt"
	"time"
)

// Constant is the same rate at all times, in orders a second. Its integral is
// the rate times the seconds.
type Constant float64

// Rate returns orders a second, whatever t.
func (c Constant) Rate(time.Time) float64 { return float64(c) }

// Expect returns the orders from from to to.
func (c Constant) Expect(from, to time.Time) float64 {
	if !from.Before(to) {
		return 0
	}
	return float64(c) * (float64(to.Unix()-from.Unix()) + float64(to.Nanosecond()-from.Nanosecond())/1e9)
}

// String returns the recipe, as constant(0.5).
func (c Constant) String() string { return fmt.Sprintf("constant(%v)", float64(c)) }

// Linear rises or falls evenly through the day, and starts anew at midnight:
//
//	rate(x) = Start + (End - Start) x
//
// where x in [0,1) is the time of day. Its integral from x0 to x1 is 86400
// (x1 - x0) rate((x0 + x1)/2) orders.
type Linear struct{ Start, End float64 } // orders a second at midnight and at the next

// Rate returns orders a second at t.
func (l Linear) Rate(t time.Time) float64 { return l.at(timeOfDay(t)) }

func (l Linear) at(x float64) float64 { return l.Start + float64((l.End-l.Start)*x) }

// Expect returns the orders from from to to.
func (l Linear) Expect(from, to time.Time) float64 {
	var sum float64
	pieces(from, to, func(_, _ time.Time, x0, x1 float64) { sum += secondsADay * (x1 - x0) * l.at((x0+x1)/2) })
	return sum
}

// String returns the recipe, as linear(0.5, 2).
func (l Linear) String() string { return fmt.Sprintf("linear(%v, %v)", l.Start, l.End) }
