package report

import (
	"math"
	"strconv"
)

// The widths of the two renderings, in the units of their text sizes.
const (
	wideWidth = 880
	slimWidth = 400
)

// The text sizes of pictures; style.css has the same.
const (
	labelSize = 12.5
	smallSize = 11.5
)

// canvas collects one SVG picture. Coordinates grow to the right and down.
// Classes never come from data.
type canvas struct {
	width, height float64 // height is set by who draws; 0: nothing to show
	slim          bool
	buf           []byte
}

func (c *canvas) appendTo(p *printer, class, label string) {
	p.raw("<svg class=\"" + class + "\" role=\"img\" viewBox=\"0 0 ")
	p.buf = appendCoordinate(p.buf, c.width)
	p.raw(" ")
	p.buf = appendCoordinate(p.buf, c.height)
	p.raw("\"")
	if label != "" {
		p.raw(" aria-label=\"")
		p.text(label)
		p.raw("\"")
	}
	p.raw(">\n")
	p.buf = append(p.buf, c.buf...)
	p.raw("</svg>\n")
}

// appendCoordinate writes x with one decimal at most.
func appendCoordinate(dst []byte, x float64) []byte {
	if !finite(x) {
		x = 0
	}
	tenths := math.Round(x * 10)
	if tenths == 0 {
		tenths = 0 // not minus zero
	}
	return strconv.AppendFloat(dst, tenths/10, 'f', -1, 64)
}

func (c *canvas) raw(markup string) { c.buf = append(c.buf, markup...) }

func (c *canvas) attribute(name string, x float64) {
	c.raw(" " + name + "=\"")
	c.buf = appendCoordinate(c.buf, x)
	c.raw("\"")
}

func (c *canvas) class(class string) {
	if class != "" {
		c.raw(" class=\"" + class + "\"")
	}
}

// end closes the element called name, with a tooltip unless it is empty.
func (c *canvas) end(name, tip string) {
	if tip == "" {
		c.raw("/>\n")
		return
	}
	c.raw("><title>")
	c.buf = appendEscaped(c.buf, clip(tip))
	c.raw("</title></" + name + ">\n")
}

func (c *canvas) line(x1, y1, x2, y2 float64, class string) {
	c.raw("<line")
	c.class(class)
	c.attribute("x1", x1)
	c.attribute("y1", y1)
	c.attribute("x2", x2)
	c.attribute("y2", y2)
	c.end("line", "")
}

func (c *canvas) rect(x, y, w, h float64, class, tip string) {
	c.raw("<rect")
	c.class(class)
	c.attribute("x", x)
	c.attribute("y", y)
	c.attribute("width", max(w, 0))
	c.attribute("height", max(h, 0))
	c.end("rect", tip)
}

func (c *canvas) circle(x, y, r float64, class, tip string) {
	c.raw("<circle")
	c.class(class)
	c.attribute("cx", x)
	c.attribute("cy", y)
	c.attribute("r", r)
	c.end("circle", tip)
}

// text writes s with its baseline at y. Class is of the anchors "" (start), "mid" and
// "end" and of the colours and sizes of the style sheet.
func (c *canvas) text(x, y float64, class, s string) {
	c.raw("<text")
	c.class(class)
	c.attribute("x", x)
	c.attribute("y", y)
	c.raw(">")
	c.buf = appendEscaped(c.buf, s)
	c.raw("</text>\n")
}

// label writes s, shortened to width, with the whole as its tooltip if it had to
// be shortened.
func (c *canvas) label(x, y, width float64, class, s string) {
	if s == "" {
		return
	}
	short := fit(s, width, labelSize)
	c.raw("<text")
	c.class(class)
	c.attribute("x", x)
	c.attribute("y", y)
	c.raw(">")
	if short != s {
		c.raw("<title>")
		c.buf = appendEscaped(c.buf, clip(s))
		c.raw("</title>")
	}
	c.buf = appendEscaped(c.buf, short)
	c.raw("</text>\n")
}

// legend writes swatches with names, in as many lines as it takes, and returns
// the y below it. With one name it writes nothing.
func (c *canvas) legend(names []string, swatch func(i int, x, y float64), left, top float64) float64 {
	if len(names) < 2 {
		return top
	}
	x, y := left, top
	for i, name := range names {
		name = fit(name, c.width-left-24, labelSize)
		w := 22 + textWidth(name, labelSize)
		if x > left && x+w > c.width {
			x, y = left, y+20
		}
		swatch(i, x, y)
		c.text(x+19, y+11, "", name)
		x += w + 16
	}
	return y + 26
}
