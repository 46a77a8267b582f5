package demand

import (
	"fmt"
	"strings"
	"time"
)

// Sum is its curves together:
//
//	rate(t) = sum of c(t)
//
// Its integral is the sum of theirs. A nil curve, here and in every curve that
// is made of others, is no demand.
type Sum []Curve

// Rate returns orders a second at t.
func (s Sum) Rate(t time.Time) float64 {
	var sum float64
	for _, c := range s {
		sum += rate(c, t)
	}
	return sum
}

// Expect returns the orders from from to to.
func (s Sum) Expect(from, to time.Time) float64 {
	var sum float64
	for _, c := range s {
		sum += Expect(c, from, to)
	}
	return sum
}

// String returns the recipe, as sum(constant(1), linear(0, 2)).
func (s Sum) String() string { return list("sum", s) }

// Max is the greatest of its curves at every instant, 0 if it has none. Its
// integral has no closed form; function Expect finds it.
type Max []Curve

// Rate returns orders a second at t.
func (m Max) Rate(t time.Time) float64 {
	var top float64
	for i, c := range m {
		if r := rate(c, t); i == 0 {
			top = r
		} else {
			top = max(top, r)
		}
	}
	return top
}

// String returns the recipe, as max(constant(1), linear(0, 2)).
func (m Max) String() string { return list("max", m) }

// Min is the least of its curves at every instant, 0 if it has none. Its
// integral has no closed form; function Expect finds it.
type Min []Curve

// Rate returns orders a second at t.
func (m Min) Rate(t time.Time) float64 {
	var least float64
	for i, c := range m {
		if r := rate(c, t); i == 0 {
			least = r
		} else {
			least = min(least, r)
		}
	}
	return least
}

// String returns the recipe, as min(constant(1), linear(0, 2)).
func (m Min) String() string { return list("min", m) }

// Difference is what one curve has more than another:
//
//	rate(t) = max(0, Of(t) - Less(t))
//
// Its integral has no closed form; function Expect finds it.
type Difference struct{ Of, Less Curve }

// Rate returns orders a second at t.
func (d Difference) Rate(t time.Time) float64 { return max(0, rate(d.Of, t)-rate(d.Less, t)) }

// String returns the recipe, as difference(constant(1), linear(0, 2)).
func (d Difference) String() string { return fmt.Sprintf("difference(%v, %v)", d.Of, d.Less) }

// Scaled is a curve times a factor:
//
//	rate(t) = By Of(t)
//
// Its integral is By times that of Of.
type Scaled struct {
	By float64 // not negative
	Of Curve
}

// Rate returns orders a second at t.
func (s Scaled) Rate(t time.Time) float64 { return float64(s.By * rate(s.Of, t)) }

// Expect returns the orders from from to to.
func (s Scaled) Expect(from, to time.Time) float64 { return s.By * Expect(s.Of, from, to) }

// String returns the recipe, as 2*linear(0, 2).
func (s Scaled) String() string { return fmt.Sprintf("%v*%v", s.By, s.Of) }

func list(name string, curves []Curve) string {
	var b strings.Builder
	b.WriteString(name)
	b.WriteByte('(')
	for i, c := range curves {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprint(&b, c)
	}
	b.WriteByte(')')
	return b.String()
}
