package report

import (
	"math"
	"strconv"
	"strings"
)

// missing stands for numbers that are not finite.
const missing = "–"

// finite tells whether x can be drawn: neither NaN nor infinite, nor so large
// that differences overflow.
func finite(x float64) bool { return math.Abs(x) <= 1e100 }

// group puts commas between the thousands of a decimal number, and a minus sign
// in place of a hyphen.
func group(s string) string {
	sign, digits := "", s
	if strings.HasPrefix(s, "-") {
		sign, digits = "−", s[1:]
	}
	whole, rest, dot := strings.Cut(digits, ".")
	var b strings.Builder
	b.WriteString(sign)
	for i := range len(whole) {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteByte(whole[i])
	}
	if dot {
		b.WriteByte('.')
		b.WriteString(rest)
	}
	return b.String()
}

// fixed writes x with this many decimals.
func fixed(x float64, decimals int) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return missing
	}
	if math.Abs(x) >= 1e15 {
		return strings.Replace(strconv.FormatFloat(x, 'g', 4, 64), "-", "−", 1)
	}
	s := strconv.FormatFloat(x, 'f', min(max(decimals, 0), 15), 64)
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-")
	}
	return group(s)
}

// plain writes x with about four significant digits, as short as possible: for labels
// on pictures.
func plain(x float64) string {
	a := math.Abs(x)
	if !finite(x) {
		return missing
	}
	decimals := 0
	switch {
	case a == 0 || a >= 1000:
	case a >= 100:
		decimals = 1
	case a >= 1:
		decimals = 2
	case a >= 0.0001:
		decimals = 4
	default:
		return strings.Replace(strconv.FormatFloat(x, 'g', 3, 64), "-", "−", 1)
	}
	s := fixed(x, decimals)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// percent writes a share of 1 as a percentage: whole, with a decimal below 10 %
// and just under 100 %, and with two below 0.1 %.
func percent(p float64) string {
	if !finite(p) {
		return missing
	}
	x := 100 * p
	decimals := 0
	switch a := math.Abs(x); {
	case a == 0:
	case a < 0.005:
		if x > 0 {
			return "<0.01%"
		}
		return ">−0.01%"
	case a < 0.095:
		decimals = 2
	case a < 9.95:
		decimals = 1
	case a >= 99.95 && a < 100:
		if x > 0 {
			return ">99.9%"
		}
		return "<−99.9%"
	case a > 99 && a < 100:
		decimals = 1
	}
	return fixed(x, decimals) + "%"
}

// compact writes a tick of an axis: 2,500 as it is, 2,500,000 as 2.5M.
func compact(x float64) string {
	a := math.Abs(x)
	for _, unit := range [...]struct {
		size float64
		name string
	}{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}} {
		if a >= unit.size && a < 1e15 {
			return plain(x/unit.size) + unit.name
		}
	}
	return plain(x)
}
