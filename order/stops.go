package order

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// How long the lines are of which stops are found. Others are read the slow way.
const (
	shortest = 64
	longest  = 255
)

// stops are the places of the delimiters of a line and of its end. With them comes
// what else of its bytes matters before they are read.
type stops struct {
	n    int       // how many delimiters; if more than 15, the rest is undefined
	at   [24]uint8 // where they are, and how long the line is
	wide [4]uint64 // a bit for every byte, the first in the lowest: is it outside ASCII?
	low  uint64    // not 0 if a byte is below 0x20
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
	// gather multiplied with the high bits of eight bytes has them side by side
	// in its top byte.
	gather = 0x0002040810204081
)

// findWords is find, eight bytes at a time.
func (s *stops) findWords(b []byte, delim byte) {
	s.n, s.low = 0, 0
	pattern := ones * uint64(delim)
	for start := 0; start < len(b); start += 64 {
		at := min(start, len(b)-64) // the last block is the last 64 bytes
		block := (*[64]byte)(b[at:])
		var hits, wide, low uint64
		for i := 0; i < 64; i += 8 {
			x := binary.LittleEndian.Uint64(block[i:]) ^ pattern
			x = ^(x&^highs + ^uint64(highs) | x | ^uint64(highs))
			hits = hits>>8 | x*gather&^(1<<56-1)
		}
		for i := 0; i < 64; i += 8 {
			w := binary.LittleEndian.Uint64(block[i:])
			wide = wide>>8 | (w&highs)*gather&^(1<<56-1)
			low |= (w - ones*0x20) &^ w
		}
		s.low |= low & highs
		s.wide[start>>6] = wide >> (start - at)
		n := s.n
		hits >>= start - at
		if s.n += bits.OnesCount64(hits); s.n >= Columns {
			return
		}
		for ; hits != 0; hits &= hits - 1 {
			s.at[n] = uint8(start + bits.TrailingZeros64(hits))
			n++
		}
	}
	s.at[s.n] = uint8(len(b))
}

// overlong has a bit for what no rune of three bytes begins with: the low half of the
// first byte and above it the sixth bit of the second. These are E0 80 to E0 9F, which
// are longer than need be, and ED A0 to ED BF, the surrogates.
const overlong = 1<<0 | 1<<0x1d

// utf8 reports whether all of b, of which s are the stops, is UTF-8.
func (s *stops) utf8(b []byte) bool {
	seen := uint64(0) // the bytes of the next block that belong to this one's last rune
	for block := 0; block*64 < len(b); block++ {
		m := s.wide[block] &^ seen
		seen = 0
		for m != 0 {
			i := bits.TrailingZeros64(m)
			at := block*64 + i
			if at+4 > len(b) {
				return utf8.Valid(b[at:])
			}
			head, size := binary.LittleEndian.Uint32(b[at:]), uint64(0)
			switch {
			case head&0xc0e0 == 0x80c0 && head&0x1e != 0:
				size = 1<<2 - 1
			case head&0xc0c0f0 == 0x8080e0 && overlong>>(head&15|head>>9&16)&1 == 0:
				size = 1<<3 - 1
			default:
				return utf8.Valid(b[at:])
			}
			m &^= size << i
			seen = size >> (64 - i)
		}
	}
	return true
}
