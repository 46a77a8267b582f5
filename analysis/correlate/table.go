package correlate

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Table is a contingency table: Table[i][j] counts the pairs of row category i
// and column category j. All rows have the same length.
type Table [][]float64

// Cross counts pairs of categories. A negative category is missing.
func Cross(a, b []int) Table {
	n := min(len(a), len(b))
	rows, cols := 0, 0
	for i := range n {
		if a[i] >= 0 && b[i] >= 0 {
			rows, cols = max(rows, a[i]+1), max(cols, b[i]+1)
		}
	}
	flat := make([]float64, rows*cols)
	t := make(Table, rows)
	for i := range t {
		t[i] = flat[i*cols : (i+1)*cols : (i+1)*cols]
	}
	for i := range n {
		if a[i] >= 0 && b[i] >= 0 {
			t[a[i]][b[i]]++
		}
	}
	return t
}

// margins returns the sums of rows and columns and of all, and how many rows and
// columns hold anything.
func (t Table) margins() (row, col []float64, n float64, r, c int) {
	row = make([]float64, len(t))
	if len(t) > 0 {
		col = make([]float64, len(t[0]))
	}
	for i := range t {
		for j, v := range t[i] {
			row[i] += v
			col[j] += v
			n += v
		}
	}
	for _, v := range row {
		if v > 0 {
			r++
		}
	}
	for _, v := range col {
		if v > 0 {
			c++
		}
	}
	return
}

// ChiSquare returns Pearson's statistic Σ(O-E)²/E of independence, without
// continuity correction, its degrees of freedom and p-value. Empty rows and
// columns are left out.
func (t Table) ChiSquare() (x2 float64, df int, p float64) {
	row, col, n, r, c := t.margins()
	if r < 2 || c < 2 {
		return 0, 0, math.NaN()
	}
	for i := range t {
		for j, v := range t[i] {
			if e := row[i] * col[j] / n; e > 0 {
				x2 += (v - e) * (v - e) / e
			}
		}
	}
	df = (r - 1) * (c - 1)
	return x2, df, ChiSquareP(x2, df)
}

// G returns the likelihood-ratio statistic 2 Σ O ln(O/E) of independence, its
// degrees of freedom and p-value (Sokal and Rohlf, Biometry).
func (t Table) G() (g float64, df int, p float64) {
	row, col, n, r, c := t.margins()
	if r < 2 || c < 2 {
		return 0, 0, math.NaN()
	}
	for i := range t {
		for j, v := range t[i] {
			if v > 0 {
				g += 2 * v * math.Log(v*n/(row[i]*col[j]))
			}
		}
	}
	df = (r - 1) * (c - 1)
	return g, df, ChiSquareP(g, df)
}

// CramerV returns Cramér's V with the bias correction of Bergsma (2013): with
// φ² = χ²/n,
//
//	φ̃² = max(0, φ² - (r-1)(c-1)/(n-1)),  r̃ = r - (r-1)²/(n-1),  c̃ alike,
//	Ṽ  = sqrt(φ̃² / min(r̃-1, c̃-1)),
//
// between 0 (independent) and 1. The p-value is that of ChiSquare.
func (t Table) CramerV() Result {
	_, _, n, r, c := t.margins()
	if r < 2 || c < 2 || n < 3 {
		return Result{math.NaN(), math.NaN(), int(n)}
	}
	x2, _, p := t.ChiSquare()
	rf, cf := float64(r), float64(c)
	phi := max(0, x2/n-(rf-1)*(cf-1)/(n-1))
	least := min(rf-(rf-1)*(rf-1)/(n-1), cf-(cf-1)*(cf-1)/(n-1)) - 1
	if least <= 0 {
		return Result{math.NaN(), p, int(n)}
	}
	return Result{min(1, math.Sqrt(phi/least)), p, int(n)}
}

// ChiSquareP returns the probability that a chi-square variable with df degrees
// of freedom exceeds x; tails below 1e-300 are 0.
func ChiSquareP(x float64, df int) float64 {
	switch {
	case df < 1 || math.IsNaN(x):
		return math.NaN()
	case x <= 0:
		return 1
	}
	return mathext.GammaIncRegComp(float64(df)/2, x/2)
}
