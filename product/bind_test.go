package product_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/product"
)

// A line bound to a segment makes the same orders as one that is not, of every
// stage, set in every way that changes what it looks up.
func TestBoundLineMakesTheSame(t *testing.T) {
	ramen := product.Offer{ProductID: 9001, Name: "Ramen", Category: product.Groceries, Price: 700, Weight: 2}
	paella := product.Offer{ProductID: 9002, Name: "Paella", Category: product.Groceries, Country: product.Spain, Price: 1800, Weight: 1}
	people, err := product.NewPeople(product.Country{Name: product.Spain}, product.Country{Name: "Chile", Weight: 2})
	if err != nil {
		t.Fatal(err)
	}
	chains := []product.Chain{
		product.World(),
		{product.Customers{Population: 3}, product.Sites{}, product.DefaultCatalog(),
			product.Swap{Label: "noon", When: product.When{Hours: []int{12, 13}}, Share: 0.7, Offers: []product.Offer{ramen, paella}},
			product.Swap{Label: "decoy", Share: 1, Offers: []product.Offer{ramen}, Decoy: true},
			product.Swap{Label: "weekend", When: product.When{Countries: []string{product.Spain}, Weekdays: []time.Weekday{0, 6}}, Share: 1, Offers: []product.Offer{paella}},
			bender{},
			product.Basket{Bands: []product.Band{{Below: 900, Scale: 2, Max: 9}, {Category: product.Music, Below: 3000, Scale: 9, Max: 20}, {Below: 4000, Scale: 1, Max: 2}}},
			product.Payment{Weights: []product.PaymentWeights{{Country: "", Weights: [4]float64{1, 0, 0, 1}}, {Country: product.Mexico, Weights: [4]float64{0, 1, 2, 0}}}},
			product.Outcome{Failure: 0.5, Reasons: []product.Reason{{Text: "Any", Weight: 1}, {Payment: order.UPI, Text: "Own", Weight: 2}}},
		},
		{product.Customers{Population: 1e9, People: people}, product.Outcome{Failure: -1}},
		{product.DefaultCatalog(), product.Basket{Bands: []product.Band{
			{Category: product.Music, Below: 3000, Scale: 9, Max: 20}, {Below: 1000, Scale: 1, Max: 2}, {Category: product.Gas, Scale: 1, Max: 1}, {Below: 2000, Scale: 2, Max: 5},
		}}, vip{}},
		{product.DefaultCatalog(), refund{}, product.Basket{}},
	}
	categories := []string{product.ECommerce, product.Gas, product.Groceries, product.Medicine, product.Music, "Books"}
	for n, c := range chains {
		l := line(t, c)
		key := uint64(n) << 32
		for _, country := range []string{product.UnitedStates, product.Mexico, product.China, product.Spain, "France"} {
			for _, category := range categories {
				for _, shards := range []int{0, 1, 5} {
					m := product.Moment{Country: country, Category: category, Shards: shards, Seed: 8}
					bound := l.Bind(&m)
					var d, e product.Draw
					for range 300 {
						key++
						m.Time = time.Unix(1643587200+int64(key*7919%(14*86400)), 0).UTC()
						m.Shard = int(key) % max(shards, 1)
						want := fill(l, &d, key, m)
						if got := fill(bound, &e, key, m); got != want || d.Customer != e.Customer || d.Odds != e.Odds || !slices.Equal(d.Tags(), e.Tags()) {
							t.Fatalf("chain %d: bound %+v, else %+v", n, got, want)
						}
					}
				}
			}
		}
	}
}

// bender is a user's stage, which nothing can bind.
type bender struct{}

func (bender) Name() string { return "bender" }
func (bender) Generate(d *product.Draw, _ *order.Order) {
	d.Odds = product.Odds{Price: 0.5 + d.Float64(), Qty: 3, Failure: 1.5, Payment: [4]float64{1, 0, 2, 1}}
}

// vip is a user's stage that embeds one of the package's and does something else.
type vip struct{ product.Payment }

func (vip) Generate(d *product.Draw, o *order.Order) { o.Payment = order.UPI }

// refund is a user's stage that makes prices no catalog has.
type refund struct{}

func (refund) Name() string { return "refund" }
func (refund) Generate(d *product.Draw, o *order.Order) {
	o.Price = []int64{-o.Price, math.MaxInt64, math.MinInt64, 0, o.Price}[d.IntN(5)]
}
