package order

import "bytes"

// Finder is an optional capability of an Encoding: to find a field in a record
// without the extents of all others.
type Finder interface {
	// Find returns the extent of the text of f in b, which Append wrote, without
	// quotation marks around it.
	Find(b []byte, f Field) Span
}

// column returns the place of f in l, from 0.
func (l *Layout) column(f Field) int {
	if l[0] == None {
		return int(f) - 1
	}
	for i, g := range l {
		if f == g {
			return i
		}
	}
	return -1
}

// Find implements Finder.
func (p Pipe) Find(b []byte, f Field) Span {
	column := p.Layout.column(f)
	if column < 0 {
		return Span{-1, -1}
	}
	start := 0
	for ; column > 0; column-- {
		n := bytes.IndexByte(b[start:], '|')
		if n < 0 {
			return Span{-1, -1}
		}
		start += n + 1
	}
	if n := bytes.IndexByte(b[start:], '|'); n >= 0 {
		return Span{int32(start), int32(start + n)}
	}
	return Span{int32(start), int32(len(b))}
}

// Find implements Finder.
func (c CSV) Find(b []byte, f Field) Span {
	if bytes.IndexByte(b, '"') < 0 {
		column := c.Layout.column(f)
		var cols columns
		cols.scan(b, ',')
		if column < 0 || cols.n != Columns {
			return Span{-1, -1}
		}
		return Span{cols.start[column], cols.end[column]}
	}
	var cols columns
	column := c.Layout.column(f)
	if column < 0 || !cols.requote(b) || cols.n != Columns {
		return Span{-1, -1}
	}
	return Span{cols.start[column], cols.end[column]}.unquoted(b)
}

// Find implements Finder.
func (j JSON) Find(b []byte, f Field) Span {
	var o Order
	var at Spans
	if f == None || f >= NumFields {
		return Span{-1, -1}
	}
	if err := j.View(&o, b, &at); err != nil && at.Value[f].Start < 0 {
		return Span{-1, -1}
	}
	return at.Value[f].unquoted(b)
}

// unquoted returns s without quotation marks at both its ends.
func (s Span) unquoted(b []byte) Span {
	if s.Start >= 0 && s.End-s.Start >= 2 && b[s.Start] == '"' && b[s.End-1] == '"' {
		return Span{s.Start + 1, s.End - 1}
	}
	return s
}
