package order

import "bytes"

// Finder is an optional capability of an Encoding that finds a field in a record
// sooner than Append fills in the extents of all of them.
type Finder interface {
	// Find returns the extent of the value of f in b, which Append wrote.
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
