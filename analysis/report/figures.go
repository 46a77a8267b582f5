package report

import "strings"

// Figures are the numbers that a reader sees first, as a row of tiles.
type Figures []Figure

// Figure is one tile: a number, what it is, and a remark, which may be empty.
type Figure struct {
	Value Cell
	Label string
	Note  string
}

func (f Figures) appendTo(p *printer) {
	if len(f) == 0 {
		return
	}
	p.raw("<div class=\"tiles\">\n")
	for _, t := range f {
		p.raw("<div>")
		p.element("p", "value", t.Value.text)
		p.element("p", "label", t.Label)
		if t.Note != "" {
			p.element("p", "remark", t.Note)
		}
		p.raw("</div>\n")
	}
	p.raw("</div>\n")
}

// Prose is running text; an empty line begins a paragraph.
type Prose string

func (t Prose) appendTo(p *printer) {
	for paragraph := range strings.SplitSeq(string(t), "\n\n") {
		if strings.TrimSpace(paragraph) != "" {
			p.element("p", "", paragraph)
			p.raw("\n")
		}
	}
}

// List is short statements, one a line, such as findings.
type List []string

func (l List) appendTo(p *printer) {
	if len(l) == 0 {
		return
	}
	p.raw("<ul>\n")
	for _, s := range l {
		p.element("li", "", s)
		p.raw("\n")
	}
	p.raw("</ul>\n")
}

// Columns are parts that stand beside each other where the screen is wide
// enough; pictures among them are drawn in their narrow rendering.
type Columns []Part

func (c Columns) appendTo(p *printer) {
	was := p.narrow
	p.narrow = true
	p.raw("<div class=\"columns\">\n")
	for _, part := range c {
		if part != nil {
			p.raw("<div>\n")
			part.appendTo(p)
			p.raw("</div>\n")
		}
	}
	p.raw("</div>\n")
	p.narrow = was
}
