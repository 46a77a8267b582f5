package report

// Scores shows how well things were found: for each a precision and a recall, as
// numbers and as intervals on a common scale from 0 to 100 %.
type Scores struct {
	Title, Note string
	Rows        []Score
}

// Score is one line of Scores.
type Score struct {
	Name      string
	Count     int // how many there were to be found
	Precision Ratio
	Recall    Ratio
}

// Ratio is an estimated share of 1 with its interval, for instance Wilson's. Of
// is what it is a share of; if Of is 0 there is no estimate, and a dash is shown. Low
// and High are in [0,1]; an interval with Low >= High is not drawn.
type Ratio struct {
	Value, Low, High float64
	Of               int
}

func (s Scores) appendTo(p *printer) {
	p.raw("<figure>\n")
	if s.Title != "" {
		p.element("figcaption", "", s.Title)
		p.raw("\n")
	}
	if len(s.Rows) == 0 {
		p.raw("<p class=\"nodata\">No data.</p>\n")
	} else {
		p.raw("<div class=\"scroll\"><table>\n<thead><tr><th></th><th class=\"num\">count</th>" +
			"<th class=\"ratio\">precision</th><th class=\"ratio\">recall</th></tr></thead>\n<tbody>\n")
		for _, row := range s.Rows {
			p.raw("<tr>")
			p.element("td", breaking(row.Name), row.Name)
			p.element("td", "num", Count(row.Count).text)
			p.ratio(row.Precision)
			p.ratio(row.Recall)
			p.raw("</tr>\n")
		}
		p.raw("</tbody>\n</table></div>\n")
	}
	if s.Note != "" {
		p.element("p", "note", s.Note)
		p.raw("\n")
	}
	p.raw("</figure>\n")
}

func (p *printer) ratio(r Ratio) {
	if r.Of == 0 || !finite(r.Value) {
		p.raw("<td class=\"ratio\"><span class=\"barred\"><svg class=\"interval\" aria-hidden=\"true\"></svg><span>" + missing + "</span></span></td>")
		return
	}
	p.raw("<td class=\"ratio\"><span class=\"barred\"><svg class=\"interval\" role=\"img\"><title>")
	if r.Low < r.High {
		p.text(percent(r.Low) + " to " + percent(r.High) + " ")
	}
	p.text("of " + Count(r.Of).text)
	p.raw("</title><line class=\"track\" x1=\"0%\" x2=\"100%\" y1=\"50%\" y2=\"50%\"/>")
	if r.Low < r.High {
		low, high := unit(r.Low), unit(r.High)
		p.raw("<rect class=\"span\" x=\"")
		p.buf = appendCoordinate(p.buf, 100*low)
		p.raw("%\" width=\"")
		p.buf = appendCoordinate(p.buf, 100*(high-low))
		p.raw("%\" y=\"5\" height=\"6\" rx=\"2\"/>")
	}
	p.raw("<circle class=\"dot\" cx=\"")
	p.buf = appendCoordinate(p.buf, 100*unit(r.Value))
	p.raw("%\" cy=\"50%\" r=\"4\"/></svg>")
	p.element("span", "", percent(r.Value))
	p.raw("</span></td>")
}

// unit returns x, brought into [0,1].
func unit(x float64) float64 {
	if !(x > 0) {
		return 0
	}
	return min(x, 1)
}
