// Package report builds one self-contained HTML page of figures, tables and
// pictures. The page needs no network and no script: styles are inside, and
// pictures are inline SVG whose text is text. It follows the reader's preference for light
// or dark, has a rendering of every picture for wide and for narrow screens, and
// prints.
//
// The package knows nothing of orders: a caller fills a Page with Sections and
// these with Parts. All text is escaped, whatever bytes it holds; numbers that
// are not finite are shown as missing. The same Page always gives the same bytes.
package report

import (
	"bytes"
	_ "embed"
	"io"
	"strconv"
)

// Page is a whole document. Its zero value is a valid, empty page. Rendering
// reads it and everything in it, and changes nothing: any number of goroutines may
// render the same Page.
type Page struct {
	Title    string // heading, and the document's title; empty: "Report"
	Subtitle string // one line under the heading; may be empty
	Sections []Section
	Footer   string // small print at the end, such as the recipe; may be empty
}

// Section is a titled run of parts, in the order in which they are read. With three
// or more titled sections the page begins with links to them.
type Section struct {
	Title string // may be empty
	Lead  string // a sentence or two under the title; may be empty
	Parts []Part
}

// Part is one block of a section: Figures, Prose, List, Table, Scores, Bars,
// Lines, Heat, Matrix, Histogram, Shares or Columns. The interface is sealed: nothing but this
// package writes markup, so nothing unescaped gets into the page.
type Part interface {
	appendTo(p *printer)
}

//go:embed style.css
var style string

// Render returns the page as UTF-8 HTML5 that is well-formed XML as well.
func (p *Page) Render() []byte {
	title := p.Title
	if title == "" {
		title = "Report"
	}
	var out printer
	out.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n" +
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n" +
		"<meta name=\"color-scheme\" content=\"light dark\"/>\n")
	out.element("title", "", title)
	out.raw("\n<style>\n")
	out.raw(style)
	out.raw("</style>\n</head>\n<body>\n<main>\n<header>\n")
	out.element("h1", "", title)
	if p.Subtitle != "" {
		out.element("p", "subtitle", p.Subtitle)
	}
	out.raw("\n</header>\n")
	out.contents(p.Sections)
	for i := range p.Sections {
		out.section(i, &p.Sections[i])
	}
	if p.Footer != "" {
		out.element("footer", "", p.Footer)
		out.raw("\n")
	}
	out.raw("</main>\n</body>\n</html>\n")
	return out.buf
}

// WriteTo renders the page and writes it to w in one piece. It implements
// io.WriterTo; its errors are those of w.
func (p *Page) WriteTo(w io.Writer) (int64, error) {
	return bytes.NewReader(p.Render()).WriteTo(w)
}

func (p *printer) contents(sections []Section) {
	titled := 0
	for i := range sections {
		if sections[i].Title != "" {
			titled++
		}
	}
	if titled < 3 {
		return
	}
	p.raw("<nav aria-label=\"Contents\">")
	for i := range sections {
		if sections[i].Title == "" {
			continue
		}
		p.raw("<a href=\"#s" + strconv.Itoa(i+1) + "\">")
		p.text(sections[i].Title)
		p.raw("</a> ")
	}
	p.raw("</nav>\n")
}

func (p *printer) section(i int, s *Section) {
	p.raw("<section id=\"s" + strconv.Itoa(i+1) + "\">\n")
	if s.Title != "" {
		p.element("h2", "", s.Title)
		p.raw("\n")
	}
	if s.Lead != "" {
		p.element("p", "lead", s.Lead)
		p.raw("\n")
	}
	for _, part := range s.Parts {
		if part != nil {
			part.appendTo(p)
		}
	}
	p.raw("</section>\n")
}
