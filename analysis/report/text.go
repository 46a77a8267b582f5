package report

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// textWidth estimates how wide s is at this font size. Fonts differ, so it errs
// on the wide side: labels that it takes to fit do fit.
func textWidth(s string, size float64) float64 {
	sum := 0.0
	for _, r := range s {
		sum += runeWidth(r)
	}
	return float64(sum * size) // a conversion: the same on every architecture
}

// runeWidth returns the advance of r in em, roughly.
func runeWidth(r rune) float64 {
	switch {
	case strings.ContainsRune("iljI|.,:;'!’·", r):
		return 0.33
	case strings.ContainsRune("ftr()[]-– /\"", r):
		return 0.43
	case strings.ContainsRune("mwMW@%—", r):
		return 0.97
	case r >= '0' && r <= '9':
		return 0.64
	case r < 0x20 || unicode.Is(unicode.Mn, r):
		return 0
	case r >= 0x1100 && (r < 0x1160 || r >= 0x2E80 && r < 0xD800 || r >= 0xF900 && r < 0xFB00 || r >= 0xFF00 && r < 0xFF61 || r >= 0x1F000):
		return 1.05
	case unicode.IsUpper(r):
		return 0.72
	}
	return 0.62
}

// fit shortens s so that it is no wider than width at this font size; what is
// cut is marked with an ellipsis.
func fit(s string, width, size float64) string {
	if textWidth(s, size) <= width {
		return s
	}
	room, sum := width-0.9*size, 0.0
	for i, r := range s {
		sum += float64(runeWidth(r) * size)
		if sum > room {
			return strings.TrimRight(s[:i], " ") + "…"
		}
	}
	return s
}

// widest returns the width of the widest of these texts.
func widest(texts []string, size float64) float64 {
	w := 0.0
	for _, s := range texts {
		w = max(w, textWidth(s, size))
	}
	return w
}

// clip cuts very long data to a length that a tooltip can show.
func clip(s string) string {
	const most = 300
	if len(s) <= most {
		return s
	}
	n := most
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
