package order

// What Pipe and CSV share: columns between delimiters.

// appendPlain appends the columns of o in the order of the wire, as they stand,
// between delimiters. It is the fast way, column by column, with each text's choice
// of a block spelled out: in a function of its own it would be a call. It returns the
// extent of the customer's id, too.
func appendPlain(dst []byte, o *Order, delim byte, c *recent) ([]byte, Span) {
	dst = grow(dst, widest+o.textBytes())
	s := spaceOf(dst)
	begin := len(dst)
	n := putID(s, begin, o.ID, c)
	s.byte(n, delim)
	key := Span{int32(n + 1 - begin), 0}
	n = putLong(s, n+1, o.CustomerID)
	key.End = int32(n - begin)
	s.byte(n, delim)
	if blocky(o.CustomerName) {
		n = s.block(n+1, o.CustomerName)
	} else {
		n = s.text(n+1, o.CustomerName)
	}
	s.byte(n, delim)
	n = putUint(s, n+1, o.ProductID)
	s.byte(n, delim)
	if blocky(o.ProductName) {
		n = s.block(n+1, o.ProductName)
	} else {
		n = s.text(n+1, o.ProductName)
	}
	s.byte(n, delim)
	if blocky(o.Category) {
		n = s.block(n+1, o.Category)
	} else {
		n = s.text(n+1, o.Category)
	}
	s.byte(n, delim)
	if blocky(o.Payment) {
		n = s.block(n+1, o.Payment)
	} else {
		n = s.text(n+1, o.Payment)
	}
	s.byte(n, delim)
	n = putInt(s, n+1, int64(o.Qty))
	s.byte(n, delim)
	n = putCents(s, n+1, o.Price)
	s.byte(n, delim)
	n = putTime(s, n+1, o.Time, c)
	s.byte(n, delim)
	if blocky(o.Country) {
		n = s.block(n+1, o.Country)
	} else {
		n = s.text(n+1, o.Country)
	}
	s.byte(n, delim)
	if blocky(o.City) {
		n = s.block(n+1, o.City)
	} else {
		n = s.text(n+1, o.City)
	}
	s.byte(n, delim)
	if blocky(o.Site) {
		n = s.block(n+1, o.Site)
	} else {
		n = s.text(n+1, o.Site)
	}
	s.byte(n, delim)
	n = putLong(s, n+1, o.TxnID)
	s.byte(n, delim)
	s.byte(n+1, o.flag())
	s.byte(n+2, delim)
	n += 3
	if blocky(o.Reason) {
		n = s.block(n, o.Reason)
	} else if o.Reason != "" {
		n = s.text(n, o.Reason)
	}
	return dst[:n], key
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
			dst = o.appendScalar(dst, f)
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
