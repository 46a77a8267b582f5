package correlate

import (
	"math"
	"slices"
)

// Spearman returns the rank correlation of x and y: the Pearson correlation of
// their ranks, where tied values share the mean of the ranks that they span. The
// p-value is that of Pearson on the ranks: an approximation that is good from
// about ten pairs on. It takes n log n time.
func Spearman(x, y []float64) Result {
	x, y = complete(x, y)
	return pearson(Ranks(x), Ranks(y))
}

// Ranks returns the rank of each value, from 1; tied values share the mean of
// the ranks that they span. A NaN has the rank NaN and takes none away.
func Ranks(x []float64) []float64 {
	at := make([]int, 0, len(x))
	ranks := make([]float64, len(x))
	for i, v := range x {
		if math.IsNaN(v) {
			ranks[i] = v
			continue
		}
		at = append(at, i)
	}
	slices.SortFunc(at, func(a, b int) int {
		switch {
		case x[a] < x[b]:
			return -1
		case x[a] > x[b]:
			return 1
		}
		return 0
	})
	for i := 0; i < len(at); {
		j := i + 1
		for j < len(at) && x[at[j]] == x[at[i]] {
			j++
		}
		r := float64(i+j+1) / 2
		for ; i < j; i++ {
			ranks[at[i]] = r
		}
	}
	return ranks
}

// FisherInterval returns the interval of a correlation r from n pairs by
// Fisher's transformation, tanh(atanh r ± z/sqrt(n-3)); exact for normal data
// as n grows. For fewer than four pairs it is [-1, 1].
func FisherInterval(r float64, n int, z float64) (lo, hi float64) {
	if n < 4 || math.IsNaN(r) {
		return -1, 1
	}
	if r >= 1 || r <= -1 {
		return r, r
	}
	d := z / math.Sqrt(float64(n-3))
	return math.Tanh(math.Atanh(r) - d), math.Tanh(math.Atanh(r) + d)
}
