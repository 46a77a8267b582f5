package product_test

import (
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

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
	if got, want := h.Sum64(), uint64(0x63d3c4ee1ac279bc); got != want {
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
			for i := range 20_000 {
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
		factor[o.CustomerID] = d.Customer.Orders
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

// On the country's own Tuesday, half of the groceries of three countries are tacos;
// at any other time and place, none. The instants lie within minutes of local and
// of UTC midnight, over the changes of the clocks in spring and autumn.
func TestTacosOnLocalTuesdays(t *testing.T) {
	zones := map[string]string{
		product.UnitedStates: "America/New_York", product.Mexico: "America/Mexico_City",
		product.China: "Asia/Shanghai", product.Spain: "Europe/Madrid",
	}
	l := line(t, product.World())
	var d product.Draw
	hits, chances, key := 0, 0, uint64(0)
	for _, country := range []string{product.UnitedStates, product.Mexico, product.China, product.Spain} {
		zone, err := time.LoadLocation(zones[country])
		if err != nil {
			t.Fatal(err)
		}
		for _, start := range []time.Time{
			time.Date(2022, 3, 7, 0, 0, 0, 0, time.UTC), time.Date(2022, 3, 21, 0, 0, 0, 0, time.UTC),
			time.Date(2022, 10, 24, 0, 0, 0, 0, time.UTC), time.Date(1969, 12, 22, 0, 0, 0, 0, time.UTC),
		} {
			for day := range 16 {
				utc := start.AddDate(0, 0, day)
				local := time.Date(utc.Year(), utc.Month(), utc.Day(), 0, 0, 0, 0, zone)
				for _, at := range []time.Time{utc, local} {
					for seconds := -90; seconds <= 90; seconds += 3 {
						when := at.Add(time.Duration(seconds) * time.Second)
						_, offset := when.In(zone).Zone()
						for _, category := range []string{product.Groceries, product.Music} {
							key++
							o := fill(l, &d, key, product.Moment{
								Time: when.UTC(), Country: country, Category: category, Zone: zone, Offset: offset,
							})
							tuesday := when.In(zone).Weekday() == time.Tuesday
							tacos := o.ProductName == "Tacos"
							if tagged := slices.Contains(d.Tags(), "tuesday-tacos"); tagged != tacos {
								t.Fatalf("%+v has tags %q", o, d.Tags())
							}
							if !tuesday || category != product.Groceries || country == product.China {
								if tacos {
									t.Fatalf("tacos on %v in %v: %+v", when.In(zone).Weekday(), country, o)
								}
								continue
							}
							chances++
							if tacos {
								hits++
							}
						}
					}
				}
			}
		}
	}
	near(t, "tacos", hits, chances, 0.5)
}

func TestTacosDeclared(t *testing.T) {
	got := fmt.Sprintf("%+v", product.Tacos().Declare())
	want := "[{Name:tuesday-tacos Statement:Of the orders of Groceries from United States, Mexico or Spain on Tuesday, 50 % are Tacos. " +
		"When:[{Field:weekday Values:[Tuesday]} {Field:country Values:[United States Mexico Spain]} {Field:product_category Values:[Groceries]}] " +
		"Field:product_name Value:Tacos Share:0.5 Decoy:false}]"
	if got != want {
		t.Errorf("declared\n%s, want\n%s", got, want)
	}
	for _, f := range product.DefaultCatalog().Offers() {
		if f.Name == "Tacos" || f.ProductID == product.Tacos().Offers[0].ProductID {
			t.Errorf("the catalog sells %+v", f)
		}
	}
}

// Several offers are chosen by weight, those of the country before general ones.
func TestSwapChoosesByWeight(t *testing.T) {
	s := product.Swap{
		Label: "night", When: product.When{Hours: []int{22, 23}}, Share: 0.8,
		Offers: []product.Offer{
			{ProductID: 1, Name: "A", Category: "X", Price: 100, Weight: 3},
			{ProductID: 2, Name: "B", Category: "X", Price: 200, Weight: 1},
			{ProductID: 2, Name: "B", Category: "X", Country: "Y", Price: 300, Weight: 5},
		},
	}
	l := line(t, s)
	var d product.Draw
	count := map[string]int{}
	const n = 40_000
	for i := range n {
		m := product.Moment{Time: time.Unix(22*3600, 0), Country: []string{"Y", "Z"}[i%2], Category: "X"}
		o := fill(l, &d, uint64(i), m)
		count[fmt.Sprint(o.Country, o.ProductName, o.Price)]++
	}
	near(t, "Y, A", count["YA100"], n/2, 0.8*3/8)
	near(t, "Y, B", count["YB300"], n/2, 0.8*5/8)
	near(t, "Z, A", count["ZA100"], n/2, 0.8*3/4)
	near(t, "Z, B", count["ZB200"], n/2, 0.8/4)
	s.Decoy = true
	if o := fill(line(t, s), &d, 1, product.Moment{Time: time.Unix(22*3600, 0), Country: "Y", Category: "X"}); o.ProductID != 0 || len(d.Tags()) != 0 {
		t.Errorf("a decoy acted: %+v", o)
	}
	if p := s.Declare(); len(p) != 4 || !p[0].Decoy {
		t.Errorf("declared %+v", p)
	}
}

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

func TestSharesAreSpecific(t *testing.T) {
	s, err := product.NewShares(
		product.Share{Value: "any", Weight: 1},
		product.Share{Country: "A", Value: "a", Weight: 1},
		product.Share{Category: "K", Value: "k", Weight: 1},
		product.Share{Country: "A", Category: "K", Value: "ak1", Weight: 1},
		product.Share{Country: "A", Category: "K", Value: "ak2", Weight: 3},
	)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range [][3]string{{"A", "L", "a"}, {"B", "K", "k"}, {"B", "L", "any"}, {"", "", "any"}} {
		if got := s.Pick(c[0], c[1], 1<<63); got != c[2] {
			t.Errorf("country %q, category %q: %q, want %q", c[0], c[1], got, c[2])
		}
	}
	src, hits := keyed.New(1), 0
	for range 10_000 {
		if s.Pick("A", "K", src.Uint64()) == "ak2" {
			hits++
		}
	}
	near(t, "ak2", hits, 10_000, 0.75)
	var none product.Shares
	if none.Pick("A", "K", 1) != "" || none.Covers("A", "K") == nil {
		t.Error("empty shares have a value")
	}
}

func TestWorldCovers(t *testing.T) {
	for _, country := range []string{product.UnitedStates, product.Mexico, product.China, product.Spain, "France"} {
		for _, category := range []string{product.ECommerce, product.Gas, product.Groceries, product.Medicine, product.Music} {
			for _, g := range product.World() {
				if c, ok := g.(product.Coverer); ok {
					if err := c.Covers(country, category); err != nil {
						t.Error(err)
					}
				}
			}
		}
	}
	if err := product.DefaultCatalog().Covers(product.Spain, "Books"); err == nil || !strings.Contains(err.Error(), "Books") {
		t.Errorf("the catalog sells books: %v", err)
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
