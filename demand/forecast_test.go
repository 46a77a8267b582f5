package demand

import (
	"math"
	"math/big"
	"strings"
	"testing"
	"time"
)

// Band is checked against the distribution itself, summed with 200 bits.
func TestBand(t *testing.T) {
	for _, mean := range []float64{1e-9, 0.004, 0.006, 0.5, 3, 20.25, 999, 1000, 1001, 4000} {
		for _, level := range []float64{0.5, 0.9, 0.99, 0.9999} {
			low, high := Count(mean).Band(level)
			below, upto := poisson(mean, low), poisson(mean, high+1)
			tail := (1 - level) / 2
			if below > tail*(1+1e-9) || 1-upto > tail*(1+1e-9) {
				t.Errorf("Count(%v).Band(%v) = %d to %d leaves %v and %v", mean, level, low, high, below, 1-upto)
			}
			// And it is the narrowest, or wider by an order where it is approximate.
			slack := int64(0)
			if mean > 1000 {
				slack = 1
			}
			if poisson(mean, low+1+slack) <= tail || high > slack && 1-poisson(mean, high-slack) <= tail {
				t.Errorf("Count(%v).Band(%v) = %d to %d is wider than it need be", mean, level, low, high)
			}
		}
	}
}

// poisson returns P(N < n).
func poisson(mean float64, n int64) float64 {
	const precision = 200
	term := new(big.Float).SetPrec(precision).SetInt64(1)
	m := new(big.Float).SetPrec(precision).SetFloat64(mean)
	all, part := new(big.Float).SetPrec(precision), new(big.Float).SetPrec(precision)
	for k := int64(0); float64(k) < mean+60*math.Sqrt(mean)+100; k++ {
		if k > 0 {
			term.Mul(term, m).Quo(term, new(big.Float).SetInt64(k))
		}
		all.Add(all, term)
		if k < n {
			part.Add(part, term)
		}
	}
	p, _ := part.Quo(part, all).Float64()
	return p
}

func TestBandEdges(t *testing.T) {
	for _, c := range []struct {
		mean, level float64
		low, high   int64
	}{
		{0, 0.99, 0, 0}, {5, 1, 0, math.MaxInt64}, {5, math.NaN(), 0, math.MaxInt64}, {math.NaN(), 0.99, 0, math.MaxInt64},
		{math.Inf(1), 0.99, 0, math.MaxInt64}, {1e19, 0.99, 0, math.MaxInt64}, {-1, 0.99, 0, math.MaxInt64}, {1e6, 0, 999999, 1000000}, {1e6, -3, 999999, 1000000},
	} {
		if low, high := Count(c.mean).Band(c.level); low != c.low || high != c.high {
			t.Errorf("Count(%v).Band(%v) = %d to %d, want %d to %d", c.mean, c.level, low, high, c.low, c.high)
		}
	}
}

// All ways to cut a forecast add up to its total, which is Expect.
func TestForecast(t *testing.T) {
	from := start.Add(5 * time.Hour)
	p := plan(t, World(), from, from.AddDate(0, 0, 3), 4)
	f := p.Forecast(start, start.AddDate(1, 0, 0))
	want := p.Expect(p.From(), p.To())
	for name, parts := range map[string][]Part{"total": {{"", f.Total}}, "countries": f.Countries, "categories": f.Categories, "segments": f.Segments, "days": f.Days} {
		var sum float64
		for _, part := range parts {
			sum += float64(part.Count)
		}
		if math.Abs(sum-want) > 1e-9*want {
			t.Errorf("%s: %v, want %v", name, sum, want)
		}
	}
	if !f.From.Equal(p.From()) || !f.To.Equal(p.To()) {
		t.Errorf("forecast from %v to %v", f.From, f.To)
	}
	if len(f.Countries) != 4 || len(f.Categories) != 5 || len(f.Segments) != 20 || len(f.Days) != 4 {
		t.Errorf("%d countries, %d categories, %d segments, %d days", len(f.Countries), len(f.Categories), len(f.Segments), len(f.Days))
	}
	if got, want := float64(f.Days[1].Count), p.Expect(start.AddDate(0, 0, 1), start.AddDate(0, 0, 2)); math.Abs(got-want) > 1e-9*want || f.Days[1].Name != "2022-02-01" {
		t.Errorf("day %s: %v, want %v", f.Days[1].Name, got, want)
	}
	if got := p.Forecast(p.To(), p.From()); got.Total != 0 || len(got.Days) != 0 {
		t.Errorf("backwards: %v", got)
	}

	// The run comes out within the band of its total and of its countries (a
	// sound sampler fails with probability 0.05 over all seeds; the seed is fixed).
	s := p.NewSampler()
	counts := map[string]int64{}
	var total int64
	for i := range p.Steps() {
		load(t, s, i)
		for shard := range int64(4) {
			for _, a := range s.Draw(nil, key(shard, i)) {
				counts[p.Segment(int(a.Segment)).Country]++
				total++
			}
		}
	}
	if low, high := f.Total.Band(0.99); total < low || total > high {
		t.Errorf("%d orders, forecast %v", total, f.Total)
	}
	for _, c := range f.Countries {
		if low, high := c.Count.Band(0.99); counts[c.Name] < low || counts[c.Name] > high {
			t.Errorf("%d orders of %s, forecast %v", counts[c.Name], c.Name, c.Count)
		}
	}
}

func TestForecastString(t *testing.T) {
	p := plan(t, Market{
		{Country: "Spain", Category: "Gas", Curve: Constant(0.01)},
		{Country: "Spain", Category: "Music", Curve: Constant(0.03)},
	}, start, start.Add(30*time.Hour), 1)
	want := strings.Join([]string{
		"orders from 2022-01-31 00:00:00 to 2022-02-01 06:00:00 UTC",
		"                 expected       sd   99 % band",
		"total                4320       66   4151 to 4491",
		"",
		"Spain                4320       66   4151 to 4491",
		"",
		"Gas                  1080       33   996 to 1166",
		"Music                3240       57   3094 to 3388",
		"",
		"2022-01-31           3456       59   3305 to 3609",
		"2022-02-01            864       29   789 to 941",
		"",
	}, "\n")
	if got := p.Forecast(p.From(), p.To()).String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := Count(4320).String(); got != "4320 (4151 to 4491)" {
		t.Errorf("Count: %s", got)
	}
}
