package demand

import (
	"fmt"
	"math"
	"testing"
	"time"
)

// a curve of every kind, and some within others.
var curves = []Curve{
	Constant(0.25),
	Linear{Start: 2, End: 0.5},
	Normal{},
	Normal{Mu: 0.5, SD: 0.25, Scale: 1},
	Normal{Mu: 23.5 * Hour, SD: 0.05, Scale: 0.3}, // runs on past midnight
	Normal{Mu: -2.25, SD: 0.1, Scale: 1},          // six in the evening, said otherwise
	Bimodal{Normal{0.3, 0.1, 1}, Normal{0.8, 0.05, 0.4}},
	Siesta{Normal{14 * Hour, 0.1, 0.6}, Normal{17 * Hour, 0.1, 0.6}, Normal{15.5 * Hour, 0.05, 1}, 0.01},
	FourPeak{Peak: Normal{0, 0.1, 0.4}, From: 8 * Hour, To: 16 * Hour, EndScale: 0.85},
	Sum{Constant(1), Normal{0.5, 0.1, 1}, nil},
	Max{Constant(1), Normal{0.5, 0.1, 1}},
	Min{Constant(1), Normal{0.5, 0.1, 1}},
	Difference{Of: Normal{0.5, 0.1, 1}, Less: Constant(1)},
	Scaled{By: 0.2, Of: Normal{0.5, 0.1, 1}},
	Shifted{Hours: 6, Of: Linear{1, 3}},
	Shifted{Hours: -5.5, Of: Siesta{Normal{0.4, 0.1, 1}, Normal{0.6, 0.1, 1}, Normal{0.5, 0.1, 1}, 0.01}},
	Shifted{Hours: 30, Of: OnDays{DaysOf(time.Sunday), Constant(2), Constant(1)}},
	Weekly{Factors: [7]float64{1.3, 1.1, 0.6, 0.7, 0.8, 0.9, 1.2}, Of: Normal{0.5, 0.25, 1}},
	OnDays{DaysOf(time.Saturday, time.Sunday), Linear{0, 2}, Constant(1)},
	CurveFunc(func(t time.Time) float64 { return float64(t.Hour()) }),
}

// days on which clocks do as clocks do: an even one, one an hour short, one
// an hour long, one half an hour long, and one without midnight.
var spans = []struct {
	zone     string
	from, to string
}{
	{"UTC", "2022-01-31 00:00:00", "2022-02-02 00:00:00"},
	{"UTC", "2022-01-31 05:17:30", "2022-01-31 05:17:35"},
	{"Europe/Madrid", "2022-03-26 22:10:05", "2022-03-28 01:00:00"},
	{"Europe/Madrid", "2022-10-29 12:00:00", "2022-10-31 03:00:55"},
	{"Australia/Lord_Howe", "2022-04-02 20:00:00", "2022-04-03 20:00:00"},
	{"America/Asuncion", "2022-10-01 20:00:00", "2022-10-02 20:00:00"},
	{"Asia/Shanghai", "1969-12-30 00:00:05", "1970-01-02 00:00:00"},
}

func span(t *testing.T, i int) (from, to time.Time) {
	t.Helper()
	s := spans[i]
	zone, err := Zone(s.zone)
	if err != nil {
		t.Fatal(err)
	}
	from, err = time.ParseInLocation(time.DateTime, s.from, zone)
	if err != nil {
		t.Fatal(err)
	}
	to, err = time.ParseInLocation(time.DateTime, s.to, zone)
	if err != nil {
		t.Fatal(err)
	}
	return from, to
}

// Every rate is finite and not negative, and Expect is the integral: here the
// sum over the middles of parts of five seconds, whose own error is below 1e-6 of it.
func TestExpectIsIntegralOfRate(t *testing.T) {
	for _, c := range curves {
		for i := range spans {
			from, to := span(t, i)
			var sum, top float64
			for at := from.Add(5 * time.Second / 2); at.Before(to); at = at.Add(5 * time.Second) {
				r := 5 * c.Rate(at)
				if !sound(r) {
					t.Fatalf("%v: rate %v at %v", c, r, at)
				}
				sum += r
				top = max(top, r)
			}
			got := Expect(c, from, to)
			if tolerance := 1e-6 * (sum + top); math.Abs(got-sum) > tolerance {
				t.Errorf("%v from %v to %v: Expect %v, sum of rates %v", c, from, to, got, sum)
			}
			middle := from.Add(to.Sub(from) * 2 / 5).Truncate(time.Minute)
			if middle.Before(from) {
				continue
			}
			if parts := Expect(c, from, middle) + Expect(c, middle, to); math.Abs(got-parts) > 1e-6*(sum+top) {
				t.Errorf("%v from %v to %v: Expect %v, of its parts %v", c, from, to, got, parts)
			}
			if back := Expect(c, to, from); back != 0 {
				t.Errorf("%v: Expect backwards is %v", c, back)
			}
		}
	}
}

// Expect follows from's clock, whatever to's.
func TestExpectClock(t *testing.T) {
	from, to := span(t, 2)
	for _, c := range curves {
		if got, want := Expect(c, from, to.UTC()), Expect(c, from, to); got != want {
			t.Errorf("%v: Expect %v with to in UTC, else %v", c, got, want)
		}
	}
}

func at(hour float64) time.Time {
	return time.Date(2022, 2, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(hour * float64(time.Hour))) // a Tuesday
}

func TestRate(t *testing.T) {
	bell := Normal{0.5, 0.1, 1}
	top := 1 / math.Sqrt(2*math.Pi) / 0.1
	siesta := curves[7].(Siesta)
	four := curves[8].(FourPeak)
	for _, c := range []struct {
		name      string
		curve     Curve
		hour      float64
		want, tol float64
	}{
		{"the peak of a bell", bell, 12, top, 1e-14},
		{"one SD off", bell, 14.4, top * math.Exp(-0.5), 1e-14},
		{"past midnight", Normal{23 * Hour, 0.1, 1}, 1.4, top * math.Exp(-0.5), 1e-13},
		{"before midnight", Normal{1 * Hour, 0.1, 1}, 22.6, top * math.Exp(-0.5), 1e-13},
		{"the greater bell", Bimodal{bell, Normal{0.5, 0.1, 3}}, 12, 3 * top, 1e-13},
		{"the depth of a siesta", siesta, 15.5, 0.01, 0},
		{"before it", siesta, 11, 0.6*top*math.Exp(-0.5*1.25*1.25) - 2*top*math.Exp(-0.5*3.75*3.75), 1e-12},
		{"a siesta without floor", Siesta{Dip: bell}, 12, 0, 0},
		{"the first of four peaks", four, 8, 0.4 * top, 1e-12},
		{"the second", four, 8 + 8./3, 0.55 * top, 1e-12},
		{"the last", four, 16, 0.85 * top, 1e-12},
		{"a line's middle", Linear{1, 3}, 12, 2, 0},
		{"a line, moved on", Shifted{6, Linear{0, 24}}, 7, 1, 1e-15},
		{"a line, moved on, before its beginning", Shifted{6, Linear{0, 24}}, 5, 23, 1e-14},
		{"a line, moved back", Shifted{-6, Linear{0, 24}}, 19, 1, 1e-14},
		{"moved by a day", Shifted{24, Linear{0, 24}}, 7, 7, 0},
		{"a date kept", Shifted{6, OnDays{DaysOf(time.Tuesday), Constant(2), Constant(1)}}, 1, 2, 0},
		{"a Tuesday", Weekly{[7]float64{time.Tuesday: 0.6}, Constant(10)}, 23.99, 6, 0},
		{"a Wednesday", Weekly{[7]float64{time.Tuesday: 0.6}, Constant(10)}, 24, 0, 0},
		{"what is left", Difference{Constant(1), Constant(3)}, 3, 0, 0},
		{"no maximum", Max{}, 3, 0, 0},
		{"no minimum", Min{}, 3, 0, 0},
		{"a negative maximum", Max{Constant(-1)}, 3, -1, 0},
		{"no curve", Scaled{By: 3}, 3, 0, 0},
		{"per five minutes", Constant(60 * PerFiveMinutes), 3, 0.2, 1e-16},
	} {
		if got := c.curve.Rate(at(c.hour)); math.Abs(got-c.want) > c.tol {
			t.Errorf("%s: %v at %v h has rate %v, want %v", c.name, c.curve, c.hour, got, c.want)
		}
	}
	if r := (Shifted{Hours: math.Inf(1), Of: Constant(1)}).Rate(at(3)); r == r {
		t.Errorf("shifted for ever: rate %v", r)
	}
}

// The wall clock counts: at three on the morning without a two o'clock, a curve
// moved by an hour is where it is at two on other days.
func TestShiftedAcrossChange(t *testing.T) {
	zone, err := Zone("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	c := Shifted{1, Linear{0, 24}}
	if got := c.Rate(time.Date(2022, 3, 27, 3, 0, 0, 0, zone)); got != 2 {
		t.Errorf("rate %v, want 2", got)
	}
}

func TestDays(t *testing.T) {
	d := DaysOf(time.Tuesday, time.Sunday, time.Tuesday)
	for w := time.Sunday; w <= time.Saturday; w++ {
		if want := w == time.Tuesday || w == time.Sunday; d.Has(w) != want {
			t.Errorf("%v has %v: %v", d, w, !want)
		}
	}
	if got := d.String(); got != "Tue+Sun" {
		t.Errorf("String %q", got)
	}
}

func TestString(t *testing.T) {
	const want = `max(constant(1), 0.2*weekly(Mon 1, Tue 0.6, Wed 0, Thu 0, Fri 0, Sat 0, Sun 1.3; ` +
		`ondays(Tue: shifted(-6h, linear(1, 3)); else difference(normal(0.5, 0.25, 60), func))), ` +
		`sum(min(), siesta(normal(0.1, 0.2, 1), normal(0.3, 0.2, 1); dip normal(0.2, 0.1, 1); floor 0.01), ` +
		`bimodal(normal(0, 1, 1), normal(0, 1, 2)), fourpeak(normal(0, 0.1, 0.4); 0.3333 to 0.6667; end 0.85)))`
	got := fmt.Sprint(Max{
		Constant(1),
		Scaled{0.2, Weekly{[7]float64{1.3, 1, 0.6}, OnDays{DaysOf(time.Tuesday), Shifted{-6, Linear{1, 3}},
			Difference{Normal{0.5, 0.25, 60}, CurveFunc(func(time.Time) float64 { return 0 })}}}},
		Sum{Min{}, Siesta{Normal{0.1, 0.2, 1}, Normal{0.3, 0.2, 1}, Normal{0.2, 0.1, 1}, 0.01},
			Bimodal{Normal{0, 1, 1}, Normal{0, 1, 2}}, FourPeak{Normal{0, 0.1, 0.4}, 8 * Hour, 16 * Hour, 0.85}},
	})
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestRateAllocatesNothing(t *testing.T) {
	from, _ := span(t, 2)
	for _, c := range curves {
		if n := testing.AllocsPerRun(100, func() { c.Rate(from) }); n != 0 {
			t.Errorf("%v: %v allocations", c, n)
		}
	}
}

// The bits of rates decide bytes: the same on every architecture.
func TestGoldenRates(t *testing.T) {
	const want = uint64(0xa59823f31afe8ec5)
	var h uint64
	for _, c := range curves {
		for i := range spans {
			from, to := span(t, i)
			for at := from; at.Before(to); at = at.Add(97 * time.Second) {
				h = (h ^ math.Float64bits(c.Rate(at))) * 0x9e3779b97f4a7c15
				h ^= h >> 29
			}
		}
	}
	if h != want {
		t.Errorf("the rates have the hash %#x, want %#x", h, want)
	}
}
