package order

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"
)

// What Pipe and CSV share: columns between delimiters.

// appendPlain appends the columns of o in the order of the wire, as they stand,
// between delimiters. It is the fast way, for records that nobody edits.
func appendPlain(dst []byte, o *Order, delim byte) []byte {
	dst = grow(dst, widest+o.textBytes()+64)
	b := dst[:cap(dst)]
	n := putUint(b, len(dst), o.ID)
	b[n] = delim
	n = putUint(b, n+1, o.CustomerID)
	b[n] = delim
	n += 1 + copy(b[n+1:], o.CustomerName)
	b[n] = delim
	n = putUint(b, n+1, o.ProductID)
	b[n] = delim
	n += 1 + copy(b[n+1:], o.ProductName)
	b[n] = delim
	n += 1 + copy(b[n+1:], o.Category)
	b[n] = delim
	n += 1 + copy(b[n+1:], o.Payment)
	b[n] = delim
	n = putInt(b, n+1, int64(o.Qty))
	b[n] = delim
	n = putCents(b, n+1, o.Price)
	b[n] = delim
	if fourDigits(o.Time) {
		n = putTime(b, n+1, o.Time)
	} else {
		n = o.putScalar(b, n+1, Time)
	}
	b[n] = delim
	n += 1 + copy(b[n+1:], o.Country)
	b[n] = delim
	n += 1 + copy(b[n+1:], o.City)
	b[n] = delim
	n += 1 + copy(b[n+1:], o.Site)
	b[n] = delim
	n = putUint(b, n+1, o.TxnID)
	b[n], b[n+1], b[n+2] = delim, 'N', delim
	if o.Success {
		b[n+1] = 'Y'
	}
	n += 3 + copy(b[n+3:], o.Reason)
	return b[:n]
}

// appendColumns appends the columns of o in any layout. Text goes through
// quote.
func appendColumns(dst []byte, o *Order, at *Spans, l *Layout, delim byte, quote func(dst []byte, text string) []byte) []byte {
	base := len(dst)
	if at != nil {
		at.Value[None], at.Cell[None] = Span{-1, -1}, Span{-1, -1}
	}
	for i, f := range l.fields() {
		if i > 0 {
			dst = append(dst, delim)
		}
		start := len(dst)
		if t := o.text(f); t != nil {
			dst = quote(dst, *t)
		} else {
			dst = grow(dst, widestCents+slack+24)
			dst = dst[:o.putScalar(dst[:cap(dst)], start, f)]
		}
		if at != nil {
			at.Value[f], at.Cell[f] = extents(i, start-base, len(dst)-base, true)
		}
	}
	return dst
}

// extents returns the extents of the value and the cell of column i. A first
// column's cell has the delimiter behind it, if there is one; any other's that
// before it.
func extents(i, start, end int, more bool) (value, cell Span) {
	value = Span{int32(start), int32(end)}
	cell = value
	switch {
	case i > 0:
		cell.Start--
	case more:
		cell.End++
	}
	return value, cell
}

// columns is where the columns of a record lie: column i from start[i] up to end[i].
// n counts them all, also those beyond the arrays.
type columns struct {
	start, end [Columns + 1]int32
	n          int
	wide, low  bool // whether there may be bytes outside ASCII, and below 0x20
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// scan finds the columns between delimiters, eight bytes at a time.
func (c *columns) scan(b []byte, delim byte) {
	pattern := ones * uint64(delim)
	var wide, low uint64 // high bits of bytes that are outside ASCII, or may be below 0x20
	n, start := 0, int32(0)
	mark := func(i int) {
		if n <= Columns {
			c.start[n], c.end[n] = start, int32(i)
		}
		n++
		start = int32(i) + 1
	}
	i := 0
	for ; i+8 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		wide |= w
		low |= (w - ones*0x20) &^ w
		x := w ^ pattern
		for hit := ^((x&^highs + ^uint64(highs)) | x | ^uint64(highs)); hit != 0; hit &= hit - 1 {
			mark(i + trailingByte(hit))
		}
	}
	for ; i < len(b); i++ {
		wide |= uint64(b[i])
		low |= (uint64(b[i]) - 0x20) &^ uint64(b[i])
		if b[i] == delim {
			mark(i)
		}
	}
	mark(len(b))
	c.n = n
	c.wide, c.low = wide&highs != 0, low&highs != 0
}

// spans fills at from the columns of a record that has as many as it should.
func (c *columns) spans(at *Spans, l *Layout) {
	at.Clear()
	for i, f := range l.fields() {
		if i < c.n {
			at.Value[f], at.Cell[f] = extents(i, int(c.start[i]), int(c.end[i]), c.n > 1)
		}
	}
}

// sound reports whether all of b is text of a line, which is cheaper to ask of a
// record than of each of its fields.
func (c *columns) sound(b []byte) bool {
	return (!c.wide || utf8.Valid(b)) &&
		(!c.low || bytes.IndexByte(b, '\n') < 0 && bytes.IndexByte(b, '\r') < 0)
}

// text returns why v is not text of a line, or 0.
func text(v []byte) Cause {
	switch {
	case bytes.IndexByte(v, '\n') >= 0 || bytes.IndexByte(v, '\r') >= 0:
		return Malformed
	case !utf8.Valid(v):
		return NotText
	}
	return 0
}
