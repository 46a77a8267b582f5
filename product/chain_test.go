package product_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/product"
)

// Every mistake in a chain is reported, each by itself.
func TestNewLineReportsEverything(t *testing.T) {
	for _, c := range []struct {
		chain product.Generator
		want  []string
	}{
		{product.Chain{}, []string{"no stages"}},
		{product.Chain{nil}, []string{"stage 1 is nil", "no stages"}},
		{product.Chain{spy("")}, []string{"no name"}},
		{product.Chain{spy("a"), product.Chain{spy("b"), spy("a")}}, []string{`1 and 3 are both called "a"`}},
		{product.Chain{product.Basket{}, product.DefaultCatalog()}, []string{`stage 1 ("basket") reads price, which nothing before it fills in, only stage 2 ("catalog")`}},
		{product.Chain{product.Outcome{}, product.Payment{}}, []string{"payment_type"}},
		{product.Chain{product.Tacos(), product.DefaultCatalog()}, []string{"product_id", "product_name", "price"}},
		{product.Chain{(*product.Catalog)(nil)}, []string{"sells nothing"}},
		{product.Chain{product.Outcome{Failure: 2}, product.Payment{Weights: []product.PaymentWeights{{}}}}, []string{"Failure is 2", "sum", "payment_type"}},
	} {
		_, errs := product.NewLine(c.chain)
		if len(errs) != len(c.want) {
			t.Errorf("%v: want %q", errs, c.want)
			continue
		}
		var all []string
		for _, err := range errs {
			if !strings.HasPrefix(err.Error(), "product: ") {
				t.Errorf("the error reads %q", err)
			}
			all = append(all, err.Error())
		}
		for _, want := range c.want {
			if !strings.Contains(strings.Join(all, "\n"), want) {
				t.Errorf("%q, nothing of %q", all, want)
			}
		}
	}
	// What the stream fills in may be rewritten by the last stage.
	if _, errs := product.NewLine(append(product.World(), rewriter{})); errs != nil {
		t.Error(errs)
	}
}

type rewriter struct{}

func (rewriter) Name() string                             { return "rewriter" }
func (rewriter) Generate(_ *product.Draw, o *order.Order) { o.Category = "All" }
func (rewriter) Writes() []order.Field                    { return []order.Field{order.Category} }

// Every mistake in the settings of a stage is reported, all at once.
func TestChecksReportEverything(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	_, people := product.NewPeople(
		product.Country{Name: "A|B", Weight: -1}, product.Country{Name: "C", Names: []string{""}, Cities: []product.City{{Name: "x\ny"}, {Name: "z", Weight: nan}}},
		product.Country{Name: "C"})
	_, nobody := product.NewPeople()
	_, shares := product.NewShares(product.Share{}, product.Share{Value: "v", Weight: inf}, product.Share{Value: "v", Weight: 2})
	_, none := product.NewShares()
	_, catalog := product.NewCatalog(product.Offer{}, product.Offer{ProductID: 1, Name: "A", Category: "X", Price: 1, Weight: nan})
	_, huge := product.NewCatalog(
		product.Offer{ProductID: 1, Name: "A", Category: "X", Price: 1, Weight: math.MaxFloat64},
		product.Offer{ProductID: 2, Name: "B", Category: "X", Price: 1, Weight: math.MaxFloat64})
	offer := product.Offer{ProductID: 1, Name: "A", Category: "X", Price: 1, Weight: 1}
	for _, c := range []struct {
		err  error
		want []string
	}{
		{people, []string{"delimiter", "no weight", "full name 1", "city 1", "city 2", "country 2 and country 3", "millionth"}},
		{nobody, []string{"no country"}},
		{shares, []string{"row 1: value", "row 1: \"\"", "row 2", "row 3"}},
		{none, []string{"without rows"}},
		{catalog, []string{"offer 1: the product id", "product name", "category", "price", "offer 2: weight"}},
		{huge, []string{`category "X"`}},
		{product.Customers{Population: 1<<53 + 1, People: &product.People{}}.Check(), []string{"2^53", "People is empty"}},
		{product.Basket{Bands: []product.Band{{Below: -1, Scale: nan}, {Max: 1}, {Category: "X", Max: 1}}}.Check(),
			[]string{"Below", "scale", "Max is 0", "band 3: it is never reached"}},
		{product.Payment{Weights: []product.PaymentWeights{{Country: "A", Weights: [4]float64{-1}}, {Country: "A", Weights: [4]float64{1}}}}.Check(),
			[]string{"weight of Card", "sum", "row 1 already"}},
		{product.Outcome{Failure: nan, Reasons: []product.Reason{{Payment: "Cash"}}}.Check(),
			[]string{"Failure", "Cash", "text", "no weight", "by Card", "by Internet Banking", "by UPI", "by Wallet"}},
		{product.Swap{Share: 2, When: product.When{Weekdays: []time.Weekday{7}, Hours: []int{24}, Countries: []string{"A", ""}}, Offers: []product.Offer{offer, offer}}.Check(),
			[]string{"label", "share", "weekday 7", "hour 24", "empty", "offer 2"}},
		{product.Swap{Label: "a", When: product.When{Countries: []string{"B"}, Categories: []string{"X", "Y"}}, Offers: []product.Offer{offer}}.Check(),
			[]string{`category "Y" for country "B"`}},
		{product.Swap{Label: "a"}.Check(), []string{"no offers"}},
	} {
		for _, want := range c.want {
			if c.err == nil || !strings.Contains(c.err.Error(), want) {
				t.Errorf("%v\nhas nothing of %q", c.err, want)
			}
		}
	}
}

func TestClockOfDraw(t *testing.T) {
	var d product.Draw
	for _, c := range []struct {
		at     string
		offset int
		day    time.Weekday
		hour   int
	}{
		{"2022-02-01T04:59:59Z", -5 * 3600, time.Monday, 23}, {"2022-02-01T05:00:00Z", -5 * 3600, time.Tuesday, 0},
		{"1969-12-31T23:59:59Z", 0, time.Wednesday, 23}, {"1969-12-28T00:00:00Z", -1, time.Saturday, 23}, {"1970-01-01T00:00:00Z", 20700, time.Thursday, 5},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		d.Reset(0, &product.Moment{Time: at, Offset: c.offset})
		if d.Weekday() != c.day || d.Hour() != c.hour {
			t.Errorf("%+v: %v, %d h", c, d.Weekday(), d.Hour())
		}
	}
}
