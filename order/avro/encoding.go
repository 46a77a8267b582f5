// Package avro has orders in the binary encoding of Apache Avro: one datum a
// record, as it stands in a topic. sink/avro has files of them.
package avro

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/schema"
)

// Encoding is Avro's binary encoding of schema.Avro: the values one after the
// other, a length before each text and the price, and nothing between them. It implements
// order.Encoding, Quoter, Viewer, Carrier, Binary and Unquoter, and allocates as little as those
// of package order. Its zero value is typed and has no frame.
//
// Typed records have ids and quantities as long, the price as decimal(18,2), the
// time in microseconds and the flag as boolean. They carry orders whose texts are UTF-8, whose ids
// do not exceed 2^63-1 and whose prices have at most 18 digits. Damage that no such value can
// show, like letters for a quantity, they do not take: for that there is Text.
//
// Parse is strict: Avro lets a number be spelled longer than need be, and Parse
// does not. A record that was damaged in its lengths is read as any reader of Avro would, as long
// as it can be: what comes after them may be taken for other fields.
type Encoding struct {
	// Text makes all sixteen values strings, as they stand in the pipe encoding. They
	// carry every order whose texts are UTF-8, and any damage.
	Text bool
	// SchemaID is the number that a schema registry has for Schema, up to 2^31-1. Unless it
	// is 0, a record begins with the registry's frame: a zero byte and the number, in four bytes.
	SchemaID uint32
}

// Schema returns the Avro schema of the records.
func (e Encoding) Schema() string { return schema.Avro(e.form()) }

func (e Encoding) form() schema.Form {
	if e.Text {
		return schema.Text
	}
	return schema.Typed
}

// String returns "avro" or "avro text", and the schema's number if there is a
// frame.
func (e Encoding) String() string {
	s := "avro"
	if e.Text {
		s += " text"
	}
	if e.SchemaID != 0 {
		s += " schema " + strconv.FormatUint(uint64(e.SchemaID), 10)
	}
	return s
}

// Binary implements order.Binary: records hold any bytes.
func (e Encoding) Binary() bool { return true }

const (
	frame  = 5                                 // bytes of the registry's frame
	widest = frame + order.Columns*(5+35) + 64 // of a record without its texts, with room to spare
)

// The range of what is carried: what has four digits for the year from March of the year 0 on, and
// eighteen digits for the price.
const (
	firstSecond = -719468 * 86400 // 0000-03-01T00:00:00, the first that the text encodings read
	lastSecond  = 253402300799    // 9999-12-31T23:59:59
	mostCents   = 1e18 - 1
)

// Append implements order.Encoding.
func (e Encoding) Append(dst []byte, o *order.Order, at *order.Spans) []byte {
	if need := widest + texts(o); cap(dst)-len(dst) < need {
		dst = append(dst, make([]byte, need)...)[:len(dst)]
	}
	base := len(dst)
	if e.SchemaID != 0 {
		dst = binary.BigEndian.AppendUint32(append(dst, 0), e.SchemaID)
	}
	start := len(dst) - base
	var ends [order.NumFields]int32
	if e.Text {
		dst = appendTexts(dst, o, base, &ends)
	} else {
		dst = appendTyped(dst, o, base, &ends)
	}
	if at != nil {
		at.Value[order.None] = order.Span{Start: -1, End: -1}
		from := int32(start)
		for f := order.ID; f < order.NumFields; f++ {
			at.Value[f] = order.Span{Start: from, End: ends[f]}
			from = ends[f]
		}
		at.Cell = at.Value
	}
	return dst
}

func texts(o *order.Order) int {
	return len(o.CustomerName) + len(o.ProductName) + len(o.Category) + len(o.Payment) +
		len(o.Country) + len(o.City) + len(o.Site) + len(o.Reason)
}

// appendTyped appends the values and notes where they end, counted from base.
func appendTyped(b []byte, o *order.Order, base int, ends *[order.NumFields]int32) []byte {
	b = appendLong(b, int64(o.ID))
	ends[order.ID] = int32(len(b) - base)
	b = appendLong(b, int64(o.CustomerID))
	ends[order.CustomerID] = int32(len(b) - base)
	b = appendText(b, o.CustomerName)
	ends[order.CustomerName] = int32(len(b) - base)
	b = appendLong(b, int64(o.ProductID))
	ends[order.ProductID] = int32(len(b) - base)
	b = appendText(b, o.ProductName)
	ends[order.ProductName] = int32(len(b) - base)
	b = appendText(b, o.Category)
	ends[order.Category] = int32(len(b) - base)
	b = appendText(b, o.Payment)
	ends[order.Payment] = int32(len(b) - base)
	b = appendLong(b, int64(o.Qty))
	ends[order.Qty] = int32(len(b) - base)
	b = appendDecimal(b, o.Price)
	ends[order.Price] = int32(len(b) - base)
	b = appendLong(b, o.Time.UnixMicro())
	ends[order.Time] = int32(len(b) - base)
	b = appendText(b, o.Country)
	ends[order.Country] = int32(len(b) - base)
	b = appendText(b, o.City)
	ends[order.City] = int32(len(b) - base)
	b = appendText(b, o.Site)
	ends[order.Site] = int32(len(b) - base)
	b = appendLong(b, int64(o.TxnID))
	ends[order.TxnID] = int32(len(b) - base)
	b = appendFlag(b, o.Success)
	ends[order.Success] = int32(len(b) - base)
	b = appendText(b, o.Reason)
	ends[order.Reason] = int32(len(b) - base)
	return b
}

// appendTexts is appendTyped for strings.
func appendTexts(b []byte, o *order.Order, base int, ends *[order.NumFields]int32) []byte {
	for f := order.ID; f < order.NumFields; f++ {
		if f.Kind() == order.Text {
			b = appendText(b, o.Text(f))
		} else { // it is shorter than 64 bytes, and so its length is one byte
			n := len(b)
			b = o.AppendText(append(b, 0), f)
			b[n] = byte(len(b)-n-1) << 1
		}
		ends[f] = int32(len(b) - base)
	}
	return b
}

// Quote implements order.Quoter: any UTF-8 text where there is one, and elsewhere
// the spelling of a value that is carried.
func (e Encoding) Quote(dst []byte, f order.Field, text string) ([]byte, bool) {
	if e.Text || f.Kind() == order.Text {
		if !utf8.ValidString(text) {
			return dst, false
		}
		return appendText(dst, text), true
	}
	var o order.Order
	if o.SetText(f, text) != 0 || !carried(&o, f) {
		return dst, false
	}
	switch f {
	case order.ID:
		return appendLong(dst, int64(o.ID)), true
	case order.CustomerID:
		return appendLong(dst, int64(o.CustomerID)), true
	case order.ProductID:
		return appendLong(dst, int64(o.ProductID)), true
	case order.TxnID:
		return appendLong(dst, int64(o.TxnID)), true
	case order.Qty:
		return appendLong(dst, int64(o.Qty)), true
	case order.Price:
		return appendDecimal(dst, o.Price), true
	case order.Time:
		return appendLong(dst, o.Time.UnixMicro()), true
	}
	return appendFlag(dst, o.Success), true
}

// Unquote implements order.Unquoter: a text is without its length.
func (e Encoding) Unquote(f order.Field, value []byte) []byte {
	if !e.Text && f.Kind() != order.Text {
		return value
	}
	r := reader{b: value}
	if text, cause := r.bytes(); cause == 0 && r.i == len(value) {
		return text
	}
	return value
}

// carried returns whether a typed record can hold the value of f, which is not
// of kind Text.
func carried(o *order.Order, f order.Field) bool {
	switch f {
	case order.ID:
		return o.ID <= math.MaxInt64
	case order.CustomerID:
		return o.CustomerID <= math.MaxInt64
	case order.ProductID:
		return o.ProductID <= math.MaxInt64
	case order.TxnID:
		return o.TxnID <= math.MaxInt64
	case order.Price:
		return -mostCents <= o.Price && o.Price <= mostCents
	case order.Time:
		t := o.Time
		s := t.Unix()
		return s >= firstSecond && s <= lastSecond && t.Nanosecond() == 0 && t == t.UTC()
	}
	return true
}

// Carries implements order.Carrier.
func (e Encoding) Carries(o *order.Order) error {
	for f := order.ID; f < order.NumFields; f++ {
		if f.Kind() == order.Text {
			if !utf8.ValidString(o.Text(f)) {
				return e.uncarried(o, f, "it is not UTF-8")
			}
			continue
		}
		if (e.Text && f != order.Time) || carried(o, f) {
			continue
		}
		switch f.Kind() {
		case order.Money:
			return e.uncarried(o, f, "a price has at most 18 digits; a text (Encoding.Text) may have more")
		case order.Instant:
			return e.uncarried(o, f, "an order's time is UTC, in whole seconds, in a year from 0000 to 9999")
		}
		return e.uncarried(o, f, "a long is at most 9223372036854775807; a text (Encoding.Text) may be more")
	}
	return nil
}

func (e Encoding) uncarried(o *order.Order, f order.Field, why string) error {
	value := string(o.AppendText(nil, f))
	if f == order.Time {
		value = o.Time.String()
	}
	return fmt.Errorf("order: %v cannot carry %v %s: %s", e, f, strconv.QuoteToASCII(value), why)
}

// Parse implements order.Encoding.
func (e Encoding) Parse(o *order.Order, b []byte, at *order.Spans) error {
	return e.View(o, bytes.Clone(b), at)
}

// View is Parse without a copy: text in o is a view of b and valid as long as
// nobody changes b. It allocates only for errors.
func (e Encoding) View(o *order.Order, b []byte, at *order.Spans) error {
	_, err := e.read(o, b, at, true)
	return err
}

// Next is View for a record that others may follow in b, as in the blocks of a
// file. It returns what follows; after an error, nothing.
func (e Encoding) Next(o *order.Order, b []byte) (rest []byte, err error) {
	n, err := e.read(o, b, nil, false)
	if err != nil {
		return nil, err
	}
	return b[n:], nil
}

// read reads a record and returns its length. Unless it is alone, others may
// follow.
func (e Encoding) read(o *order.Order, b []byte, at *order.Spans, alone bool) (int, error) {
	*o = order.Order{}
	var own order.Spans
	if at == nil {
		at = &own
	}
	at.Clear()
	r, v := reader{b: b}, verdict{line: b}
	if e.SchemaID != 0 {
		if len(b) < frame || b[0] != 0 || binary.BigEndian.Uint32(b[1:]) != e.SchemaID {
			v.wrong(order.None, order.Malformed)
			return 0, v.err
		}
		r.i = frame
	}
	for f := order.ID; f < order.NumFields; f++ {
		start := r.i
		var cause order.Cause
		var whole bool
		if e.Text {
			cause, whole = r.text(o, f)
		} else {
			cause, whole = r.value(o, f)
		}
		if cause != 0 {
			v.wrong(f, cause)
		}
		if !whole {
			for f++; f < order.NumFields; f++ {
				v.wrong(f, order.MissingField)
			}
			v.err.Spans = *at
			return 0, v.err
		}
		at.Value[f] = order.Span{Start: int32(start), End: int32(r.i)}
		at.Cell[f] = at.Value[f]
	}
	if alone && r.i != len(b) {
		v.wrong(order.None, order.Malformed)
	}
	if v.err != nil {
		v.err.Spans = *at
		return 0, v.err
	}
	return r.i, nil
}

// verdict collects what is wrong with a record while it is read; it allocates
// only once something is.
type verdict struct {
	line []byte
	err  *order.ParseError
}

func (v *verdict) wrong(f order.Field, c order.Cause) {
	if v.err == nil {
		v.err = &order.ParseError{Line: string(v.line)}
		v.err.Spans.Clear()
	}
	if f == order.None {
		v.err.Record = c
	} else {
		v.err.Fields[f] = c
	}
}

// value reads the value of f into o. It returns why it is none, or 0, and whether it
// is known where it ends.
func (r *reader) value(o *order.Order, f order.Field) (c order.Cause, whole bool) {
	switch f {
	case order.ID:
		o.ID, c, whole = r.id()
	case order.CustomerID:
		o.CustomerID, c, whole = r.id()
	case order.ProductID:
		o.ProductID, c, whole = r.id()
	case order.TxnID:
		o.TxnID, c, whole = r.id()
	case order.Qty:
		var n int64
		if n, c, whole = r.number(); c == 0 && int64(int(n)) != n {
			c = order.NotANumber
		} else if c == 0 {
			o.Qty = int(n)
		}
	case order.Price:
		o.Price, c, whole = r.decimal()
	case order.Time:
		var n int64
		if n, c, whole = r.number(); c == 0 {
			if s := n / 1e6; n%1e6 != 0 || s < firstSecond || s > lastSecond {
				c = order.NotATime
			} else {
				o.Time = time.Unix(s, 0).UTC()
			}
		}
	case order.Success:
		o.Success, c, whole = r.flag()
	default:
		return r.text(o, f)
	}
	return c, whole
}

// text reads a string that is the text of f.
func (r *reader) text(o *order.Order, f order.Field) (c order.Cause, whole bool) {
	t, c := r.bytes()
	switch {
	case t == nil:
		return c, false
	case c == 0 && utf8.Valid(t):
		c = o.SetText(f, view(t))
	case c == 0:
		c = order.NotText
	}
	return c, true
}
