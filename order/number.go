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

// The parse functions accept exactly what the put functions write.

func parseUint(b []byte) (uint64, bool) {
	if len(b) == 0 || len(b) > widestUint || b[0] == '0' && len(b) > 1 {
		return 0, false
	}
	var v uint64
	if len(b) < 20 {
		for len(b) >= 8 {
			w := binary.LittleEndian.Uint64(b)
			if !allDigits(w) {
				return 0, false
			}
			v = v*1e8 + value(w)
			b = b[8:]
		}
		for _, c := range b {
			if c -= '0'; c > 9 {
				return 0, false
			} else {
				v = v*10 + uint64(c)
			}
		}
		return v, true
	}
	for _, c := range b {
		if c -= '0'; c > 9 {
			return 0, false
		} else {
			high, low := bits.Mul64(v, 10)
			sum, carry := bits.Add64(low, uint64(c), 0)
			if high|carry != 0 {
				return 0, false
			}
			v = sum
		}
	}
	return v, true
}

// allDigits reports whether the eight bytes of w are digits.
func allDigits(w uint64) bool {
	return (w&0xf0f0f0f0f0f0f0f0)|((w+0x0606060606060606)&0xf0f0f0f0f0f0f0f0)>>4 == 0x3333333333333333
}

// value is eight, backwards.
func value(w uint64) uint64 {
	w -= 0x3030303030303030
	w = w*10 + w>>8
	return ((w&0x000000ff000000ff)*(100+1000000<<32) + (w>>16&0x000000ff000000ff)*(1+10000<<32)) >> 32
}

func parseInt(b []byte) (int64, bool) {
	negative := len(b) > 0 && b[0] == '-'
	if negative {
		b = b[1:]
	}
	u, ok := parseUint(b)
	switch {
	case !ok || negative && (u == 0 || u > 1<<63) || !negative && u > 1<<63-1:
		return 0, false
	case negative:
		return -int64(u), true
	}
	return int64(u), true
}

func parseCents(b []byte) (int64, bool) {
	negative := len(b) > 0 && b[0] == '-'
	if negative {
		b = b[1:]
	}
	n := len(b) - 3
	if n < 1 || b[n] != '.' {
		return 0, false
	}
	whole, ok := parseUint(b[:n])
	t, u := b[n+1]-'0', b[n+2]-'0'
	if !ok || t > 9 || u > 9 {
		return 0, false
	}
	high, low := bits.Mul64(whole, 100)
	cents, carry := bits.Add64(low, uint64(t*10+u), 0)
	switch {
	case high|carry != 0 || negative && (cents == 0 || cents > 1<<63) || !negative && cents > 1<<63-1:
		return 0, false
	case negative:
		return -int64(cents), true
	}
	return int64(cents), true
}

func parseTime(b []byte) (time.Time, bool) {
	if len(b) != widestTime || b[4] != '-' || b[7] != '-' || b[10] != 'T' || b[13] != ':' || b[16] != ':' {
		return time.Time{}, false
	}
	var bad bool
	pair := func(i int) int64 {
		t, u := b[i]-'0', b[i+1]-'0'
		bad = bad || t > 9 || u > 9
		return int64(t)*10 + int64(u)
	}
	year, month, day := pair(0)*100+pair(2), pair(5), pair(8)
	hour, minute, second := pair(11), pair(14), pair(17)
	if bad || month < 1 || month > 12 || day < 1 || day > monthDays(year, month) || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	// Hinnant's days_from_civil: years begin in March.
	if month <= 2 {
		year--
		month += 12
	}
	era := (year + 400) / 400 // year may be -1
	yoe := year + 400 - era*400
	days := (era-1)*146097 + yoe*365 + yoe/4 - yoe/100 + (153*(month-3)+2)/5 + day - 1 - 719468
	unix := days*86400 + hour*3600 + minute*60 + second
	if unix < march { // Append does not write these
		return time.Time{}, false
	}
	return time.Unix(unix, 0).UTC(), true
}

func monthDays(year, month int64) int64 {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}
