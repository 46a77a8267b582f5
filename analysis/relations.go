package analysis

import (
	"fmt"
	"math"
	"strings"

	"github.com/kafkanauts/kafkanauts/analysis/correlate"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
)

// relations states what fields have to do with each other whatever the time.
func (d *Decipherer) relations() (out []Finding) {
	out = append(out, d.constants()...)
	out = append(out, d.failures()...)
	if f, ok := d.trend(); ok {
		out = append(out, f)
	}
	out = append(out, d.mixes()...)
	return append(out, d.dependencies()...)
}

// constants finds categories of which nearly every order has the same quantity,
// though others have not.
func (d *Decipherer) constants() (out []Finding) {
	for _, g := range d.groups.sorted() {
		var n, k, others, same float64
		most := 0
		for qty, c := range &d.qty[g] {
			n += float64(c)
			if float64(c) > k {
				k, most = float64(c), qty
			}
		}
		for other := range d.qty {
			if int32(other) == g {
				continue
			}
			for qty, c := range &d.qty[other] {
				others += float64(c)
				if qty == most {
					same += float64(c)
				}
			}
		}
		if n < 50 || k < 0.995*n || others == 0 || same > 0.95*others || most > 32 {
			continue
		}
		_, p := correlate.TwoShares(k, n, same, others)
		q := min(1, p*float64(len(d.groups.at)))
		if q > 1e-3 {
			continue
		}
		lo, hi := correlate.Wilson(k, n, correlate.Z95)
		name := d.groups.at[g]
		out = append(out, Finding{Kind: Constant,
			Statement: fmt.Sprintf("The quantity of %s orders is always %d; elsewhere it is so in %.0f %%.", name, most, 100*same/others),
			Fields:    []string{order.Qty.String(), order.Category.String()}, Effect: k / n, Interval: [2]float64{lo, hi}, Support: int64(n), Q: q,
			Data: Data{Effect: "share", When: []truth.Clause{{Field: order.Category.String(), Values: []string{name}}},
				Field: order.Qty.String(), Value: fmt.Sprint(most), Elsewhere: same / others}})
	}
	return out
}

// failures states how often payments fail, whether that depends on the payment
// type, and whether the reasons do.
func (d *Decipherer) failures() (out []Finding) {
	if d.orders < 100 || d.failed == 0 {
		return nil
	}
	r := rateOf(d.failed, d.orders)
	var rows correlate.Table
	var table []Entry
	var pays []string
	for _, id := range d.pays.sorted() {
		p, v := d.pays.at[id], d.payFail[id]
		pays = append(pays, p)
		rate := rateOf(v[1], v[0])
		rows = append(rows, []float64{float64(v[1]), float64(v[0] - v[1])})
		table = append(table, Entry{Name: p, Value: rate.Share, Lo: rate.Lo, Hi: rate.Hi})
	}
	_, _, p := rows.G()
	says := "the same for every payment type"
	if p < 1e-4 {
		says = "different by payment type"
	}
	out = append(out, Finding{Kind: Level, Statement: fmt.Sprintf("%.1f %% of payments fail, %s.", 100*r.Share, says),
		Fields: []string{order.Success.String(), order.Payment.String()}, Effect: r.Share, Interval: [2]float64{r.Lo, r.Hi}, Support: d.orders, Q: p,
		Data: Data{Effect: "share", Field: order.Success.String(), Value: "N", Table: table}})

	var reasons []string
	for _, id := range d.reasons.sorted() {
		reasons = append(reasons, d.reasons.at[id])
	}
	if len(reasons) > 200 || len(reasons) < 2 {
		return out
	}
	var t correlate.Table
	for _, p := range pays {
		row := make([]float64, len(reasons))
		for j, s := range reasons {
			row[j] = float64(d.reasonCount(p, s))
		}
		t = append(t, row)
	}
	v := t.CramerV()
	if v.P > 1e-4 || math.IsNaN(v.P) || v.Value < 0.1 {
		return out
	}
	own := 0
	for j := range reasons {
		var n, most float64
		for i := range t {
			n += t[i][j]
			most = max(most, t[i][j])
		}
		if most > 0.98*n {
			own++
		}
	}
	out = append(out, d.reasonsOf(pays, reasons, v.P)...)
	lo, hi := correlate.FisherInterval(v.Value, v.N, correlate.Z95)
	return append(out, Finding{Kind: Level,
		Statement: fmt.Sprintf("The reason of a failure depends on the payment type: %d of %d reasons belong to one type only.", own, len(reasons)),
		Fields:    []string{order.Reason.String(), order.Payment.String()}, Effect: v.Value, Interval: [2]float64{lo, hi}, Support: int64(v.N), Q: v.P,
		Data: Data{Effect: "strength", Field: order.Reason.String()}})
}

func (d *Decipherer) reasonCount(payment, reason string) int64 {
	if e := d.failing.look(1<<63 | place(d.pays.look(payment), d.reasons.look(reason))); e != nil {
		return e.n
	}
	return 0
}

// reasonsOf states the most frequent reason of each payment type.
func (d *Decipherer) reasonsOf(pays, reasons []string, q float64) (out []Finding) {
	for _, p := range pays {
		var n int64
		for _, s := range reasons {
			n += d.reasonCount(p, s)
		}
		if n < 20 {
			continue
		}
		var table []Entry
		most, name := rateOf(0, n), ""
		for _, s := range reasons {
			if k := d.reasonCount(p, s); k > 0 {
				r := rateOf(k, n)
				table = append(table, Entry{Name: s, Value: r.Share, Lo: r.Lo, Hi: r.Hi})
				if k > most.Of {
					most, name = r, s
				}
			}
		}
		out = append(out, Finding{Kind: Level, Statement: fmt.Sprintf("Of the failures of %s, %.0f %% read %q.", p, 100*most.Share, name),
			Fields: []string{order.Reason.String(), order.Payment.String()}, Effect: most.Share, Interval: [2]float64{most.Lo, most.Hi}, Support: n, Q: q,
			Data: Data{Effect: "share", Field: order.Reason.String(), Value: name, Table: table, When: []truth.Clause{
				{Field: order.Payment.String(), Values: []string{p}}, {Field: order.Success.String(), Values: []string{"N"}}}}})
	}
	return out
}

// trend states whether quantity falls or rises with price.
func (d *Decipherer) trend() (Finding, bool) {
	var price, qty []float64
	bands := [4]struct{ n, sum, squares float64 }{}
	band := func(cents int64) int {
		switch {
		case cents < 1000:
			return 0
		case cents < 5000:
			return 1
		case cents < 10000:
			return 2
		}
		return 3
	}
	rows := d.sample.columns()
	price, qty = rows[0].Numbers, rows[1].Numbers
	for i := range price {
		b := &bands[band(int64(price[i]))]
		b.n++
		b.sum += qty[i]
		b.squares += qty[i] * qty[i]
	}
	r := correlate.Spearman(price, qty)
	if r.N < 50 || math.IsNaN(r.Value) || r.P > 1e-4 || math.Abs(r.Value) < 0.05 {
		return Finding{}, false
	}
	falls := "falls"
	if r.Value > 0 {
		falls = "rises"
	}
	var table []Entry
	var words []string
	for i, name := range []string{"below 10", "10 to 50", "50 to 100", "100 and more"} {
		b := bands[i]
		if b.n < 5 {
			continue
		}
		m := b.sum / b.n
		se := math.Sqrt(max(0, b.squares/b.n-m*m) / b.n)
		table = append(table, Entry{Name: name, Value: m, Lo: m - 1.96*se, Hi: m + 1.96*se})
		words = append(words, fmt.Sprintf("%s: %.1f", name, m))
	}
	lo, hi := correlate.FisherInterval(r.Value, r.N, correlate.Z95)
	return Finding{Kind: Trend, Statement: fmt.Sprintf("The quantity %s with the price; mean by price %s.", falls, strings.Join(words, ", ")),
		Fields: []string{order.Qty.String(), order.Price.String()}, Effect: r.Value, Interval: [2]float64{lo, hi}, Support: int64(r.N), Q: r.P,
		Data: Data{Effect: "correlation", Field: order.Qty.String(), Table: table}}, true
}

// mixes states how orders divide over countries and categories.
func (d *Decipherer) mixes() (out []Finding) {
	mix := func(f order.Field, n *names, of func(*cell) int32) {
		sums := make([]int64, len(n.at))
		for c := range d.hours.cells() {
			sums[of(&c)] += c.orders
		}
		if len(n.at) == 0 || len(n.at) > 50 {
			return
		}
		var table []Entry
		var words []string
		top := rateOf(0, 0)
		for _, id := range n.sorted() {
			r := rateOf(sums[id], d.orders)
			table = append(table, Entry{Name: n.at[id], Value: r.Share, Lo: r.Lo, Hi: r.Hi})
			words = append(words, fmt.Sprintf("%s %.1f %%", n.at[id], 100*r.Share))
			if r.Share >= top.Share {
				top = r
			}
		}
		out = append(out, Finding{Kind: Mix, Statement: fmt.Sprintf("Orders by %s: %s.", f, strings.Join(words, ", ")), Fields: []string{f.String()},
			Effect: top.Share, Interval: [2]float64{top.Lo, top.Hi}, Support: d.orders, Data: Data{Effect: "share", Field: f.String(), Table: table}})
	}
	mix(order.Country, &d.lands, func(c *cell) int32 { return c.country })
	mix(order.Category, &d.groups, func(c *cell) int32 { return c.category })
	return out
}

// dependencies states the dependencies of the model that say something: not
// those from a field that hardly repeats, nor those that a shorter one implies.
func (d *Decipherer) dependencies() (out []Finding) {
	priced := false
	for _, b := range d.m.links {
		if b == nil || b.keys < 3 {
			continue
		}
		from := b.from[0].String()
		fields := []string{from, b.to.String()}
		if b.from[1] != order.None {
			if priced {
				continue
			}
			from += " and " + b.from[1].String()
			fields = []string{b.from[0].String(), b.from[1].String(), b.to.String()}
		} else if b.to == order.Price {
			priced = true
		}
		r := rateOf(int64(math.Round((1-b.rate)*float64(b.size))), b.size)
		out = append(out, Finding{Kind: Dependency, Statement: fmt.Sprintf("%s determines %s, with exceptions in %.2f %% of the records.", from, b.to, 100*b.rate),
			Fields: fields, Effect: r.Share, Interval: [2]float64{r.Lo, r.Hi}, Support: b.size, Data: Data{Effect: "share", Field: b.to.String()}})
	}
	return out
}
