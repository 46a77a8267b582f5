package analysis

import (
	"math"
	"slices"
	"time"

	"github.com/kafkanauts/kafkanauts/analysis/correlate"
)

// Spike is an hour with far more or fewer orders than its hour of the week
// lets expect.
type Spike struct {
	Hour     time.Time
	Country  string // empty: all
	Orders   int64
	Expected float64
	Q        float64 // false discovery rate at which it is among the spikes
}

// Spikes returns the hours that stand out, at a false discovery rate of q, in
// ascending time. Expected is the median of the same hour of the week, scaled to
// the level of the week, where there are three weeks, else that of the same hour of the
// day, scaled to the level of the day; fewer than four days have no spikes. Counts are judged as negative binomial with
// the dispersion that the middle of the series shows, so that a noisy series has
// no more spikes than a calm one.
func (s *Summary) Spikes(q float64) []Spike {
	series := s.HourSeries()
	n := len(series.Counts)
	season := 168
	if n < 3*season {
		season = 24
	}
	if n < 4*season {
		return nil
	}
	// Levels: the median over weeks or days of the ratio of each to the typical one.
	expected := make([]float64, n)
	typical := make([]float64, season)
	for h := range season {
		var v []float64
		for i := h; i < n; i += season {
			v = append(v, float64(series.Counts[i]))
		}
		typical[h] = median(v)
	}
	for from := 0; from < n; from += season {
		// A season's level is the median ratio, so a few spikes do not move it.
		var ratios []float64
		for i := from; i < min(n, from+season); i++ {
			if t := typical[i-from]; t >= 1 {
				ratios = append(ratios, float64(series.Counts[i])/t)
			}
		}
		level := 1.0
		if len(ratios) >= season/2 {
			level = median(ratios)
		}
		for i := from; i < min(n, from+season); i++ {
			expected[i] = max(0.5, typical[i-from]*level)
		}
	}
	// Dispersion: variance over mean, from the median squared residual; the
	// median of a chi-square variable with one degree of freedom is 0.455.
	var squares []float64
	for i, e := range expected {
		d := float64(series.Counts[i]) - e
		squares = append(squares, d*d/e)
	}
	dispersion := max(1, median(squares)/0.4549*1.1)
	p := make([]float64, n)
	for i, e := range expected {
		k := series.Counts[i]
		// A count of variance dispersion times mean, as a Poisson count in units of dispersion.
		scaled, mean := float64(k)/dispersion, e/dispersion
		if float64(k) >= e {
			p[i] = correlate.PoissonTail(int(math.Floor(scaled)), mean)
		} else {
			p[i] = 1 - correlate.PoissonTail(int(math.Ceil(scaled))+1, mean)
		}
		p[i] = min(1, 2*p[i])
	}
	// The two ends may be hours that the stream covers in part.
	if n > 2 {
		p[0], p[n-1] = 1, 1
	}
	var out []Spike
	for i, v := range correlate.BenjaminiHochberg(p) {
		if v <= q {
			out = append(out, Spike{Hour: series.From.Add(time.Duration(i) * time.Hour), Orders: series.Counts[i], Expected: expected[i], Q: v})
		}
	}
	return out
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
