package analysis

import (
	"encoding/binary"
	"math/bits"
	"unsafe"

	"github.com/kafkanauts/kafkanauts/internal/keyed"
	"github.com/kafkanauts/kafkanauts/order"
)

// hashOf maps bytes to a word, the same on every machine: eight bytes at a time
// through a folded product, as wyhash does, finished by keyed.Mix. It never
// returns 0, which tables use for an empty slot.
func hashOf(b []byte) uint64 {
	const p0, p1 = 0xa0761d6478bd642f, 0xe7037ed1a0b428db
	h := uint64(len(b)) ^ p0
	n := len(b)
	if n >= 8 {
		i := 0
		for ; i+8 <= n; i += 8 {
			hi, lo := bits.Mul64(binary.LittleEndian.Uint64(b[i:])^p1, h^p0)
			h = hi ^ lo
		}
		if i < n { // what is left are the last bytes of the last eight
			tail := binary.LittleEndian.Uint64(b[n-8:]) >> (8 * uint(8-(n-i)) & 63)
			hi, lo := bits.Mul64(tail^p1, h^p0)
			h = hi ^ lo
		}
	} else if n > 0 {
		var tail uint64
		if n >= 4 {
			tail = uint64(binary.LittleEndian.Uint32(b)) | uint64(binary.LittleEndian.Uint32(b[n-4:]))<<(8*uint(n-4)&63)
		} else {
			tail = uint64(b[0]) | uint64(b[n/2])<<(8*uint(n/2)&63) | uint64(b[n-1])<<(8*uint(n-1)&63)
		}
		hi, lo := bits.Mul64(tail^p1, h^p0)
		h = hi ^ lo
	}
	return keyed.Mix(h) | 1<<63
}

// hashOfText is hashOf of a string's bytes.
func hashOfText(s string) uint64 { return hashOf(unsafe.Slice(unsafe.StringData(s), len(s))) }

// hashes are those of a record's cells or an order's texts, by field.
type hashes [order.NumFields]uint64

// hashesOf returns the hashes by which orders are counted.
func hashesOf(o *order.Order) (h hashes) {
	h[order.ProductName] = hashOfText(o.ProductName)
	h[order.Category] = hashOfText(o.Category)
	h[order.Payment] = hashOfText(o.Payment)
	h[order.Country] = hashOfText(o.Country)
	h[order.City] = hashOfText(o.City)
	h[order.Site] = hashOfText(o.Site)
	h[order.Success] = hashOfText("N")
	if o.Success {
		h[order.Success] = hashOfText("Y")
	}
	return
}

// pairOf is the hash of two hashes in their order.
func pairOf(a, b uint64) uint64 {
	return uint64(keyed.Key(a).With(b)) | 1<<63
}

// sampled says whether the keys of a hash are kept at a level of distinct
// sampling (Gibbons 2001): each level keeps half of those of the level before.
func sampled(h uint64, level uint) bool {
	return level == 0 || keyed.Mix(h)&(1<<level-1) == 0
}
