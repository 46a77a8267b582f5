package proof

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"sort"
)

// Sum stands for a line: the first half of its SHA-256.
type Sum [16]byte

func sumOf(line []byte) Sum {
	h := sha256.Sum256(line)
	return Sum(h[:16])
}

// Diff counts how a sequence of lines differs from the one that is wanted. The
// zero Diff says that they are the same.
type Diff struct {
	Lost      int // wanted, and not there
	Doubled   int // there more often than wanted
	Reordered int // wanted, but elsewhere: the fewest lines that would have to move
	Altered   int // in the place of a wanted one stands one that is not wanted anywhere
	Foreign   int // not wanted anywhere, and in no line's place
}

// Add adds e to d.
func (d *Diff) Add(e Diff) {
	d.Lost += e.Lost
	d.Doubled += e.Doubled
	d.Reordered += e.Reordered
	d.Altered += e.Altered
	d.Foreign += e.Foreign
}

// Compare returns how got differs from want. A line that is wanted several times
// stands, the first time it is there, for the first of them, and so on.
//
// With it come the places of got's lines in want, from 1: of one that is there too
// often, that of the one it repeats; 0 of one that is not wanted.
func Compare(want, got []Sum) (Diff, []int) {
	at := make([]int, len(got))
	if slices.Equal(want, got) {
		for j := range at {
			at[j] = j + 1
		}
		return Diff{}, at
	}
	places := make(map[Sum][]int, len(want))
	for i, s := range want {
		places[s] = append(places[s], i+1)
	}
	var d Diff
	found := make([]bool, len(want)+1)
	var matched []int
	for j, s := range got {
		all := places[s]
		switch {
		case len(all) == 0:
			continue
		case found[all[0]]:
			d.Doubled++
		default:
			found[all[0]] = true
			matched = append(matched, all[0])
		}
		at[j] = all[0]
		if len(all) > 1 {
			places[s] = all[1:]
		}
	}
	kept := ascending(matched)
	d.Reordered = len(matched) - len(kept)
	// Between two neighbours of kept, what is missing and what is foreign are
	// one another's.
	before, strangers := 0, 0
	pair := func(next int) {
		missing := 0
		for i := before + 1; i < next; i++ {
			if !found[i] {
				missing++
			}
		}
		both := min(missing, strangers)
		d.Altered += both
		d.Lost += missing - both
		d.Foreign += strangers - both
		before, strangers = next, 0
	}
	for _, place := range at {
		if place == 0 {
			strangers++
		} else if len(kept) > 0 && place == kept[0] {
			pair(place)
			kept = kept[1:]
		}
	}
	pair(len(want) + 1)
	return d, at
}

// ascending returns a longest ascending subsequence of different numbers.
func ascending(numbers []int) []int {
	ends := make([]int, 0, len(numbers)) // by length - 1: where the subsequence with the least end ends
	prev := make([]int, len(numbers))
	for i, n := range numbers {
		k := sort.Search(len(ends), func(k int) bool { return numbers[ends[k]] >= n })
		prev[i] = -1
		if k > 0 {
			prev[i] = ends[k-1]
		}
		if k == len(ends) {
			ends = append(ends, i)
		} else {
			ends[k] = i
		}
	}
	longest := make([]int, len(ends))
	if len(ends) == 0 {
		return longest
	}
	for k, i := len(ends)-1, ends[len(ends)-1]; i >= 0; k, i = k-1, prev[i] {
		longest[k] = numbers[i]
	}
	return longest
}

// String says it in words, such as "0 lost, 0 doubled, 0 out of order, 0 altered, 0 foreign".
func (d Diff) String() string {
	return fmt.Sprintf("%d lost, %d doubled, %d out of order, %d altered, %d foreign", d.Lost, d.Doubled, d.Reordered, d.Altered, d.Foreign)
}
