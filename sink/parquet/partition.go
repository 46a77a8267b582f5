package parquet

import (
	"path/filepath"
	"strings"
)

// partition is what the rows of a part file have in common.
type partition struct {
	country string
	day     day
}

// countryPrefix begins the name of a country's folder.
const countryPrefix = "country="

// clone copies the text.
func (p partition) clone() partition {
	p.country = strings.Clone(p.country)
	return p
}

// nullName stands in a path for a value that is empty, as in Hive.
const nullName = "__HIVE_DEFAULT_PARTITION__"

// path returns the partition's folder below that of the data set.
func (p partition) path() string {
	return filepath.Join(countryPrefix+escape(p.country), p.day.folder())
}

// special tells whether Hive and Spark write the byte as %XX in a path.
func special(b byte) bool {
	return b < 0x20 || b == 0x7F || strings.IndexByte("\"#%'*/:=?\\{[]^", b) >= 0
}

func escapedLen(s string) int {
	n := len(s)
	for i := range len(s) {
		if special(s[i]) {
			n += 2
		}
	}
	return n
}

// escape writes a value as Hive does in a path: what has a meaning there becomes
// %XX; spaces and letters of any script stay.
func escape(s string) string {
	if s == "" {
		return nullName
	}
	var b strings.Builder
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		if c := s[i]; special(c) {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// unescape is the inverse of escape. What is no escape stays as it is.
func unescape(s string) string {
	if s == nullName {
		return ""
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && nibble(s[i+1]) >= 0 && nibble(s[i+2]) >= 0 {
			b.WriteByte(byte(nibble(s[i+1])<<4 | nibble(s[i+2])))
			i += 2
		} else {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

func nibble(c byte) int { return strings.IndexByte("0123456789ABCDEF0123456789abcdef", c) % 16 }

// ignored tells whether readers of data sets pass over a file or folder of this
// name.
func ignored(name string) bool {
	return strings.HasPrefix(name, "_") || strings.HasPrefix(name, ".")
}
