package correlate

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Pearson returns the product-moment correlation of x and y,
//
//	r = Σ(x-x̄)(y-ȳ) / sqrt(Σ(x-x̄)² Σ(y-ȳ)²),
//
// with the p-value of t = r sqrt((n-2)/(1-r²)) on n-2 degrees of freedom, exact
// for normal data. The means are subtracted first, so large offsets cancel
// nothing. The longer slice is cut to the shorter.
func Pearson(x, y []float64) Result {
	x, y = complete(x, y)
	return pearson(x, y)
}

func pearson(x, y []float64) Result {
	n := len(x)
	if n < 3 {
		return Result{math.NaN(), math.NaN(), n}
	}
	mx, my := mean(x), mean(y)
	var sxx, syy, sxy float64
	for i := range x {
		dx, dy := x[i]-mx, y[i]-my
		sxx += dx * dx
		syy += dy * dy
		sxy += dx * dy
	}
	if flat(sxx, mx, n) || flat(syy, my, n) {
		return Result{math.NaN(), math.NaN(), n}
	}
	scale := math.Sqrt(sxx * syy)
	if scale == 0 || math.IsInf(scale, 1) { // out of range: more roundings, but finite
		scale = math.Sqrt(sxx) * math.Sqrt(syy)
	}
	r := max(-1, min(1, sxy/scale))
	return Result{r, studentP(r, n-2), n}
}

// flat says whether a sum of squares around mean m is nothing but rounding.
func flat(ss, m float64, n int) bool {
	eps := 0x1p-50 * math.Abs(m)
	return ss <= float64(n)*eps*eps
}

// studentP is the two-sided p-value of a correlation r with df degrees of
// freedom: P(|T| > t) = I(df/(df+t²); df/2, 1/2), and df/(df+t²) = 1-r².
func studentP(r float64, df int) float64 {
	if df < 1 {
		return math.NaN()
	}
	rest := (1 - r) * (1 + r)
	if rest <= 0 {
		return 0
	}
	return mathext.RegIncBeta(float64(df)/2, 0.5, rest)
}

func mean(x []float64) float64 {
	// The second sum takes away what the first lost to rounding.
	var s float64
	for _, v := range x {
		s += v
	}
	m := s / float64(len(x))
	s = 0
	for _, v := range x {
		s += v - m
	}
	return m + s/float64(len(x))
}

// complete returns the pairs without a NaN.
func complete(x, y []float64) (_, _ []float64) {
	n := min(len(x), len(y))
	x, y = x[:n], y[:n]
	for i := range x {
		if math.IsNaN(x[i]) || math.IsNaN(y[i]) {
			cx, cy := append([]float64(nil), x[:i]...), append([]float64(nil), y[:i]...)
			for ; i < n; i++ {
				if !math.IsNaN(x[i]) && !math.IsNaN(y[i]) {
					cx, cy = append(cx, x[i]), append(cy, y[i])
				}
			}
			return cx, cy
		}
	}
	return x, y
}
