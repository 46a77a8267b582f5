package analysis

import (
	"math"

	"github.com/kafkanauts/kafkanauts/analysis/correlate"
	"github.com/kafkanauts/kafkanauts/internal/keyed"
	"github.com/kafkanauts/kafkanauts/order"
)

// Summary counts valid orders: when, where, what, for how much, and who paid.
// Feed it what intake and detection let pass; its memory grows with the hours,
// countries and categories that occur, so damaged ones do not belong in it. Its zero
// value is empty and ready.
//
// All answers are the same for any split into parts and any order of orders.
type Summary struct {
	Orders int64
	Units  int64 // sum of quantities
	Cents  int64 // sum of price times quantity
	Failed int64 // payments

	countries, categories, payments names
	cells                           map[cellKey]*cellSum
	outcomes                        map[[2]int32]*[2]int64 // payment, country: orders, failures
	prices, quantities              map[int]int64
	spenders                        spenders
	sample                          sample
	first, last                     int64 // hours since 1970
}

type cellKey struct {
	hour              int32 // since 1970
	country, category int16
}

type cellSum struct{ orders, cents int64 }

// Add counts one order. It keeps nothing of o.
func (s *Summary) Add(o *order.Order) {
	if s.cells == nil {
		s.cells = make(map[cellKey]*cellSum)
		s.outcomes = make(map[[2]int32]*[2]int64)
		s.prices, s.quantities = make(map[int]int64), make(map[int]int64)
	}
	hour := floorDiv(o.Time.Unix(), 3600)
	if s.Orders == 0 || hour < s.first {
		s.first = hour
	}
	if s.Orders == 0 || hour > s.last {
		s.last = hour
	}
	amount := o.Price * int64(o.Qty)
	s.Orders++
	s.Units += int64(o.Qty)
	s.Cents += amount
	country, category, payment := s.countries.id(o.Country), s.categories.id(o.Category), s.payments.id(o.Payment)
	k := cellKey{int32(hour), int16(country), int16(category)}
	c := s.cells[k]
	if c == nil {
		c = new(cellSum)
		s.cells[k] = c
	}
	c.orders++
	c.cents += amount
	f := s.outcomes[[2]int32{payment, country}]
	if f == nil {
		f = new([2]int64)
		s.outcomes[[2]int32{payment, country}] = f
	}
	f[0]++
	if !o.Success {
		f[1]++
		s.Failed++
	}
	s.prices[PriceBin(o.Price)]++
	s.quantities[QuantityBin(o.Qty)]++
	s.spenders.add(o.CustomerID, 1, amount)
	s.sample.add(o)
}

// Merge adds what t has counted; t stays as it is.
func (s *Summary) Merge(t *Summary) {
	if t.Orders == 0 {
		return
	}
	if s.cells == nil {
		s.cells = make(map[cellKey]*cellSum)
		s.outcomes = make(map[[2]int32]*[2]int64)
		s.prices, s.quantities = make(map[int]int64), make(map[int]int64)
	}
	if s.Orders == 0 {
		s.first, s.last = t.first, t.last
	}
	s.first, s.last = min(s.first, t.first), max(s.last, t.last)
	s.Orders += t.Orders
	s.Units += t.Units
	s.Cents += t.Cents
	s.Failed += t.Failed
	countries, categories, payments := t.countries.into(&s.countries), t.categories.into(&s.categories), t.payments.into(&s.payments)
	for k, v := range t.cells {
		k.country, k.category = int16(countries[k.country]), int16(categories[k.category])
		c := s.cells[k]
		if c == nil {
			c = new(cellSum)
			s.cells[k] = c
		}
		c.orders += v.orders
		c.cents += v.cents
	}
	for k, v := range t.outcomes {
		k = [2]int32{payments[k[0]], countries[k[1]]}
		f := s.outcomes[k]
		if f == nil {
			f = new([2]int64)
			s.outcomes[k] = f
		}
		f[0] += v[0]
		f[1] += v[1]
	}
	for b, n := range t.prices {
		s.prices[b] += n
	}
	for b, n := range t.quantities {
		s.quantities[b] += n
	}
	s.spenders.merge(&t.spenders)
	s.sample.merge(&t.sample)
}

// PriceBin returns the bin of a price in cents: ten to a decade, bin b holding
// prices from 10^(b/10) up to 10^((b+1)/10) cents. A price below a cent has bin
// -1.
func PriceBin(cents int64) int {
	if cents < 1 {
		return -1
	}
	b := int(10 * math.Log10(float64(cents)))
	// Rounding must not decide on which side a border falls.
	for b > 0 && float64(cents) < PriceFrom(b) {
		b--
	}
	for float64(cents) >= PriceFrom(b+1) {
		b++
	}
	return b
}

// PriceFrom returns the lower border of a bin of prices, in cents, rounded up to
// a whole one.
func PriceFrom(bin int) float64 { return priceBorders[max(0, min(bin, len(priceBorders)-1))] }

// priceBorders are those of all bins that an int64 can fall into.
var priceBorders = func() (b [192]float64) {
	for i := range b {
		b[i] = math.Ceil(math.Pow(10, float64(i)/10) - 1e-9)
	}
	return
}()

// QuantityBin returns the bin of a quantity: itself up to 32, then powers of
// two, the bin being the lower border; 0 for zero and less.
func QuantityBin(qty int) int {
	if qty <= 32 {
		return max(0, qty)
	}
	b := 32
	for b <= qty/2 {
		b *= 2
	}
	return b
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// sampleSize is how many orders a Summary keeps for measures that need them whole.
const sampleSize = 20000

// sample keeps the orders whose identifiers have the smallest hashes: a simple
// random sample that is the same for any split.
type sample struct {
	rows []row // a heap, the largest hash first
}

type row struct {
	hash       uint64
	sec, price int64
	qty        int
	success    bool
	text       [6]string // Country, Category, Payment, City, Site, Reason
}

var sampleFields = [6]order.Field{order.Country, order.Category, order.Payment, order.City, order.Site, order.Reason}

func (s *sample) add(o *order.Order) {
	h := keyed.Mix(o.ID ^ keyed.Mix(o.TxnID))
	if len(s.rows) == sampleSize && h >= s.rows[0].hash {
		return
	}
	r := row{hash: h, sec: o.Time.Unix(), price: o.Price, qty: o.Qty, success: o.Success}
	for i, f := range sampleFields {
		r.text[i] = string(append([]byte(nil), o.Text(f)...))
	}
	s.push(r)
}

func (s *sample) push(r row) {
	if len(s.rows) == sampleSize {
		if r.hash >= s.rows[0].hash {
			return
		}
		s.rows[0] = r
		for i := 0; ; {
			j := 2*i + 1
			if j >= len(s.rows) {
				return
			}
			if j+1 < len(s.rows) && s.rows[j+1].hash > s.rows[j].hash {
				j++
			}
			if s.rows[i].hash >= s.rows[j].hash {
				return
			}
			s.rows[i], s.rows[j] = s.rows[j], s.rows[i]
			i = j
		}
	}
	s.rows = append(s.rows, r)
	for i := len(s.rows) - 1; i > 0; {
		up := (i - 1) / 2
		if s.rows[up].hash >= s.rows[i].hash {
			return
		}
		s.rows[up], s.rows[i] = s.rows[i], s.rows[up]
		i = up
	}
}

func (s *sample) merge(t *sample) {
	for _, r := range t.rows {
		s.push(r)
	}
}

// Rate is a share with the counts behind it and its Wilson interval of 95 %.
type Rate struct {
	Of, N  int64
	Share  float64
	Lo, Hi float64
}

func rateOf(k, n int64) Rate {
	lo, hi := correlate.Wilson(float64(k), float64(n), correlate.Z95)
	r := Rate{Of: k, N: n, Lo: lo, Hi: hi}
	if n > 0 {
		r.Share = float64(k) / float64(n)
	}
	return r
}
