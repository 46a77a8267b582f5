package product

import (
	"errors"
	"fmt"
	"math"
	"unicode"
	"unicode/utf8"
)

// checkText returns why s cannot be the value of a field in every encoding, or
// nil: values are not empty, and hold no delimiter and nothing that is not text.
func checkText(s string) error {
	if s == "" {
		return errors.New("it is empty")
	}
	if !utf8.ValidString(s) {
		return fmt.Errorf("%q is not valid UTF-8", s)
	}
	for _, r := range s {
		if r == '|' {
			return fmt.Errorf("%q holds the delimiter |", s)
		}
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return fmt.Errorf("%q holds a line end or another control character", s)
		}
	}
	return nil
}

// checkWeight returns why w cannot be a weight, or nil.
func checkWeight(w float64) error {
	if !(w > 0) || math.IsInf(w, 1) {
		return fmt.Errorf("%v is no weight; weights are positive and finite", w)
	}
	return nil
}

// checkFactor returns why f cannot be a factor or weight that may be zero, or nil.
func checkFactor(f float64) error {
	if !(f >= 0) || math.IsInf(f, 1) {
		return fmt.Errorf("%v is negative or not finite", f)
	}
	return nil
}
