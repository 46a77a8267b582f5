package keyed

import (
	"math"
	"slices"
	"testing"
)

// All layers have the same area, the lowest with its tail, and together they
// cover the density without gaps.
func TestLayersHaveOneArea(t *testing.T) {
	edge := func(i int) float64 {
		if i == layers {
			return 0
		}
		return exponential.unit[i] * 0x1p53
	}
	for i := 1; i < layers; i++ {
		if a := edge(i) * (exponential.height[i+1] - exponential.height[i]); math.Abs(a/area-1) > 1e-9 {
			t.Errorf("layer %d has the area %v, not %v", i, a, area)
		}
		if edge(i) <= edge(i+1) {
			t.Errorf("layer %d is no wider than the next", i)
		}
	}
	if a := tail*math.Exp(-tail) + math.Exp(-tail); math.Abs(a/area-1) > 1e-12 {
		t.Errorf("the lowest layer has the area %v, not %v", a, area)
	}
}

// A Kolmogorov-Smirnov test, and one of the tail beyond the ziggurat: at a fixed
// seed, each errs with a probability below 1e-6.
func TestExponential(t *testing.T) {
	const n = 2_000_000
	src := New(Key(7))
	all := make([]float64, n)
	sum, beyond := 0.0, 0
	for i := range all {
		all[i] = src.Exponential()
		sum += all[i]
		if all[i] > tail {
			beyond++
		}
	}
	slices.Sort(all)
	if all[0] < 0 {
		t.Errorf("%v is below 0", all[0])
	}
	worst := 0.0
	for i, x := range all {
		f := -math.Expm1(-x)
		worst = max(worst, f-float64(i)/n, float64(i+1)/n-f)
	}
	if limit := 2.7 / math.Sqrt(n); worst > limit { // 2 exp(-2 * 2.7²) = 9e-7
		t.Errorf("the distribution is off by %v, which should be below %v", worst, limit)
	}
	if math.Abs(sum/n-1) > 5/math.Sqrt(n) {
		t.Errorf("the mean is %v", sum/n)
	}
	if p := math.Exp(-tail); math.Abs(float64(beyond)-n*p) > 5*math.Sqrt(n*p) {
		t.Errorf("%d of %d lie in the tail, not %v", beyond, n, n*p)
	}
}

func BenchmarkExponential(b *testing.B) {
	b.ReportAllocs()
	src := New(Key(7))
	for b.Loop() {
		src.Exponential()
	}
}
