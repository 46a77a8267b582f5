package producttest_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/product"
	"github.com/kafkanauts/kafkanauts/product/producttest"
)

func TestDefaultWorldMeetsContract(t *testing.T) {
	producttest.Run(t, product.World())
	for _, g := range product.World() {
		t.Run(g.Name(), func(t *testing.T) { producttest.Run(t, g) })
	}
}

func TestOtherMarketMeetsContract(t *testing.T) {
	m := product.Moment{Time: time.Date(2024, 2, 29, 23, 59, 59, 0, time.UTC), Country: "Brazil", Category: product.Music}
	producttest.Run(t, product.World(), m)
}

// stage is made of parts, each of which can be wrong.
type stage struct {
	do     func(*product.Draw, *order.Order)
	reads  []order.Field
	writes []order.Field
	plants []product.Pattern
}

func (s stage) Name() string                             { return "stage" }
func (s stage) Generate(d *product.Draw, o *order.Order) { s.do(d, o) }
func (s stage) Reads() []order.Field                     { return s.reads }
func (s stage) Writes() []order.Field                    { return s.writes }
func (s stage) Declare() []product.Pattern               { return s.plants }

type fickle struct{ n atomic.Int64 }

func (f *fickle) Name() string                         { return fmt.Sprint("fickle ", f.n.Add(1)) }
func (f *fickle) Generate(*product.Draw, *order.Order) {}

// recorder notes what a test reports instead of failing.
type recorder struct {
	testing.TB
	errors []string
}

func (r *recorder) Helper()             {}
func (r *recorder) Logf(string, ...any) {}
func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

// Each demand of the kit is missed by a stage made to miss it.
func TestEveryDemandCanFail(t *testing.T) {
	qty := []order.Field{order.Qty}
	good := product.Pattern{Name: "p", Statement: "P.", Field: "qty", Value: "1", Share: 0.5}
	decoy := good
	decoy.Decoy = true
	var count atomic.Int64
	var kept atomic.Pointer[order.Order]
	for _, c := range []struct {
		name, want string
		g          product.Generator
	}{
		{"empty chain", "not ready", product.Chain{}},
		{"unchecked", "not ready", product.Basket{Bands: []product.Band{{}}}},
		{"fickle name", "is called", &fickle{}},
		{"id", "id, transaction id or time", stage{do: func(_ *product.Draw, o *order.Order) { o.ID++ }, writes: []order.Field{order.ID}}},
		{"time", "id, transaction id or time", stage{do: func(_ *product.Draw, o *order.Order) { o.Time = o.Time.Add(1) }, writes: []order.Field{order.Time}}},
		{"undeclared write", "no stage says it writes", stage{do: func(_ *product.Draw, o *order.Order) { o.Price++ }, writes: qty, reads: []order.Field{order.Price}}},
		{"undeclared read", "no stage says it reads", stage{do: func(_ *product.Draw, o *order.Order) { o.Qty = int(o.Price) }, writes: qty}},
		{"delimiter", "not text", stage{do: func(_ *product.Draw, o *order.Order) { o.City = "a|b" }, writes: []order.Field{order.City}}},
		{"line end", "not text", stage{do: func(_ *product.Draw, o *order.Order) { o.City = "a\nb" }, writes: []order.Field{order.City}}},
		{"bad UTF-8", "not text", stage{do: func(_ *product.Draw, o *order.Order) { o.City = "\xff" }, writes: []order.Field{order.City}}},
		{"odds", "odds became", stage{do: func(d *product.Draw, _ *order.Order) { d.Odds.Price = -1 }}},
		{"history", "in another sequence", stage{do: func(_ *product.Draw, o *order.Order) { o.Qty = int(count.Add(1)) }, writes: qty}},
		{"kept order", "in another sequence", stage{do: func(_ *product.Draw, o *order.Order) {
			if old := kept.Swap(o); old != nil {
				o.Qty = int(old.ID)
			}
		}, writes: qty}},
		{"undeclared tag", "tagged", stage{do: func(d *product.Draw, _ *order.Order) { d.Tag("x") }}},
		{"tagged decoy", "tagged", stage{do: func(d *product.Draw, _ *order.Order) { d.Tag("p") }, plants: []product.Pattern{decoy}}},
		{"share", "share", stage{do: nothing, plants: []product.Pattern{{Name: "p", Statement: "P.", Field: "qty", Share: 2}}}},
		{"field", "acts on a field", stage{do: nothing, plants: []product.Pattern{{Name: "p", Statement: "P.", Field: "quantity"}}}},
		{"nameless", "without name", stage{do: nothing, plants: []product.Pattern{{Statement: "P.", Field: "qty"}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &recorder{TB: t}
			producttest.Run(r, c.g)
			if all := strings.Join(r.errors, "\n"); !strings.Contains(all, c.want) {
				t.Errorf("the kit reported %q, nothing of %q", all, c.want)
			}
		})
	}
	r := &recorder{TB: t}
	producttest.Run(r, stage{do: func(d *product.Draw, o *order.Order) { o.Qty = 1 + d.IntN(3); d.Tag("p") }, writes: qty, plants: []product.Pattern{good}})
	if len(r.errors) > 0 {
		t.Errorf("a good stage is reported: %q", r.errors)
	}
}

// A stage that is right alone and wrong among goroutines is told apart too.
func TestSharedStateIsFound(t *testing.T) {
	var calls atomic.Int64
	r := &recorder{TB: t}
	producttest.Run(r, stage{do: func(_ *product.Draw, o *order.Order) {
		o.Qty = 1
		if calls.Add(1) > 4000 { // the runs one after the other are 2,000 orders each
			o.Qty = 2
		}
	}, writes: []order.Field{order.Qty}})
	if all := strings.Join(r.errors, "\n"); !strings.Contains(all, "several goroutines") {
		t.Errorf("the kit reported %q", all)
	}
}

func nothing(*product.Draw, *order.Order) {}
