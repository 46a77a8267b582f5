package order

import "unicode/utf8"

// Columns takes a record apart whatever its values are: unless at is nil, it is
// filled with the extents of the sixteen texts. It returns false, and makes at that of no field,
// if b does not have sixteen columns or is not UTF-8. So joined by '|', in the
// order of the Layout, the texts are b again, and line ends may be in them. It allocates nothing.
func (p Pipe) Columns(b []byte, at *Spans) bool {
	if uint(len(b)-shortest) <= longest-shortest {
		var s stops
		if s.find(b, '|'); s.n == Columns-1 && s.utf8(b) {
			if at != nil {
				at.stops(&s, &p.Layout)
			}
			return true
		}
	} else {
		var c columns
		if c.scan(b, '|'); c.n == Columns && (!c.wide || utf8.Valid(b)) {
			if at != nil {
				c.spans(at, &p.Layout)
			}
			return true
		}
	}
	if at != nil {
		at.Clear()
	}
	return false
}
