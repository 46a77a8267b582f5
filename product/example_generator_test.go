package product_test

import (
	"fmt"
	"time"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
	"github.com/kafkanauts/kafkanauts/product"
)

// NightOwl is a stage of one's own: between midnight and four, wherever the
// customer is, payments by wallet are thrice as likely as otherwise to fail.
type NightOwl struct{}

func (NightOwl) Name() string { return "night-owl" }

// Generate bends the odds that the stage after it applies, and leaves the order
// as it is.
func (NightOwl) Generate(d *product.Draw, o *order.Order) {
	if o.Payment == order.Wallet && d.Hour() < 4 {
		d.Odds.Failure *= 3
		d.Tag("night-owl")
	}
}

// Reads lets NewLine find out if the stage stands before the payment.
func (NightOwl) Reads() []order.Field { return []order.Field{order.Payment} }

// Writes says that the stage fills in nothing.
func (NightOwl) Writes() []order.Field { return nil }

// Declare is for the answer key: what a reader of the stream has to find.
func (NightOwl) Declare() []product.Pattern {
	return []product.Pattern{{
		Name:      "night-owl",
		Statement: "Of the payments by Wallet from 0 to 4 h, 30 % fail.",
		When: []truth.Clause{
			{Field: "hour", Values: []string{"00", "01", "02", "03"}},
			{Field: order.Payment.String(), Values: []string{order.Wallet}},
		},
		Field: order.Success.String(),
		Value: "N",
		Share: 0.3,
	}}
}

// A stage goes where its cause comes before its effect: here after the payment,
// which it reads, and before the outcome, which it bends.
func ExampleGenerator() {
	var chain product.Chain
	for _, g := range product.World() {
		if g.Name() == "outcome" {
			chain = append(chain, NightOwl{})
		}
		chain = append(chain, g)
	}
	line, errs := product.NewLine(chain)
	if errs != nil {
		fmt.Println(errs)
		return
	}

	// A stream does this; here it is done by hand, for two hours of the day.
	var d product.Draw
	for _, hour := range []int{2, 14} {
		failed, paid := 0, 0
		for key := range uint64(60_000) {
			m := product.Moment{
				Time:     time.Date(2022, 2, 1, hour, 0, 0, 0, time.UTC),
				Country:  product.China,
				Category: product.Music,
			}
			d.Reset(key, &m)
			o := order.Order{Time: m.Time, Country: m.Country, Category: m.Category}
			line.Fill(&d, &o)
			if o.Payment == order.Wallet {
				paid++
				if !o.Success {
					failed++
				}
			}
		}
		fmt.Printf("at %2d h, of the payments by wallet fail %d %%\n", hour, (100*failed+paid/2)/paid)
	}
	// Output:
	// at  2 h, of the payments by wallet fail 30 %
	// at 14 h, of the payments by wallet fail 10 %
}
