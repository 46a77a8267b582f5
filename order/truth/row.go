package truth

import (
	"strconv"

	"github.com/kafkanauts/kafkanauts/order"
)

// Ref names the record that a row is about. It is comparable.
type Ref struct {
	File string      // in the form Files: its name below the directory
	At   order.Place // the offset in its partition, or the line, from 1, as At.Offset
	Lost bool        // not delivered by itself (dropped, or joined to the next): File and At are zero
	Seq  uint64
	Copy int
}

// Row is one row of a key: one fault, or that a pattern acted on an order.
type Row struct {
	Ref
	// Tagged says that the pattern called Strategy acted on the order; it is no
	// damage, and the rest of the Fault is zero.
	Tagged bool
	order.Fault
}

// columns are those after the place.
const columns = "seq,copy,strategy,op,field,start,end,by,was"

// tagged is the op of a row that is no fault.
const tagged = "tagged"

// AppendHeader appends the first line of a key of form f, with its end.
//
// The lines after it are CSV, one to a row whatever the row holds, ended by '\n':
//
//   - line, or partition and offset, or file and line: where the record is;
//     empty if it was lost. A line counts records from 1, not a header.
//   - seq, copy: the record's Seq and Copy, decimal.
//   - strategy: what did it; for a tag the pattern's name. A name, like a file's,
//     that is not all printable or begins with a quotation mark stands as a Go
//     string literal.
//   - op: edited, dropped, repeated, delayed, joined, or tagged.
//   - field: the field's name on the wire; empty for the record as a whole.
//   - start, end: the extent in the bytes right after this fault; both are empty
//     if both are 0 and was is empty.
//   - by: seconds, decimal, exact to the nanosecond; empty for 0.
//   - was: the bytes that stood there, as strconv.AppendQuoteToASCII writes them, with
//     its quotation marks; empty for none.
func AppendHeader(dst []byte, f Form) []byte {
	dst = append(dst, f.String()...)
	dst = append(dst, ',')
	dst = append(dst, columns...)
	return append(dst, '\n')
}

// AppendRow appends r as a line of a key of form f. It allocates nothing but what
// dst needs to grow.
func AppendRow(dst []byte, f Form, r *Row) []byte {
	return appendWhat(appendRef(dst, f, &r.Ref), r.Tagged, &r.Fault)
}

// AppendRecord appends the rows of one record: its tags, then its faults, each
// in the order of t. It appends nothing if t is nil, and allocates nothing
// but what dst needs to grow.
func AppendRecord(dst []byte, f Form, r *Ref, t *order.Truth) []byte {
	if t == nil || len(t.Tags)+len(t.Faults) == 0 {
		return dst
	}
	start := len(dst)
	dst = appendRef(dst, f, r)
	n := len(dst) - start
	fresh := true // the ref stands at the end of dst
	next := func(dst []byte) []byte {
		if fresh {
			fresh = false
			return dst
		}
		return append(dst, dst[start:start+n]...)
	}
	for _, tag := range t.Tags {
		dst = appendWhat(next(dst), true, &order.Fault{Strategy: tag})
	}
	for i := range t.Faults {
		dst = appendWhat(next(dst), false, &t.Faults[i])
	}
	return dst
}

// appendRef appends the columns that name the record, with the comma after them.
func appendRef(dst []byte, f Form, r *Ref) []byte {
	switch {
	case r.Lost && f == Lines:
	case r.Lost:
		dst = append(dst, ',')
	case f == Offsets:
		dst = strconv.AppendInt(dst, int64(r.At.Partition), 10)
		dst = append(dst, ',')
		dst = strconv.AppendInt(dst, r.At.Offset, 10)
	case f == Files:
		dst = appendName(dst, r.File)
		dst = append(dst, ',')
		fallthrough
	default:
		dst = strconv.AppendInt(dst, r.At.Offset, 10)
	}
	dst = append(dst, ',')
	dst = strconv.AppendUint(dst, r.Seq, 10)
	dst = append(dst, ',')
	dst = strconv.AppendInt(dst, int64(r.Copy), 10)
	return append(dst, ',')
}

// appendWhat appends the columns from strategy on, with the line's end.
func appendWhat(dst []byte, tag bool, f *order.Fault) []byte {
	dst = appendName(dst, f.Strategy)
	dst = append(dst, ',')
	if tag {
		dst = append(dst, tagged...)
		return append(dst, ",,,,,\n"...)
	}
	dst = append(dst, f.Op.String()...)
	dst = append(dst, ',')
	if f.Field != order.None {
		dst = append(dst, f.Field.String()...)
	}
	dst = append(dst, ',')
	if f.Start != 0 || f.End != 0 || len(f.Was) != 0 {
		dst = strconv.AppendInt(dst, int64(f.Start), 10)
		dst = append(dst, ',')
		dst = strconv.AppendInt(dst, int64(f.End), 10)
	} else {
		dst = append(dst, ',')
	}
	dst = append(dst, ',')
	dst = appendSeconds(dst, f.By)
	dst = append(dst, ',')
	if len(f.Was) != 0 {
		dst = appendQuoted(dst, f.Was)
	}
	return append(dst, '\n')
}
