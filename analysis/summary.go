package analysis

import (
	"math"
	"math/bits"

	"github.com/kafkanauts/kafkanauts/analysis/correlate"
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
	cells                           counts               // by cellKey
	outcomes                        counts               // by payment and country: orders, and failures as their amount
	prices                          [priceBins + 1]int64 // by bin, from -1
	quantities                      [33 + 64]int64       // up to 32, then by the logarithm of the bin
	spenders                        spenders
	sample                          sample
	first, last                     int64 // hours since 1970
}

// Add counts one order. It keeps nothing of o.
func (s *Summary) Add(o *order.Order) {
	h := hashesOf(o)
	s.add(o, &h)
}

// add is Add for an order whose cells have these hashes.
func (s *Summary) add(o *order.Order, h *hashes) {
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
	country, category := s.countries.idOf(h[order.Country], o.Country), s.categories.idOf(h[order.Category], o.Category)
	payment := s.payments.idOf(h[order.Payment], o.Payment)
	c := s.cells.at(cellKey(hour, place(country, category)))
	c.n++
	c.amount += amount
	f := s.outcomes.at(1<<63 | place(payment, country))
	f.n++
	if !o.Success {
		f.amount++
		s.Failed++
	}
	s.prices[PriceBin(o.Price)+1]++
	s.quantities[quantityIndex(o.Qty)]++
	s.spenders.add(o.CustomerID, 1, amount)
	s.sample.add(o)
}

// Merge adds what t has counted; t stays as it is.
func (s *Summary) Merge(t *Summary) {
	if t.Orders == 0 {
		return
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
	s.cells.merge(&t.cells, moved(countries, categories))
	s.outcomes.merge(&t.outcomes, moved(payments, countries))
	for b, n := range &t.prices {
		s.prices[b] += n
	}
	for b, n := range &t.quantities {
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
	b := int(firstBins[bits.Len64(uint64(cents))])
	for float64(cents) >= PriceFrom(b+1) {
		b++
	}
	return b
}

// PriceFrom returns the lower border of a bin of prices, in cents, rounded up to
// a whole one.
func PriceFrom(bin int) float64 { return priceBorders[max(0, min(bin, len(priceBorders)-1))] }

// priceBorders are those of all bins that an int64 can fall into.
var priceBorders = func() (b [priceBins]float64) {
	for i := range b {
		b[i] = math.Ceil(math.Pow(10, float64(i)/10) - 1e-9)
	}
	return
}()

const priceBins = 192

// firstBins is the bin of the smallest price of so many binary digits.
var firstBins = func() (first [65]uint8) {
	for n := 2; n < len(first); n++ {
		b := first[n-1]
		for math.Ldexp(1, n-1) >= PriceFrom(int(b)+1) {
			b++
		}
		first[n] = b
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

// quantityIndex numbers the bins of quantities, and quantityOf returns the bin of
// a number.
func quantityIndex(qty int) int {
	if qty <= 32 {
		return max(0, qty)
	}
	return 33 + bits.Len(uint(qty)) - 1
}

func quantityOf(index int) int {
	if index <= 32 {
		return index
	}
	return 1 << (index - 33)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
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
