package product_test

import (
	"math"
	"slices"
	"testing"

	"github.com/kafkanauts/kafkanauts/internal/keyed"
	"github.com/kafkanauts/kafkanauts/product"
)

// A customer's name, city, country and shard never change; nor does how often the
// customer orders. Populations small and large, more shards than customers, and
// countries that nobody listed.
func TestCustomersAreFixed(t *testing.T) {
	countries := []string{product.UnitedStates, product.Mexico, product.China, product.Spain, "France", "Brazil", ""}
	type fact struct {
		name, city, country string
		shard               int
		customer            product.Customer
	}
	for _, population := range []uint64{0, 1, 50, 3000, 1_000_000_000, 1 << 53} {
		for _, shards := range []int{0, 1, 3, 64, 1000} {
			l := line(t, product.Customers{Population: population})
			known := map[uint64]fact{}
			src := keyed.New(keyed.Key(population).With(uint64(shards)))
			var d product.Draw
			for i := range 5_000 {
				m := product.Moment{Country: countries[src.IntN(len(countries))], Shards: shards, Seed: 5}
				if shards > 0 {
					m.Shard = src.IntN(shards)
				}
				o := fill(l, &d, uint64(i), m)
				now := fact{o.CustomerName, o.City, o.Country, m.Shard, d.Customer}
				if was, ok := known[o.CustomerID]; ok && was != now {
					t.Fatalf("population %d, %d shards: customer %d was %+v, now %+v", population, shards, o.CustomerID, was, now)
				}
				known[o.CustomerID] = now
				if o.CustomerID != d.Customer.Index+1 {
					t.Fatalf("customer %d has index %d", o.CustomerID, d.Customer.Index)
				}
				listed := slices.Contains(countries[:4], m.Country)
				if limit := max(population, 200_000); listed && population != 1<<53 && shards <= 64 && o.CustomerID > limit {
					t.Fatalf("population %d: customer %d", population, o.CustomerID)
				}
			}
		}
	}
}

// All customers of a small population order, and no others: ids fill 1 to n.
func TestCustomerIDsFillPopulation(t *testing.T) {
	const n = 500
	l := line(t, product.Customers{Population: n})
	seen := map[uint64]bool{}
	var d product.Draw
	for i, m := range moments(200_000) {
		seen[fill(l, &d, uint64(i), m).CustomerID] = true
	}
	for id := uint64(1); id <= n; id++ {
		if !seen[id] {
			t.Errorf("customer %d never orders", id)
		}
	}
	if len(seen) != n {
		t.Errorf("%d customers, want %d", len(seen), n)
	}
}

// The top hundredth of the customers make a tenth of the orders, and the factor
// that the draw states is the truth.
func TestCustomersAreSkewed(t *testing.T) {
	const n, population = 200_000, 16_000
	l := line(t, product.Customers{Population: population})
	var d product.Draw
	top, times, factor := 0, map[uint64]int{}, map[uint64]float64{}
	for i := range n {
		o := fill(l, &d, uint64(i), product.Moment{Country: product.UnitedStates})
		times[o.CustomerID]++
		factor[o.CustomerID] = d.Customer.Frequency()
	}
	size := math.Round(population * 3 / 13.0)
	var ids []uint64
	for id := range times {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b uint64) int {
		if factor[a] > factor[b] {
			return -1
		}
		return 1
	})
	few := int(size / 100)
	for _, id := range ids[:few] {
		top += times[id]
	}
	near(t, "orders of the top hundredth", top, n, math.Sqrt(float64(few)/size))
	near(t, "orders of the first", times[ids[0]], n, factor[ids[0]]/size)
	near(t, "orders of the tenth", times[ids[9]], n, factor[ids[9]]/size)
	if r := rank(ids[:few]); math.Abs(r-0.5) > 5/math.Sqrt(12*float64(few)) {
		t.Errorf("the ids of the top customers have mean rank %v: they tell who orders most", r)
	}
}

// rank returns the mean of ids as a part of the population.
func rank(ids []uint64) float64 {
	sum := 0.0
	for _, id := range ids {
		sum += float64(id) / 16_000
	}
	return sum / float64(len(ids))
}
