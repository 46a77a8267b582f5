package keyed

import (
	"math/bits"
	"testing"
)

func TestPermutationsAreBijections(t *testing.T) {
	for width := 1; width <= 16; width++ {
		p := NewPermutation(Key(width*977), width)
		seen := make([]bool, 1<<width)
		for x := range seen {
			y := p.Of(uint64(x))
			if y >= uint64(len(seen)) || seen[y] {
				t.Fatalf("width %d: %d becomes %d, which is outside or taken", width, x, y)
			}
			seen[y] = true
		}
	}
	// Wider ones cannot be counted out, but neighbours must part.
	p := NewPermutation(1, 64)
	if d := bits.OnesCount64(p.Of(1) ^ p.Of(2)); d < 16 || d > 48 {
		t.Errorf("1 and 2 become words that differ in %d bits", d)
	}
}

func TestKeysOfPartsDiffer(t *testing.T) {
	seen := map[Key]string{}
	add := func(k Key, what string) {
		if other, twice := seen[k]; twice {
			t.Fatalf("%s and %s have the same key", what, other)
		}
		seen[k] = what
	}
	for _, name := range []string{"", "a", "b", "arrivals", "orders"} {
		k := Key(7).Named(name)
		add(k, name)
		for x := range uint64(100) {
			add(k.With(x), name)
			add(k.With(x).With(1), name)
		}
	}
	if k := Key(7); k.With(1).With(2) == k.With(2).With(1) {
		t.Error("the order of derivation does not matter")
	}
}

// The numbers behind golden files: changing them changes every stream.
func TestSourceIsPinned(t *testing.T) {
	s := New(Key(0))
	for _, want := range []uint64{0xe220a8397b1dcdaf, 0x6e789e6aa1b965f4, 0x06c45d188009454f} { // SplitMix64, seed 0
		if got := s.Uint64(); got != want {
			t.Errorf("got %#x, want %#x", got, want)
		}
	}
}
