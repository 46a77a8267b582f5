package demand

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Shifted is a curve moved to later in the day. What leaves the day at its end
// comes in at its beginning, and belongs to that same date:
//
//	rate(x) = Of(x - Hours/24, wrapped into [0,1))
//
// Of is asked with times of UTC that read what the wall clock would. The
// integral is that of Of over the parts.
type Shifted struct {
	Hours float64 // negative: to earlier in the day
	Of    Curve
}

// Rate returns orders a second at t.
func (s Shifted) Rate(t time.Time) float64 {
	if s.Hours-s.Hours != 0 {
		return math.NaN() // no finite number of hours
	}
	w := wall(t)
	_, since := clock(w)
	by := s.by()
	if by > since {
		by -= day
	}
	return rate(s.Of, w.Add(-by))
}

// by returns the shift within [0, 24 h), in whole nanoseconds.
func (s Shifted) by() time.Duration {
	hours := math.Mod(s.Hours, 24)
	if hours < 0 {
		hours += 24
	}
	by := time.Duration(math.Round(hours * float64(time.Hour)))
	if by >= day {
		return 0
	}
	return by
}

// Expect returns the orders from from to to.
func (s Shifted) Expect(from, to time.Time) float64 {
	var sum float64
	by := s.by()
	pieces(from, to, func(from, to time.Time, _, _ float64) {
		w, width := wall(from), to.Sub(from)
		_, since := clock(w)
		if before := min(by-since, width); before > 0 { // from the end of Of's day
			sum += Expect(s.Of, w.Add(day-by), w.Add(day-by+before))
			w, width = w.Add(before), width-before
		}
		if width > 0 {
			sum += Expect(s.Of, w.Add(-by), w.Add(width-by))
		}
	})
	return sum
}

// String returns the recipe, as shifted(8h, linear(0, 2)).
func (s Shifted) String() string { return fmt.Sprintf("shifted(%vh, %v)", s.Hours, s.Of) }

// Weekly is a curve times a factor for each day of the week:
//
//	rate(t) = Factors[weekday of t] Of(t)
//
// Its integral is the sum over the days.
type Weekly struct {
	Factors [7]float64 // by time.Weekday: Sunday is the first; none negative
	Of      Curve
}

// Rate returns orders a second at t.
func (w Weekly) Rate(t time.Time) float64 { return float64(w.Factors[weekday(t)] * rate(w.Of, t)) }

// Expect returns the orders from from to to.
func (w Weekly) Expect(from, to time.Time) float64 {
	var sum float64
	pieces(from, to, func(from, to time.Time, _, _ float64) {
		sum += w.Factors[weekday(from)] * Expect(w.Of, from, to)
	})
	return sum
}

// String returns the recipe, as weekly(Mon 1.1, Tue 0.6, …, Sun 1.3; linear(0, 2)).
func (w Weekly) String() string {
	var b strings.Builder
	b.WriteString("weekly(")
	for i := range 7 {
		if i > 0 {
			b.WriteString(", ")
		}
		d := time.Weekday((i + 1) % 7)
		fmt.Fprintf(&b, "%.3s %v", d, w.Factors[d])
	}
	fmt.Fprintf(&b, "; %v)", w.Of)
	return b.String()
}

// Days is a set of days of the week.
type Days uint8

// DaysOf returns the set of the days.
func DaysOf(days ...time.Weekday) Days {
	var set Days
	for _, d := range days {
		set |= 1 << uint(((d%7)+7)%7)
	}
	return set
}

// Has tells whether d is in the set.
func (s Days) Has(d time.Weekday) bool { return s>>uint(((d%7)+7)%7)&1 != 0 }

// String returns the days, as Tue+Sat.
func (s Days) String() string {
	var names []string
	for i := range 7 {
		if d := time.Weekday((i + 1) % 7); s.Has(d) {
			names = append(names, d.String()[:3])
		}
	}
	return strings.Join(names, "+")
}

// OnDays is one curve on some days of the week and another on the rest:
//
//	rate(t) = Then(t) if the weekday of t is one of Days, else Else(t)
//
// Its integral is the sum over the days.
type OnDays struct {
	Days       Days
	Then, Else Curve
}

// Rate returns orders a second at t.
func (o OnDays) Rate(t time.Time) float64 { return rate(o.on(t), t) }

func (o OnDays) on(t time.Time) Curve {
	if o.Days.Has(weekday(t)) {
		return o.Then
	}
	return o.Else
}

// Expect returns the orders from from to to.
func (o OnDays) Expect(from, to time.Time) float64 {
	var sum float64
	pieces(from, to, func(from, to time.Time, _, _ float64) { sum += Expect(o.on(from), from, to) })
	return sum
}

// String returns the recipe, as ondays(Tue: constant(2); else constant(1)).
func (o OnDays) String() string {
	return fmt.Sprintf("ondays(%v: %v; else %v)", o.Days, o.Then, o.Else)
}
