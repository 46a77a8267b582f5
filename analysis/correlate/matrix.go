package correlate

import "math"

// Column is one column of a mixed table: either Numbers or Levels is set.
type Column struct {
	Name    string
	Numbers []float64 // NaN: missing
	Levels  []int     // categories from 0; negative: missing
}

// Measure names what an entry of a Matrix is.
type Measure string

// The measures.
const (
	ByPearson  Measure = "pearson"
	BySpearman Measure = "spearman"
	ByCramer   Measure = "cramers_v"
	ByRatio    Measure = "correlation_ratio"
)

// Entry is the association of two columns.
type Entry struct {
	A, B    int // indices of the columns, A < B
	Measure Measure
	Result
	Q float64 // the q-value of P among all entries of the matrix (Benjamini and Hochberg)
}

// Matrix returns the association of every pair of columns: for two of numbers
// the rank correlation (or Pearson's, if numeric is ByPearson), for two of
// categories Cramér's V, for one of each the correlation ratio. Entries are sorted by
// A, then B.
func Matrix(columns []Column, numeric Measure) []Entry {
	var all []Entry
	ranked := make([][]float64, len(columns))
	for i, c := range columns {
		if c.Numbers != nil && numeric != ByPearson && whole(c.Numbers) {
			ranked[i] = Ranks(c.Numbers) // once, instead of for every pair
		}
	}
	for a := range columns {
		for b := a + 1; b < len(columns); b++ {
			e := Entry{A: a, B: b}
			ca, cb := columns[a], columns[b]
			switch {
			case ca.Numbers != nil && cb.Numbers != nil && numeric == ByPearson:
				e.Measure, e.Result = ByPearson, Pearson(ca.Numbers, cb.Numbers)
			case ca.Numbers != nil && cb.Numbers != nil && ranked[a] != nil && ranked[b] != nil:
				e.Measure, e.Result = BySpearman, pearson(ranked[a], ranked[b])
			case ca.Numbers != nil && cb.Numbers != nil:
				e.Measure, e.Result = BySpearman, Spearman(ca.Numbers, cb.Numbers)
			case ca.Numbers != nil:
				e.Measure, e.Result = ByRatio, CorrelationRatio(cb.Levels, ca.Numbers)
			case cb.Numbers != nil:
				e.Measure, e.Result = ByRatio, CorrelationRatio(ca.Levels, cb.Numbers)
			default:
				e.Measure, e.Result = ByCramer, Cross(ca.Levels, cb.Levels).CramerV()
			}
			all = append(all, e)
		}
	}
	p := make([]float64, len(all))
	for i := range all {
		p[i] = all[i].P
	}
	for i, q := range BenjaminiHochberg(p) {
		all[i].Q = q
	}
	return all
}

func whole(x []float64) bool {
	for _, v := range x {
		if math.IsNaN(v) {
			return false
		}
	}
	return true
}
