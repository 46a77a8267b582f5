package analysis

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/kafkanauts/kafkanauts/order"
)

// layoutLines is how many records InferLayout looks at.
const layoutLines = 20000

// fewestLines is how many it needs: among fewer, hardly a customer comes twice,
// and what does not repeat cannot be told from an order's number.
const fewestLines = 200

// InferLayout finds the order of columns of a stream in the pipe encoding by
// what stands in them, damaged records among them: times, flags, payment types,
// amounts; identifiers by how often they repeat, whether they ascend, and what
// they determine; texts by what determines them. It reads the first 20,000 records of
// src. The error says which field no column looks like, or is that of the
// source; it takes some hundred records, and customers and products that repeat among them, to
// be sure.
func InferLayout(src Source) (order.Layout, error) {
	var t columnsSeen
	for _, value := range src.Records() {
		t.add(value)
		if t.lines == layoutLines {
			break
		}
	}
	if err := src.Err(); err != nil {
		return order.Layout{}, fmt.Errorf("analysis: infer layout: %w", err)
	}
	return t.layout()
}

// columnsSeen is the records of one stream, by column.
type columnsSeen struct {
	lines int
	cells [order.Columns][]uint64 // hashes
	stats [order.Columns]columnStats
}

type columnStats struct {
	times, flags, payments, money, whole, blank, hosts float64
	small                                              float64 // whole numbers below 1,000
	distinct                                           int
	ascents                                            float64 // of a whole number over the one before
	last                                               []byte
}

func (t *columnsSeen) add(value []byte) {
	if bytes.Count(value, []byte{'|'}) != order.Columns-1 {
		return
	}
	t.lines++
	for i := range order.Columns {
		cell, rest, _ := bytes.Cut(value, []byte{'|'})
		value = rest
		s := &t.stats[i]
		t.cells[i] = append(t.cells[i], hashOf(cell))
		switch {
		case blank(cell) || string(cell) == order.PaymentWasSuccess:
			s.blank++
		case plain(order.Instant, cell):
			s.times++
		case len(cell) == 1 && (cell[0] == 'Y' || cell[0] == 'N'):
			s.flags++
		case slices.Contains(order.Payments[:], string(cell)):
			s.payments++
		case digits(cell):
			s.whole++
			if len(cell) <= 3 {
				s.small++
			}
			if len(cell) > len(s.last) || len(cell) == len(s.last) && bytes.Compare(cell, s.last) >= 0 {
				s.ascents++
			}
			s.last = append(s.last[:0], cell...)
		case plain(order.Money, cell) || numeric(string(shapeOf(nil, order.Money, cell))):
			s.money++
		case bytes.IndexByte(cell, '.') > 0 && bytes.IndexByte(cell, ' ') < 0:
			s.hosts++
		}
	}
}

func (t *columnsSeen) layout() (l order.Layout, err error) {
	if t.lines < fewestLines {
		return l, fmt.Errorf("analysis: infer layout: only %d records have %d columns between '|'; it takes some hundred", t.lines, order.Columns)
	}
	n := float64(t.lines)
	for i := range t.stats {
		seen := make(map[uint64]struct{})
		for _, h := range t.cells[i] {
			seen[h] = struct{}{}
		}
		t.stats[i].distinct = len(seen)
	}
	at := make(map[order.Field]int)
	// take gives f the free column that is the best by of, if that reaches least.
	take := func(f order.Field, least float64, of func(i int) float64) {
		best, most := -1, 0.0
		for i := range t.stats {
			if l[i] != order.None {
				continue
			}
			if x := of(i); best < 0 || x > most {
				best, most = i, x
			}
		}
		if best >= 0 && most >= least {
			l[best], at[f] = f, best
		} else if err == nil {
			err = fmt.Errorf("analysis: infer layout: no column looks like %s; give the layout", f)
		}
	}
	share := func(of func(s *columnStats) float64) func(int) float64 {
		return func(i int) float64 { return of(&t.stats[i]) / n }
	}
	take(order.Time, 0.5, share(func(s *columnStats) float64 { return s.times }))
	take(order.Success, 0.5, share(func(s *columnStats) float64 { return s.flags }))
	take(order.Payment, 0.5, share(func(s *columnStats) float64 { return s.payments }))
	take(order.Price, 0.5, share(func(s *columnStats) float64 { return s.money }))
	take(order.Reason, 0.5, share(func(s *columnStats) float64 { return s.blank }))
	take(order.Site, 0.5, share(func(s *columnStats) float64 { return s.hosts }))
	// Whole numbers: the quantity is small, identifiers of products repeat most,
	// those of customers less, those of records never; of the two the order's ascends.
	whole := func(i int) bool { return t.stats[i].whole > 0.5*n }
	byValue := func(of func(i int) float64) func(int) float64 {
		return func(i int) float64 {
			if !whole(i) {
				return -1
			}
			return of(i)
		}
	}
	few := func(i int) float64 { return 1 / float64(t.stats[i].distinct) }
	take(order.Qty, 0, byValue(func(i int) float64 { return t.stats[i].small/n + few(i) }))
	take(order.ProductID, 0, byValue(few))
	take(order.CustomerID, 0, byValue(few))
	take(order.ID, 0, byValue(func(i int) float64 { return t.stats[i].ascents / n }))
	take(order.TxnID, 0, byValue(func(int) float64 { return 1 }))
	if err != nil {
		return order.Layout{}, err
	}
	// Texts: what a product's identifier determines is its name and category.
	product := t.cells[at[order.ProductID]]
	purity := make(map[int]float64)
	var texts []int
	for i := range t.stats {
		if l[i] == order.None {
			texts = append(texts, i)
			purity[i] = t.purity(product, t.cells[i])
		}
	}
	slices.SortFunc(texts, func(a, b int) int { return cmp.Compare(purity[b], purity[a]) })
	if purity[texts[1]] < 0.7 {
		return order.Layout{}, fmt.Errorf("analysis: infer layout: no two columns are determined by the product (column %d); give the layout", at[order.ProductID]+1)
	}
	byDistinct := func(i []int) {
		slices.SortFunc(i, func(a, b int) int { return t.common(b) - t.common(a) })
	}
	byDistinct(texts[:2])
	byDistinct(texts[2:])
	for i, f := range []order.Field{order.ProductName, order.Category, order.CustomerName, order.City, order.Country} {
		l[texts[i]] = f
	}
	return l, nil
}

// common counts the values of a column that make up 98 % of it, so that damage
// does not count.
func (t *columnsSeen) common(i int) int {
	counts := make(map[uint64]int)
	for _, h := range t.cells[i] {
		counts[h]++
	}
	var all []int
	for _, n := range counts {
		all = append(all, n)
	}
	slices.SortFunc(all, func(a, b int) int { return b - a })
	sum := 0
	for k, n := range all {
		if sum += n; sum*100 >= t.lines*98 {
			return k + 1
		}
	}
	return len(all)
}

// purity is the share of records that have the value most frequent beside their
// key, less what that would be by chance; among keys seen twice or more.
func (t *columnsSeen) purity(key, value []uint64) float64 {
	pairs := newGroup(1, 1<<20)
	alone := make(map[uint64]float64)
	for i := range key {
		if e := pairs.entry(key[i]); e != nil {
			pairs.add(e, 0, uint32(value[i]), 1)
		}
		alone[value[i]]++
	}
	var n, most float64
	for b := range pairs.majority(0).all {
		if b.total > 1 {
			n += float64(b.total)
			most += float64(b.most)
		}
	}
	if n == 0 {
		return 0
	}
	chance := 0.0
	for _, c := range alone {
		chance = max(chance, c/float64(len(value)))
	}
	return (most/n - chance) / max(1e-9, 1-chance)
}
