package analysis

import (
	"github.com/kafkanauts/kafkanauts/order"
)

// Decipherer counts what Findings are searched for in: the second pass of
// Decipher. Feed it valid, unflagged orders. It serves one goroutine; those of
// parts merge, if they have the same Model, to that of the whole.
//
// It holds one counter for each country, category, hour of the week and value
// that occur together, for up to 2,048 values of a field: some tens of megabytes.
type Decipherer struct {
	m       *Model
	fields  [len(sought)]soughtField
	lands   names
	groups  names
	pays    names
	reasons names
	hours   counts      // orders by cellKey
	qty     [][34]int64 // by category, up to 32, then more
	failing counts      // failures by payment and reason
	sample  sample
	orders  int64
	failed  int64
	first   int64 // hours since 1970
	last    int64
	payFail [][2]int64 // by payment: orders, failures
}

// sought are the fields whose values patterns are searched in.
var sought = [...]order.Field{order.ProductName, order.Payment, order.Site, order.City, order.Success}

type soughtField struct {
	words []string // by rank
	of    counts   // by hash of the word: rank and one
	cube  cube
}

const mostValues = 2048

// NewDecipherer returns an empty decipherer of the stream that m was learned
// from.
func NewDecipherer(m *Model) *Decipherer {
	d := &Decipherer{m: m, sample: sample{bare: true}}
	for i, f := range sought {
		s := &d.fields[i]
		words := m.rules[f].words
		if words == nil {
			continue
		}
		for _, w := range words.ranked() {
			if len(s.words) == mostValues || w.count < 5 {
				break
			}
			s.words = append(s.words, w.text)
			s.of.at(hashOfText(w.text)).n = int64(len(s.words))
		}
	}
	return d
}

// Add counts one order. It keeps nothing of o.
func (d *Decipherer) Add(o *order.Order) {
	h := hashesOf(o)
	d.add(o, &h)
}

// add is Add for an order whose cells have these hashes.
func (d *Decipherer) add(o *order.Order, h *hashes) {
	sec := o.Time.Unix()
	hour := floorDiv(sec, 3600)
	if d.orders == 0 || hour < d.first {
		d.first = hour
	}
	if d.orders == 0 || hour > d.last {
		d.last = hour
	}
	d.orders++
	land, group := d.lands.idOf(h[order.Country], o.Country), d.groups.idOf(h[order.Category], o.Category)
	at := place(land, group)
	d.hours.at(cellKey(hour, at)).n++
	if int(group) >= len(d.qty) {
		d.qty = append(d.qty, make([][34]int64, int(group)+1-len(d.qty))...)
	}
	d.qty[group][max(0, min(o.Qty, 33))]++
	week := weekHour(sec)
	for i, f := range sought {
		s := &d.fields[i]
		if v := s.of.look(h[f]); v != nil {
			s.cube[week].at(cubeKey(at, int32(v.n-1))).n++
		}
	}
	payment := d.pays.idOf(h[order.Payment], o.Payment)
	pay := d.pay(payment)
	pay[0]++
	if !o.Success {
		pay[1]++
		d.failed++
		d.failing.at(1<<63|place(payment, d.reasons.id(o.Reason))).n++
	}
	d.sample.add(o)
}

// pay returns the orders and failures of a payment type.
func (d *Decipherer) pay(id int32) *[2]int64 {
	for int(id) >= len(d.payFail) {
		d.payFail = append(d.payFail, [2]int64{})
	}
	return &d.payFail[id]
}

// Merge adds what e has counted; e stays as it is.
func (d *Decipherer) Merge(e *Decipherer) {
	if e.orders == 0 {
		return
	}
	if d.orders == 0 {
		d.first, d.last = e.first, e.last
	}
	d.first, d.last = min(d.first, e.first), max(d.last, e.last)
	d.orders += e.orders
	d.failed += e.failed
	lands, groups := e.lands.into(&d.lands), e.groups.into(&d.groups)
	pays, reasons := e.pays.into(&d.pays), e.reasons.into(&d.reasons)
	d.hours.merge(&e.hours, moved(lands, groups))
	d.qty = append(d.qty, make([][34]int64, len(d.groups.at)-len(d.qty))...)
	for g := range e.qty {
		for i, n := range &e.qty[g] {
			d.qty[groups[g]][i] += n
		}
	}
	d.failing.merge(&e.failing, moved(pays, reasons))
	for p, v := range e.payFail {
		pay := d.pay(pays[p])
		pay[0] += v[0]
		pay[1] += v[1]
	}
	for i := range e.fields {
		for hour := range e.fields[i].cube {
			d.fields[i].cube[hour].merge(&e.fields[i].cube[hour], moved(lands, groups))
		}
	}
	d.sample.merge(&e.sample)
}
