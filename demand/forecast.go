package demand

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Forecast is what a plan is expected to make in a span of time, by the very law
// that is sampled: counts of orders in it are independent Poisson variables with
// these expectations.
type Forecast struct {
	From, To   time.Time // UTC
	Total      Count
	Countries  []Part // in the order in which the market first names them
	Categories []Part // likewise
	Segments   []Part // in the order of the market, named as Spain/Gas
	Days       []Part // dates of UTC, named as 2022-01-31, also those without orders
}

// Part is a part of a Forecast.
type Part struct {
	Name  string
	Count Count
}

// Forecast returns what the plan is expected to make from from to to, as far as
// it is in the plan's span. It costs an evaluation of the market for every five
// minutes of it, however many orders that are: some 20 ms for 14 days of World.
func (p *Plan) Forecast(from, to time.Time) Forecast {
	from, to = p.clamp(from), p.clamp(to)
	f := Forecast{From: from, To: to}
	segments := make([]float64, len(p.market))
	for at := from; at.Before(to); {
		y, m, d := at.Date()
		next := time.Date(y, m, d+1, 0, 0, 0, 0, time.UTC)
		if next.After(to) {
			next = to
		}
		var sum float64
		for i, e := range p.ExpectSegments(at, next) {
			segments[i] += e
			sum += e
		}
		f.Days = append(f.Days, Part{at.Format(time.DateOnly), Count(sum)})
		f.Total += Count(sum)
		at = next
	}
	for i, s := range p.market {
		c := Count(segments[i])
		f.Countries = add(f.Countries, s.Country, c)
		f.Categories = add(f.Categories, s.Category, c)
		f.Segments = append(f.Segments, Part{s.Country + "/" + s.Category, c})
	}
	return f
}

// Share returns what a share of the orders is expected to be, 0 to 1, that are
// chosen independently of all else: a shard's, for instance.
func (f Forecast) Share(share float64) Forecast {
	f.Total *= Count(share)
	for _, parts := range []*[]Part{&f.Countries, &f.Categories, &f.Segments, &f.Days} {
		*parts = slices.Clone(*parts)
		for i := range *parts {
			(*parts)[i].Count *= Count(share)
		}
	}
	return f
}

// clamp returns t, in UTC and within the span.
func (p *Plan) clamp(t time.Time) time.Time {
	switch {
	case t.Before(p.From()):
		return p.From()
	case t.After(p.To()):
		return p.To()
	}
	return t.UTC()
}

// add adds to the part of this name, which it appends if there is none.
func add(parts []Part, name string, c Count) []Part {
	for i := range parts {
		if parts[i].Name == name {
			parts[i].Count += c
			return parts
		}
	}
	return append(parts, Part{name, c})
}

// String returns the forecast as a table of counts with their 99 % bands, one line
// each for the total, the countries, the categories and the days.
func (f Forecast) String() string {
	var b strings.Builder
	const layout = "2006-01-02 15:04:05"
	fmt.Fprintf(&b, "orders from %s to %s UTC\n", f.From.Format(layout), f.To.Format(layout))
	width := len("2006-01-02")
	groups := [...][]Part{{{"total", f.Total}}, f.Countries, f.Categories, f.Days}
	for _, g := range groups {
		for _, p := range g {
			width = max(width, len(p.Name))
		}
	}
	fmt.Fprintf(&b, "%-*s %14s %8s   %s\n", width, "", "expected", "sd", "99 % band")
	for i, g := range groups {
		if i > 0 && len(g) > 0 {
			b.WriteByte('\n')
		}
		for _, p := range g {
			low, high := p.Count.Band(0.99)
			fmt.Fprintf(&b, "%-*s %14.0f %8.0f   %d to %d\n", width, p.Name, math.Round(float64(p.Count)), p.Count.SD(), low, high)
		}
	}
	return b.String()
}
