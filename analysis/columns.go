package analysis

import (
	"encoding/binary"
	"math/bits"

	"github.com/kafkanauts/kafkanauts/order"
)

// cutPlain takes b apart at each delimiter, eight bytes at a time, into part as
// far as it reaches, and returns how many columns there are.
func cutPlain(b []byte, delim byte, part *[order.Columns + 4][]byte) int {
	const ones, low = 0x0101010101010101, 0x7f7f7f7f7f7f7f7f
	n, start := 0, 0
	i := 0
	wide := uint64(delim) * ones
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:]) ^ wide
		hits := ^(x&low + low | x | low) // the top bit of each zero byte, and no other
		for ; hits != 0; hits &= hits - 1 {
			end := i + bits.TrailingZeros64(hits)>>3
			if n < len(part) {
				part[n] = b[start:end:end]
			}
			n++
			start = end + 1
		}
	}
	for ; i < len(b); i++ {
		if b[i] == delim {
			if n < len(part) {
				part[n] = b[start:i:i]
			}
			n++
			start = i + 1
		}
	}
	if n < len(part) {
		part[n] = b[start:]
	}
	return n + 1
}
