package corrupt

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/kafkanauts/kafkanauts/order"
)

// Edit is the only way to a record. Each method that changes something logs it
// in the answer key and returns true; one that returns false has done nothing.
// The extents of the fields are right after every change, whatever was done
// before.
//
// No change puts a line end into a value: text or bytes with '\n' or '\r' are
// refused; bytes only of encodings that are not order.Binary. A record that was lost, by Drop or Join, has no fields and refuses
// everything.
//
// An Edit belongs to one call of Corrupt, on one goroutine. The slices given to
// it are copied; what it returns is the caller's, except for Clean.
type Edit struct {
	encoding order.Encoding
	quoter   order.Quoter // the encoding, if it is one
	binary   bool         // its records are not lines of text

	order *order.Order // the stream's: never handed out
	buf   []byte       // the record's value is buf[start:]
	start int
	at    *order.Spans // of the value as it stands
	fate  fate         // of the record as a whole

	by      string // the strategy at work
	reach   int64  // how far it may move the record, in seconds; < 0: not at all
	last    bool   // no record follows in the step
	fronted bool   // the bytes of joined records will stand in front of this one

	faults []order.Fault // of all records of the step
	was    []byte        // what their Was are views of

	copied  order.Order       // what Clean handed out
	quoted  []byte            // scratch: a value as it will stand
	scratch []byte            // scratch: a text, or a record
	char    [utf8.UTFMax]byte // scratch
	probe   order.Spans       // scratch: of that record
}

// Clean returns the order as it was generated. It is a copy for the strategy to
// read or scribble on, valid until the next call of Clean.
func (e *Edit) Clean() *order.Order {
	e.copied = *e.order
	return &e.copied
}

// Len returns how many bytes the record has now.
func (e *Edit) Len() int { return len(e.buf) - e.start }

// Has returns whether the record has the field f now, be it empty.
func (e *Edit) Has(f order.Field) bool {
	_, ok := e.place(f)
	return ok
}

// Raw returns a copy of the bytes that stand for the value of f now, quotation
// marks included; nil if there is no such field.
func (e *Edit) Raw(f order.Field) []byte {
	v, ok := e.place(f)
	if !ok {
		return nil
	}
	return append([]byte{}, v.Of(e.buf[e.start:])...)
}

// Text returns the value of f as it stands now, decoded; "" if there is no such
// field. What the encoding does not read as one text it returns as the bytes
// stand: so numbers, unless it is order.Binary, and what SetRaw or Splice left malformed.
func (e *Edit) Text(f order.Field) string {
	v, ok := e.place(f)
	if !ok {
		return ""
	}
	raw := v.Of(e.buf[e.start:])
	// An encoding reads whole records only, so read one in which the value is
	// the only one in doubt, and stands where any text may; where bytes may be no text,
	// it stands in its own place.
	in := order.CustomerName
	if e.binary {
		in = f
		if u, ok := e.encoding.(order.Unquoter); ok {
			if text := u.Unquote(f, raw); len(text) < len(raw) {
				return string(text)
			}
		}
	}
	e.scratch = e.encoding.Append(e.scratch[:0], e.order, &e.probe)
	if at := e.probe.Value[in]; at.Start >= 0 {
		e.scratch = slices.Replace(e.scratch, int(at.Start), int(at.End), raw...)
		var parsed order.Order
		if e.encoding.Parse(&parsed, e.scratch, nil) == nil {
			return string(parsed.AppendText(nil, in))
		}
	}
	return string(raw)
}

// Set makes text the value of f, well formed: with quotation marks and escapes
// where the encoding needs them. It returns false if there is no such field, the
// encoding is no order.Quoter or cannot carry the text, or nothing would change.
func (e *Edit) Set(f order.Field, text string) bool {
	v, ok := e.place(f)
	if !ok || e.quoter == nil || strings.IndexByte(text, '\n') >= 0 || strings.IndexByte(text, '\r') >= 0 {
		return false
	}
	e.quoted, ok = e.quoter.Quote(e.quoted[:0], f, text)
	return ok && e.replace(f, v, e.quoted)
}

// SetRaw puts raw in place of the bytes that stand for the value of f, verbatim.
// It returns false if there is no such field, raw holds a line end, or nothing
// would change.
func (e *Edit) SetRaw(f order.Field, raw []byte) bool {
	v, ok := e.place(f)
	return ok && e.replace(f, v, raw)
}

// Cut removes the field f: its value, one separator and, where there is one, its
// key. It returns false if there is no such field, or no byte of it.
func (e *Edit) Cut(f order.Field) bool {
	if !e.Has(f) {
		return false
	}
	cell := e.at.Cell[f]
	closeGap(e.at, f)
	if !e.change(f, cell, nil) {
		return false
	}
	shift(e.at, cell, 0)
	e.at.Value[f], e.at.Cell[f] = gone, gone
	return true
}

// Splice puts raw in place of the bytes from start up to but not including end.
// It returns false if there are no such bytes, raw holds a line end, or nothing
// would change. Within the value of a field, it changes that field; a field
// whose bytes go altogether is gone.
func (e *Edit) Splice(start, end int, raw []byte) bool {
	if e.fate.lost != 0 || start < 0 || end < start || end > e.Len() {
		return false
	}
	s := order.Span{Start: int32(start), End: int32(end)}
	f := holder(e.at, s)
	if f != order.None {
		return e.replace(f, s, raw)
	}
	if !e.change(f, s, raw) {
		return false
	}
	shift(e.at, s, int32(len(raw)))
	return true
}

// place returns the extent of the value of f, if it is there.
func (e *Edit) place(f order.Field) (order.Span, bool) {
	if f == order.None || f >= order.NumFields {
		return order.Span{}, false
	}
	v := e.at.Value[f]
	return v, v.Start >= 0
}

// replace puts with in place of s, which lies within the value of f.
func (e *Edit) replace(f order.Field, s order.Span, with []byte) bool {
	if !e.change(f, s, with) {
		return false
	}
	widen(e.at, f, s, int32(len(with))-(s.End-s.Start))
	return true
}

// change puts with in place of s and logs it, but leaves the extents as they are.
func (e *Edit) change(f order.Field, s order.Span, with []byte) bool {
	was := s.Of(e.buf[e.start:])
	if bytes.Equal(was, with) || !e.binary && (bytes.IndexByte(with, '\n') >= 0 || bytes.IndexByte(with, '\r') >= 0) {
		return false
	}
	start, end := int(s.Start), int(s.Start)+len(with)
	e.log(order.Fault{Op: order.Edited, Field: f, Start: start, End: end, Was: e.keep(was)})
	e.buf = slices.Replace(e.buf, e.start+start, e.start+int(s.End), with...)
	return true
}

// log notes a change by the strategy at work.
func (e *Edit) log(f order.Fault) {
	f.Strategy = e.by
	e.faults = append(e.faults, f)
}

// keep copies b to where it stays until the next Begin. Copies handed out
// before stay where they are even if the memory behind them moves on.
func (e *Edit) keep(b []byte) []byte {
	n := len(e.was)
	e.was = append(e.was, b...)
	return e.was[n:len(e.was):len(e.was)]
}

// mark is a point to which an Edit can go back.
type mark struct {
	faults, was int
	at          order.Spans
	fate        fate
}

func (e *Edit) mark(m *mark) {
	m.faults, m.was, m.at, m.fate = len(e.faults), len(e.was), *e.at, e.fate
}

// rollback undoes all that was done since m.
func (e *Edit) rollback(m *mark) {
	if len(e.faults) > m.faults {
		e.buf = order.Undo(e.buf[:e.start], e.buf[e.start:], e.faults[m.faults:])
		*e.at = m.at
	}
	e.faults, e.was, e.fate = e.faults[:m.faults], e.was[:m.was], m.fate
}

// try lets s damage the record under its own name, and undoes what it did if it
// gives up. It returns whether anything was changed.
func (e *Edit) try(s Strategy, name string, reach int64, r *rand.Rand) bool {
	if one, ok := s.(OneOf); ok {
		return one.Corrupt(e, r) // which tries, and undoes, each of its own
	}
	by, within := e.by, e.reach
	e.by, e.reach = name, reach
	var m mark
	e.mark(&m)
	ok := s.Corrupt(e, r) && (len(e.faults) > m.faults || e.fate.copies > m.fate.copies)
	if !ok {
		e.rollback(&m)
	}
	e.by, e.reach = by, within
	return ok
}

// setBytes is Set without an allocation: the text is read before it returns,
// and nothing keeps it.
func (e *Edit) setBytes(f order.Field, text []byte) bool {
	return e.Set(f, unsafe.String(unsafe.SliceData(text), len(text)))
}

// carries returns whether Set can put text into f.
func (e *Edit) carries(f order.Field, text []byte) bool {
	if e.quoter == nil {
		return false
	}
	_, ok := e.quoter.Quote(e.quoted[:0], f, unsafe.String(unsafe.SliceData(text), len(text)))
	return ok
}
