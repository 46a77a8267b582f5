package main

import (
	"math"
	"slices"

	"github.com/kafkanauts/kafkanauts/internal/bench/figures"
)

// series is one measure of one figure, a value an operation for each round.
type series []float64

func (s *sample) of(m figures.Measure) float64 {
	v := float64(s.cpu)
	switch m {
	case figures.Wall:
		v = float64(s.wall)
	case figures.Allocs:
		v = float64(s.allocs)
	case figures.Bytes:
		v = float64(s.bytes)
	}
	return v / float64(s.n)
}

// result is a figure with what was measured.
type result struct {
	figures.Figure
	samples []sample
}

func results(all []*contender) []result {
	var list []result
	for _, c := range all {
		list = append(list, result{c.Figure, c.samples})
	}
	return list
}

func (r *result) series(m figures.Measure) series {
	var s series
	for i := range r.samples {
		s = append(s, r.samples[i].of(m))
	}
	return s
}

func (s series) min() float64 { return slices.Min(s) }

func (s series) median() float64 {
	sorted := slices.Sorted(slices.Values(s))
	n := len(sorted)
	if n == 0 {
		return math.NaN()
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// verdict is a goal with what the figure came to.
type verdict struct {
	figure string
	figures.Goal
	median float64 // of the rounds' ratios
	best   float64 // the least of the figure against the least of its yardsticks, in any round each
}

// judge holds a result against its goals. A goal whose yardsticks were not
// measured is left out.
func judge(r *result, all []result) (list []verdict) {
goals:
	for _, g := range r.Goals {
		own := r.series(g.Of)
		v := verdict{figure: r.Name, Goal: g, median: own.median(), best: own.min()}
		if g.Against != nil {
			yard, best := make(series, len(own)), 0.0
			for _, t := range g.Against {
				i := slices.IndexFunc(all, func(r result) bool { return r.Name == t.Name })
				if i < 0 {
					continue goals
				}
				part := all[i].series(g.Of)
				for round := range yard {
					yard[round] += t.Times * part[round]
				}
				best += t.Times * part.min()
			}
			ratios := make(series, len(own))
			for round := range own {
				ratios[round] = ratio(&g, own[round], yard[round])
			}
			v.median, v.best = ratios.median(), ratio(&g, own.min(), best)
		}
		list = append(list, v)
	}
	return list
}

func ratio(g *figures.Goal, own, yard float64) float64 {
	if g.Inverse() {
		return yard / own
	}
	return own / yard
}

// met says whether the goal is, in both ways of looking at it or in one.
func (v *verdict) met() string {
	if v.AtMost == 0 && v.AtLeast == 0 {
		return ""
	}
	switch median, best := v.Met(v.median), v.Met(v.best); {
	case median && best:
		stretch := v.Goal
		if stretch.AtMost, stretch.AtLeast = 0, v.Stretch; !v.Inverse() {
			stretch.AtMost, stretch.AtLeast = v.Stretch, 0
		}
		if v.Stretch > 0 && stretch.Met(v.median) && stretch.Met(v.best) {
			return "stretch"
		}
		return "yes"
	case best:
		return "min only"
	case median:
		return "median only"
	}
	return "no"
}
