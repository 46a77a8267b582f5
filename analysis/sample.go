package analysis

import (
	"cmp"
	"slices"

	"github.com/kafkanauts/kafkanauts/internal/keyed"
	"github.com/kafkanauts/kafkanauts/order"
)

// sampleSize is how many orders a Summary keeps for measures that need them whole.
const sampleSize = 20000

// sample keeps the orders whose identifiers have the smallest hashes: a simple
// random sample that is the same for any split.
type sample struct {
	rows    []row  // up to twice as many as are kept in the end
	largest uint64 // the largest hash of sampleSize rows, which no other reaches; 0: there are fewer
	texts   names
	bare    bool // without texts
}

type row struct {
	hash       uint64
	sec, price int64
	qty        int
	success    bool
	text       [6]int32 // the numbers of Country, Category, Payment, City, Site, Reason
}

var sampleFields = [6]order.Field{order.Country, order.Category, order.Payment, order.City, order.Site, order.Reason}

func (s *sample) add(o *order.Order) {
	h := keyed.Mix(o.ID ^ keyed.Mix(o.TxnID))
	if s.largest > 0 && h >= s.largest {
		return
	}
	r := row{hash: h, sec: o.Time.Unix(), price: o.Price, qty: o.Qty, success: o.Success}
	if !s.bare {
		for i, f := range sampleFields {
			r.text[i] = s.texts.id(o.Text(f))
		}
	}
	s.push(r)
}

func (s *sample) push(r row) {
	if s.largest > 0 && r.hash >= s.largest {
		return
	}
	if s.rows = append(s.rows, r); len(s.rows) == 2*sampleSize {
		s.settle()
	}
}

// settle sorts the rows and drops those with too large hashes.
func (s *sample) settle() {
	slices.SortFunc(s.rows, func(a, b row) int { return cmp.Compare(a.hash, b.hash) })
	if len(s.rows) >= sampleSize {
		s.rows = s.rows[:sampleSize]
		s.largest = s.rows[sampleSize-1].hash
	}
}

// merge adds the rows of t, which stays as it is.
func (s *sample) merge(t *sample) {
	ids := t.texts.into(&s.texts)
	for _, r := range t.rows {
		if !t.bare {
			for i, id := range r.text {
				r.text[i] = ids[id]
			}
		}
		s.push(r)
	}
}
