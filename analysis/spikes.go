package analysis

import (
	"math"
	"slices"
	"time"

	"github.com/kafkanauts/kafkanauts/analysis/correlate"
)

// Spike is an hour with far more or fewer orders than comparable hours let
// expect.
type Spike struct {
	Hour     time.Time // its beginning, UTC
	Country  string    // empty: all orders
	Orders   int64
	Expected float64
	Q        float64 // false discovery rate at which it is among the spikes
}

const week = 168 // hours

// Spikes returns the hours, of all orders and of each country's, that stand out, at a false discovery rate of q, in
// ascending time. An hour stands out if its count is unlikely by each of up to two
// baselines: the median of the same hour of the day, and, from two weeks on, that
// of the same hour of the other weeks; both scaled to the level of that day or week. Counts are judged
// as Poisson, scaled to the dispersion that the middle of the series shows, so that a noisy
// series has no more spikes than a calm one. Fewer than four days have none, and neither
// has the first nor the last hour, which the stream may cover in part.
func (s *Summary) Spikes(q float64) []Spike {
	all := append(s.series(1, false), s.series(1, true)...)
	if len(all) == 2 {
		all = all[:1] // one country is all of them
	}
	var p []float64
	var out []Spike
	for _, series := range all {
		expected, unlikely := stand(series.Counts)
		for i, e := range expected {
			p = append(p, unlikely[i])
			out = append(out, Spike{series.From.Add(time.Duration(i) * time.Hour), series.Name, series.Counts[i], e, 0})
		}
	}
	for i, v := range correlate.BenjaminiHochberg(p) {
		out[i].Q = v
	}
	out = slices.DeleteFunc(out, func(k Spike) bool { return k.Q > q })
	slices.SortStableFunc(out, func(a, b Spike) int { return a.Hour.Compare(b.Hour) })
	return out
}

// stand returns what each hour of a series lets expect, and how unlikely what
// came is: by both baselines, if there are two.
func stand(counts []int64) (expected, p []float64) {
	n := len(counts)
	if n < 4*24 {
		return nil, nil
	}
	expected = baseline(counts, 24)
	p = surprise(counts, expected)
	if n >= 2*week {
		weekly := baseline(counts, week)
		for i, v := range surprise(counts, weekly) {
			if (float64(counts[i]) >= weekly[i]) != (float64(counts[i]) >= expected[i]) {
				v = 1 // the baselines do not agree on the direction
			}
			p[i] = max(p[i], v)
		}
		expected = weekly
	}
	p[0], p[n-1] = 1, 1
	return expected, p
}

// baseline returns what each count is compared with: the median of the others
// at the same place of the season, scaled to the season's level, which is the median
// ratio to the typical season.
func baseline(counts []int64, season int) []float64 {
	n := len(counts)
	typical := make([]float64, season)
	others := func(i int) []float64 {
		var v []float64
		for j := i % season; j < n; j += season {
			if j != i {
				v = append(v, float64(counts[j]))
			}
		}
		return v
	}
	for h := range season {
		typical[h] = median(append(others(h), float64(counts[h])))
	}
	level := make([]float64, (n+season-1)/season)
	for k := range level {
		var ratios []float64
		for i := k * season; i < min(n, (k+1)*season); i++ {
			if t := typical[i%season]; t >= 1 {
				ratios = append(ratios, float64(counts[i])/t)
			}
		}
		level[k] = 1
		if len(ratios) >= season/4 {
			level[k] = max(0.01, median(ratios))
		}
	}
	expected := make([]float64, n)
	for i := range expected {
		v := others(i)
		for x, j := 0, i%season; j < n; j += season {
			if j != i {
				v[x] /= level[j/season]
				x++
			}
		}
		expected[i] = max(0.5, median(v)*level[i/season])
	}
	return expected
}

// surprise returns two-sided p-values of counts. The dispersion is estimated
// from the median squared residual (that of a chi-square variable with one degree
// of freedom is 0.4549), and not below 1.
func surprise(counts []int64, expected []float64) []float64 {
	squares := make([]float64, len(counts))
	for i, e := range expected {
		d := float64(counts[i]) - e
		squares[i] = d * d / e
	}
	dispersion := max(1, median(squares)/0.4549)
	p := make([]float64, len(counts))
	for i, e := range expected {
		k, mean := float64(counts[i])/dispersion, e/dispersion
		if k >= mean {
			p[i] = correlate.PoissonTail(int(math.Floor(k)), mean)
		} else {
			p[i] = 1 - correlate.PoissonTail(int(math.Ceil(k))+1, mean)
		}
		p[i] = min(1, 2*p[i])
	}
	return p
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	v = slices.Clone(v)
	slices.Sort(v)
	m := len(v) / 2
	if len(v)%2 == 1 {
		return v[m]
	}
	return (v[m-1] + v[m]) / 2
}
