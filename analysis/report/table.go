package report

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Table is rows of cells. Columns whose cells are all numbers (or empty) stand
// to the right. A row may be shorter than Columns; what exceeds them is not shown.
type Table struct {
	Title, Note string
	Columns     []Column
	Rows        [][]Cell
	Show        int // rows seen at once; the rest unfolds, and prints only if unfolded. 0: all
}

// Column is the head of a column of a Table.
type Column struct {
	Name string
	Bar  bool    // draws a bar beside each number: its size against Full
	Full float64 // what fills a bar; 0: the largest size in the column
}

func (t Table) appendTo(p *printer) {
	p.raw("<figure>\n")
	if t.Title != "" {
		p.element("figcaption", "", t.Title)
		p.raw("\n")
	}
	if len(t.Rows) == 0 {
		p.raw("<p class=\"nodata\">No data.</p>\n")
	} else {
		shown := len(t.Rows)
		if t.Show > 0 && t.Show < shown {
			shown = t.Show
		}
		layout := t.layout()
		p.raw("<div class=\"scroll\">")
		t.rows(p, layout, t.Rows[:shown])
		p.raw("</div>\n")
		if rest := len(t.Rows) - shown; rest > 0 {
			p.raw("<details><summary>" + group(strconv.Itoa(rest)) + " more</summary><div class=\"scroll\">")
			t.rows(p, layout, t.Rows[shown:])
			p.raw("</div></details>\n")
		}
	}
	if t.Note != "" {
		p.element("p", "note", t.Note)
		p.raw("\n")
	}
	p.raw("</figure>\n")
}

// placed is what a column's cells have in common.
type placed struct {
	right bool
	full  float64 // of bars; 0: none
}

func (t Table) layout() []placed {
	l := make([]placed, len(t.Columns))
	for j, column := range t.Columns {
		numbers, texts := 0, 0
		largest := 0.0
		for _, row := range t.Rows {
			if j >= len(row) {
				continue
			}
			switch {
			case row[j].numeric:
				numbers++
				if finite(row[j].value) {
					largest = max(largest, math.Abs(row[j].value))
				}
			case row[j].text != "":
				texts++
			}
		}
		l[j].right = numbers > 0 && texts == 0
		if column.Bar {
			l[j].full = largest
			if column.Full > 0 && finite(column.Full) {
				l[j].full = column.Full
			}
		}
	}
	return l
}

func (t Table) rows(p *printer, layout []placed, rows [][]Cell) {
	p.raw("<table>\n<thead><tr>")
	for j, column := range t.Columns {
		class := ""
		if layout[j].right {
			class = "num"
		}
		p.element("th", class, column.Name)
	}
	p.raw("</tr></thead>\n<tbody>\n")
	for _, row := range rows {
		p.raw("<tr>")
		for j := range t.Columns {
			var cell Cell
			if j < len(row) {
				cell = row[j]
			}
			switch {
			case layout[j].full > 0 && cell.numeric && finite(cell.value):
				p.raw("<td class=\"num\"><span class=\"barred\">")
				p.bar(cell.value, layout[j].full)
				p.element("span", "", cell.text)
				p.raw("</span></td>")
			case layout[j].right:
				p.element("td", "num", cell.text)
			default:
				p.element("td", breaking(cell.text), cell.text)
			}
		}
		p.raw("</tr>\n")
	}
	p.raw("</tbody>\n</table>")
}

// breaking returns the class of a cell of text: one that lets words break if one
// of them is very long, one that keeps its column wide if there are many.
func breaking(text string) string {
	for word := range strings.FieldsSeq(text) {
		if utf8.RuneCountInString(word) > 24 {
			return "broken"
		}
	}
	if utf8.RuneCountInString(text) > 48 {
		return "prose"
	}
	return ""
}

// bar appends a bar that fills as much of its box as |value| is of full.
func (p *printer) bar(value, full float64) {
	share := min(math.Abs(value)/full, 1)
	class := "pos"
	if value < 0 {
		class = "neg"
	}
	p.raw("<svg class=\"bar\" aria-hidden=\"true\"><rect class=\"" + class + "\" width=\"")
	p.buf = appendCoordinate(p.buf, 100*share)
	p.raw("%\" height=\"100%\"/></svg>")
}
