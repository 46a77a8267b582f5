package dmath

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// apart returns how many numbers lie from a to b.
func apart(a, b float64) uint64 {
	if a == b || a != a && b != b {
		return 0
	}
	if a != a || b != b || math.IsInf(a, 0) || math.IsInf(b, 0) {
		return math.MaxUint64
	}
	x, y := rank(a), rank(b)
	if x > y {
		x, y = y, x
	}
	return uint64(y) - uint64(x)
}

// rank numbers the floats in ascending order.
func rank(x float64) int64 {
	if b := int64(math.Float64bits(x)); b >= 0 {
		return b
	} else {
		return math.MinInt64 - b
	}
}

// arguments calls f with numbers of all sizes, many of them where a logarithm
// or an exponential is hard.
func arguments(n int, f func(x float64)) {
	r := rand.New(rand.NewPCG(1, 2))
	for range n {
		f(math.Float64frombits(r.Uint64() & math.MaxInt64)) // any exponent
		f(r.Float64())
		f(1 + (r.Float64()-0.5)/64)
		f(r.Float64() * 700)
		f(math.Ldexp(1+r.Float64(), r.IntN(40)-20))
	}
	for i := range 4096 { // the ends of the cells and their neighbours
		x := 0.5 + float64(i)/2048
		f(math.Nextafter(x, 0))
		f(x)
		f(math.Nextafter(x, 3))
	}
}

func TestLogAgreesWithMath(t *testing.T) {
	arguments(400_000, func(x float64) {
		if x < 0x1p-1022 {
			return // where math.Log is wrong on some architectures
		}
		if got, want := Log(x), math.Log(x); apart(got, want) > 1 {
			t.Fatalf("Log(%x) = %x, math.Log %x", x, got, want)
		}
	})
}

// math.Exp is up to 2 units off where it is assembly, and infinite too soon:
// TestErrorBound holds Exp to more than this does, on fewer arguments.
func TestExpAgreesWithMath(t *testing.T) {
	arguments(400_000, func(x float64) {
		for _, x := range [...]float64{x, -x} {
			if got, want := Exp(x), math.Exp(x); math.Abs(x) < 700 && apart(got, want) > 2 {
				t.Fatalf("Exp(%x) = %x, math.Exp %x", x, got, want)
			}
		}
	})
}

// math.Log1p is itself within 1 of the truth, and so is Log1p: 2 apart at most.
func TestLog1pAgreesWithMath(t *testing.T) {
	arguments(400_000, func(x float64) {
		for _, x := range [...]float64{x, -x, x * 0x1p-60, -x * 0x1p-60, x * 0x1p-10, -x * 0x1p-10} {
			if got, want := Log1p(x), math.Log1p(x); apart(got, want) > 2 {
				t.Fatalf("Log1p(%x) = %x, math.Log1p %x", x, got, want)
			}
		}
	})
}

// The functions are monotone and inverse to each other, as far as the spacing
// of the numbers allows: that needs no other implementation to compare with.
func TestExpOfLog(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 200_000 {
		x := math.Ldexp(1+r.Float64(), r.IntN(2000)-1000)
		l := Log(x)
		// An error of half a unit of l is one of |l| 2^-53 of x.
		if got := Exp(l); math.Abs(got-x) > x*(math.Abs(l)+2)*0x1p-52 {
			t.Fatalf("Exp(Log(%x)) = %x", x, got)
		}
		if next := math.Nextafter(x, math.Inf(1)); Log(next) < l {
			t.Fatalf("Log falls from %x to %x", x, next)
		}
	}
}

// A sample against 200 bits: the error stated in the package's comment.
func TestErrorBound(t *testing.T) {
	const bound = 0.53
	r := rand.New(rand.NewPCG(5, 6))
	for range 3000 {
		x := math.Ldexp(0.5+r.Float64(), r.IntN(9)-4)
		near := 1 + math.Ldexp(r.Float64()-0.5, -r.IntN(50))
		for _, x := range [...]float64{x, near} {
			if e := ulps(Log(x), bigLog(x)); e > bound {
				t.Fatalf("Log(%x) is %.3f units off", x, e)
			}
		}
		y := (r.Float64() - 0.5) * 40
		if e := ulps(Exp(y), bigExp(y)); e > bound {
			t.Fatalf("Exp(%x) is %.3f units off", y, e)
		}
		z := math.Ldexp(r.Float64()-0.24, 2-r.IntN(60))
		if e := ulps(Log1p(z), bigLog1p(z)); e > 1 {
			t.Fatalf("Log1p(%x) is %.3f units off", z, e)
		}
	}
}

func ulps(got float64, want *big.Float) float64 {
	_, exp := math.Frexp(got)
	d := new(big.Float).Sub(wide(got), want)
	d.SetMantExp(d, 53-exp)
	f, _ := d.Float64()
	return math.Abs(f)
}

func wide(x float64) *big.Float { return new(big.Float).SetPrec(200).SetFloat64(x) }

func bigExp(x float64) *big.Float {
	y := wide(x)
	y.SetMantExp(y, -8)
	sum, term := wide(1), wide(1)
	for n := 1.0; n < 60; n++ {
		term.Mul(term, y).Quo(term, wide(n))
		sum.Add(sum, term)
	}
	for range 8 {
		sum.Mul(sum, sum)
	}
	return sum
}

func bigLog(x float64) *big.Float { return lnRatio(wide(x)) }

func bigLog1p(x float64) *big.Float { return lnRatio(new(big.Float).Add(wide(x), wide(1))) }

// lnRatio returns ln x as 2^10 times the logarithm of the 2^10th root of x.
func lnRatio(x *big.Float) *big.Float {
	root := new(big.Float).Set(x)
	for range 10 {
		root.Sqrt(root)
	}
	q := new(big.Float).Quo(new(big.Float).Sub(root, wide(1)), new(big.Float).Add(root, wide(1)))
	square, sum := new(big.Float).Mul(q, q), wide(0)
	for n := 1.0; n < 60; n += 2 {
		sum.Add(sum, new(big.Float).Quo(q, wide(n)))
		q.Mul(q, square)
	}
	return sum.SetMantExp(sum, 11)
}

func TestEdges(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	zero := math.Copysign(0, -1)
	for _, c := range []struct {
		name         string
		f            func(float64) float64
		x, got, want float64
	}{
		{"Log", Log, 0, 0, -inf}, {"Log", Log, zero, 0, -inf}, {"Log", Log, inf, 0, inf}, {"Log", Log, -inf, 0, nan},
		{"Log", Log, -1, 0, nan}, {"Log", Log, nan, 0, nan}, {"Log", Log, 1, 0, 0},
		{"Log", Log, 0x1p-1074, 0, -1074 * math.Ln2}, {"Log", Log, math.MaxFloat64, 0, math.Log(math.MaxFloat64)},
		{"Exp", Exp, 0, 0, 1}, {"Exp", Exp, inf, 0, inf}, {"Exp", Exp, -inf, 0, 0}, {"Exp", Exp, nan, 0, nan}, {"Exp", Exp, 1, 0, math.E},
		{"Exp", Exp, 709.79, 0, inf}, {"Exp", Exp, 709.78, 0, 0x1.fe9ce5c4c52b4p+1023}, {"Exp", Exp, -745.14, 0, 0}, {"Exp", Exp, -745.13, 0, 0x1p-1074},
		{"Log1p", Log1p, -1, 0, -inf}, {"Log1p", Log1p, -2, 0, nan}, {"Log1p", Log1p, inf, 0, inf}, {"Log1p", Log1p, nan, 0, nan},
		{"Log1p", Log1p, 1e-300, 0, 1e-300}, {"Log1p", Log1p, zero, 0, zero},
	} {
		c.got = c.f(c.x)
		if c.got != c.want && (c.got == c.got || c.want == c.want) || math.Signbit(c.got) != math.Signbit(c.want) && c.got == 0 {
			t.Errorf("%s(%v) = %v, want %v", c.name, c.x, c.got, c.want)
		}
	}
}

// The bits of a million results, the same on every architecture. They decide
// every stream's bytes.
func TestGoldenBits(t *testing.T) {
	const logs, exps, log1ps = uint64(0xf3fb538ce0745739), uint64(0xe42a3ebb016f72d), uint64(0x3475892f6797b81f)
	var l, e, p uint64
	mix := func(h *uint64, x float64) { *h = (*h ^ math.Float64bits(x)) * 0x9e3779b97f4a7c15; *h ^= *h >> 29 }
	arguments(200_000, func(x float64) {
		mix(&l, Log(x))
		mix(&e, Exp(x))
		mix(&e, Exp(-x))
		mix(&p, Log1p(x))
		mix(&p, Log1p(-x*0x1p-10))
	})
	if l != logs || e != exps || p != log1ps {
		t.Errorf("Log, Exp, Log1p have the bits %#x, %#x, %#x; want %#x, %#x, %#x", l, e, p, logs, exps, log1ps)
	}
}

var sink float64

func BenchmarkLog(b *testing.B) {
	x := 0.1
	for b.Loop() {
		sink += Log(x)
		if x += 0x1.9p-9; x >= 1 {
			x -= 0.999
		}
	}
}

func BenchmarkMathLog(b *testing.B) {
	x := 0.1
	for b.Loop() {
		sink += math.Log(x)
		if x += 0x1.9p-9; x >= 1 {
			x -= 0.999
		}
	}
}

func BenchmarkExp(b *testing.B) {
	x := 0.1
	for b.Loop() {
		sink += Exp(-x)
		if x += 0x1.9p-5; x >= 20 {
			x -= 19.9
		}
	}
}
