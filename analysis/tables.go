package analysis

import (
	"maps"
	"math"
	"slices"
	"time"

	"github.com/kafkanauts/kafkanauts/analysis/correlate"
)

// Count is how many orders there are of something, and what they cost.
type Count struct {
	Name   string
	Orders int64
	Cents  int64
	Share  float64 // of all orders
}

// Hourly returns orders and cents by hour of the day, UTC.
func (s *Summary) Hourly() (orders, cents [24]int64) {
	for c := range s.cells.cells() {
		h := (c.hour%24 + 24) % 24
		orders[h] += c.orders
		cents[h] += c.cents
	}
	return
}

// Week returns orders by weekday, Monday first, and hour, UTC.
func (s *Summary) Week() (orders [7][24]int64) {
	for c := range s.cells.cells() {
		h := weekHour(c.hour * 3600)
		orders[h/24][h%24] += c.orders
	}
	return
}

// Countries returns the countries, by name.
func (s *Summary) Countries() []Count {
	return s.by(&s.countries, func(c *cell) int32 { return c.country })
}

// Categories returns the categories, by name.
func (s *Summary) Categories() []Count {
	return s.by(&s.categories, func(c *cell) int32 { return c.category })
}

func (s *Summary) by(n *names, of func(*cell) int32) []Count {
	sums := make([]Count, len(n.at))
	for c := range s.cells.cells() {
		sums[of(&c)].Orders += c.orders
		sums[of(&c)].Cents += c.cents
	}
	out := make([]Count, 0, len(sums))
	for _, id := range n.sorted() {
		c := sums[id]
		c.Name = n.at[id]
		c.Share = float64(c.Orders) / float64(max(1, s.Orders))
		out = append(out, c)
	}
	return out
}

// CountryCategory returns orders by country (rows, as in Countries) and category
// (columns, as in Categories).
func (s *Summary) CountryCategory() [][]int64 {
	row, col := places(s.countries.sorted()), places(s.categories.sorted())
	t := make([][]int64, len(row))
	for i := range t {
		t[i] = make([]int64, len(col))
	}
	for c := range s.cells.cells() {
		t[row[c.country]][col[c.category]] += c.orders
	}
	return t
}

// places inverts a permutation.
func places(sorted []int32) []int {
	at := make([]int, len(sorted))
	for i, id := range sorted {
		at[id] = i
	}
	return at
}

// Series is counts over time.
type Series struct {
	Name   string
	From   time.Time
	Step   time.Duration
	Counts []int64
}

// Daily returns orders a day, UTC, for each country in the order of Countries.
// All series cover the same days: from the first order to the last, but at most
// thirty years, around the median order.
func (s *Summary) Daily() []Series { return s.series(24, true) }

// mostSteps is the length of the longest series: thirty years of hours.
const mostSteps = 1 << 18

// span returns the first and last hour that series cover: those of the first
// and last order, but not more than half of mostSteps from the median order, so
// that one order with an absurd time makes no series of a thousand years.
func (s *Summary) span() (first, last int64) {
	if s.last-s.first < mostSteps {
		return s.first, s.last
	}
	orders := make(map[int64]int64)
	for c := range s.cells.cells() {
		orders[c.hour] += c.orders
	}
	var sum, middle int64
	for _, middle = range slices.Sorted(maps.Keys(orders)) {
		if sum += orders[middle]; 2*sum >= s.Orders {
			break
		}
	}
	return max(s.first, middle-mostSteps/2+1), min(s.last, middle+mostSteps/2)
}

// HourSeries returns all orders by the hour, UTC, from the first to the last; at
// most thirty years of them, around the median order.
func (s *Summary) HourSeries() Series {
	all := s.series(1, false)
	return all[0]
}

func (s *Summary) series(hours int64, apart bool) []Series {
	from, to := s.span()
	first, last := floorDiv(from, hours), floorDiv(to, hours)
	n := int(last - first + 1)
	if s.Orders == 0 {
		n = 0
	}
	ids := s.countries.sorted()
	if !apart {
		ids = []int32{0}
	}
	at := places(s.countries.sorted())
	out := make([]Series, len(ids))
	for i := range out {
		out[i] = Series{From: utc(first * hours * 3600), Step: time.Duration(hours) * time.Hour, Counts: make([]int64, n)}
		if apart {
			out[i].Name = s.countries.at[ids[i]]
		}
	}
	for c := range s.cells.cells() {
		i := 0
		if apart {
			i = at[c.country]
		}
		if step := floorDiv(c.hour, hours) - first; step >= 0 && step < int64(n) {
			out[i].Counts[step] += c.orders
		}
	}
	return out
}

// Failure is how often payments fail somewhere.
type Failure struct {
	Payment, Country string // empty: all
	Rate
}

// Failures returns the rates of failed payments: of all, by payment type, by
// country, and by both, each sorted by name.
func (s *Summary) Failures() []Failure {
	pays, lands := s.payments.sorted(), s.countries.sorted()
	sum := func(p, c int32) Rate {
		var n, k int64
		for e := range s.outcomes.all() {
			if payment, country := placeOf(e.key); (p < 0 || payment == p) && (c < 0 || country == c) {
				n += e.n
				k += e.amount
			}
		}
		return rateOf(k, n)
	}
	out := []Failure{{"", "", sum(-1, -1)}}
	for _, p := range pays {
		out = append(out, Failure{s.payments.at[p], "", sum(p, -1)})
	}
	for _, c := range lands {
		out = append(out, Failure{"", s.countries.at[c], sum(-1, c)})
	}
	for _, p := range pays {
		for _, c := range lands {
			out = append(out, Failure{s.payments.at[p], s.countries.at[c], sum(p, c)})
		}
	}
	return out
}

// Bin is how many orders lie from From up to To.
type Bin struct {
	From, To float64
	Orders   int64
}

// Prices returns the histogram of unit prices, in units of money (not cents),
// ten bins to a decade, from the first bin with orders to the last.
func (s *Summary) Prices() []Bin {
	first, last := 0, len(s.prices)-1
	for first <= last && s.prices[first] == 0 {
		first++
	}
	for last > first && s.prices[last] == 0 {
		last--
	}
	var out []Bin
	for i := first; i <= last; i++ {
		b := i - 1
		lo, hi := PriceFrom(b)/100, PriceFrom(b+1)/100
		if b < 0 {
			lo, hi = math.Inf(-1), 0.01
		}
		out = append(out, Bin{lo, hi, s.prices[i]})
	}
	return out
}

// Quantities returns the histogram of quantities: one bin each up to 32, then
// powers of two; only bins with orders.
func (s *Summary) Quantities() []Bin {
	var out []Bin
	for i, n := range &s.quantities {
		if n == 0 {
			continue
		}
		b := quantityOf(i)
		to := float64(b + 1)
		if b >= 32 {
			to = float64(2 * b)
			if b == 32 {
				to = 64
			}
		}
		out = append(out, Bin{float64(b), to, n})
	}
	return out
}

// Correlations returns the association of every pair of columns: rank
// correlation between numbers, correlation ratio between numbers and
// categories, Cramér's V between categories, each with its N; on all orders up to
// 20,000, else on a random sample of so many that is the same for any split.
func (s *Summary) Correlations() (columns []string, entries []correlate.Entry) {
	cols := s.sample.columns()
	for _, c := range cols {
		columns = append(columns, c.Name)
	}
	return columns, correlate.Matrix(cols, correlate.BySpearman)
}

// columns returns the sample as columns; hour and weekday are UTC.
func (s *sample) columns() []correlate.Column {
	whole := sample{rows: slices.Clone(s.rows)}
	whole.settle()
	rows := whole.rows
	n := len(rows)
	numbers := func(name string, of func(r *row) float64) correlate.Column {
		c := correlate.Column{Name: name, Numbers: make([]float64, n)}
		for i := range rows {
			c.Numbers[i] = of(&rows[i])
		}
		return c
	}
	// Levels are numbered in the order in which they come in the rows, so that
	// nothing depends on the order of the sample.
	levels := func(name string, of func(r *row) int32) correlate.Column {
		c := correlate.Column{Name: name, Levels: make([]int, n)}
		ids := make(map[int32]int)
		for i := range rows {
			id, ok := ids[of(&rows[i])]
			if !ok {
				id = len(ids)
				ids[of(&rows[i])] = id
			}
			c.Levels[i] = id
		}
		return c
	}
	cols := []correlate.Column{
		numbers("price", func(r *row) float64 { return float64(r.price) }),
		numbers("qty", func(r *row) float64 { return float64(r.qty) }),
		numbers("hour", func(r *row) float64 { return float64(weekHour(r.sec) % 24) }),
		levels("weekday", func(r *row) int32 { return int32(weekHour(r.sec) / 24) }),
	}
	for i, f := range sampleFields[:5] {
		cols = append(cols, levels(f.String(), func(r *row) int32 { return r.text[i] }))
	}
	return append(cols, levels("payment_txn_success", func(r *row) int32 {
		if r.success {
			return 1
		}
		return 0
	}))
}

var weekdayNames = [7]string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
