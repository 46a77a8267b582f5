package corrupt

import "github.com/kafkanauts/kafkanauts/order"

// How the extents of fields follow a change.

// holder returns the first field whose value has s in it, or None.
func holder(at *order.Spans, s order.Span) order.Field {
	for f := order.ID; f < order.NumFields; f++ {
		if v := at.Value[f]; v.Start >= 0 && v.Start <= s.Start && s.End <= v.End {
			return f
		}
	}
	return order.None
}

// widen makes at right again after the bytes of s, which lie within the value of
// f, have become longer by delta: what begins behind them moves.
func widen(at *order.Spans, f order.Field, s order.Span, delta int32) {
	if delta == 0 {
		return
	}
	value, cell := at.Value[f], at.Cell[f]
	for g := range at.Value {
		v, c := &at.Value[g], &at.Cell[g]
		d := delta & ((s.End - 1 - v.Start) >> 31) // delta if v.Start >= s.End, else 0
		v.Start, v.End = v.Start+d, v.End+d
		d = delta & ((s.End - 1 - c.Start) >> 31)
		c.Start, c.End = c.Start+d, c.End+d
	}
	at.Value[f] = order.Span{Start: value.Start, End: value.End + delta}
	at.Cell[f] = order.Span{Start: cell.Start, End: cell.End + delta}
}

// shift makes at right again after n bytes took the place of those of s, wherever
// they lie.
func shift(at *order.Spans, s order.Span, n int32) {
	for g := range at.Value {
		at.Value[g] = moved(at.Value[g], s, n)
		at.Cell[g] = moved(at.Cell[g], s, n)
		if at.Value[g].Start < 0 || at.Cell[g].Start < 0 {
			at.Value[g], at.Cell[g] = gone, gone
		}
	}
}

var gone = order.Span{Start: -1, End: -1}

// moved returns where x lies after n bytes took the place of those of s. What
// lies in s altogether is gone; of what lies in it partly, the rest stays.
func moved(x, s order.Span, n int32) order.Span {
	delta := n - (s.End - s.Start)
	switch {
	case x.Start < 0 || x.End <= s.Start:
		return x
	case x.Start >= s.End:
		return order.Span{Start: x.Start + delta, End: x.End + delta}
	case s.Start <= x.Start && x.End <= s.End:
		return gone
	}
	if x.Start > s.Start {
		x.Start = s.Start + n
	}
	if x.End >= s.End {
		x.End += delta
	} else {
		x.End = s.Start
	}
	return x
}

// moveAll shifts every extent by n.
func moveAll(at *order.Spans, n int32) {
	for f := range at.Value {
		if at.Value[f].Start >= 0 {
			at.Value[f].Start += n
			at.Value[f].End += n
			at.Cell[f].Start += n
			at.Cell[f].End += n
		}
	}
}

// closeGap prepares at for the cut of f. The first two columns share the
// separator between them, for either can go with it. If one of them goes, the
// other is the first column and shares a separator with the third, if there is
// one: all separators are equally long.
func closeGap(at *order.Spans, f order.Field) {
	cell := at.Cell[f]
	for g := order.ID; g < order.NumFields; g++ {
		other := at.Cell[g]
		if g == f || other.Start < 0 || other.End <= cell.Start || cell.End <= other.Start {
			continue
		}
		separator := min(cell.End, other.End) - max(cell.Start, other.Start)
		end := max(cell.End, other.End) // where the third begins, if there is one
		if at.Value[f].Start < at.Value[g].Start {
			at.Cell[g].Start = cell.End
		} else {
			at.Cell[g].End = cell.Start
		}
		for h := order.ID; h < order.NumFields; h++ {
			if at.Cell[h].Start == end && h != f && h != g {
				at.Cell[g].End = end + separator
				return
			}
		}
		return
	}
}
