package order

import (
	"math/bits"
	"strings"
	"unicode/utf8"
)

// Pipe is the encoding of the original system and the default: sixteen columns
// separated by '|', without quotation marks. It carries every order whose texts are
// UTF-8 without '|', '\r' and '\n'. Its zero value has the layout of the wire and is strict.
type Pipe struct {
	Layout Layout
	// Lenient lets Parse read two more spellings that older producers of the
	// schema write and Append does not: a record whose last column is missing
	// altogether is one with an empty last column, and the failure reason
	// "Payment Was Success" is an empty one.
	Lenient bool
}

// PaymentWasSuccess is the failure reason that older producers write for none.
const PaymentWasSuccess = "Payment Was Success"

func trailingByte(hit uint64) int { return bits.TrailingZeros64(hit) >> 3 }

// Append implements Encoding.
func (p Pipe) Append(dst []byte, o *Order, at *Spans) []byte {
	n := len(dst)
	if p.Layout[0] == None {
		var c recent
		dst, _ = appendPlain(dst, o, '|', &c)
		if at == nil || at.plain(dst[n:], '|') {
			return dst
		}
	}
	return appendColumns(dst[:n], o, at, &p.Layout, '|', bare)
}

// bare appends a text as it stands.
func bare(dst []byte, text string) []byte { return append(dst, text...) }

// Parse implements Encoding.
func (p Pipe) Parse(o *Order, b []byte, at *Spans) error { return p.View(o, bytesOf(string(b)), at) }

// View is Parse without a copy: text in o is a view of b and valid as long as
// nobody changes b. It allocates only for errors.
func (p Pipe) View(o *Order, b []byte, at *Spans) error {
	if o.read(b, '|', &p.Layout, at) {
		if p.Lenient && o.Reason == PaymentWasSuccess {
			o.Reason = ""
		}
		return nil
	}
	*o = Order{}
	var c columns
	c.scan(b, '|')
	v := verdict{line: b}
	l := &p.Layout
	if p.Lenient && c.n == Columns-1 && l.fields()[Columns-1].Kind() == Text {
		c.start[Columns-1], c.end[Columns-1] = int32(len(b)), int32(len(b))
	} else if c.n != Columns {
		if at != nil {
			at.Clear()
		}
		v.wrong(None, ColumnCount)
		v.err.Columns = c.n
		return v.err
	}
	sound := c.sound(b)
	for i, f := range l.fields() {
		cell := b[c.start[i]:c.end[i]]
		if !sound {
			if cause := text(cell); cause != 0 {
				v.wrong(f, cause)
				continue
			}
		}
		if cause := o.set(f, cell); cause != 0 {
			v.wrong(f, cause)
		}
	}
	if p.Lenient && o.Reason == PaymentWasSuccess {
		o.Reason = ""
	}
	if at != nil {
		c.spans(at, l)
	}
	if v.err != nil {
		c.spans(&v.err.Spans, l)
		return v.err
	}
	return nil
}

// Quote implements Quoter: any UTF-8 text without '|', '\r' and '\n', as it stands.
func (p Pipe) Quote(dst []byte, f Field, text string) ([]byte, bool) {
	if strings.ContainsAny(text, "|\r\n") || !utf8.ValidString(text) {
		return dst, false
	}
	return append(dst, text...), true
}

// Carries implements Carrier.
func (p Pipe) Carries(o *Order) error {
	for f := CustomerName; f < NumFields; f++ {
		if t := o.text(f); t != nil {
			if strings.ContainsAny(*t, "|\r\n") {
				return &uncarried{"pipe", f, *t, "it holds a delimiter or a line end"}
			}
			if !utf8.ValidString(*t) {
				return &uncarried{"pipe", f, *t, "it is not UTF-8"}
			}
		}
	}
	return carriesTime("pipe", o)
}

// String returns "pipe", and the layout if it is not that of the wire.
func (p Pipe) String() string { return describe("pipe", p.Layout) }

func describe(name string, l Layout) string {
	if *l.fields() == wire {
		return name
	}
	return name + " " + l.String()
}
