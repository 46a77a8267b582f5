package order

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"
)

// columns is where the columns of a record lie: column i from start[i] up to end[i].
// n counts them all, also those beyond the arrays.
type columns struct {
	start, end [Columns + 1]int32
	n          int
	wide, low  bool // whether there may be bytes outside ASCII, and below 0x20
}

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
