package dmath

import "math"

// Exp returns e^x: +Inf where that is above the largest number (x above about
// 709.78), 0 where it is below half the smallest (x below about -745.13), NaN
// of NaN.
func Exp(x float64) float64 {
	switch {
	case x != x:
		return x
	case x > 710:
		return math.Inf(1)
	case x < -746:
		return 0
	}

	// x = (128 k + i) ln(2)/128 + r with |r| at most half a step.
	n := math.Floor(float64(x*perStep) + 0.5)
	r := x - float64(n*stepHi) // exact: n has at most 18 bits, stepHi 38
	r -= float64(n * stepLo)
	m := int(n)
	p := &powers[m&127]

	// e^r - 1 by its series; the next term is below 2^-64.
	s := float64(r * r)
	q := r + float64(s*(0.5+float64(r*(1.0/6)))) + float64(float64(s*s)*(1.0/24+float64(r*(1.0/120))))
	return scale(p.hi+(p.lo+float64(p.hi*q)), m>>7)
}

// scale returns x 2^k for x in [1/2, 4) and k in [-1100, 1100].
func scale(x float64, k int) float64 {
	switch {
	case k > 1000:
		x *= 0x1p1000
		k -= 1000
	case k < -1000:
		// The product with a power of two is exact but for the last one.
		return float64(x*math.Float64frombits(uint64(k+1000+1023)<<52)) * 0x1p-1000
	}
	return x * math.Float64frombits(uint64(k+1023)<<52)
}
