package demand

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// Segment is the demand of one country for one category. A country with
// several clocks has as many segments for a category: segments of the same names
// add up.
type Segment struct {
	Country, Category string
	Zone              *time.Location // the Curve's clock; nil is UTC
	Curve             Curve
}

// Rate returns orders a second at the instant t, on the segment's own clock
// whatever t's: a Segment is a Curve.
func (s Segment) Rate(t time.Time) float64 { return rate(s.Curve, t.In(s.zone())) }

// Expect returns the orders from from to to.
func (s Segment) Expect(from, to time.Time) float64 { return Expect(s.Curve, from.In(s.zone()), to) }

// String returns the recipe, as Spain/Gas (Europe/Madrid): constant(2).
func (s Segment) String() string {
	return fmt.Sprintf("%s/%s (%v): %v", s.Country, s.Category, s.zone(), s.Curve)
}

func (s Segment) zone() *time.Location {
	if s.Zone == nil {
		return time.UTC
	}
	return s.Zone
}

// Market is segments whose sum is the traffic; a segment's share of the sum at
// an instant is its probability there. Their order is part of a stream's recipe.
type Market []Segment

// Rate returns orders a second at the instant t, of all segments: a Market is a
// Curve.
func (m Market) Rate(t time.Time) float64 {
	var sum float64
	for i := range m {
		sum += m[i].Rate(t)
	}
	return sum
}

// Expect returns the orders from from to to, of all segments, by the curves'
// own integrals. What a stream is expected to make is Plan.Expect.
func (m Market) Expect(from, to time.Time) float64 {
	var sum float64
	for i := range m {
		sum += m[i].Expect(from, to)
	}
	return sum
}

// Scale returns a market with x times the orders, and the same shares. The
// receiver stays as it is.
func (m Market) Scale(x float64) Market {
	scaled := slices.Clone(m)
	for i := range scaled {
		switch c := scaled[i].Curve.(type) {
		case nil: // stays an error
		case Scaled:
			scaled[i].Curve = Scaled{By: x * c.By, Of: c.Of}
		default:
			scaled[i].Curve = Scaled{By: x, Of: c}
		}
	}
	return scaled
}

// Check returns everything that is wrong with the market, joined, or nil:
// no segments, an empty name, no curve, a rate that is negative, infinite or not
// a number. Rates are tried every quarter of an hour of one week and every 25
// hours of one year; NewPlan tries those of its own span.
func (m Market) Check() error {
	var errs []error
	if len(m) == 0 {
		errs = append(errs, errors.New("demand: the market has no segments; World returns the default ones"))
	}
	for i, s := range m {
		if s.Country == "" {
			errs = append(errs, fmt.Errorf("demand: segment %d has no country", i+1))
		}
		if s.Category == "" {
			errs = append(errs, fmt.Errorf("demand: segment %d has no category", i+1))
		}
		if s.Curve == nil {
			errs = append(errs, fmt.Errorf("demand: segment %d (%s, %s) has no curve; Constant(0) is no demand", i+1, s.Country, s.Category))
			continue
		}
		if err := m.probe(i); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// probe tries the rates of segment i.
func (m Market) probe(i int) error {
	start := time.Date(2024, time.January, 1, 0, 0, 0, 0, m[i].zone())
	for _, grid := range [...]struct {
		step time.Duration
		n    int
	}{{15 * time.Minute, 7 * 96}, {25 * time.Hour, 352}} {
		for k := range grid.n {
			t := start.Add(time.Duration(k) * grid.step)
			if r := m[i].Rate(t); !sound(r) {
				return m.unsound(i, r, t)
			}
		}
	}
	return nil
}

// sound tells whether r can be a rate.
func sound(r float64) bool { return r >= 0 && r <= math.MaxFloat64 }

func (m Market) unsound(i int, r float64, t time.Time) error {
	s := m[i]
	return fmt.Errorf("demand: segment %d (%s, %s) has a rate of %v at %s; a rate is finite and not negative: mend %v",
		i+1, s.Country, s.Category, r, t.In(s.zone()).Format(time.RFC3339), s.Curve)
}
