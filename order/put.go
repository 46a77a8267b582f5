package order

import (
	"encoding/binary"
	"math/bits"
	"time"
	"unsafe"
)

// The numbers on the wire have one spelling each. The put functions write into a
// space at n and return the index after what they wrote.

const (
	widestUint  = 20                    // digits of a uint64
	widestInt   = 20                    // digits of an int64, with its sign
	widestCents = 22                    // an int64 of cents, with sign and point
	widestTime  = len(timeLayout)       // of a year with four digits
	longestTime = widestTime + 16       // of any year
	timeLayout  = "2006-01-02T15:04:05" // UTC
)

// eight spells v < 1e8 as eight digits, the first one in the lowest byte. It
// splits the number in halves, all of them at once: two of four digits, four of
// two, eight of one. Where h is the upper half of x, and the lower one is wanted n
// bits above it, h + (x - 100h)<<n is x<<n - h*(100<<n - 1).
func eight(v uint32) uint64 {
	x := uint64(v)<<32 - uint64(v/10000)*(10000<<32-1)
	q := x * 10486 >> 20 & 0x0000007f_0000007f
	x = x<<16 - q*(100<<16-1)
	q = x * 103 >> 10 & 0x000f_000f_000f_000f
	return x<<8 - q*(10<<8-1) + 0x3030303030303030
}

var powers = [32]uint64{
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9,
	1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
}

// digits returns how many digits v has; 0 has one. It does not jump: which of two
// lengths a number has, nothing could foresee.
func digits(v uint64) uint {
	v |= 1
	t := uint(bits.Len64(v)) * 1233 >> 12 // the logarithm to base 10, or one more
	return t + 1 - uint((v-powers[t&31])>>63)
}

// few is digits for v < 1e4.
func few(v uint64) uint { return 1 + uint((9-v)>>63) + uint((99-v)>>63) + uint((999-v)>>63) }

// four spells v < 1e4 as four digits, the first one in the lowest byte.
func four(v uint32) uint64 {
	x := v<<16 - v*5243>>19*(100<<16-1)
	q := x * 103 >> 10 & 0x000f_000f
	return uint64(x<<8 - q*(10<<8-1) + 0x30303030)
}

// last drops all but the last d of the digits that there are in x, which has n.
func last(x uint64, n, d uint) uint64 { return x >> (8 * (n - d) & 63) }

func putUint(s space, n int, v uint64) int {
	if v < 1e4 {
		d := few(v)
		s.word(n, last(four(uint32(v)), 4, d))
		return n + int(d)
	}
	return putLong(s, n, v)
}

// putLong is putUint for numbers that are seldom short.
func putLong(s space, n int, v uint64) int {
	if v < 1e8 {
		d := digits(v)
		s.word(n, last(eight(uint32(v)), 8, d))
		return n + int(d)
	}
	high := v / 1e8
	if high < 1e8 {
		d := digits(high)
		s.word(n, last(eight(uint32(high)), 8, d))
		n += int(d)
	} else {
		n = putUint(s, n, high)
	}
	s.word(n, eight(uint32(v-high*1e8)))
	return n + 8
}

func putInt(s space, n int, v int64) int {
	if v < 0 {
		s.byte(n, '-')
		return putUint(s, n+1, -uint64(v))
	}
	return putUint(s, n, uint64(v))
}

func putCents(s space, n int, v int64) int {
	u := uint64(v)
	if u < 1e6 {
		// The last two of six digits stand behind the point, in one word with the
		// others.
		whole := uint32(u) / 100
		d := few(uint64(whole))
		x := last(four(whole), 4, d)
		cents := four(uint32(u) - whole*100)
		s.word(n, x|('.'|cents>>16<<8)<<(8*d&63))
		return n + int(d) + 3
	}
	if v < 0 {
		s.byte(n, '-')
		n++
		u = -u
	}
	whole := u / 100
	n = putUint(s, n, whole)
	s.word(n, '.'|four(uint32(u-whole*100))>>16<<8)
	return n + 3
}

// recent is what was written last and is likely to come again: orders of one day
// follow each other, and their ids are near each other. Its zero value is of none.
type recent struct {
	day  uint64   // from the first of March of the year 0; 0 is no day that has a year of four digits
	date [16]byte // its date and a T

	high   uint64 // of an id, all but its last eight digits
	digits int    // how many these are
	spelt  uint64
}

// putID is putLong for numbers that follow each other closely.
func putID(s space, n int, v uint64, c *recent) int {
	high := v / 1e8
	if high != c.high || high == 0 {
		if high-1 >= 1e8-1 {
			return putLong(s, n, v)
		}
		d := digits(high)
		c.high, c.digits, c.spelt = high, int(d), last(eight(uint32(high)), 8, d)
	}
	s.word(n, c.spelt)
	n += c.digits
	s.word(n, eight(uint32(v-high*1e8)))
	return n + 8
}

// putTime writes a time, also one whose year has not four digits.
func putTime(s space, n int, t time.Time, c *recent) int {
	if !fourDigits(t) {
		return s.text(n, t.UTC().Format(timeLayout))
	}
	seconds := uint64(t.Unix() + 719468*86400)
	day := seconds / 86400
	sec := uint32(seconds - day*86400)
	if day != c.day || day == 0 {
		c.turn(day)
	}
	minutes := sec / 60
	hour := minutes / 60
	s.word(n, binary.LittleEndian.Uint64(c.date[:]))
	s.word(n+8, binary.LittleEndian.Uint64(c.date[8:]))
	s.pair(n+11, hour)
	s.byte(n+13, ':')
	s.pair(n+14, minutes-60*hour)
	s.byte(n+16, ':')
	s.pair(n+17, sec-60*minutes)
	return n + widestTime
}

// turn turns c to another day, by the algorithm of Neri and Schneider (2022).
func (c *recent) turn(day uint64) {
	c.day = day
	n1 := uint32(day)*4 + 3
	century := n1 / 146097
	n2 := n1%146097/4*4 + 3
	p := uint64(n2) * 2939745
	year := 100*century + uint32(p>>32)
	n3 := uint32(p)/2939745/4*2141 + 197913
	month, date := n3>>16, n3&0xffff/2141+1
	if month > 12 {
		month -= 12
		year++
	}
	s := space{unsafe.Pointer(&c.date)}
	s.pair(0, year/100)
	s.pair(2, year%100)
	s.byte(4, '-')
	s.pair(5, month)
	s.byte(7, '-')
	s.pair(8, date)
	s.byte(10, 'T')
}

// The Unix seconds between which a year has four digits.
const (
	firstSecond = -62167219200 // 0000-01-01T00:00:00
	lastSecond  = 253402300799 // 9999-12-31T23:59:59
)

// march is the first second of which putTime knows: a little after firstSecond.
const march = -719468 * 86400

func fourDigits(t time.Time) bool {
	s := t.Unix()
	return s >= march && s <= lastSecond
}
