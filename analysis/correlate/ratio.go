package correlate

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// CorrelationRatio returns η, the share of the standard deviation of y that its
// groups explain: η² = Σ n_g (ȳ_g - ȳ)² / Σ (y - ȳ)², between 0 and 1 (Fisher
// 1925). The p-value is that of the one-way analysis of variance, F =
// (η²/(k-1)) / ((1-η²)/(n-k)). A negative group and a NaN are missing.
func CorrelationRatio(group []int, y []float64) Result {
	m := min(len(group), len(y))
	var total float64
	n, groups := 0, 0
	for i := range m {
		if group[i] >= 0 && !math.IsNaN(y[i]) {
			total += y[i]
			n++
			groups = max(groups, group[i]+1)
		}
	}
	if n < 3 {
		return Result{math.NaN(), math.NaN(), n}
	}
	grand := total / float64(n)
	sum, count := make([]float64, groups), make([]float64, groups)
	var ss float64
	for i := range m {
		if group[i] >= 0 && !math.IsNaN(y[i]) {
			d := y[i] - grand
			sum[group[i]] += d
			count[group[i]]++
			ss += d * d
		}
	}
	var between float64
	k := 0
	for g, c := range count {
		if c > 0 {
			between += sum[g] * sum[g] / c
			k++
		}
	}
	if k < 2 || n <= k || flat(ss, grand, n) {
		return Result{math.NaN(), math.NaN(), n}
	}
	e2 := max(0, min(1, between/ss))
	// P(F > f) = I(1-η²; (n-k)/2, (k-1)/2).
	p := mathext.RegIncBeta(float64(n-k)/2, float64(k-1)/2, 1-e2)
	return Result{math.Sqrt(e2), p, n}
}
