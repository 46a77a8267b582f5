package order

import (
	"encoding/binary"
	"math/bits"
	"time"
)

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
