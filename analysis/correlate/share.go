package correlate

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// Wilson returns the score interval of a share of k in n (Wilson 1927),
//
//	(p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n),
//
// where z is the normal quantile: 1.959964 for 95 %. For n = 0 it is [0, 1].
func Wilson(k, n, z float64) (lo, hi float64) {
	if n <= 0 {
		return 0, 1
	}
	p, zz := k/n, z*z
	mid := p + zz/(2*n)
	half := z * math.Sqrt(p*(1-p)/n+zz/(4*n*n))
	lo, hi = (mid-half)/(1+zz/n), (mid+half)/(1+zz/n)
	if k <= 0 {
		lo = 0
	}
	if k >= n {
		hi = 1
	}
	return max(0, lo), min(1, hi)
}

// Z95 is the normal quantile of two-sided intervals of 95 %.
const Z95 = 1.959963984540054

// BinomialTail returns P(X >= k) for X binomial with n trials of probability p:
// the one-sided exact p-value of k.
func BinomialTail(k, n int, p float64) float64 {
	switch {
	case k <= 0:
		return 1
	case k > n || p <= 0:
		return 0
	case p >= 1:
		return 1
	}
	return mathext.RegIncBeta(float64(k), float64(n-k)+1, p)
}

// PoissonTail returns P(X >= k) for X Poisson with mean m.
func PoissonTail(k int, m float64) float64 {
	switch {
	case k <= 0:
		return 1
	case m <= 0:
		return 0
	}
	return mathext.GammaIncReg(float64(k), m)
}

// TwoShares tests whether k1 of n1 and k2 of n2 are the same share: the signed
// root of the likelihood ratio G of the 2 x 2 table, positive if the first share
// is the larger, and its two-sided p-value.
func TwoShares(k1, n1, k2, n2 float64) (root, p float64) {
	if n1 <= 0 || n2 <= 0 {
		return 0, 1
	}
	all := (k1 + k2) / (n1 + n2)
	g := 2 * (term(k1, n1*all) + term(n1-k1, n1*(1-all)) + term(k2, n2*all) + term(n2-k2, n2*(1-all)))
	root = math.Sqrt(max(0, g))
	p = 2 * distuv.UnitNormal.Survival(root)
	if k1/n1 < k2/n2 {
		root = -root
	}
	return root, min(1, p)
}

// term returns o ln(o/e), 0 where nothing was seen.
func term(o, e float64) float64 {
	if o <= 0 || e <= 0 {
		return 0
	}
	return o * math.Log(o/e)
}
