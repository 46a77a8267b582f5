// Package producttest holds stages, a user's own too, to the contract of
// product.Generator. A test of a stage is one line:
//
//	func TestGift(t *testing.T) { producttest.Run(t, Gift{}) }
//
// and is best run with the race detector.
package producttest

import (
	"math"
	"slices"
	"sync"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/kafkanauts/kafkanauts/internal/keyed"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/product"
)

// Run reports in t whatever g does against the contract, on some thousand orders:
// g, which may be a Chain, gets them as the default world's stages filled them in.
// It makes these demands:
//
//   - g is ready to run: product.NewLine finds nothing wrong with it;
//   - names stay the same and are not empty;
//   - the order, the draw's customer and odds, and the tags depend on nothing but
//     the draw and the order: not on earlier orders, nor on memory being reused,
//     nor on other goroutines (the race detector sees more of these);
//   - id, transaction id and time stay as they are; and of the other fields, a
//     product.Writer changes only those it says it writes;
//   - what a product.Reader writes does not depend on fields that it does not say
//     it reads;
//   - text is valid UTF-8 without the delimiter and without control characters;
//   - odds stay finite and not negative;
//   - declared patterns name a field, a value and a share in [0,1], and are all
//     that a product.Declarer tags; a decoy is never tagged.
//
// The allocations of an order are logged, not judged.
//
// The orders are from the moments given, in turn; without any, from two weeks of
// the default world's countries and categories. A stage made for another market
// needs its moments.
func Run(t testing.TB, g product.Generator, moments ...product.Moment) {
	t.Helper()
	line, errs := product.NewLine(g)
	if len(errs) > 0 {
		for _, err := range errs {
			t.Errorf("not ready to run: %v", err)
		}
		return
	}
	if len(moments) == 0 {
		moments = world()
	}
	k := kit{TB: t, line: line, cases: cases(moments)}
	k.names()
	k.patterns()
	k.reference()
	k.repeatable()
	k.concurrent()
	k.blind()
	k.allocations()
}

// world returns moments from two weeks of the default world.
func world() []product.Moment {
	const n = 2000
	countries := []struct {
		name   string
		offset int
	}{{product.UnitedStates, -5 * 3600}, {product.Mexico, -6 * 3600}, {product.China, 8 * 3600}, {product.Spain, 3600}}
	categories := []string{product.ECommerce, product.Gas, product.Groceries, product.Medicine, product.Music}
	src := keyed.New(keyed.Key(0).Named("producttest"))
	all := make([]product.Moment, n)
	for i := range all {
		c := countries[src.IntN(len(countries))]
		all[i] = product.Moment{
			Time:     time.Date(2022, 1, 31, 0, 0, src.IntN(14*86400), 0, time.UTC),
			Country:  c.name,
			Category: categories[src.IntN(len(categories))],
			Zone:     time.FixedZone(c.name, c.offset),
			Offset:   c.offset,
			Shard:    i % 4,
			Shards:   4,
			Seed:     11,
		}
	}
	return all
}

// input is an order before the stages that are tested, and what it is drawn from.
type input struct {
	key    uint64
	moment product.Moment
	order  order.Order
}

// output is what they made of it.
type output struct {
	order    order.Order
	customer product.Customer
	odds     product.Odds
	tags     []string
}

func (a output) equal(b output) bool {
	return a.order == b.order && a.customer == b.customer && a.odds == b.odds && slices.Equal(a.tags, b.tags)
}

// filler is the stages that stand before those tested.
func filler() *product.Line {
	line, errs := product.NewLine(product.World())
	if len(errs) > 0 {
		panic(errs[0]) // the default world is tested where it is made
	}
	return line
}

func cases(moments []product.Moment) []input {
	world := filler()
	all := make([]input, max(len(moments), 1000))
	for i := range all {
		in := input{key: keyed.Mix(uint64(i)), moment: moments[i%len(moments)]}
		in.order = order.Order{
			ID: uint64(i + 1), TxnID: keyed.Mix(uint64(i) + 77), Time: in.moment.Time,
			Country: in.moment.Country, Category: in.moment.Category,
		}
		var d product.Draw
		d.Reset(in.key+1, &in.moment)
		world.Fill(&d, &in.order)
		all[i] = in
	}
	return all
}

type kit struct {
	testing.TB
	line     *product.Line
	cases    []input
	want     []output
	declared map[string]bool // by name: whether it may be tagged; nil if not all stages declare
}

// errorOnce reports a demand that is not met the first time only.
func (k *kit) errorOnce(seen *bool, format string, args ...any) {
	if !*seen {
		k.Helper()
		k.Errorf(format, args...)
	}
	*seen = true
}

func (k *kit) names() {
	for _, s := range k.line.Stages() {
		if a, b := s.Name(), s.Name(); a != b {
			k.Errorf("a stage is called %q, then %q", a, b)
		}
	}
}

func (k *kit) patterns() {
	k.declared = map[string]bool{}
	for _, s := range k.line.Stages() {
		d, ok := s.(product.Declarer)
		if !ok {
			continue
		}
		for _, p := range d.Declare() {
			k.declared[p.Name] = k.declared[p.Name] || !p.Decoy
			if p.Name == "" || p.Statement == "" {
				k.Errorf("stage %q declares a pattern without name or statement: %+v", s.Name(), p)
			}
			if _, err := order.ParseField(p.Field); err != nil {
				k.Errorf("stage %q: pattern %q acts on a field: %v", s.Name(), p.Name, err)
			}
			if !(p.Share >= 0 && p.Share <= 1) {
				k.Errorf("stage %q: pattern %q has share %v", s.Name(), p.Name, p.Share)
			}
			for _, c := range p.When {
				_, err := order.ParseField(c.Field)
				if err != nil && c.Field != "weekday" && c.Field != "hour" || len(c.Values) == 0 {
					k.Errorf("stage %q: pattern %q has the clause %+v", s.Name(), p.Name, c)
				}
			}
		}
	}
}

// do runs the stages on a copy of one input.
func (k *kit) do(d *product.Draw, in *input) output {
	d.Reset(in.key, &in.moment)
	o := in.order
	k.line.Fill(d, &o)
	return output{o, d.Customer, d.Odds, slices.Clone(d.Tags())}
}

// reference makes the outputs that all others are held against, with a draw of
// its own for each, and judges them by themselves.
func (k *kit) reference() {
	var fixed, undeclared, text, odds, tags bool
	writes, all := k.writes()
	k.want = make([]output, len(k.cases))
	for i := range k.cases {
		in := &k.cases[i]
		out := k.do(new(product.Draw), in)
		k.want[i] = out
		o := &out.order
		if o.ID != in.order.ID || o.TxnID != in.order.TxnID || o.Time != in.order.Time {
			k.errorOnce(&fixed, "id, transaction id or time of an order was changed, from %v to %v", in.order, *o)
		}
		for f := order.ID; f < order.NumFields; f++ {
			if all && !writes[f] && !same(f, o, &in.order) {
				k.errorOnce(&undeclared, "%v was changed, which no stage says it writes, from %v to %v", f, in.order, *o)
			}
			if s := o.Text(f); !validText(s) {
				k.errorOnce(&text, "%v became %q, which is not text or holds a delimiter or control character", f, s)
			}
		}
		for _, x := range append([]float64{out.odds.Price, out.odds.Qty, out.odds.Failure}, out.odds.Payment[:]...) {
			if !(x >= 0) || math.IsInf(x, 1) {
				k.errorOnce(&odds, "odds became %+v", out.odds)
			}
		}
		for _, tag := range out.tags {
			if may, is := k.declared[tag]; !is || !may {
				k.errorOnce(&tags, "an order was tagged %q, which no stage declares as a pattern that acts", tag)
			}
		}
	}
}

// repeatable runs everything again, backwards, with one draw and after whatever
// came before it.
func (k *kit) repeatable() {
	var d product.Draw
	for i := len(k.cases) - 1; i >= 0; i-- {
		if got := k.do(&d, &k.cases[i]); !got.equal(k.want[i]) {
			k.Errorf("the same draw and order gave, in another sequence,\n%+v, not\n%+v", got, k.want[i])
			return
		}
	}
}

func (k *kit) concurrent() {
	const workers = 4
	bad := make([]int, workers)
	var wait sync.WaitGroup
	for w := range workers {
		bad[w] = -1
		wait.Go(func() {
			var d product.Draw
			for j := range k.cases {
				i := (j + w*len(k.cases)/workers) % len(k.cases)
				if got := k.do(&d, &k.cases[i]); !got.equal(k.want[i]) {
					bad[w] = i
					return
				}
			}
		})
	}
	wait.Wait()
	for _, i := range bad {
		if i >= 0 {
			k.Errorf("run by several goroutines at once, the stages did not make %+v", k.want[i])
			return
		}
	}
}

// blind replaces what no stage says it reads, where all of them say, and expects
// the same of what they write.
func (k *kit) blind() {
	var reads [order.NumFields]bool
	for _, s := range k.line.Stages() {
		r, ok := s.(product.Reader)
		if !ok {
			return
		}
		for _, f := range r.Reads() {
			reads[f] = true
		}
	}
	writes, all := k.writes()
	if !all {
		return
	}
	var d product.Draw
	for i := range k.cases {
		in := k.cases[i]
		other := &k.cases[(i+len(k.cases)/2)%len(k.cases)].order
		for f := order.ID; f < order.NumFields; f++ {
			// What the draw says of the order stands in the order too.
			if !reads[f] && f != order.Time && f != order.Country && f != order.Category {
				set(f, &in.order, other)
			}
		}
		got := k.do(&d, &in)
		for f := order.ID; f < order.NumFields; f++ {
			// Fields that a stage writes now and then only, such as those
			// that a pattern replaces, it has to say it reads.
			if writes[f] && !same(f, &got.order, &k.want[i].order) {
				k.Errorf("%v depends on fields that no stage says it reads: it became %v, not %v", f, got.order, k.want[i].order)
				return
			}
		}
	}
}

func (k *kit) allocations() {
	var d product.Draw
	var o order.Order
	i := 0
	n := testing.AllocsPerRun(1000, func() {
		in := &k.cases[i%len(k.cases)]
		d.Reset(in.key, &in.moment)
		o = in.order
		k.line.Fill(&d, &o)
		i++
	})
	k.Logf("%v allocations an order", n)
}

// writes returns what the stages say they write, and whether all of them do say.
func (k *kit) writes() (fields [order.NumFields]bool, all bool) {
	for _, s := range k.line.Stages() {
		w, ok := s.(product.Writer)
		if !ok {
			return fields, false
		}
		for _, f := range w.Writes() {
			fields[f] = true
		}
	}
	return fields, true
}

func validText(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if r == '|' || unicode.IsControl(r) {
			return false
		}
	}
	return true
}

// same returns whether a and b agree in f.
func same(f order.Field, a, b *order.Order) bool {
	c := *a
	set(f, &c, b)
	return c == *a
}

// set gives dst the f of src.
func set(f order.Field, dst, src *order.Order) {
	switch f {
	case order.ID:
		dst.ID = src.ID
	case order.CustomerID:
		dst.CustomerID = src.CustomerID
	case order.CustomerName:
		dst.CustomerName = src.CustomerName
	case order.ProductID:
		dst.ProductID = src.ProductID
	case order.ProductName:
		dst.ProductName = src.ProductName
	case order.Category:
		dst.Category = src.Category
	case order.Payment:
		dst.Payment = src.Payment
	case order.Qty:
		dst.Qty = src.Qty
	case order.Price:
		dst.Price = src.Price
	case order.Time:
		dst.Time = src.Time
	case order.Country:
		dst.Country = src.Country
	case order.City:
		dst.City = src.City
	case order.Site:
		dst.Site = src.Site
	case order.TxnID:
		dst.TxnID = src.TxnID
	case order.Success:
		dst.Success = src.Success
	case order.Reason:
		dst.Reason = src.Reason
	}
}
