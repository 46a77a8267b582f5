package analysis

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/kafkanauts/kafkanauts/analysis/correlate"
	"github.com/kafkanauts/kafkanauts/analysis/report"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
)

// Page returns what was found, for people to look at: the patterns and other
// findings, traffic, money, payments, associations and damage; and, if score is
// not nil, how right it is. What the page says of single orders is of those that
// are valid and not flagged. A caller may change the page before it is written.
func (r *Result) Page(title string, score *Score) *report.Page {
	o := &r.Overview
	p := &report.Page{Title: title}
	if o.Records > 0 && !o.From.IsZero() {
		p.Subtitle = fmt.Sprintf("%s to %s, UTC", o.From.UTC().Format("2 January 2006 15:04"), o.To.UTC().Format("2 January 2006 15:04"))
	}
	p.Sections = append(p.Sections, report.Section{Parts: []report.Part{r.lead()}})
	if score != nil {
		p.Sections = append(p.Sections, score.section())
	}
	p.Sections = append(p.Sections, r.logic(), r.trafficSection(), r.money(), r.payments(), r.associations(), r.damage())
	return p
}

func (r *Result) lead() report.Part {
	o, s := &r.Overview, r.Summary
	return report.Figures{
		{Value: report.Count(o.Records), Label: "records read"},
		{Value: report.Count(o.Flagged), Label: "flagged as damaged", Note: fmt.Sprintf("%.2f %% of them", 100*float64(o.Flagged)/max(1, float64(o.Records)))},
		{Value: report.Count(s.Customers()), Label: "customers", Note: "of " + report.Count(s.Orders).String() + " clean orders"},
		{Value: report.Number(float64(s.Cents)/100, 0), Label: "money spent", Note: fmt.Sprintf("%.2f an order", float64(s.Cents)/100/max(1, float64(s.Orders)))},
	}
}

func (s *Score) section() report.Section {
	sec := report.Section{Title: "Score", Lead: "What was found, blind, against the answer key."}
	m := s.Records
	sec.Parts = append(sec.Parts, report.Figures{
		{Value: report.Percent(m.Recall), Label: "of the damaged records found", Note: report.Count(m.TP).String() + " of " + report.Count(m.TP+m.FN).String()},
		{Value: report.Percent(m.Precision), Label: "of the flags right", Note: report.Count(m.TP).String() + " of " + report.Count(m.TP+m.FP).String()},
		{Value: report.Number(m.FalseAlarms, 3), Label: "false alarms in 1,000 clean records", Note: fmt.Sprintf("%d in all", m.FP)},
	})
	table := report.Table{Title: "Damage, by strategy", Note: "Recall with its 95 % interval after Wilson; then, of what was found, how often the right field was named first.",
		Columns: []report.Column{{Name: "strategy"}, {Name: "damaged"}, {Name: "found"}, {Name: "recall", Bar: true, Full: 1}, {Name: "from"}, {Name: "to"}, {Name: "field right"}}}
	for _, t := range s.Strategies {
		table.Rows = append(table.Rows, []report.Cell{report.Text(t.Strategy), report.Count(t.Damaged), report.Count(t.Found),
			report.Percent(t.Recall), report.Percent(t.Interval[0]), report.Percent(t.Interval[1]), report.Percent(t.Field)})
	}
	sec.Parts = append(sec.Parts, table)
	if p := s.Patterns; p != nil {
		table := report.Table{Title: "Patterns", Columns: []report.Column{{Name: "pattern"}, {Name: "verdict"}, {Name: "declared"}, {Name: "measured"}, {Name: "what was found"}}}
		for _, f := range p.Found {
			table.Rows = append(table.Rows, []report.Cell{report.Text(f.Name), report.Text("found"), report.Percent(f.Declared), report.Percent(f.Measured), report.Text(f.Statement)})
		}
		for _, name := range p.Missed {
			table.Rows = append(table.Rows, []report.Cell{report.Text(name), report.Text("missed")})
		}
		for _, statement := range p.Invented {
			table.Rows = append(table.Rows, []report.Cell{report.Text(""), report.Text("invented"), report.Missing(), report.Missing(), report.Text(statement)})
		}
		sec.Parts = append(sec.Parts, table)
	}
	return sec
}

// logic is what the findings say.
func (r *Result) logic() report.Section {
	sec := report.Section{Title: "The logic behind it", Lead: "What made these orders, as far as they tell it themselves; the clearest first."}
	table := report.Table{Columns: []report.Column{{Name: "finding"}, {Name: "effect"}, {Name: "from"}, {Name: "to"}, {Name: "elsewhere"}, {Name: "orders"}}, Show: 12,
		Note: "Effects with their 95 % intervals; of patterns, also what they are in all other orders."}
	for _, f := range r.Findings {
		number := func(x float64) report.Cell { return report.Number(x, 3) }
		if f.Data.Effect == "share" {
			number = report.Percent
		}
		row := []report.Cell{report.Text(f.Statement), number(f.Effect), report.Missing(), report.Missing(), report.Missing(), report.Count(f.Support)}
		if f.Interval[0] < f.Interval[1] {
			row[2], row[3] = number(f.Interval[0]), number(f.Interval[1])
		}
		if f.Kind == Pattern {
			row[4] = number(f.Data.Elsewhere)
		}
		table.Rows = append(table.Rows, row)
	}
	sec.Parts = append(sec.Parts, table)
	for _, f := range r.Findings {
		if f.Kind == Pattern && len(f.Data.Days) > 0 && len(sec.Parts) <= mostPictures {
			sec.Parts = append(sec.Parts, where(&f))
		}
	}
	return sec
}

// mostPictures is how many patterns get a picture.
const mostPictures = 4

// where shows the share of a pattern's value, country by country and day by day.
func where(f *Finding) report.Part {
	h := report.Heat{Title: fmt.Sprintf("Where %s is %q", f.Data.Field, f.Data.Value), Unit: "% of the orders", Low: 0, High: 100, Labels: true,
		Note: "Of the category's orders, by the country's own weekday."}
	if c := clauseOf(f.Data.When, order.Category.String()); c != "" {
		h.Note = "Of the orders of " + c + ", by the country's own weekday."
	}
	for _, e := range f.Data.Days {
		i, j := slices.Index(h.Rows, e.Of), slices.Index(h.Columns, e.Name)
		if i < 0 {
			i = len(h.Rows)
			h.Rows = append(h.Rows, e.Of)
			h.Values = append(h.Values, nil)
		}
		if j < 0 {
			j = len(h.Columns)
			h.Columns = append(h.Columns, e.Name)
		}
		for len(h.Values[i]) <= j {
			h.Values[i] = append(h.Values[i], math.NaN())
		}
		h.Values[i][j] = math.Round(1000*e.Value) / 10
	}
	return h
}

func clauseOf(when []truth.Clause, field string) string {
	for _, c := range when {
		if c.Field == field {
			return strings.Join(c.Values, ", ")
		}
	}
	return ""
}

func (r *Result) trafficSection() report.Section {
	s := r.Summary
	sec := report.Section{Title: "Traffic"}
	if s.Orders == 0 {
		return sec
	}
	hours := s.HourSeries()
	all := report.Series{Name: "orders", Values: floats(hours.Counts)}
	for _, k := range s.Spikes(0.01) {
		if k.Country == "" {
			all.Spikes = append(all.Spikes, report.Spike{At: int(k.Hour.Sub(hours.From) / hours.Step), Label: k.Hour.Format("2 Jan 15:04")})
		}
	}
	note := "No hour stands out from its season."
	if len(all.Spikes) > 0 {
		note = "Rings mark hours that stand out from their season at a false discovery rate of 1 %."
	}
	sec.Parts = append(sec.Parts, report.Lines{Title: "By the hour, UTC", Note: note, Unit: "orders an hour", From: hours.From, Step: hours.Step, Series: []report.Series{all}})

	week := s.Week()
	heat := report.Heat{Title: "Hour by weekday, UTC", Unit: "orders"}
	for h := range 24 {
		heat.Columns = append(heat.Columns, fmt.Sprintf("%02d", h))
	}
	for d := range 7 {
		heat.Rows = append(heat.Rows, time.Weekday((d+1)%7).String())
		heat.Values = append(heat.Values, floats(week[d][:]))
	}
	sec.Parts = append(sec.Parts, heat)

	sec.Parts = append(sec.Parts, r.profiles()...)
	daily := report.Lines{Title: "By day and country", Unit: "orders a day"}
	for _, d := range s.Daily() {
		daily.From, daily.Step = d.From, d.Step
		daily.Series = append(daily.Series, report.Series{Name: d.Name, Values: floats(d.Counts)})
	}
	shares := report.Shares{Title: "Categories by country"}
	for _, c := range s.Categories() {
		shares.Parts = append(shares.Parts, c.Name)
	}
	cross := s.CountryCategory()
	for i, c := range s.Countries() {
		shares.Rows = append(shares.Rows, report.Share{Name: c.Name, Values: floats(cross[i])})
	}
	sec.Parts = append(sec.Parts, daily, shares)
	return sec
}

// profiles shows how each country's day goes, on its own clock.
func (r *Result) profiles() (parts []report.Part) {
	for _, f := range r.Findings {
		if f.Kind != Hours || len(f.Data.Table) == 0 {
			continue
		}
		l := report.Lines{Title: "A day in each country", Note: "Share of the country's orders in each hour of its own clock, with 95 % intervals.", Unit: "% an hour",
			From: time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC), Step: time.Hour, Panels: true}
		for _, e := range f.Data.Table {
			i := slices.IndexFunc(l.Series, func(s report.Series) bool { return s.Name == e.Of })
			if i < 0 {
				i = len(l.Series)
				l.Series = append(l.Series, report.Series{Name: e.Of})
			}
			s := &l.Series[i]
			s.Values, s.Low, s.High = append(s.Values, 100*e.Value), append(s.Low, 100*e.Lo), append(s.High, 100*e.Hi)
		}
		parts = append(parts, l)
	}
	return parts
}

func floats(counts []int64) []float64 {
	x := make([]float64, len(counts))
	for i, n := range counts {
		x[i] = float64(n)
	}
	return x
}

func (r *Result) money() report.Section {
	s := r.Summary
	sec := report.Section{Title: "Money"}
	sec.Parts = append(sec.Parts, report.Columns{
		report.Histogram{Title: "Unit prices", Unit: "price", Bins: bins(s.Prices())},
		report.Histogram{Title: "Quantities", Unit: "units", Bins: bins(s.Quantities())},
	})
	top, part := s.TopSpenders(10)
	table := report.Table{Title: "Top spenders", Columns: []report.Column{{Name: "customer"}, {Name: "orders"}, {Name: "money", Bar: true}}}
	if part < 1 {
		table.Note = fmt.Sprintf("Of a random %.3g %% of the customers.", 100*part)
	}
	for _, c := range top {
		table.Rows = append(table.Rows, []report.Cell{report.Text(fmt.Sprint(c.Customer)), report.Count(c.Orders), report.Number(float64(c.Cents)/100, 2)})
	}
	sec.Parts = append(sec.Parts, table)
	return sec
}

// bins turns counted bins into a picture's. Gaps between them are empty bins.
func bins(counted []Bin) report.Bins {
	var b report.Bins
	for _, c := range counted {
		from, to := c.From, c.To
		if math.IsInf(from, -1) {
			continue // prices of nothing or less
		}
		if n := len(b.Edges); n == 0 {
			b.Edges = append(b.Edges, from)
		} else if b.Edges[n-1] < from {
			b.Edges, b.Counts = append(b.Edges, from), append(b.Counts, 0)
		}
		b.Edges, b.Counts = append(b.Edges, to), append(b.Counts, float64(c.Orders))
	}
	return b
}

func (r *Result) payments() report.Section {
	sec := report.Section{Title: "Payments"}
	table := report.Table{Title: "Failed payments", Note: "With 95 % intervals after Wilson.",
		Columns: []report.Column{{Name: "payment"}, {Name: "country"}, {Name: "orders"}, {Name: "failed, %", Bar: true}, {Name: "from"}, {Name: "to"}}, Show: 9}
	for _, f := range r.Summary.Failures() {
		row := []report.Cell{report.Text(or(f.Payment, "all")), report.Text(or(f.Country, "all")), report.Count(f.N)}
		table.Rows = append(table.Rows, append(row, report.Number(100*f.Share, 1), report.Number(100*f.Lo, 1), report.Number(100*f.Hi, 1)))
	}
	sec.Parts = append(sec.Parts, table)
	return sec
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func (r *Result) associations() report.Section {
	sec := report.Section{Title: "What goes together"}
	columns, entries := r.Summary.Correlations()
	m := report.Matrix{Title: "Association of columns", Names: columns,
		Note: "Rank correlation of two numbers, correlation ratio of a number and a category, Cramér's V of two categories."}
	for range columns {
		m.Values = append(m.Values, slices.Repeat([]float64{math.NaN()}, len(columns)))
	}
	for i := range columns {
		m.Values[i][i] = 1
	}
	for _, e := range entries {
		m.Values[e.A][e.B], m.Values[e.B][e.A] = e.Value, e.Value
	}
	table := report.Table{Title: "The strongest", Columns: []report.Column{{Name: "columns"}, {Name: "measure"}, {Name: "value"}, {Name: "orders"}, {Name: "q"}}, Show: 8}
	slices.SortStableFunc(entries, func(a, b correlate.Entry) int {
		switch x, y := math.Abs(a.Value), math.Abs(b.Value); {
		case x > y || math.IsNaN(y) && !math.IsNaN(x):
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	for _, e := range entries[:min(24, len(entries))] {
		table.Rows = append(table.Rows, []report.Cell{report.Text(columns[e.A] + " × " + columns[e.B]), report.Text(strings.ReplaceAll(string(e.Measure), "_", " ")),
			report.Number(e.Value, 3), report.Count(e.N), report.Text(fmt.Sprintf("%.2g", e.Q))})
	}
	sec.Parts = append(sec.Parts, m, table)
	return sec
}

func (r *Result) damage() report.Section {
	sec := report.Section{Title: "Damage", Lead: fmt.Sprintf("About %.2f %% of the records are damaged, by the stream's own look.", 100*r.Model.DamageRate())}
	byField, byReason := map[string]float64{}, map[string]float64{}
	var fields, reasons []string
	for i, f := range r.Flags {
		if i > 0 && r.Flags[i-1].Place == f.Place {
			continue // a record's surest only
		}
		field := name(f.Field)
		if byField[field]++; byField[field] == 1 {
			fields = append(fields, field)
		}
		if byReason[string(f.Reason)]++; byReason[string(f.Reason)] == 1 {
			reasons = append(reasons, string(f.Reason))
		}
	}
	sec.Parts = append(sec.Parts, report.Columns{
		bars("Flagged, by field", fields, byField), bars("Flagged, by reason", reasons, byReason),
	})
	examples := report.Table{Title: "Examples", Columns: []report.Column{{Name: "field"}, {Name: "reason"}, {Name: "sure"}, {Name: "record, as it came"}}, Show: 8}
	for _, e := range r.Examples {
		examples.Rows = append(examples.Rows, []report.Cell{report.Text(name(e.Flag.Field)), report.Text(string(e.Flag.Reason)), report.Number(e.Flag.Score, 2), report.Text(excerpt(e.Value))})
	}
	sec.Parts = append(sec.Parts, examples)
	table := report.Table{Title: "Rejected at intake", Note: fmt.Sprintf("By the rules alone, without a look at other records: %s valid, %s rejected.",
		report.Count(r.Intake.Valid), report.Count(r.Intake.Rejected)),
		Columns: []report.Column{{Name: "field"}, {Name: "reason"}, {Name: "records", Bar: true}}, Show: 12}
	for _, c := range r.Intake.Complaints() {
		table.Rows = append(table.Rows, []report.Cell{report.Text(name(c.Field)), report.Text(string(c.Reason)), report.Count(r.Intake.ByReason[c])})
	}
	sec.Parts = append(sec.Parts, table)
	return sec
}

func name(f order.Field) string {
	if f == order.None {
		return "the record"
	}
	return f.String()
}

// excerpt returns s, cut where it is too long to be looked at.
func excerpt(s string) string {
	const most = 400
	if len(s) > most {
		return s[:most] + " …"
	}
	return s
}

// bars draws counts by name, the largest first.
func bars(title string, names []string, count map[string]float64) report.Part {
	slices.SortFunc(names, func(a, b string) int {
		switch {
		case count[a] > count[b]:
			return -1
		case count[a] < count[b]:
			return 1
		}
		return strings.Compare(a, b)
	})
	b := report.Bars{Title: title, Unit: "records"}
	for _, n := range names {
		b.Items = append(b.Items, report.Bar{Name: n, Value: count[n]})
	}
	return b
}
