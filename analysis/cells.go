package analysis

import (
	"bytes"
	"encoding/json"

	"github.com/kafkanauts/kafkanauts/order"
)

// cells are the texts of one record's fields, as views of its bytes, or of the
// cutter's buffer where marks had to be taken away.
type cells struct {
	text  [order.NumFields][]byte
	have  [order.NumFields]bool // which are there, where extents say
	count int                   // how many columns there are; 0: it could not be taken apart
}

// cutter takes records apart whatever they hold, where a strict parser gives up.
type cutter struct {
	enc    order.Encoding
	layout order.Layout
	at     [order.Columns]order.Field // the layout's
	delim  byte                       // 0: take the extents that enc finds
	quoted bool
	older  bool // reads what order.Pipe's Lenient reads
	o      order.Order
	spans  order.Spans
	binary bool // the extents hold no text
	buf    []byte
	part   [order.Columns + 4][]byte // the columns as they stand, for records with too few or too many
}

// newCutter returns the cutter for enc; nil is order.Pipe{}.
func newCutter(enc order.Encoding) *cutter {
	c := &cutter{enc: enc, delim: '|'}
	switch e := enc.(type) {
	case nil:
	case order.Pipe:
		c.layout, c.older = e.Layout, e.Lenient
	case order.CSV:
		c.layout, c.delim, c.quoted = e.Layout, ',', true
	default:
		c.delim, c.binary = 0, order.IsBinary(enc)
	}
	for i := range c.at {
		c.at[i] = c.layout.At(i)
	}
	return c
}

// cut fills in the cells of b. If there are not sixteen columns, no cell is
// there, but the first columns stand in part.
func (c *cutter) cut(b []byte, to *cells) {
	if c.delim == 0 {
		to.have = [order.NumFields]bool{}
		c.cutSpans(b, to)
		return
	}
	n := 0
	if c.quoted && bytes.IndexByte(b, '"') >= 0 {
		n = c.cutQuoted(b)
	} else {
		n = cutPlain(b, c.delim, &c.part)
	}
	if c.older && n == order.Columns-1 && c.layout.At(n).Kind() == order.Text {
		c.part[n] = nil
		n++
	}
	to.count = n
	if n == order.Columns {
		for i, f := range c.at {
			to.text[f] = c.part[i]
		}
		if c.older && string(to.text[order.Reason]) == order.PaymentWasSuccess {
			to.text[order.Reason] = nil
		}
	} else {
		to.text = [order.NumFields][]byte{} // not those of the record before
	}
}

// cutQuoted takes a record apart in which values may stand in quotation marks.
func (c *cutter) cutQuoted(b []byte) (n int) {
	if cap(c.buf)-len(c.buf) < len(b) { // what was cut before stays as it is
		c.buf = make([]byte, 0, max(1<<16, len(b)))
	}
	for more := true; more; n++ {
		var cell []byte
		more = false
		if len(b) > 0 && b[0] == '"' {
			cell, b, more = c.unquote(b)
		} else if i := bytes.IndexByte(b, c.delim); i >= 0 {
			cell, b, more = b[:i], b[i+1:], true
		} else {
			cell = b
		}
		if n < len(c.part) {
			c.part[n] = cell
		}
	}
	return n
}

// unquote takes a quoted CSV value off b, which begins with the mark. Marks that
// are not doubled stay in the value.
func (c *cutter) unquote(b []byte) (cell, rest []byte, more bool) {
	start := len(c.buf)
	for i := 1; i < len(b); i++ {
		if b[i] == '"' {
			if i+1 == len(b) {
				return c.buf[start:], nil, false
			}
			if b[i+1] == c.delim {
				return c.buf[start:], b[i+2:], true
			}
			if b[i+1] == '"' {
				i++
			}
		}
		c.buf = append(c.buf, b[i])
	}
	// No closing mark: the value ends at the delimiter, if there is one.
	c.buf = c.buf[:start]
	if i := bytes.IndexByte(b, c.delim); i >= 0 {
		return b[:i], b[i+1:], true
	}
	return b, nil, false
}

func (c *cutter) cutSpans(b []byte, to *cells) {
	c.spans.Clear()
	err := c.enc.Parse(&c.o, b, &c.spans)
	to.count = 0
	for f := order.ID; f < order.NumFields; f++ {
		s := c.spans.Value[f]
		if s.Start < 0 || int(s.End) > len(b) || s.End < s.Start {
			continue
		}
		v := s.Of(b)
		if c.binary {
			v = c.spell(f, v, err)
		} else if n := len(v); n >= 2 && v[0] == '"' && v[n-1] == '"' {
			if bytes.IndexByte(v, '\\') >= 0 {
				var text string
				if json.Unmarshal(v, &text) == nil {
					v = []byte(text)
				}
			} else {
				v = v[1 : n-1]
			}
		}
		to.text[f], to.have[f] = v, true
		to.count++
	}
}

// spell returns the text of a field whose value is binary: as the pipe encoding has it
// if it could be parsed, which err tells, else what can be read of it.
func (c *cutter) spell(f order.Field, value []byte, err error) []byte {
	if err != nil && parseError(err).Fields[f] != 0 {
		if u, ok := c.enc.(order.Unquoter); ok {
			return u.Unquote(f, value)
		}
		return value
	}
	const room = 64 // for what is no text
	if cap(c.buf)-len(c.buf) < len(value)+room {
		c.buf = make([]byte, 0, max(1<<16, len(value)+room))
	}
	start := len(c.buf)
	c.buf = c.o.AppendText(c.buf, f)
	return c.buf[start:]
}
