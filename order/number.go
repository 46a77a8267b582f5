package order

import (
	"encoding/binary"
	"math/bits"
	"time"
)

// The parse functions accept exactly what the put functions write. Most read eight bytes
// at once, of which the first is the lowest.

const zeros = 0x3030303030303030

// spelled returns the first n of eight digits, 0 < n <= 8, as numbers with zeros in front.
func spelled(w uint64, n int) uint64 { return (w ^ zeros) << (-8 * n & 63) }

// beyond9 has high bits, and maybe others, where bytes of x are more than 9.
func beyond9(x uint64) uint64 { return (x + 0x7676767676767676) | x }

// value is eight, backwards, of digits as numbers.
func value(x uint64) uint64 {
	x = x*10 + x>>8
	return ((x&0x000000ff000000ff)*(100+1000000<<32) + (x>>16&0x000000ff000000ff)*(1+10000<<32)) >> 32
}

// eightOf returns what the value is of a whole number whose n digits w begins with.
// It returns false if it is none, or has more than eight.
func eightOf(w uint64, n int) (x uint64, ok bool) {
	x = spelled(w, n)
	return x, uint(n-1) < 8 && beyond9(x)&highs == 0 && (byte(w) != '0' || n == 1)
}

// sixteenOf is eightOf for nine to sixteen digits: w begins with them, tail are the last
// eight.
func sixteenOf(w, tail uint64, n int) (high, low uint64, ok bool) {
	high, low = spelled(w, n-8), tail^zeros
	return high, low, uint(n-9) < 8 && byte(w) != '0' && (beyond9(high)|beyond9(low))&highs == 0
}

// centsOf is eightOf for an amount of n bytes, up to 99999.99.
func centsOf(w uint64, n int) (x uint64, ok bool) {
	x = spelled(w, n) // the point is the last byte but two
	x, point := x&0xffff000000000000|x&0x000000ffffffffff<<8, x>>40&0xff
	return x, uint(n-4) < 5 && point == '.'^'0' && beyond9(x)&highs == 0 && (byte(w) != '0' || n == 4)
}

func parseUint(b []byte) (uint64, bool) {
	if len(b) == 0 || len(b) > widestUint || b[0] == '0' && len(b) > 1 {
		return 0, false
	}
	var v uint64
	if len(b) < widestUint {
		for ; len(b) >= 8; b = b[8:] {
			x := binary.LittleEndian.Uint64(b) ^ zeros
			if beyond9(x)&highs != 0 {
				return 0, false
			}
			v = v*1e8 + value(x)
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
	if len(b) != widestTime {
		return time.Time{}, false
	}
	unix, ok := unixOf(binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:]), binary.LittleEndian.Uint64(b[11:]))
	if !ok {
		return time.Time{}, false
	}
	return time.Unix(unix, 0).UTC(), true
}

// marchDays has how many days of a year that begins in March are before the month,
// which is counted from January.
var marchDays = [16]uint16{1: 306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275}

// unixOf reads the time of which d are the bytes from the first on, t those from the
// ninth, c those from the twelfth.
func unixOf(d, t, c uint64) (unix int64, ok bool) {
	// Digits become numbers, what must stand between them becomes 0.
	d ^= 0x2d30302d30303030                 // 0000-00-
	t = t&0x0000ffffff ^ 0x543030           // 00T
	c ^= 0x30303a30303a3030                 // 00:00:00
	wrong := (d + 0x7f76767f76767676) | d | // high bits where a byte is more than 9, or more than 0
		(t + 0x7f7676) | t |
		(c + 0x76767f76767f7676) | c
	// Pairs of digits, each in the place of its first.
	d = d*10 + d>>8
	t = t*10 + t>>8
	c = c*10 + c>>8
	wrong |= c&0x00ff0000ff0000ff + 0x0044000044000068 // 59, 59, 23
	year, month, day := d&0xff*100+d>>16&0xff, d>>40&0xff, t&0xff
	if wrong&highs != 0 || month-1 > 11 || day-1 > 27 && (day == 0 || day > monthDays(year, month)) {
		return 0, false
	}
	if month <= 2 { // years begin in March
		year--
	}
	if int64(year) < 0 { // Append does not write these
		return 0, false
	}
	century := year / 100
	days := year*365 + year/4 - century + century/4 + uint64(marchDays[month&15]) + day - 1
	return int64(days*86400+c&0xff*3600+c>>24&0xff*60+c>>48&0xff) + march, true
}

func monthDays(year, month uint64) uint64 {
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
