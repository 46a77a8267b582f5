package alias

import (
	"math"
	"testing"

	"github.com/kafkanauts/kafkanauts/internal/keyed"
)

// shares returns the probability of each index as the slots have it.
func shares(t *Table) []float64 {
	p := make([]float64, t.Len())
	for i, s := range t.slots {
		k := float64(s.keep) / 0x1p64
		p[i] += k / float64(t.Len())
		p[s.other] += (1 - k) / float64(t.Len())
	}
	return p
}

// The slots add up to the weights, whatever these are.
func TestTableHasItsWeights(t *testing.T) {
	src := keyed.New(keyed.Key(1))
	var table Table
	for range 500 {
		w := make([]float64, 1+src.IntN(60))
		sum := 0.0
		for i := range w {
			switch src.IntN(4) {
			case 0: // stays 0
			case 1:
				w[i] = 1
			default:
				w[i] = src.Float64() * float64(uint64(1)<<src.IntN(40))
			}
			sum += w[i]
		}
		if sum == 0 {
			continue
		}
		if err := table.Reset(w); err != nil {
			t.Fatal(err)
		}
		for i, p := range shares(&table) {
			if want := w[i] / sum; math.Abs(p-want) > 1e-12 {
				t.Fatalf("weights %v: index %d has %v, want %v", w, i, p, want)
			}
			if w[i] == 0 && p != 0 {
				t.Fatalf("weights %v: index %d of weight 0 has %v", w, i, p)
			}
		}
	}
}

// Chi-square of 200,000 draws against the weights: 4 degrees of freedom, bound at
// an error rate of 1e-6, fixed seed.
func TestPickFollowsWeights(t *testing.T) {
	w := []float64{1, 2, 3, 0.5, 10}
	table, err := New(w)
	if err != nil {
		t.Fatal(err)
	}
	const n = 200_000
	var count [5]int
	src := keyed.New(keyed.Key(7))
	for range n {
		count[table.Pick(src.Uint64())]++
	}
	x := 0.0
	for i, c := range count {
		e := n * w[i] / 16.5
		x += (float64(c) - e) * (float64(c) - e) / e
	}
	if x > 33.4 {
		t.Fatalf("chi-square %v of %v", x, count)
	}
}

func TestResetRefuses(t *testing.T) {
	for _, w := range [][]float64{nil, {}, {0, 0}, {1, -1}, {math.NaN()}, {math.Inf(1)}, {math.MaxFloat64, math.MaxFloat64}} {
		if _, err := New(w); err == nil {
			t.Errorf("weights %v were taken", w)
		}
	}
	var empty Table
	if got := empty.Pick(5); got != -1 {
		t.Errorf("an empty table picked %d", got)
	}
}

func TestNothingAllocated(t *testing.T) {
	w := []float64{1, 2, 3}
	table, _ := New(w)
	if err := table.Reset(w); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { _ = table.Reset(w); table.Pick(1 << 63) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkPick(b *testing.B) {
	table, _ := New([]float64{1, 2, 3, 4, 5, 6, 7, 8})
	src := keyed.New(keyed.Key(1))
	sum := 0
	b.ReportAllocs()
	for b.Loop() {
		sum += table.Pick(src.Uint64())
	}
	_ = sum
}
