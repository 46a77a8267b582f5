package corrupt

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/kafkanauts/kafkanauts/order"
)

// Original returns the damage of the original system: 3 % of the records, one
// field each.
func Original() Mix { return OriginalAt(0.03) }

// OriginalAt returns the damage of the original system, to the share p of the
// records: in 10 of 21 of these one field is blank, in 6 it is random characters
// of many scripts, in 3 six random printable characters, in 1 a joke, and in 1 it
// is missing.
func OriginalAt(p float64) Mix {
	return Mix{Of(OneOf{"original", []Weighted{
		{10, Blank{}},
		{6, Unicode{}},
		{3, Printable{N: 6}},
		{1, EasterEgg{}},
		{1, DropField{}},
	}}, p)}
}

// Rival returns the damage of the rival team's system: 25 in 1,000 records, one
// field each.
func Rival() Mix { return RivalAt(0.025) }

// RivalAt returns the damage of the rival team's system, to the share p of the
// records, in equal parts: the customer's name as the category, a failure reason
// for a payment that succeeded, a negative quantity, and the word null
// in any field but the order's id.
func RivalAt(p float64) Mix {
	return Mix{Of(OneOf{"rival", []Weighted{
		{1, Overwrite{Field: order.Category, From: order.CustomerName}},
		{1, StatusReason{}},
		{1, SignFlip{}},
		{1, NullToken{Not: order.ID}},
	}}, p)}
}

// String returns the recipe, a line for each kind of damage.
func (m Mix) String() string {
	var b strings.Builder
	for i, d := range m {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(d.String())
	}
	return b.String()
}

// String returns the recipe, such as "0.03: blank".
func (d Damage) String() string {
	if u, ok := d.When.(Uniform); ok {
		return strconv.FormatFloat(float64(u), 'g', -1, 64) + ": " + describe(d.Strategy)
	}
	return fmt.Sprintf("%v: %s", d.When, describe(d.Strategy))
}

func describe(s Strategy) string {
	switch s := s.(type) {
	case nil:
		return "nothing"
	case fmt.Stringer:
		return s.String()
	}
	return s.Name()
}
