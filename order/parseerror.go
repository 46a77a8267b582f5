package order

import (
	"iter"
	"strconv"
	"strings"
)

// Cause is why a record or a field could not be read. Its String is a stable
// code in snake case.
type Cause uint8

// The causes. The zero Cause is none.
const (
	ColumnCount   Cause = 1 + iota // the record has not sixteen columns
	Malformed                      // the record, or what surrounds the field, is not of the encoding's syntax
	NotANumber                     // not a whole number, or with leading zeros or a plus sign
	NotAPrice                      // not an amount with two decimals
	NotATime                       // not of the form 2006-01-02T15:04:05, or no such day or time of day
	NotAFlag                       // neither Y nor N
	NotText                        // text that is not UTF-8
	MissingField                   // JSON: no such key
	RepeatedField                  // JSON: the key twice
	UnknownField                   // JSON: a key that names no field
	NoFrame                        // no schema registry's frame around it, that says what it is written in
	UnknownSchema                  // its frame has a number that the schema registry does not know
)

var causes = [...]string{"none", "column_count", "malformed", "not_a_number", "not_a_price", "not_a_time",
	"not_a_flag", "not_utf8", "missing_field", "repeated_field", "unknown_field",
	"no_frame", "unknown_schema"}

// String returns the code, such as "not_a_number".
func (c Cause) String() string {
	if int(c) < len(causes) {
		return causes[c]
	}
	return "cause(" + strconv.Itoa(int(c)) + ")"
}

// ParseError says everything that is wrong with one record.
type ParseError struct {
	Record  Cause            // of the record as a whole: none of its fields were read; 0: it could be taken apart
	Columns int              // how many columns it has, if Record is ColumnCount
	Fields  [NumFields]Cause // by Field; 0: nothing is wrong with it
	Line    string           // a copy of the record's bytes, as they came
	Spans   Spans            // the extents in Line of what could be found
}

// Wrong yields the fields that could not be read, in the order of the wire, and
// why.
func (e *ParseError) Wrong() iter.Seq2[Field, Cause] {
	return func(yield func(Field, Cause) bool) {
		for f, c := range e.Fields {
			if c != 0 && !yield(Field(f), c) {
				return
			}
		}
	}
}

// Error names every wrong field with its text, shortened.
func (e *ParseError) Error() string {
	var s strings.Builder
	s.WriteString("order: ")
	switch e.Record {
	case 0:
	case ColumnCount:
		s.WriteString(strconv.Itoa(e.Columns) + " columns instead of " + strconv.Itoa(Columns) + ": " + excerpt(e.Line))
	default:
		s.WriteString(e.Record.String() + ": " + excerpt(e.Line))
	}
	sep := ""
	if e.Record != 0 {
		sep = "; "
	}
	for f, c := range e.Wrong() {
		s.WriteString(sep + f.String() + " is " + c.String())
		if v := e.Spans.Value[f]; v.Start >= 0 {
			s.WriteString(": " + excerpt(e.Line[v.Start:v.End]))
		}
		sep = "; "
	}
	return s.String()
}

func excerpt(s string) string {
	const most = 40
	if len(s) > most {
		return strconv.QuoteToASCII(s[:most]) + "…"
	}
	return strconv.QuoteToASCII(s)
}

// verdict collects what is wrong with a record while it is read; it allocates
// only once something is.
type verdict struct {
	line []byte
	err  *ParseError
}

// wrong notes c for f; the first cause of a field stays.
func (v *verdict) wrong(f Field, c Cause) {
	if v.err == nil {
		v.err = &ParseError{Line: string(v.line)}
		v.err.Spans.Clear()
	}
	switch {
	case f == None:
		v.err.Record = c
	case v.err.Fields[f] == 0:
		v.err.Fields[f] = c
	}
}
