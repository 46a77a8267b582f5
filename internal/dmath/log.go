package dmath

import "math"

// Log returns the natural logarithm of x: +Inf of +Inf, -Inf of 0, NaN of
// negative numbers and of NaN.
func Log(x float64) float64 {
	b := math.Float64bits(x)
	k := 0
	if b-0x0010000000000000 >= 0x7ff0000000000000-0x0010000000000000 { // not a positive normal number
		switch {
		case x == 0:
			return math.Inf(-1)
		case x != x || x < 0:
			return math.NaN()
		case b == 0x7ff0000000000000:
			return x
		}
		b = math.Float64bits(x * 0x1p52)
		k = -52
	}

	// x = 2^k z with z in [11/16, 11/8), and z in the cell of c.
	d := b - 0x3fe6000000000000
	c := &cells[d>>45&127]
	k += int(int64(d) >> 52)
	z := b - d&0xfff0000000000000

	// r = z inv - 1, rounded, and e what that rounds away: inv is a multiple of
	// 2^-8 below 2, and the parts of z have 27 and 26 bits, so that all products
	// are exact. Where inv is 1, e is 0.
	zHi := math.Float64frombits(z &^ (1<<26 - 1))
	rHi := float64(zHi*c.inv) - 1
	rLo := float64((math.Float64frombits(z) - zHi) * c.inv)
	r := rHi + rLo
	e := rHi - r + rLo

	// ln x = k ln 2 - ln inv + ln(1+r), where w is exact and r is below it or w
	// is 0, so that what hi rounds away is known.
	n := float64(k)
	w := float64(n*ln2Hi) + c.hi
	hi := w + r
	lo := w - hi + r + (e + (float64(n*ln2Lo) + c.lo))
	s := float64(r * r)
	p := (1.0/3 - float64(r*(1.0/4))) + float64(s*((1.0/5-float64(r*(1.0/6)))+float64(s*(1.0/7-float64(r*(1.0/8))))))
	return hi + (lo + (float64(s*-0.5) + float64(float64(r*s)*p)))
}

// Log1p returns the natural logarithm of 1+x, also where 1+x is rounded to 1:
// -Inf of -1, NaN below.
func Log1p(x float64) float64 {
	if -0x1p-8 < x && x < 0x1p-8 {
		s := float64(x * x)
		p := (1.0/3 - float64(x*(1.0/4))) + float64(s*((1.0/5-float64(x*(1.0/6)))+float64(s*(1.0/7-float64(x*(1.0/8))))))
		return x + (float64(s*-0.5) + float64(float64(x*s)*p))
	}
	u := 1 + x
	if !(u > 0 && u <= math.MaxFloat64) {
		return Log(u)
	}
	// u is 1+x-e: its logarithm lacks about e/u. Where u is so large that u-1 is
	// rounded too, that is of no consequence.
	return Log(u) + (x-(u-1))/u
}
