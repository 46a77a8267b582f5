package order

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
