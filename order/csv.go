package order

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// CSV is comma-separated values (RFC 4180), one record a line: a text is put
// between quotation marks if it holds a comma or a mark, and only then; marks in it are
// doubled. Files begin with a line of the fields' names. It carries every order
// whose texts are UTF-8 without '\r' and '\n'. Its zero value has the layout of
// the wire.
type CSV struct {
	Layout Layout
}

// Append implements Encoding.
func (c CSV) Append(dst []byte, o *Order, at *Spans) []byte {
	if at == nil && c.Layout[0] == None {
		base := len(dst)
		var c recent
		dst, _ = appendPlain(dst, o, ',', &c)
		if bytes.Count(dst[base:], comma) == Columns-1 && bytes.IndexByte(dst[base:], '"') < 0 {
			return dst
		}
		dst = dst[:base] // some text needs its quotation marks
	}
	return appendColumns(dst, o, at, &c.Layout, ',', quoteCSV)
}

var comma = []byte{','}

func quoteCSV(dst []byte, text string) []byte {
	if strings.IndexByte(text, ',') < 0 && strings.IndexByte(text, '"') < 0 {
		return append(dst, text...)
	}
	dst = append(dst, '"')
	for {
		i := strings.IndexByte(text, '"')
		if i < 0 {
			break
		}
		dst = append(dst, text[:i+1]...)
		dst = append(dst, '"')
		text = text[i+1:]
	}
	dst = append(dst, text...)
	return append(dst, '"')
}

// Parse implements Encoding.
func (c CSV) Parse(o *Order, b []byte, at *Spans) error { return c.View(o, bytesOf(string(b)), at) }

// View is Parse without a copy: text in o is a view of b, where it has no marks
// doubled, and valid as long as nobody changes b.
func (c CSV) View(o *Order, b []byte, at *Spans) error {
	quoted := bytes.IndexByte(b, '"') >= 0
	if !quoted && o.read(b, ',', &c.Layout, at) {
		return nil
	}
	*o = Order{}
	var cols columns
	v := verdict{line: b}
	if !quoted {
		cols.scan(b, ',')
	} else if !cols.requote(b) {
		v.wrong(None, Malformed)
	}
	if v.err == nil && cols.n != Columns {
		v.wrong(None, ColumnCount)
		v.err.Columns = cols.n
	}
	if v.err != nil {
		if at != nil {
			at.Clear()
		}
		return v.err
	}
	sound := cols.sound(b)
	for i, f := range c.Layout.fields() {
		cell := b[cols.start[i]:cols.end[i]]
		if !sound {
			if cause := text(cell); cause != 0 {
				v.wrong(f, cause)
				continue
			}
		}
		if len(cell) > 0 && cell[0] == '"' {
			// Append puts marks only where they are needed, and only around text.
			inner := cell[1 : len(cell)-1]
			if f.Kind() == Text && bytes.IndexByte(inner, '"') < 0 && bytes.IndexByte(inner, ',') < 0 {
				v.wrong(f, Malformed)
				continue
			}
			if bytes.IndexByte(inner, '"') >= 0 {
				inner = bytes.ReplaceAll(inner, []byte(`""`), []byte(`"`))
			}
			if f.Kind() != Text {
				inner = cell // wrong, whatever it says
			}
			cell = inner
		}
		if cause := o.set(f, cell); cause != 0 {
			v.wrong(f, cause)
		}
	}
	if at != nil {
		cols.spans(at, &c.Layout)
	}
	if v.err != nil {
		cols.spans(&v.err.Spans, &c.Layout)
		return v.err
	}
	return nil
}

// requote finds the columns of a record with quotation marks. It returns false
// if the marks are not as RFC 4180 has them.
func (c *columns) requote(b []byte) bool {
	c.n, c.wide, c.low = 0, true, true
	for i := 0; ; i++ {
		start := i
		if i < len(b) && b[i] == '"' {
			for i++; ; i += 2 {
				j := bytes.IndexByte(b[i:], '"')
				if j < 0 {
					return false
				}
				if i += j; i+1 >= len(b) || b[i+1] != '"' {
					break
				}
			}
			if i++; i < len(b) && b[i] != ',' {
				return false
			}
		} else {
			for i < len(b) && b[i] != ',' {
				if b[i] == '"' {
					return false
				}
				i++
			}
		}
		if c.n <= Columns {
			c.start[c.n], c.end[c.n] = int32(start), int32(i)
		}
		c.n++
		if i >= len(b) {
			return true
		}
	}
}

// Quote implements Quoter: any UTF-8 text without '\r' and '\n', between marks
// where it needs them.
func (c CSV) Quote(dst []byte, f Field, text string) ([]byte, bool) {
	if strings.ContainsAny(text, "\r\n") || !utf8.ValidString(text) {
		return dst, false
	}
	return quoteCSV(dst, text), true
}

// Carries implements Carrier.
func (c CSV) Carries(o *Order) error {
	for f := CustomerName; f < NumFields; f++ {
		if t := o.text(f); t != nil {
			if strings.ContainsAny(*t, "\r\n") {
				return &uncarried{"csv", f, *t, "it holds a line end"}
			}
			if !utf8.ValidString(*t) {
				return &uncarried{"csv", f, *t, "it is not UTF-8"}
			}
		}
	}
	return carriesTime("csv", o)
}

// AppendHeader implements Header.
func (c CSV) AppendHeader(dst []byte) []byte { return append(dst, c.Layout.String()...) }

// String returns "csv", and the layout if it is not that of the wire.
func (c CSV) String() string { return describe("csv", c.Layout) }
