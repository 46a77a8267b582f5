package analysis

import (
	"encoding/binary"
	"math/bits"

	"github.com/kafkanauts/kafkanauts/internal/keyed"
)

// hashOf maps bytes to a word, the same on every machine: eight bytes at a time
// through a folded product, as wyhash does, finished by keyed.Mix. It never
// returns 0, which tables use for an empty slot.
func hashOf(b []byte) uint64 {
	const p0, p1 = 0xa0761d6478bd642f, 0xe7037ed1a0b428db
	h := uint64(len(b)) ^ p0
	for len(b) >= 8 {
		hi, lo := bits.Mul64(binary.LittleEndian.Uint64(b)^p1, h^p0)
		h = hi ^ lo
		b = b[8:]
	}
	if len(b) > 0 {
		var tail uint64
		for i := len(b) - 1; i >= 0; i-- {
			tail = tail<<8 | uint64(b[i])
		}
		hi, lo := bits.Mul64(tail^p1, h^p0)
		h = hi ^ lo
	}
	return keyed.Mix(h) | 1<<63
}

// pairOf is the hash of two hashes in their order.
func pairOf(a, b uint64) uint64 {
	return uint64(keyed.Key(a).With(b)) | 1<<63
}
