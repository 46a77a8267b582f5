package analysis

import (
	"strings"

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
	hours   map[epochKey]int64 // orders by country, category and hour since 1970
	qty     map[qtyKey]int64
	reason  map[[2]string]*int64 // of failures: payment and reason
	sample  sample
	orders  int64
	failed  int64
	first   int64 // hours since 1970
	last    int64
	payFail map[string]*[2]int64
}

// sought are the fields whose values patterns are searched in.
var sought = [...]order.Field{order.ProductName, order.Payment, order.Site, order.City, order.Success}

type soughtField struct {
	words []string // by rank
	of    map[string]int32
	cube  map[cubeKey]int64
}

type cubeKey struct {
	land, group int16
	hour        int16 // of the week, UTC
	value       int32
}

type epochKey struct {
	hour        int32
	land, group int16
}

type qtyKey struct {
	group int16
	qty   int32 // 33: more
}

const mostValues = 2048

// NewDecipherer returns an empty decipherer of the stream that m was learned
// from.
func NewDecipherer(m *Model) *Decipherer {
	d := &Decipherer{m: m, hours: make(map[epochKey]int64), qty: make(map[qtyKey]int64),
		reason: make(map[[2]string]*int64), payFail: make(map[string]*[2]int64)}
	for i, f := range sought {
		s := &d.fields[i]
		s.of, s.cube = make(map[string]int32), make(map[cubeKey]int64)
		words := m.rules[f].words
		if words == nil {
			continue
		}
		for _, w := range words.ranked() {
			if len(s.words) == mostValues || w.count < 5 {
				break
			}
			s.of[w.text] = int32(len(s.words))
			s.words = append(s.words, w.text)
		}
	}
	return d
}

// Add counts one order. It keeps nothing of o.
func (d *Decipherer) Add(o *order.Order) {
	sec := o.Time.Unix()
	hour := floorDiv(sec, 3600)
	if d.orders == 0 || hour < d.first {
		d.first = hour
	}
	if d.orders == 0 || hour > d.last {
		d.last = hour
	}
	d.orders++
	land, group := int16(d.lands.id(o.Country)), int16(d.groups.id(o.Category))
	d.hours[epochKey{int32(hour), land, group}]++
	d.qty[qtyKey{group, int32(min(o.Qty, 33))}]++
	key := cubeKey{land: land, group: group, hour: int16(weekHour(sec))}
	for i, f := range sought {
		text := o.Text(f)
		if f == order.Success {
			text = "N"
			if o.Success {
				text = "Y"
			}
		}
		s := &d.fields[i]
		if v, ok := s.of[text]; ok {
			key.value = v
			s.cube[key]++
		}
	}
	pay := d.payFail[o.Payment]
	if pay == nil {
		pay = new([2]int64)
		d.payFail[strings.Clone(o.Payment)] = pay
	}
	pay[0]++
	if !o.Success {
		pay[1]++
		d.failed++
		k := [2]string{o.Payment, o.Reason}
		n := d.reason[k] // an assignment would keep k's views of the record
		if n == nil {
			n = new(int64)
			d.reason[[2]string{strings.Clone(o.Payment), strings.Clone(o.Reason)}] = n
		}
		*n++
	}
	d.sample.add(o)
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
	for k, n := range e.hours {
		d.hours[epochKey{k.hour, int16(lands[k.land]), int16(groups[k.group])}] += n
	}
	for k, n := range e.qty {
		d.qty[qtyKey{int16(groups[k.group]), k.qty}] += n
	}
	for k, v := range e.reason {
		n := d.reason[k]
		if n == nil {
			n = new(int64)
			d.reason[k] = n
		}
		*n += *v
	}
	for p, v := range e.payFail {
		pay := d.payFail[p]
		if pay == nil {
			pay = new([2]int64)
			d.payFail[p] = pay
		}
		pay[0] += v[0]
		pay[1] += v[1]
	}
	for i := range e.fields {
		for k, n := range e.fields[i].cube {
			k.land, k.group = int16(lands[k.land]), int16(groups[k.group])
			d.fields[i].cube[k] += n
		}
	}
	d.sample.merge(&e.sample)
}
