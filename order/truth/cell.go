package truth

import (
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const hex = "0123456789abcdef"

// appendQuoted appends a CSV cell whose value is what
// strconv.AppendQuoteToASCII makes of s.
func appendQuoted[T string | []byte](dst []byte, s T) []byte {
	dst = append(dst, `"""`...)
	for i := 0; i < len(s); {
		c := s[i]
		if ' ' <= c && c < 0x7f && c != '"' && c != '\\' {
			dst = append(dst, c)
			i++
			continue
		}
		if c < utf8.RuneSelf {
			dst = appendEscaped(dst, c)
			i++
			continue
		}
		var rest [utf8.UTFMax]byte
		r, size := utf8.DecodeRune(rest[:copy(rest[:], s[i:])])
		switch {
		case r == utf8.RuneError && size <= 1:
			dst = append(dst, '\\', 'x', hex[c>>4], hex[c&15])
		case r < 1<<16:
			dst = append(dst, '\\', 'u', hex[r>>12], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		default:
			dst = append(dst, '\\', 'U', '0', '0', hex[r>>20&15], hex[r>>16&15],
				hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
		}
		i += size
	}
	return append(dst, `"""`...)
}

// appendEscaped appends an ASCII byte that does not stand for itself.
func appendEscaped(dst []byte, c byte) []byte {
	switch c {
	case '"':
		return append(dst, `\""`...) // doubled: the cell is quoted
	case '\\':
		return append(dst, `\\`...)
	case '\a':
		return append(dst, `\a`...)
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	case '\v':
		return append(dst, `\v`...)
	}
	return append(dst, '\\', 'x', hex[c>>4], hex[c&15])
}

// appendName appends a name as a CSV cell: as it stands if it can, else quoted
// as Go quotes.
func appendName(dst []byte, s string) []byte {
	plain := true
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < ' ' || c >= 0x7f || c == '"' || c == ',' {
			plain = false
			break
		}
	}
	if plain && (s == "" || s[0] != ' ') {
		return append(dst, s...)
	}
	if s[0] == '"' || !utf8.ValidString(s) || strings.ContainsFunc(s, unprintable) {
		return appendQuoted(dst, s)
	}
	dst = append(dst, '"')
	for i := 0; i < len(s); i++ {
		if s[i] == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, s[i])
	}
	return append(dst, '"')
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }

// parseQuoted returns what appendQuoted was given, from the cell's value.
func parseQuoted(s string) (string, error) {
	if len(s) < 2 || s[0] != '"' {
		return "", errors.New("it is not a quoted string")
	}
	t, err := strconv.Unquote(s)
	if err != nil {
		return "", errors.New("it is not a string as Go quotes it")
	}
	return t, nil
}

// appendSeconds appends d in seconds, without what is not needed; nothing for 0.
func appendSeconds(dst []byte, d time.Duration) []byte {
	if d == 0 {
		return dst
	}
	u := uint64(d)
	if d < 0 {
		dst = append(dst, '-')
		u = -u
	}
	dst = strconv.AppendUint(dst, u/1e9, 10)
	if frac := u % 1e9; frac != 0 {
		dst = append(dst, '.')
		for digit := uint64(1e8); frac != 0; digit /= 10 {
			dst = append(dst, '0'+byte(frac/digit))
			frac %= digit
		}
	}
	return dst
}

// parseSeconds reads decimal seconds, with up to nine places, exactly.
func parseSeconds(s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	digits, negative := strings.CutPrefix(s, "-")
	whole, frac, point := strings.Cut(digits, ".")
	if whole == "" || point && frac == "" || len(frac) > 9 || whole[0] == '+' {
		return 0, errors.New("it is not a number of seconds with up to nine places")
	}
	frac += "000000000"[len(frac):]
	w, err := strconv.ParseUint(whole, 10, 64)
	f, err2 := strconv.ParseUint(frac, 10, 64)
	if err != nil || err2 != nil {
		return 0, errors.New("it is not a number of seconds with up to nine places")
	}
	const limit, second = 1 << 63, uint64(time.Second) // nanoseconds; the limit is reached by negative ones only
	if w > limit/second || w*second+f > limit || w*second+f == limit && !negative {
		return 0, errors.New("it is more than a duration can be: 292 years")
	}
	d := w*second + f
	if negative {
		d = -d
	}
	return time.Duration(d), nil
}
