package order

import (
	"encoding/binary"
	"math/bits"
	"time"
)

// The numbers on the wire have one spelling each. The put functions write into
// b from n on and return the index after what they wrote; b must have room for
// eight bytes more than that, which they may overwrite.

const (
	widestUint  = 20                    // digits of a uint64
	widestInt   = 20                    // digits of an int64, with its sign
	widestCents = 22                    // an int64 of cents, with sign and point
	widestTime  = len(timeLayout)       // of a year with four digits
	timeLayout  = "2006-01-02T15:04:05" // UTC
	slack       = 8
)

// eight spells v < 1e8 as eight digits, the first one in the lowest byte. It
// splits the number in halves, all of them at once: two of four digits, four of
// two, eight of one.
func eight(v uint32) uint64 {
	x := uint64(v/10000) | uint64(v%10000)<<32
	q := (x * 10486 >> 20) & 0x0000007f_0000007f
	y := q | (x-100*q)<<16
	z := (y * 103 >> 10) & 0x000f_000f_000f_000f
	return (z | (y-10*z)<<8) + 0x3030303030303030
}

var powers = [20]uint64{
	1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9,
	1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
}

// digits returns how many digits v has; 0 has one.
func digits(v uint64) int {
	t := bits.Len64(v|1) * 1233 >> 12 // the logarithm to base 10, or one more
	if v|1 < powers[t] {
		return t
	}
	return t + 1
}

func putUint(b []byte, n int, v uint64) int {
	d := digits(v)
	switch {
	case d <= 8:
		binary.LittleEndian.PutUint64(b[n:], eight(uint32(v))>>(64-8*d))
		return n + d
	case d <= 16:
		high := v / 1e8
		binary.LittleEndian.PutUint64(b[n:], eight(uint32(high))>>(128-8*d))
		binary.LittleEndian.PutUint64(b[n+d-8:], eight(uint32(v-high*1e8)))
		return n + d
	}
	high := v / 1e16
	n = putUint(b, n, high)
	v -= high * 1e16
	high = v / 1e8
	binary.LittleEndian.PutUint64(b[n:], eight(uint32(high)))
	binary.LittleEndian.PutUint64(b[n+8:], eight(uint32(v-high*1e8)))
	return n + 16
}

func putInt(b []byte, n int, v int64) int {
	if v < 0 {
		b[n] = '-'
		return putUint(b, n+1, -uint64(v))
	}
	return putUint(b, n, uint64(v))
}

func putCents(b []byte, n int, v int64) int {
	u := uint64(v)
	if v < 0 {
		b[n] = '-'
		n++
		u = -u
	}
	whole := u / 100
	n = putUint(b, n, whole)
	b[n] = '.'
	putPair(b, n+1, uint32(u-whole*100))
	return n + 3
}

func putPair(b []byte, n int, v uint32) {
	t := v * 103 >> 10
	b[n], b[n+1] = byte('0'+t), byte('0'+v-10*t)
}

// putTime writes a time with a year of four digits, by the algorithm of Neri and
// Schneider (2022) for the date.
func putTime(b []byte, n int, t time.Time) int {
	s := uint64(t.Unix() + 719468*86400) // from the first of March of the year 0
	days := s / 86400
	sec := uint32(s - days*86400)
	n1 := uint32(days)*4 + 3
	century := n1 / 146097
	n2 := n1%146097/4*4 + 3
	p := uint64(n2) * 2939745
	year := 100*century + uint32(p>>32)
	n3 := uint32(p)/2939745/4*2141 + 197913
	month, day := n3>>16, n3&0xffff/2141
	if month > 12 {
		month -= 12
		year++
	}
	b = b[n : n+widestTime+1]
	putPair(b, 0, year/100)
	putPair(b, 2, year%100)
	b[4] = '-'
	putPair(b, 5, month)
	b[7] = '-'
	putPair(b, 8, day+1)
	b[10] = 'T'
	putPair(b, 11, sec/3600)
	b[13] = ':'
	putPair(b, 14, sec/60%60)
	b[16] = ':'
	putPair(b, 17, sec%60)
	return n + widestTime
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
