package report

import "strconv"

// Cell is a value together with the way in which it is shown. Its zero value is
// an empty text. Cells are made by Text, Count, Number, Percent and Missing.
type Cell struct {
	text    string
	value   float64 // for bars
	numeric bool
}

// Text is a cell of text.
func Text(s string) Cell { return Cell{text: s} }

// Count is a cell of a whole number, with commas between the thousands.
func Count[T int | int32 | int64 | uint | uint32 | uint64](n T) Cell {
	s := strconv.FormatInt(int64(n), 10)
	if n > 0 {
		s = strconv.FormatUint(uint64(n), 10)
	}
	return Cell{group(s), float64(n), true}
}

// Number is a cell of a number with this many decimals, from 0 to 15. What is
// not finite is shown as missing.
func Number(x float64, decimals int) Cell { return Cell{fixed(x, decimals), x, true} }

// Percent is a cell of a share of 1, shown as a percentage: 0.123 as 12%, 0.0123
// as 1.2%. What is not finite is shown as missing.
func Percent(p float64) Cell { return Cell{percent(p), p, true} }

// Missing is a cell of a number that is not known.
func Missing() Cell { return Cell{text: missing, numeric: true} }

// String returns the text that is shown.
func (c Cell) String() string { return c.text }
