package ordertest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/kafkanauts/kafkanauts/order"
)

// within holds that extents are those of fields in b.
func within(at *order.Spans, b []byte) error {
	if at.Value[order.None].Start >= 0 || at.Cell[order.None].Start >= 0 {
		return fmt.Errorf("there is an extent of no field; begin with Spans.Clear")
	}
	for f := order.ID; f < order.NumFields; f++ {
		v, c := at.Value[f], at.Cell[f]
		if v.Start < 0 && c.Start < 0 {
			continue
		}
		if !(0 <= c.Start && c.Start <= v.Start && v.Start <= v.End && v.End <= c.End && int(c.End) <= len(b)) {
			return fmt.Errorf("%v has its value at %v, its cell at %v, of %d bytes; a value lies within its cell, a cell within the record", f, v, c, len(b))
		}
	}
	return nil
}

// extents holds that those of an order which is carried are right.
func (k *kit) extents(o *order.Order) error {
	if k.carries(o) != nil {
		return nil
	}
	var at order.Spans
	b := k.enc.Append(nil, o, &at)
	if err := within(&at, b); err != nil {
		return fmt.Errorf("%q: %w", short(b), err)
	}
	for f := order.ID; f < order.NumFields; f++ {
		v := at.Value[f]
		if v.Start < 0 {
			return fmt.Errorf("%v has no extent in %q; Append fills in those of all fields", f, short(b))
		}
		for g := order.ID; g < f; g++ {
			if w := at.Value[g]; v.Start < w.End && w.Start < v.End {
				return fmt.Errorf("%v at %v and %v at %v overlap in %q", g, w, f, v, short(b))
			}
		}
		text := string(o.AppendText(nil, f))
		if k.quoter != nil {
			if q, ok := k.quoter.Quote([]byte("before"), f, text); !ok || string(q) != "before"+string(v.Of(b)) {
				return fmt.Errorf("its Quote(%v, %q) appends to \"before\" and makes %q, %v; in the record stands %q", f, short(text), short(q), ok, short(v.Of(b)))
			}
		}
		if k.unquoter != nil && f.Kind() == order.Text {
			if got := k.unquoter.Unquote(f, v.Of(b)); string(got) != text {
				return fmt.Errorf("its Unquote(%v, %q) = %q, not %q", f, short(v.Of(b)), short(got), short(text))
			}
		}
		if len(b) < 1000 {
			if err := k.without(o, f, b, &at); err != nil {
				return err
			}
		}
	}
	return nil
}

// without holds that the field f is missing from a record without its cell, and
// no other is.
func (k *kit) without(o *order.Order, f order.Field, b []byte, at *order.Spans) error {
	c := at.Cell[f]
	cut := slices.Delete(bytes.Clone(b), int(c.Start), int(c.End))
	back := stale()
	err := k.enc.Parse(&back, cut, nil)
	var wrong *order.ParseError
	switch {
	case k.binary && err == nil && back != *o:
		return nil // what lengths there are may still add up
	case !errors.As(err, &wrong):
		return fmt.Errorf("without the cell of %v, %q is read as a record: %v", f, short(cut), err)
	case k.binary || wrong.Record == order.ColumnCount && wrong.Columns == order.Columns-1:
		return nil
	case wrong.Record != 0 || wrong.Fields[f] != order.MissingField:
		return fmt.Errorf("without the cell of %v, Parse says of %q: %w; %v is missing, or a column", f, short(cut), err, f)
	}
	for g := range wrong.Wrong() {
		if g != f {
			return fmt.Errorf("without the cell of %v, %v is wrong in %q: %w", f, g, short(cut), err)
		}
	}
	return nil
}

// quotes holds that what Quote makes of a text is read as that text, in the place of
// any other value.
func (k *kit) quotes(f order.Field) error {
	if k.quoter == nil {
		return nil
	}
	o := base()
	if k.carries(&o) != nil {
		return fmt.Errorf("its Carries refuses an order of the default world: %w", k.carries(&o))
	}
	var at order.Spans
	b := k.enc.Append(nil, &o, &at)
	all := texts
	if f.Kind() != order.Text {
		all = append(slices.Clone(all), "7", "18446744073709551615", "-3", "12.50", "-0.05", "1999-12-31T23:59:59", "N", "Y")
	}
	for _, text := range all {
		q, ok := k.quoter.Quote([]byte("before"), f, text)
		if !bytes.HasPrefix(q, []byte("before")) || !ok && len(q) != len("before") {
			return fmt.Errorf("its Quote(%v, %q) makes %q of \"before\" and returns %v; it appends, and nothing where it returns false", f, text, q, ok)
		}
		want := o
		cause := want.SetText(f, text)
		carried := cause == 0 && k.carries(&want) == nil
		if carried && !ok {
			return fmt.Errorf("its Quote(%v, %q) is false, though the encoding carries that", f, text)
		}
		if !ok {
			continue
		}
		v := at.Value[f]
		put := slices.Replace(bytes.Clone(b), int(v.Start), int(v.End), q[len("before"):]...)
		if !k.binary && bytes.ContainsAny(put, "\r\n") {
			return fmt.Errorf("its Quote(%v, %q) makes %q, with a line end; escape it, or return false", f, text, q[len("before"):])
		}
		back := stale()
		err := k.enc.Parse(&back, put, nil)
		var wrong *order.ParseError
		switch {
		case cause == 0 && !carried && f.Kind() == order.Text:
			return fmt.Errorf("its Quote(%v, %q) is true, though Carries refuses that", f, text)
		case carried && (err != nil || back != want):
			return fmt.Errorf("what Quote makes of %q for %v is read as %s: %v", text, f, differs(&back, &want), err)
		case !carried && err == nil && !k.free:
			return fmt.Errorf("what Quote makes of %q for %v is read, as %q, though it is no value", text, f, back.AppendText(nil, f))
		case !carried && err != nil && (!errors.As(err, &wrong) || wrong.Record != 0 || wrong.Fields[f] == 0):
			return fmt.Errorf("what Quote makes of %q for %v makes more of the record wrong: %w", text, f, err)
		}
	}
	return nil
}
