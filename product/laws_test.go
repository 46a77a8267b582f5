package product_test

import (
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"testing"

	"github.com/kafkanauts/kafkanauts/internal/keyed"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/product"
)

func line(t testing.TB, g product.Generator) *product.Line {
	t.Helper()
	l, errs := product.NewLine(g)
	for _, err := range errs {
		t.Error(err)
	}
	if errs != nil {
		t.FailNow()
	}
	return l
}

// fill makes the order of this key and moment, as a stream does.
func fill(l *product.Line, d *product.Draw, key uint64, m product.Moment) order.Order {
	d.Reset(key, &m)
	o := order.Order{ID: key + 1, TxnID: keyed.Mix(key), Time: m.Time, Country: m.Country, Category: m.Category}
	l.Fill(d, &o)
	return o
}

// near fails unless hits out of n are within 5 standard deviations of p: for a
// binomial count, an error rate below 1e-6 at a fixed seed.
func near(t *testing.T, what string, hits, n int, p float64) {
	t.Helper()
	if sd := math.Sqrt(float64(n) * p * (1 - p)); n == 0 || math.Abs(float64(hits)-float64(n)*p) > 5*sd+1e-9 {
		t.Errorf("%s: %d of %d, want a part of %v", what, hits, n, p)
	}
}

// The first 10,000 orders of the default world, to the byte. Another hash is a
// change of what every seed means.
func TestWorldGolden(t *testing.T) {
	l := line(t, product.World())
	var d product.Draw
	h := fnv.New64a()
	for i, m := range moments(10_000) {
		m.Seed = uint64(i % 3)
		o := fill(l, &d, uint64(i), m)
		fmt.Fprintf(h, "%+v %v %v\n", o, d.Customer, d.Tags())
	}
	if got, want := h.Sum64(), uint64(0x2b251b0c687ad56); got != want {
		t.Errorf("the orders hash to %#x, not %#x", got, want)
	}
}

func TestSameKeySameOrder(t *testing.T) {
	a, b := line(t, product.World()), line(t, product.World())
	var d, e product.Draw
	all := moments(2000)
	for i, m := range all {
		want := fill(a, &d, uint64(i), m)
		fill(b, &e, uint64(i*7), all[len(all)-1-i])
		if got := fill(b, &e, uint64(i), m); got != want {
			t.Fatalf("%+v, then %+v", want, got)
		}
	}
}

// spy is a stage that draws much and changes nothing.
type spy string

func (s spy) Name() string { return string(s) }
func (s spy) Generate(d *product.Draw, _ *order.Order) {
	for range 1 + d.IntN(5) {
		d.Uint64()
	}
}

// Adding stages, leaving one out, and putting stages into chains of their own
// changes none of the others' draws.
func TestStagesDoNotDisturbEachOther(t *testing.T) {
	var with, nested product.Chain
	for i, g := range product.World() {
		with = append(with, spy(fmt.Sprint("spy ", i)), g)
		nested = append(nested, product.Chain{g})
	}
	nested = product.Chain{nested, spy("last")}
	world := product.World()
	without := slices.DeleteFunc(slices.Clone(world), func(g product.Generator) bool { return g.Name() == "sites" })
	a, b, c, e := line(t, world), line(t, with), line(t, nested), line(t, without)
	var d product.Draw
	for i, m := range moments(2000) {
		want := fill(a, &d, uint64(i), m)
		if got := fill(b, &d, uint64(i), m); got != want {
			t.Fatalf("with more stages %+v, not %+v", got, want)
		}
		if got := fill(c, &d, uint64(i), m); got != want {
			t.Fatalf("in chains %+v, not %+v", got, want)
		}
		got := fill(e, &d, uint64(i), m)
		got.Site = want.Site
		if got != want {
			t.Fatalf("without sites %+v, not %+v", got, want)
		}
		d.Reset(uint64(i), &m)
		run := order.Order{ID: uint64(i) + 1, TxnID: keyed.Mix(uint64(i)), Time: m.Time, Country: m.Country, Category: m.Category}
		nested.Generate(&d, &run)
		if run != want {
			t.Fatalf("run as a stage %+v, not %+v", run, want)
		}
	}
}

func TestNothingAllocatedForAnOrder(t *testing.T) {
	var d product.Draw
	var o order.Order
	all := moments(500)
	all = append(all, product.Moment{Country: "France", Category: product.Music}, product.Moment{Country: "France", Category: "Books"})
	for _, g := range append(product.World(), product.World()) {
		l := line(t, g)
		i := 0
		if n := testing.AllocsPerRun(len(all), func() {
			m := &all[i%len(all)]
			d.Reset(uint64(i), m)
			o.Country, o.Category = m.Country, m.Category
			l.Fill(&d, &o)
			i++
		}); n != 0 {
			t.Errorf("%s: %v allocations", g.Name(), n)
		}
	}
}
