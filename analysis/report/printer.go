package report

import (
	"unicode/utf8"
)

// printer appends markup and escaped text to one buffer.
type printer struct {
	buf    []byte
	narrow bool // inside Columns: pictures only in their narrow rendering
}

// raw appends markup, which must never come from data.
func (p *printer) raw(markup string) { p.buf = append(p.buf, markup...) }

// text appends data, escaped.
func (p *printer) text(s string) { p.buf = appendEscaped(p.buf, s) }

// element appends a whole element with text as its content. Tag and class never
// come from data.
func (p *printer) element(tag, class, text string) {
	p.raw("<" + tag)
	if class != "" {
		p.raw(" class=\"" + class + "\"")
	}
	p.raw(">")
	p.text(text)
	p.raw("</" + tag + ">")
}

// picture appends a figure: the title, the picture, the note. Draw is called once
// for each rendering, with a canvas of its width, and sets the canvas's height. A draw that
// leaves the height at 0 had nothing to show.
func (p *printer) picture(title, note string, draw func(c *canvas)) {
	p.raw("<figure>\n")
	if title != "" {
		p.element("figcaption", "", title)
		p.raw("\n")
	}
	empty := true
	for _, size := range [...]struct {
		class string
		width float64
	}{{"wide", wideWidth}, {"slim", slimWidth}} {
		class := size.class
		if p.narrow {
			if class == "wide" {
				continue
			}
			class = "half"
		}
		c := canvas{width: size.width, slim: size.class == "slim"}
		draw(&c)
		if c.height > 0 {
			empty = false
			c.appendTo(p, class, title)
		}
	}
	if empty {
		p.raw("<p class=\"nodata\">No data.</p>\n")
	}
	if note != "" {
		p.element("p", "note", note)
		p.raw("\n")
	}
	p.raw("</figure>\n")
}

// appendEscaped appends s so that it is text wherever it stands in HTML, XML, or
// a quoted attribute. Bytes that are not UTF-8, and characters that are not
// allowed in a document or would not be seen, become U+FFFD.
func appendEscaped(dst []byte, s string) []byte {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '&':
			dst = append(dst, "&amp;"...)
		case r == '<':
			dst = append(dst, "&lt;"...)
		case r == '>':
			dst = append(dst, "&gt;"...)
		case r == '"':
			dst = append(dst, "&#34;"...)
		case r == '\'':
			dst = append(dst, "&#39;"...)
		case r == utf8.RuneError || unprintable(r):
			dst = append(dst, "\uFFFD"...)
		default:
			dst = append(dst, s[i:i+n]...)
		}
		i += n
	}
	return dst
}

// unprintable tells whether r is a control character other than white space, a
// noncharacter, or a mark that turns the direction of the text after it.
func unprintable(r rune) bool {
	switch {
	case r == '\t' || r == '\n' || r == '\r':
		return false
	case r < 0x20 || 0x7F <= r && r < 0xA0:
		return true
	case 0xFDD0 <= r && r <= 0xFDEF || r&0xFFFE == 0xFFFE:
		return true
	}
	return 0x202A <= r && r <= 0x202E || 0x2066 <= r && r <= 0x2069
}
