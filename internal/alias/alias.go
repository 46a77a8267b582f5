// Package alias draws from a fixed discrete distribution in constant time, by
// the alias method (Walker 1977; built as in Vose 1991).
package alias

import (
	"fmt"
	"math"
	"math/bits"
)

// Table draws an index with probability proportional to its weight. A Table that
// was built is safe for concurrent use; the zero Table is empty.
type Table struct {
	slots []slot
	small []int32 // work of Reset, kept so that it allocates once
	share []float64
}

type slot struct {
	keep  uint64 // below it, the slot's own index; from it on, other
	other uint64
}

// New returns the table of these weights.
func New(weights []float64) (Table, error) {
	var t Table
	err := t.Reset(weights)
	t.small, t.share = nil, nil
	return t, err
}

// Reset makes t the table of these weights, reusing its memory. Weights must be
// finite and not negative, with a positive and finite sum; else t stays as it was.
// The table depends on the weights alone, to the bit, on every machine.
func (t *Table) Reset(weights []float64) error {
	sum := 0.0
	for i, w := range weights {
		if !(w >= 0) || math.IsInf(w, 1) {
			return fmt.Errorf("alias: weight %d is %v; weights must be finite and not negative", i, w)
		}
		sum += w
	}
	if !(sum > 0) || math.IsInf(sum, 1) {
		return fmt.Errorf("alias: the sum of %d weights is %v; it must be positive and finite", len(weights), sum)
	}
	n := len(weights)
	t.slots = resize(t.slots, n)
	t.share = resize(t.share, n)
	t.small = resize(t.small, n)
	// The indices with less than their share stand at the front of the work
	// list, those with more at its back.
	front, back := 0, n
	for i, w := range weights {
		t.share[i] = float64(w / sum * float64(n))
		if t.share[i] < 1 {
			t.small[front] = int32(i)
			front++
		} else {
			back--
			t.small[back] = int32(i)
		}
	}
	for front > 0 && back < n {
		front--
		s, l := t.small[front], t.small[back]
		t.slots[s] = slot{threshold(t.share[s]), uint64(l)}
		t.share[l] = t.share[l] + t.share[s] - 1
		if t.share[l] < 1 {
			back++
			t.small[front] = l
			front++
		}
	}
	// Whoever is left has a whole share, but for rounding, unless it has none.
	heir := int32(0)
	for i, w := range weights {
		if w > weights[heir] {
			heir = int32(i)
		}
	}
	rest := func(i int32) {
		t.slots[i] = slot{math.MaxUint64, uint64(i)}
		if weights[i] == 0 {
			t.slots[i] = slot{0, uint64(heir)}
		}
	}
	for _, i := range t.small[:front] {
		rest(i)
	}
	for _, i := range t.small[back:] {
		rest(i)
	}
	return nil
}

func threshold(share float64) uint64 {
	if share <= 0 {
		return 0
	}
	return uint64(share * 0x1p64) // share < 1, so it fits
}

func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// Len returns how many weights there are.
func (t *Table) Len() int { return len(t.slots) }

// Pick returns the index that a word uniform on the 64-bit words falls on: the
// upper part of word × Len is the slot, the lower part the coin. The bias is
// below Len / 2^64. An empty table returns -1.
func (t *Table) Pick(word uint64) int {
	hi, lo := bits.Mul64(word, uint64(len(t.slots)))
	if hi >= uint64(len(t.slots)) {
		return -1
	}
	s := &t.slots[hi]
	_, own := bits.Sub64(lo, s.keep, 0) // 1 if lo is below; a jump could not be foreseen
	return int(s.other ^ (s.other^hi)&-own)
}
