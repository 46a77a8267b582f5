package demand

import (
	"math"
	"strings"
	"testing"
	"time"
)

func plan(t testing.TB, m Market, from, to time.Time, shards int) *Plan {
	t.Helper()
	p, err := NewPlan(m, from, to, shards)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func one(c Curve) Market { return Market{{Country: "Spain", Category: "Gas", Curve: c}} }

func TestWidth(t *testing.T) {
	to := start.AddDate(0, 0, 1)
	for _, c := range []struct {
		rate   float64
		shards int
		want   time.Duration
	}{
		{0, 1, time.Hour},
		{2048. / 3600, 8, time.Hour},
		{2048.1 / 3600, 1, 30 * time.Minute},
		{2048.1 / 3600, 65, time.Hour},
		{2048. / 300, 1, 5 * time.Minute},
		{2049. / 300, 1, 150 * time.Second},
		{2048, 1, time.Second},
		{2049, 1, time.Second / 2},
		{2048 * 300, 1, time.Second / 300},
		{2048 * 300, 6400, time.Second / 3},
	} {
		p := plan(t, one(Constant(c.rate)), start, to, c.shards)
		if p.Width() != c.want {
			t.Errorf("%v orders a second, %d shards: steps of %v, want %v", c.rate, c.shards, p.Width(), c.want)
		}
		if got := c.rate * p.Width().Seconds(); got > max(2048, 32*float64(c.shards))*(1+1e-9) {
			t.Errorf("%v orders a second, %d shards: %v expected in a step", c.rate, c.shards, got)
		}
	}
}

// plans of all kinds of steps: of an hour, of minutes, of seconds, of parts of a
// second; whole, and cut at the end in every place.
func plans(t *testing.T) []*Plan {
	t.Helper()
	var all []*Plan
	odd := start.Add(7*time.Hour + 23*time.Second)
	for _, x := range []float64{0.01, 1, 40, 2000} {
		for _, d := range []time.Duration{time.Second, 299 * time.Second, 300 * time.Second, 3*time.Hour + 301*time.Second} {
			all = append(all, plan(t, World().Scale(x), odd, odd.Add(d), 3))
		}
	}
	return all
}

// Steps follow each other without gaps from the first second to the last, and
// StepAt finds them.
func TestBounds(t *testing.T) {
	for _, p := range plans(t) {
		end := p.From()
		for i := range p.Steps() {
			from, to := p.Bounds(i)
			if !from.Equal(end) || !from.Before(to) || to.Sub(from) > p.Width()+1 {
				t.Fatalf("step %d of %v is %v to %v after %v", i, p.Width(), from, to, end)
			}
			if i < p.Steps()-1 && to.Sub(from) < p.Width() {
				t.Fatalf("step %d of %v lasts %v", i, p.Width(), to.Sub(from))
			}
			if a, b := p.StepAt(from), p.StepAt(to.Add(-1)); a != i || b != i {
				t.Fatalf("step %d of %v is found as %d at its beginning and %d at its end", i, p.Width(), a, b)
			}
			end = to
		}
		if !end.Equal(p.To()) {
			t.Fatalf("the last step ends at %v, the plan at %v", end, p.To())
		}
		if a, b := p.StepAt(p.From().Add(-1)), p.StepAt(p.To()); a >= 0 || b < p.Steps() {
			t.Fatalf("before the plan is step %d, after it %d of %d", a, b, p.Steps())
		}
	}
}

// What is forecast is what is sampled: the masses of the loaded pieces of all
// steps have the same sums as Expect, over all and over each.
func TestExpectIsTheLawSampled(t *testing.T) {
	for _, p := range plans(t) {
		s := p.NewSampler()
		var sum float64
		for i := range p.Steps() {
			if err := s.Load(i); err != nil {
				t.Fatal(err)
			}
			var mass float64
			for _, q := range s.pieces {
				mass += q.mass * float64(p.shards)
			}
			sum += mass
			if i%101 != 0 {
				continue
			}
			// Bounds are rounded to the nanosecond, a millionth of the least step.
			if want := p.Expect(p.Bounds(i)); math.Abs(mass-want) > 1e-5*want {
				t.Fatalf("step %d of %v has the mass %v, Expect %v", i, p.Width(), mass, want)
			}
			if mass > 2048*(1+1e-9) {
				t.Fatalf("step %d of %v holds %v orders", i, p.Width(), mass)
			}
		}
		if want := p.Expect(p.From(), p.To()); math.Abs(sum-want) > 1e-9*want {
			t.Fatalf("all steps of %v have the mass %v, Expect %v", p.Width(), sum, want)
		}
	}
}

// Linear between knots, exact at them: a curve that is itself linear is met
// exactly, a smooth one closely, and scale, shards and end change nothing.
func TestExpect(t *testing.T) {
	from := start.Add(9 * time.Hour)
	line := plan(t, one(Linear{1, 3}), from, from.Add(10*time.Hour), 2)
	for _, to := range []time.Time{from, from.Add(time.Millisecond), from.Add(299 * time.Second), from.Add(4000 * time.Second), from.Add(10 * time.Hour)} {
		want := Expect(Linear{1, 3}, from, to)
		if got := line.Expect(from, to); math.Abs(got-want) > 1e-9*(want+1) {
			t.Errorf("to %v: %v, want %v", to, got, want)
		}
	}
	if got, want := line.Expect(from.Add(-time.Hour), from.Add(20*time.Hour)), line.Expect(line.From(), line.To()); got != want {
		t.Errorf("beyond the span: %v, within %v", got, want)
	}
	if got := line.Expect(from.Add(time.Hour), from); got != 0 {
		t.Errorf("backwards: %v", got)
	}

	to := start.AddDate(0, 0, 14)
	world := plan(t, World(), start, to, 4)
	total := world.Expect(start, to)
	if want := World().Expect(start, to); math.Abs(total-want) > 1e-4*want {
		t.Errorf("World: %v, by the curves' integrals %v", total, want)
	}
	if math.Round(total) != 5211143 {
		t.Errorf("World makes %.1f orders in 14 days", total)
	}
	big := plan(t, World().Scale(64), start, to.AddDate(0, 0, 1), 7)
	if got := big.Expect(start, to); math.Abs(got-64*total) > 1e-9*got {
		t.Errorf("64 times World: %v, want %v", got, 64*total)
	}
}

func TestNewPlanErrors(t *testing.T) {
	to := start.Add(time.Hour)
	late := func(t time.Time) float64 {
		if t.Equal(start.Add(50 * time.Minute)) {
			return -2
		}
		return 1
	}
	for _, c := range []struct {
		m        Market
		from, to time.Time
		shards   int
		want     []string
	}{
		{nil, start.Add(1), start.Add(2), 0, []string{"no segments", "from 2022-01-31T00:00:00.000000001Z", "to 2022-01-31T00:00:00.000000002Z", "is not after", "0 shards"}},
		{one(Constant(1)), start, start, 1, []string{"is not after from"}},
		{one(Constant(1)), start, start.AddDate(40000, 0, 0), 1, []string{"seconds; plan a shorter span"}},
		{one(CurveFunc(late)), start, to, 1, []string{"segment 1 (Spain, Gas) has a rate of -2 at 2022-01-31T00:50:00Z"}},
		{one(Constant(1e300)), start, to, 1, []string{"scale it down to 2.147e+09"}},
		{append(one(Constant(1e308)), one(Constant(1e308))...), start, to, 1, []string{"infinite sum"}},
	} {
		_, err := NewPlan(c.m, c.from, c.to, c.shards)
		if err == nil {
			t.Errorf("%v to %v: no error", c.from, c.to)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q is not in:\n%v", want, err)
			}
		}
	}
}

// A long span is not tried at every knot, but at every hour of the week.
func TestLongSpan(t *testing.T) {
	busy := OnDays{DaysOf(time.Friday), Normal{Mu: 0.7, SD: 0.01, Scale: 1}, Constant(0)}
	short := plan(t, one(busy), start, start.AddDate(0, 0, 7), 1)
	var tried int
	long := plan(t, one(CurveFunc(func(t time.Time) float64 { tried++; return busy.Rate(t) })), start, start.AddDate(400, 0, 0), 1)
	if long.Width() != short.Width() {
		t.Errorf("400 years have steps of %v, a week of %v", long.Width(), short.Width())
	}
	if tried > 140_000 {
		t.Errorf("%d rates tried", tried)
	}
}

// Clones: what the caller does to its market later does not matter.
func TestPlanKeepsItsMarket(t *testing.T) {
	m := one(Constant(1))
	p := plan(t, m, start, start.Add(time.Hour), 1)
	m[0].Curve = Constant(9)
	if got := p.Expect(p.From(), p.To()); got != 3600 {
		t.Errorf("Expect %v, want 3600", got)
	}
}
