package analysis

import (
	"strconv"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
)

// AppendFlagHeader appends the first line of flagged.csv, with its end. Records
// are named by line or by partition and offset; the form truth.Files is written as
// lines, for the writer to put the file's name before.
func AppendFlagHeader(dst []byte, form truth.Form) []byte {
	return append(append(dst, placeHeader(form)...), "field,reason,score\n"...)
}

// AppendFlag appends one line of flagged.csv: the place, the field's name (empty for the
// record as a whole), the reason and the score with three decimals. It allocates
// nothing but what dst needs to grow.
func AppendFlag(dst []byte, form truth.Form, f *Flag) []byte {
	dst = appendPlace(dst, form, f.Place)
	if f.Field != order.None {
		dst = append(dst, f.Field.String()...)
	}
	dst = append(dst, ',')
	dst = append(dst, f.Reason...)
	dst = append(dst, ',')
	dst = strconv.AppendFloat(dst, f.Score, 'f', 3, 64)
	return append(dst, '\n')
}

// AppendRejectHeader appends the first line of a file of rejects, with its end.
func AppendRejectHeader(dst []byte, form truth.Form) []byte {
	return append(append(dst, placeHeader(form)...), "field,reason,value\n"...)
}

// AppendReject appends the line of one rejected record: its place; the fields
// and the reasons of the complaints about it, each separated by semicolons; and
// its bytes as a Go string literal of ASCII in CSV's quotation marks, so that
// nothing of them is lost.
func AppendReject(dst []byte, form truth.Form, at order.Place, complaints []Complaint, value []byte) []byte {
	dst = appendPlace(dst, form, at)
	for i, c := range complaints {
		if i > 0 {
			dst = append(dst, ';')
		}
		if c.Field != order.None {
			dst = append(dst, c.Field.String()...)
		}
	}
	dst = append(dst, ',')
	for i, c := range complaints {
		if i > 0 {
			dst = append(dst, ';')
		}
		dst = append(dst, c.Reason...)
	}
	dst = append(dst, ',', '"')
	for _, b := range strconv.AppendQuoteToASCII(nil, string(value)) {
		if b == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, b)
	}
	return append(dst, '"', '\n')
}

func placeHeader(form truth.Form) string {
	if form == truth.Offsets {
		return "partition,offset,"
	}
	return "line,"
}

func appendPlace(dst []byte, form truth.Form, at order.Place) []byte {
	if form == truth.Offsets {
		dst = strconv.AppendInt(dst, int64(at.Partition), 10)
		dst = append(dst, ',')
	}
	dst = strconv.AppendInt(dst, at.Offset, 10)
	return append(dst, ',')
}
