package demand

import (
	"math"
	"math/bits"
)

// alias is a table that draws an index in proportion to a weight, in constant
// time (Walker 1974; built as by Vose, "A linear algorithm for generating random
// numbers with a given distribution", IEEE TSE 17, 1991).
type alias []cell

// cell i is drawn as often as any other. It is i with probability cut 2^-64,
// else other.
type cell struct {
	cut   uint64
	other int32
}

// build makes the table for the weights, whose sum is total; if that is 0, all
// are alike. It uses up the weights and as many words of work.
func (a alias) build(weights []float64, total float64, work []int32) {
	// Weights become multiples of the mean. Indices of those below 1 are stacked
	// from the left of work, the others from the right.
	n := len(a)
	small, large := 0, n
	for i, w := range weights {
		p := 1.0
		if total > 0 {
			p = float64(w / total * float64(n))
		}
		weights[i] = p
		if p < 1 {
			work[small] = int32(i)
			small++
		} else {
			large--
			work[large] = int32(i)
		}
	}
	// What a small one leaves of its cell goes to a large one, which may become
	// small by it.
	for small > 0 && large < n {
		s, l := work[small-1], work[large]
		a[s] = cell{uint64(weights[s] * 0x1p64), l}
		weights[l] = weights[l] + weights[s] - 1
		if weights[l] < 1 {
			work[small-1] = l
			large++
		} else {
			small--
		}
	}
	for _, i := range work[:small] {
		a[i] = cell{math.MaxUint64, i}
	}
	for _, i := range work[large:] {
		a[i] = cell{math.MaxUint64, i}
	}
}

// draw returns the index for a number uniform on the 64-bit words.
func (a alias) draw(u uint64) int32 {
	i, rest := bits.Mul64(u, uint64(len(a)))
	drawn, other := int32(i), a[i].other // without a branch: none could be foreseen
	if rest >= a[i].cut {
		drawn = other
	}
	return drawn
}
