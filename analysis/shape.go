package analysis

import (
	"encoding/binary"
	"time"

	"github.com/kafkanauts/kafkanauts/order"
)

// The shape of a value is how it is written: digits become '9', letters 'A' or
// 'a', everything beyond ASCII 'u', the rest stands for itself. Runs of the same
// class shrink to one, except digits behind a point and in times.

// plain says whether v has the shape of what order.Pipe writes for the kind,
// without a sign. It is the fast way for nearly every value.
func plain(k order.Kind, v []byte) bool {
	switch k {
	case order.Identity, order.Whole:
		return len(v) > 0 && digits(v)
	case order.Money:
		n := len(v)
		return n > 3 && v[n-3] == '.' && digits(v[:n-3]) && digits(v[n-2:])
	case order.Instant:
		return len(v) == 19 && v[4] == '-' && v[7] == '-' && v[10] == 'T' && v[13] == ':' && v[16] == ':' &&
			digits(v[:4]) && digits(v[5:7]) && digits(v[8:10]) && digits(v[11:13]) && digits(v[14:16]) && digits(v[17:])
	}
	return false
}

func digits(v []byte) bool {
	const sixes, highs = 0x0606060606060606, 0xf0f0f0f0f0f0f0f0
	for ; len(v) >= 8; v = v[8:] {
		x := binary.LittleEndian.Uint64(v) // digits are 0x30 to 0x39
		if x&highs != 0x3030303030303030 || (x+sixes)&highs != 0x3030303030303030 {
			return false
		}
	}
	for _, c := range v {
		if c-'0' > 9 {
			return false
		}
	}
	return true
}

// shapeOf appends the shape of v, at most 24 bytes of it.
func shapeOf(dst []byte, k order.Kind, v []byte) []byte {
	base := len(dst)
	var last byte
	point := k == order.Instant
	for _, c := range v {
		class := c
		switch {
		case c >= '0' && c <= '9':
			class = '9'
		case c >= 'A' && c <= 'Z':
			class = 'A'
		case c >= 'a' && c <= 'z':
			class = 'a'
		case c >= 0x80:
			class = 'u'
		}
		if class != last || class == '9' && point || class < '0' {
			dst = append(dst, class)
		}
		point = point || c == '.'
		if last = class; len(dst)-base >= 24 {
			break
		}
	}
	return dst
}

// numeric says whether a shape is that of a number, however it is written.
func numeric(shape string) bool {
	some := false
	for _, c := range []byte(shape) {
		switch c {
		case '9':
			some = true
		case '-', '+', '.', ',', ' ', '\'':
		default:
			return false
		}
	}
	return some
}

// second reads a plain time: seconds since 1970, and whether there is such a
// day and time of day.
func second(v []byte) (int64, bool) {
	year, month, day := two(v, 0)*100+two(v, 2), two(v, 5), two(v, 8)
	if month < 1 || month > 12 || day < 1 || day > monthDays(year, month) || !clockTime(v) {
		return 0, false
	}
	return days(year, month, day)*86400 + int64(two(v, 11)*3600+two(v, 14)*60+two(v, 17)), true
}

// clockTime says whether there is the time of day of a plain time.
func clockTime(v []byte) bool { return two(v, 11) <= 23 && two(v, 14) <= 59 && two(v, 17) <= 59 }

// two reads two digits.
func two(v []byte, i int) int { return int(v[i]-'0')*10 + int(v[i+1]-'0') }

func monthDays(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// days counts the days since 1970-01-01 in the Gregorian calendar, from the
// first of March of each era so that the leap day comes last (Hinnant 2014).
func days(year, month, day int) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	era := (year+400)/400 - 1
	y := year - era*400
	d := (153*(month-3)+2)/5 + day - 1
	return int64(era*146097+y*365+y/4-y/100+d) - 719468
}

// weekHour returns the hour of the week, from Monday 00 UTC, of an instant.
func weekHour(sec int64) int {
	const monday = 4 * 86400 // 1970-01-05
	h := (sec - monday) % (7 * 86400)
	if h < 0 {
		h += 7 * 86400
	}
	return int(h / 3600)
}

// utc returns the instant as a time.
func utc(sec int64) time.Time { return time.Unix(sec, 0).UTC() }
