package product_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/product"
)

// One payment in ten fails; there is a reason if and only if it did; and reasons
// are as declared for the payment type.
func TestOutcomes(t *testing.T) {
	l := line(t, product.World())
	var d product.Draw
	const n = 100_000
	failed, by, reasons := 0, map[string]int{}, map[[2]string]int{}
	for i, m := range moments(n) {
		o := fill(l, &d, uint64(i), m)
		if o.Success != (o.Reason == "") {
			t.Fatalf("%+v", o)
		}
		if !o.Success {
			failed++
			by[o.Payment]++
			reasons[[2]string{o.Payment, o.Reason}]++
		}
	}
	near(t, "failures", failed, n, 0.1)
	patterns := product.Outcome{}.Declare()
	if len(patterns) != 5 {
		t.Fatalf("%d patterns", len(patterns))
	}
	for _, p := range patterns[1:] {
		payment := p.When[0].Values[0]
		near(t, p.Statement, reasons[[2]string{payment, p.Value}], by[payment], p.Share)
	}
	for pair := range reasons {
		ok := false
		for _, r := range product.DefaultReasons() {
			ok = ok || r.Text == pair[1] && (r.Payment == "" || r.Payment == pair[0])
		}
		if !ok {
			t.Errorf("a payment by %s failed with %q", pair[0], pair[1])
		}
	}
	for _, never := range []product.Outcome{{Failure: -1}} {
		if o := fill(line(t, never), &d, 9, product.Moment{}); !o.Success || never.Declare() != nil {
			t.Errorf("%+v", o)
		}
	}
}

func TestPaymentsFollowWeightsAndOdds(t *testing.T) {
	const n = 50_000
	count := func(country string, odds [4]float64) (c [4]int) {
		bent := product.Chain{bend(func(d *product.Draw) { d.Odds.Payment = odds }), product.Payment{}}
		l := line(t, bent)
		var d product.Draw
		for i := range n {
			c[slices.Index(order.Payments[:], fill(l, &d, uint64(i), product.Moment{Country: country}).Payment)]++
		}
		return c
	}
	rows := product.DefaultPayments()
	for _, r := range append(rows, product.PaymentWeights{Country: "France", Weights: rows[4].Weights}) {
		for _, odds := range [][4]float64{{1, 1, 1, 1}, {0, 1, 2, 0.5}, {0, 0, 0, 3}, {0, 0, 0, 0}} {
			w, sum := r.Weights, 0.0
			for i := range w {
				if odds != [4]float64{} {
					w[i] *= odds[i]
				}
				sum += w[i]
			}
			for i, c := range count(r.Country, odds) {
				near(t, fmt.Sprintf("%s %s, odds %v", r.Country, order.Payments[i], odds), c, n, w[i]/sum)
			}
		}
	}
}

// bend is a stage that changes odds.
type bend func(*product.Draw)

func (b bend) Name() string                             { return "bend" }
func (b bend) Generate(d *product.Draw, _ *order.Order) { b(d) }

// The quantity follows the law that Band states, also bent by odds, and cut at Max.
func TestQuantityFollowsBand(t *testing.T) {
	const n = 50_000
	for _, band := range product.DefaultBands() {
		for _, odds := range []float64{1, 3, 0} {
			l := line(t, product.Chain{bend(func(d *product.Draw) { d.Odds.Qty = odds }), product.Basket{Bands: []product.Band{band}}})
			var d product.Draw
			more := make([]int, band.Max+1) // more[k]: quantities above k
			for i := range n {
				m := product.Moment{Category: band.Category}
				for k := range fill(l, &d, uint64(i), m).Qty {
					more[k]++
				}
			}
			s, last := band.Scale*odds, float64(band.Max)
			for k := range more {
				p := 0.0
				if k == 0 {
					p = 1
				} else if s > 0 && band.Max > 1 {
					p = (s/(s+float64(k)) - s/(s+last)) / (1 - s/(s+last))
				}
				near(t, fmt.Sprintf("%+v, odds %v: above %d", band, odds, k), more[k], n, p)
			}
		}
	}
}

// The price is the catalog's for that product in that country, to the cent; the
// product is of the order's category; and dearer things are bought in ones.
func TestPricesAndQuantities(t *testing.T) {
	type key struct {
		name, category, country string
	}
	price := map[key]int64{}
	for _, f := range append(product.DefaultCatalog().Offers(), product.Tacos().Offers...) {
		price[key{f.Name, f.Category, f.Country}] = f.Price
	}
	l := line(t, product.World())
	var d product.Draw
	var sum, n [4]float64
	for i, m := range moments(50_000) {
		o := fill(l, &d, uint64(i), m)
		want, ok := price[key{o.ProductName, o.Category, o.Country}]
		if !ok {
			want = price[key{o.ProductName, o.Category, ""}]
		}
		if o.Price != want || want == 0 {
			t.Fatalf("%+v, but the catalog has %d", o, want)
		}
		if o.Qty < 1 || o.Qty > 30 || o.Category == product.Music && o.Qty != 1 {
			t.Fatalf("%+v", o)
		}
		b := 0
		for _, below := range []int64{1000, 5000, 10000} {
			if o.Price >= below {
				b++
			}
		}
		sum[b] += float64(o.Qty)
		n[b]++
	}
	for b := 1; b < 4; b++ {
		if !(n[b] > 500 && sum[b]/n[b] < sum[b-1]/n[b-1]) {
			t.Errorf("band %d: mean quantity %v of %v orders, after %v", b, sum[b]/n[b], n[b], sum[b-1]/n[b-1])
		}
	}
}

// Odds and the customer's spending bend the price, to whole cents, at least one.
func TestPriceBends(t *testing.T) {
	var d product.Draw
	for _, c := range []struct {
		price       int64
		odds, spend float64
		want        int64
	}{{100, 1, 1, 100}, {100, 1, 0, 100}, {333, 1.5, 1, 500}, {100, 0.5, 3, 150}, {5, 0.01, 1, 1}, {100, 0, 1, 1}, {7, math.NaN(), 1, 1}, {7, math.Inf(1), 1, 1e12}} {
		l := line(t, product.Chain{bend(func(d *product.Draw) { d.Odds.Price, d.Customer.Spend = c.odds, c.spend }), product.Basket{}})
		m := product.Moment{}
		d.Reset(1, &m)
		o := order.Order{Price: c.price}
		l.Fill(&d, &o)
		if o.Price != c.want {
			t.Errorf("%+v became %d", c, o.Price)
		}
	}
}
