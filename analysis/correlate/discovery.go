package correlate

import (
	"math"
	"slices"
)

// BenjaminiHochberg returns the q-value of each p-value: the least false
// discovery rate at which it is among the discoveries, min over j >= i of
// p(j) m/j in ascending order (Benjamini and Hochberg 1995). It holds for tests
// that are independent or positively dependent. A NaN stays NaN and is not
// counted in m.
func BenjaminiHochberg(p []float64) []float64 { return stepUp(p, len(p), 1) }

// BenjaminiHochbergOf is BenjaminiHochberg where p are the smallest of m
// p-values and the others were not kept. For m < len(p) it takes len(p).
func BenjaminiHochbergOf(p []float64, m int) []float64 { return stepUp(p, m, 1) }

// BenjaminiYekutieli is BenjaminiHochberg for tests that depend on each other in
// any way: every q-value is larger by 1 + 1/2 + … + 1/m (2001).
func BenjaminiYekutieli(p []float64) []float64 {
	m := 0
	for _, v := range p {
		if !math.IsNaN(v) {
			m++
		}
	}
	var c float64
	for i := m; i > 0; i-- {
		c += 1 / float64(i)
	}
	return stepUp(p, len(p), c)
}

func stepUp(p []float64, m int, factor float64) []float64 {
	q := make([]float64, len(p))
	at := make([]int, 0, len(p))
	for i, v := range p {
		if math.IsNaN(v) {
			q[i] = v
			continue
		}
		at = append(at, i)
	}
	m = max(len(at), m-(len(p)-len(at)))
	slices.SortFunc(at, func(a, b int) int {
		switch {
		case p[a] < p[b]:
			return -1
		case p[a] > p[b]:
			return 1
		}
		return a - b
	})
	least := 1.0
	for i := len(at) - 1; i >= 0; i-- {
		least = min(least, p[at[i]]*factor*float64(m)/float64(i+1))
		q[at[i]] = least
	}
	return q
}
