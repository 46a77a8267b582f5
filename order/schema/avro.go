package schema

import (
	"encoding/json"
	"strings"
)

// AvroNamespace is the namespace of the Avro schemas. Their names are AvroName.
const AvroNamespace = "kafkanauts"

// AvroName returns the name of the Avro schema of a form: Order, OrderText or
// DamagedOrder.
func AvroName(form Form) string {
	switch form {
	case Text:
		return "OrderText"
	case Damaged:
		return "DamagedOrder"
	}
	return "Order"
}

// Avro returns the Avro schema of a form, as JSON with a line for each field: a record of
// long, string, decimal(18,2) over bytes, timestamp-micros and boolean, or of
// strings. That of Lines, which is none of Avro's, is that of Typed.
func Avro(form Form) string {
	if form == Lines {
		form = Typed
	}
	if form >= forms {
		return ""
	}
	var s strings.Builder
	s.WriteString(`{"type":"record","name":` + quote(AvroName(form)) + `,"namespace":` + quote(AvroNamespace) +
		`,"doc":` + quote(about[form]) + `,"fields":[`)
	sep := "\n"
	for _, c := range Columns(form) {
		t := avroTypes[c.Type]
		if c.Nullable {
			t = `["null",` + t + `],"default":null`
		}
		s.WriteString(sep + `{"name":` + quote(c.Name) + `,"type":` + t + `,"doc":` + quote(c.Doc) + `}`)
		sep = ",\n"
	}
	s.WriteString("\n]}")
	return s.String()
}

var avroTypes = [...]string{
	String:    `"string"`,
	Long:      `"long"`,
	Decimal:   `{"type":"bytes","logicalType":"decimal","precision":18,"scale":2}`,
	Timestamp: `{"type":"long","logicalType":"timestamp-micros"}`,
	Boolean:   `"boolean"`,
	Bytes:     `"bytes"`,
}

// quote returns s as a JSON string.
func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return `""` // a string has no error
	}
	return string(b)
}
