package schema

import (
	"math"
	"strconv"
	"strings"

	"github.com/kafkanauts/kafkanauts/order"
)

// JSON returns the JSON Schema, of draft 2020-12, of the records that order.JSON
// writes, with a line for each field. It is strict: all sixteen keys and no other, ids and
// quantities as whole numbers in their range, dates and flags of one spelling. A
// record that it takes is one that order.JSON parses, with four exceptions that the language cannot
// tell: keys that stand there twice, numbers in another spelling such as 1e2, the two decimals of
// a price, and days that their month does not have.
func JSON() string {
	var s, names strings.Builder
	s.WriteString(`{"$schema":"https://json-schema.org/draft/2020-12/schema","title":"Order","description":` + quote(about[Typed]) +
		`,"type":"object","additionalProperties":false,"properties":{`)
	sep := "\n"
	for _, c := range Columns(Typed) {
		s.WriteString(sep + quote(c.Name) + `:{"description":` + quote(c.Doc) + `,` + jsonType(c.Field) + `}`)
		names.WriteString(strings.TrimSuffix(sep, "\n") + quote(c.Name))
		sep = ",\n"
	}
	s.WriteString("\n},\"required\":[" + names.String() + "]}")
	return s.String()
}

func jsonType(f order.Field) string {
	switch f.Kind() {
	case order.Identity:
		return `"type":"integer","minimum":0,"maximum":` + strconv.FormatUint(math.MaxUint64, 10)
	case order.Whole:
		return `"type":"integer","minimum":` + strconv.FormatInt(math.MinInt64, 10) + `,"maximum":` + strconv.FormatInt(math.MaxInt64, 10)
	case order.Money:
		return `"type":"number","minimum":-92233720368547758.08,"maximum":92233720368547758.07`
	case order.Instant:
		return `"type":"string","pattern":"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$"`
	case order.Flag:
		return `"enum":["Y","N"]`
	}
	return `"type":"string"`
}
