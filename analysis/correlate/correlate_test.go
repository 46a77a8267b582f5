package correlate

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// oracle is what testdata/oracle.py asked scipy.
type oracle struct {
	Pairs []struct {
		X, Y              []float64
		Pearson, Spearman [2]float64
	}
	Tables []struct {
		T       Table
		Chi2, G [2]float64
		V       float64
	}
	Groups []struct {
		G      []int
		Y      []float64
		Eta, P float64
	}
	Wilson   [][4]float64
	BH       []struct{ P, BH, BY []float64 }
	Binomial [][4]float64
	Poisson  [][3]float64
}

func read(t *testing.T) (o oracle) {
	t.Helper()
	b, err := os.ReadFile("testdata/oracle.json")
	if err == nil {
		err = json.Unmarshal(b, &o)
	}
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// near compares with a relative tolerance of 1e-9, and absolutely below 1e-12.
func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-9*math.Abs(want)+1e-12) {
		t.Errorf("%s = %.15g, scipy has %.15g", what, got, want)
	}
}

func TestAgainstSciPy(t *testing.T) {
	o := read(t)
	if len(o.Pairs) == 0 || len(o.Tables) == 0 || len(o.BH) == 0 {
		t.Fatal("the fixture is empty")
	}
	for i, c := range o.Pairs {
		r, s := Pearson(c.X, c.Y), Spearman(c.X, c.Y)
		if i < 3 { // the last pair loses digits to its offset of 1e9 in any implementation
			near(t, "Pearson", r.Value, c.Pearson[0])
			near(t, "Pearson p", r.P, c.Pearson[1])
		} else if math.Abs(r.Value-c.Pearson[0]) > 1e-8 {
			t.Errorf("Pearson with an offset = %v, scipy has %v", r.Value, c.Pearson[0])
		}
		near(t, "Spearman", s.Value, c.Spearman[0])
		near(t, "Spearman p", s.P, c.Spearman[1])
	}
	for _, c := range o.Tables {
		x2, _, p := c.T.ChiSquare()
		near(t, "chi-square", x2, c.Chi2[0])
		near(t, "chi-square p", p, c.Chi2[1])
		g, _, p := c.T.G()
		near(t, "G", g, c.G[0])
		near(t, "G p", p, c.G[1])
		near(t, "Cramér's V", c.T.CramerV().Value, c.V)
	}
	for _, c := range o.Groups {
		r := CorrelationRatio(c.G, c.Y)
		near(t, "correlation ratio", r.Value, c.Eta)
		near(t, "correlation ratio p", r.P, c.P)
	}
	for _, c := range o.Wilson {
		lo, hi := Wilson(c[0], c[1], Z95)
		near(t, "Wilson low", lo, c[2])
		near(t, "Wilson high", hi, c[3])
	}
	for _, c := range o.BH {
		bh, by := BenjaminiHochberg(c.P), BenjaminiYekutieli(c.P)
		for i := range c.P {
			near(t, "Benjamini-Hochberg", bh[i], c.BH[i])
			near(t, "Benjamini-Yekutieli", by[i], c.BY[i])
		}
	}
	for _, c := range o.Binomial {
		near(t, "binomial tail", BinomialTail(int(c[0]), int(c[1]), c[2]), c[3])
	}
	for _, c := range o.Poisson {
		near(t, "Poisson tail", PoissonTail(int(c[0]), c[1]), c[2])
	}
}

func TestUndefinedIsNaN(t *testing.T) {
	nan := math.NaN()
	for name, r := range map[string]Result{
		"two pairs":     Pearson([]float64{1, 2}, []float64{2, 1}),
		"constant":      Spearman([]float64{1, 1, 1, 1}, []float64{1, 2, 3, 4}),
		"big constant":  Pearson([]float64{0.1, 0.1, 0.1, 0.1}, []float64{1, 2, 3, 4}),
		"one group":     CorrelationRatio([]int{0, 0, 0}, []float64{1, 2, 3}),
		"one category":  Cross([]int{0, 0, 0}, []int{0, 1, 2}).CramerV(),
		"empty":         Cross(nil, nil).CramerV(),
		"all missing":   Pearson([]float64{nan, nan, nan}, []float64{1, 2, 3}),
		"missing group": CorrelationRatio([]int{-1, -1, -1}, []float64{1, 2, 3}),
	} {
		if !math.IsNaN(r.Value) {
			t.Errorf("%s: %v", name, r.Value)
		}
	}
	if r := Pearson([]float64{1, nan, 2, 3, 4}, []float64{1, 5, 2, nan, 5}); r.N != 3 {
		t.Errorf("N = %d, want the 3 complete pairs", r.N)
	}
	if q := BenjaminiHochberg([]float64{nan, 0.01}); !math.IsNaN(q[0]) || q[1] != 0.01 {
		t.Errorf("q-values beside a NaN: %v", q)
	}
}

func TestLaws(t *testing.T) {
	x := []float64{3, 1, 2, 2, 9, -4, 7, 7, 7}
	y := []float64{1, 0, 2, 5, 3, -3, 8, 2, 8}
	neg := make([]float64, len(y))
	cube := make([]float64, len(x))
	for i := range y {
		neg[i], cube[i] = -y[i], x[i]*x[i]*x[i]
	}
	if a, b := Spearman(x, y).Value, Spearman(x, neg).Value; math.Abs(a+b) > 1e-15 {
		t.Errorf("rank correlation is not odd: %v, %v", a, b)
	}
	if a, b := Spearman(x, y).Value, Spearman(cube, y).Value; a != b {
		t.Errorf("rank correlation depends on the scale: %v, %v", a, b)
	}
	if r, p := TwoShares(50, 100, 10, 100); r < 5 || p > 1e-6 {
		t.Errorf("half against a tenth: root %v, p %v", r, p)
	}
	if r, _ := TwoShares(10, 100, 50, 100); r > -5 {
		t.Errorf("a tenth against half: root %v", r)
	}
	if v := (Table{{50, 0}, {0, 50}}).CramerV().Value; math.Abs(v-1) > 1e-9 {
		t.Errorf("V of a bijection = %v", v)
	}
}

func TestMatrix(t *testing.T) {
	m := Matrix([]Column{
		{Name: "x", Numbers: []float64{1, 2, 3, 4, 5, 6}},
		{Name: "y", Numbers: []float64{2, 4, 6, 8, 10, math.NaN()}},
		{Name: "g", Levels: []int{0, 0, 0, 1, 1, 1}},
		{Name: "h", Levels: []int{0, 0, 0, 1, 1, 1}},
	}, BySpearman)
	want := []Measure{BySpearman, ByRatio, ByRatio, ByRatio, ByRatio, ByCramer}
	for i, e := range m {
		if e.Measure != want[i] || e.Q < e.P {
			t.Errorf("entry %d: %+v", i, e)
		}
	}
	if m[0].Value != 1 || m[0].N != 5 {
		t.Errorf("x and y: %+v", m[0])
	}
}
