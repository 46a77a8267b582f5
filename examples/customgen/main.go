// Customgen extends the library on every side that a program can: a curve, a
// stage with a pattern of its own, a strategy, and a sink.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/corrupt"
	"github.com/kafkanauts/kafkanauts/demand"
	"github.com/kafkanauts/kafkanauts/examples/internal/cli"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
	"github.com/kafkanauts/kafkanauts/product"
	"github.com/kafkanauts/kafkanauts/sink"
)

// Commuters is a curve: a rush before and after work, on weekdays only.
type Commuters struct{ Peak float64 } // orders a second

// Rate implements demand.Curve.
func (c Commuters) Rate(t time.Time) float64 {
	if d := t.Weekday(); d == time.Saturday || d == time.Sunday {
		return 0
	}
	switch h := t.Hour(); {
	case h >= 7 && h < 9, h >= 17 && h < 19:
		return c.Peak
	}
	return c.Peak / 20
}

// Payday is a stage with a pattern: on the first and the fifteenth of a month,
// customers buy more of everything and nearly all pay by card.
type Payday struct{}

// Name implements product.Generator. It keys the stage's randomness.
func (Payday) Name() string { return "payday" }

// Generate implements product.Generator. It stands before the stages whose
// odds it bends.
func (p Payday) Generate(d *product.Draw, o *order.Order) {
	if day := d.Local().Day(); day == 1 || day == 15 {
		d.Odds.Qty *= 3
		d.Odds.Payment[0] *= 10
		d.Tag(p.Name())
	}
}

// Declare implements product.Declarer: what stands in the answer key.
func (p Payday) Declare() []product.Pattern {
	return []product.Pattern{{Name: p.Name(), Statement: "On the 1st and the 15th of a month, 93 % pay by card.",
		When:  []truth.Clause{{Field: "day", Values: []string{"01", "15"}}},
		Field: order.Payment.String(), Value: order.Card, Share: 0.93}}
}

// SwapNames is a strategy: the customer's and the product's names change places.
type SwapNames struct{}

// Name implements corrupt.Strategy. It stands in the answer key.
func (SwapNames) Name() string { return "swap_names" }

// Corrupt implements corrupt.Strategy. Each edit logs itself.
func (SwapNames) Corrupt(e *corrupt.Edit, r *rand.Rand) bool {
	customer, product := e.Text(order.CustomerName), e.Text(order.ProductName)
	return e.Set(order.CustomerName, product) && e.Set(order.ProductName, customer)
}

// Tally is a sink: it counts orders and money by hour of the day. Its test holds
// it to the contract, by sinktest.
type Tally struct {
	Orders [24]int
	Cents  [24]int64
	taken  int64
	closed bool
	err    error // the first, which is final
}

// Write implements sink.Sink. It keeps nothing of the batch.
func (t *Tally) Write(ctx context.Context, b *sink.Batch) error {
	switch {
	case t.closed:
		return errors.New("the tally is closed")
	case t.err == nil:
		t.err = ctx.Err()
	}
	if t.err != nil {
		return t.err
	}
	for i := range b.Records {
		r := &b.Records[i]
		t.taken++
		r.At = order.Place{Offset: t.taken} // where it landed, for an answer key
		h := r.Order.Time.Hour()
		t.Orders[h]++
		t.Cents[h] += int64(r.Order.Qty) * r.Order.Price
	}
	return nil
}

// Close implements sink.Sink.
func (t *Tally) Close(context.Context) error {
	t.closed = true
	return t.err
}

func main() {
	cli.Main("customgen [-seed N]", run)
}

func run(ctx context.Context, flags *flag.FlagSet, parse func() error) error {
	seed := flags.Uint64("seed", 0, "another `number` is another stream")
	if err := parse(); err != nil {
		return err
	}
	madrid, err := demand.Zone("Europe/Madrid")
	if err != nil {
		return err
	}
	stream, err := kafkanauts.New(kafkanauts.Config{
		Seed:      *seed,
		Market:    demand.Market{{Country: "Spain", Category: "Gas", Zone: madrid, Curve: Commuters{Peak: 0.5}}},
		Generator: slices.Insert(product.World(), 0, product.Generator(Payday{})),
		Faults:    corrupt.Mix{corrupt.Of(SwapNames{}, 0.01)},
	})
	if err != nil {
		return err
	}
	var tally Tally
	report, err := stream.Run(ctx, &tally)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(os.Stdout)
	fmt.Fprintln(out, "hour UTC  orders     money")
	for h := range tally.Orders {
		fmt.Fprintf(out, "%8d %7d %9.2f\n", h, tally.Orders[h], float64(tally.Cents[h])/100)
	}
	fmt.Fprint(out, report)
	return out.Flush()
}
