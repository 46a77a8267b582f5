package order

import "bytes"

// Keyer is an optional capability of an Encoding that tells where one field stands
// in a record sooner than Append fills in the extents of all of them.
type Keyer interface {
	// Keyed returns a function that appends what Append appends, and returns the
	// extent of the value of f in it, without quotation marks; or nil, if there is
	// nothing to gain. The function is for one goroutine at a time.
	Keyed(f Field) func(dst []byte, o *Order) ([]byte, Span)
}

// Keyed returns what Keyer has for enc, or nil. Pipe has it too, but is no
// Keyer: an encoding of a user's own that embeds Pipe would be one without knowing it, and
// its own Append would not be called.
func Keyed(enc Encoding, f Field) func(dst []byte, o *Order) ([]byte, Span) {
	switch e := enc.(type) {
	case Pipe:
		return e.keyed(f)
	case Keyer:
		return e.Keyed(f)
	}
	return nil
}

func (p Pipe) keyed(f Field) func(dst []byte, o *Order) ([]byte, Span) {
	column := p.Layout.column(f)
	if column < 0 {
		return nil
	}
	if p.Layout[0] == None && f == CustomerID {
		c := new(recent)
		return func(dst []byte, o *Order) ([]byte, Span) { return appendPlain(dst, o, '|', c) }
	}
	return func(dst []byte, o *Order) ([]byte, Span) {
		n := len(dst)
		dst = p.Append(dst, o, nil)
		return dst, columnSpan(dst[n:], '|', column)
	}
}

// column returns the place of f in l, from 0, or -1.
func (l *Layout) column(f Field) int {
	for i, g := range l.fields() {
		if f == g {
			return i
		}
	}
	return -1
}

// columnSpan returns the extent of a column, from 0, of what lies between delimiters.
func columnSpan(b []byte, delim byte, column int) Span {
	start := 0
	for ; column > 0; column-- {
		n := bytes.IndexByte(b[start:], delim)
		if n < 0 {
			return Span{-1, -1}
		}
		start += n + 1
	}
	if n := bytes.IndexByte(b[start:], delim); n >= 0 {
		return Span{int32(start), int32(start + n)}
	}
	return Span{int32(start), int32(len(b))}
}
