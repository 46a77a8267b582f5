// Package keyed is the randomness of this module: every draw is a pure function
// of a key, and a key is a pure function of what it is for, so that no draw
// depends on how many were made before it, by whom or on which goroutine.
package keyed

import "math/bits"

// gamma is the odd constant closest to 2^64 divided by the golden ratio, the
// increment of SplitMix64 (Steele, Lea and Flood 2014).
const gamma = 0x9e3779b97f4a7c15

// Key names one stream of random numbers. The zero Key is as good as any.
type Key uint64

// Mix is the finaliser of SplitMix64 (variant 13 of Stafford): a bijection of
// the 64-bit words in which each input bit flips each output bit half the time.
func Mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Hash maps a name to a word, by FNV-1a and Mix.
func Hash(name string) uint64 {
	h := uint64(14695981039346656037)
	for i := 0; i < len(name); i++ {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	return Mix(h)
}

// With derives the key of part x of what k names. Derivation is not
// commutative: k.With(a).With(b) and k.With(b).With(a) are different keys.
func (k Key) With(x uint64) Key { return Key(Mix(uint64(k) + gamma + bits.RotateLeft64(x*gamma, 32))) }

// Part derives the key of one of a fixed set of parts of what k names, each of
// which has a hash from Hash. It is cheaper than With, and good where k itself is
// the result of a With and the sources of the parts are drawn from, not
// derived from again.
func (k Key) Part(hash uint64) Key { return k ^ Key(hash) }

// Named derives the key of the part of k that has this name.
func (k Key) Named(name string) Key { return k.With(Hash(name)) }

// Source is a SplitMix64 generator: eight bytes of state, seeded by a Key for
// free, 2^64 numbers before it repeats. It implements math/rand/v2's Source.
// It is not safe for concurrent use.
type Source struct{ state uint64 }

// New returns the source of k.
func New(k Key) Source { return Source{uint64(k)} }

// Reset makes s the source of k, from its beginning.
func (s *Source) Reset(k Key) { s.state = uint64(k) }

// Uint64 returns a number uniform on the 64-bit words.
func (s *Source) Uint64() uint64 {
	s.state += gamma
	return Mix(s.state)
}

// Float64 returns a number uniform on [0,1), a multiple of 2^-53.
func (s *Source) Float64() float64 { return float64(s.Uint64()>>11) * 0x1p-53 }

// Open returns a number uniform on (0,1]: its logarithm is finite.
func (s *Source) Open() float64 { return float64(s.Uint64()>>11+1) * 0x1p-53 }

// IntN returns a number uniform on [0,n) for n > 0, by Lemire's multiplication
// without the rejection step: its bias is below n / 2^64.
func (s *Source) IntN(n int) int {
	hi, _ := bits.Mul64(s.Uint64(), uint64(n))
	return int(hi)
}

// Permutation is a bijection of the numbers of a given width that looks random:
// what is in order comes out scattered, and nothing comes out twice. It is no
// cipher.
type Permutation struct {
	key   Key
	mask  uint64
	shift uint
}

// NewPermutation returns the permutation of [0, 2^width) that k names, for widths from
// 1 to 64.
func NewPermutation(k Key, width int) Permutation {
	return Permutation{k, ^uint64(0) >> (64 - width), uint(width+1) / 2}
}

// Of returns what x, which must lie in the permutation's range, becomes.
func (p Permutation) Of(x uint64) uint64 {
	x = (x + uint64(p.key)) & p.mask
	x = (x ^ x>>p.shift) * 0xbf58476d1ce4e5b9 & p.mask
	x = (x ^ x>>p.shift) * 0x94d049bb133111eb & p.mask
	return x ^ x>>p.shift
}
