package demand

import "time"

// Curve is a rate of orders over time. Implementations are small value structs.
type Curve interface {
	// Rate returns orders a second at t. It reads t's wall clock, so the same
	// curve on another zone's clock means that zone's local time. It is pure,
	// finite and not negative.
	Rate(t time.Time) float64
}

// Integrator is an optional capability of a Curve: a closed form.
type Integrator interface {
	// Expect returns the integral of Rate from from to to, in orders.
	Expect(from, to time.Time) float64
}

// Segment is the demand of one country for one category.
type Segment struct {
	Country, Category string
	Zone              *time.Location // the Curve's clock; nil is UTC
	Curve             Curve
}

// Market is segments whose sum is the traffic; a segment's share of the sum at
// an instant is its probability there.
type Market []Segment
