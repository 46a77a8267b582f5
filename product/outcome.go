package product

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kafkanauts/kafkanauts/internal/alias"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
)

// Outcome fills in whether the payment succeeded and, if not, why. It fails with
// the probability Failure times Odds.Failure; the reason depends on the payment
// type.
//
// The zero Outcome is the default world's: one payment in ten fails.
type Outcome struct {
	Failure float64  // probability; 0 is DefaultFailure, below 0 is never
	Reasons []Reason // nil: DefaultReasons()
}

// DefaultFailure is the part of the payments that fail in the default world.
const DefaultFailure = 0.1

// Reason is why payments of a type fail.
type Reason struct {
	Payment string  // one of order.Payments; empty: each of them
	Text    string  // the failure_reason
	Weight  float64 // among the reasons for the type; positive
}

// DefaultReasons returns the reasons of the zero Outcome: some of each payment
// type's own, and two that all types share.
func DefaultReasons() []Reason { return append([]Reason(nil), defaultReasons[:]...) }

var defaultReasons = [...]Reason{
	{order.Card, "Insufficient Funds", 34},
	{order.Card, "Card Declined by Issuer", 22},
	{order.Card, "Card Expired", 17},
	{order.Card, "Incorrect CVV", 13},
	{order.InternetBanking, "Bank Server Unavailable", 41},
	{order.InternetBanking, "Invalid Bank Credentials", 29},
	{order.InternetBanking, "Daily Transfer Limit Exceeded", 15},
	{order.UPI, "Incorrect UPI PIN", 44},
	{order.UPI, "UPI ID Not Found", 27},
	{order.UPI, "UPI Request Expired", 14},
	{order.Wallet, "Wallet Balance Too Low", 56},
	{order.Wallet, "Wallet Locked", 20},
	{"", "Network Timeout", 9},
	{"", "Suspected Fraud", 5},
}

// Name returns "outcome".
func (c Outcome) Name() string { return "outcome" }

// Reads returns the payment type.
func (c Outcome) Reads() []order.Field { return []order.Field{order.Payment} }

// Writes returns success and reason.
func (c Outcome) Writes() []order.Field { return []order.Field{order.Success, order.Reason} }

func (c Outcome) failure() float64 {
	if c.Failure == 0 {
		return DefaultFailure
	}
	return c.Failure
}

func (c Outcome) reasons() []Reason {
	if c.Reasons == nil {
		return defaultReasons[:]
	}
	return c.Reasons
}

// Generate fills in the outcome.
func (c Outcome) Generate(d *Draw, o *order.Order) {
	if o.Success = !d.Chance(c.failure() * d.Odds.Failure); o.Success {
		o.Reason = ""
		return
	}
	k := c.causes(o.Payment) // anew each time: a Line that is bound has it once
	o.Reason = k.draw(d)
}

// bind is Bind of Binder.
func (c Outcome) bind(*Moment) Generator {
	b := &boundOutcome{Outcome: c, failure: c.failure()}
	for i, payment := range order.Payments {
		b.reasons[i] = c.causes(payment)
	}
	b.reasons[len(order.Payments)] = c.causes("") // of those that only the reasons for any type fit
	return b
}

// boundOutcome is Outcome with the reasons of each payment type, in the order of
// order.Payments, and behind them those of any other.
type boundOutcome struct {
	Outcome
	failure float64
	reasons [len(order.Payments) + 1]causes
}

func (c *boundOutcome) Generate(d *Draw, o *order.Order) {
	if o.Success = !d.Chance(c.failure * d.Odds.Failure); o.Success {
		o.Reason = ""
		return
	}
	i := 0
	for i < len(order.Payments) && order.Payments[i] != o.Payment {
		i++
	}
	o.Reason = c.reasons[i].draw(d)
}

// causes are the reasons for a payment type.
type causes struct {
	table alias.Table
	texts []string
}

func (c Outcome) causes(payment string) causes {
	var k causes
	var weights []float64
	for _, r := range c.reasons() {
		if r.of(payment) {
			k.texts = append(k.texts, r.Text)
			weights = append(weights, r.Weight)
		}
	}
	k.table, _ = alias.New(weights) // Check has seen to the weights; of none, an empty table
	return k
}

// draw returns one of the reasons, or "" if there are none.
func (k *causes) draw(d *Draw) string {
	if i := k.table.Pick(d.Uint64()); i >= 0 {
		return k.texts[i]
	}
	return ""
}

func (r *Reason) of(payment string) bool { return r.Payment == "" || r.Payment == payment }

// Declare returns the part of the payments that fail, and the most frequent
// reason of each payment type. It tags no orders: their fields say it.
func (c Outcome) Declare() []Pattern {
	p := max(0, min(c.failure(), 1))
	if p == 0 {
		return nil
	}
	all := []Pattern{{
		Name:      "payment-failures",
		Statement: fmt.Sprintf("Of all payments, %.3g %% fail.", 100*p),
		Field:     order.Success.String(),
		Value:     "N",
		Share:     p,
	}}
	for _, payment := range order.Payments {
		sum, most := 0.0, Reason{}
		for _, r := range c.reasons() {
			if r.of(payment) {
				sum += r.Weight
				if r.Weight > most.Weight {
					most = r
				}
			}
		}
		if sum == 0 {
			continue
		}
		all = append(all, Pattern{
			Name:      strings.ToLower(strings.ReplaceAll(payment, " ", "-")) + "-failures",
			Statement: fmt.Sprintf("Of the failures of %s, %.3g %% read %q.", payment, 100*most.Weight/sum, most.Text),
			When: []truth.Clause{
				{Field: order.Payment.String(), Values: []string{payment}},
				{Field: order.Success.String(), Values: []string{"N"}},
			},
			Field: order.Reason.String(),
			Value: most.Text,
			Share: most.Weight / sum,
		})
	}
	return all
}

// Check returns everything that is wrong with the stage.
func (c Outcome) Check() error {
	var errs []error
	if !(c.Failure <= 1) {
		errs = append(errs, fmt.Errorf("its Failure is %v; it is a probability, or below 0 for never", c.Failure))
	}
	for i, r := range c.Reasons {
		bad := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("reason %d: "+format, append([]any{i + 1}, args...)...))
		}
		if r.Payment != "" && !slices.Contains(order.Payments[:], r.Payment) {
			bad("no payment type is called %q; they are %q", r.Payment, order.Payments)
		}
		if err := checkText(r.Text); err != nil {
			bad("text: %w", err)
		}
		if err := checkWeight(r.Weight); err != nil {
			bad("%w", err)
		}
	}
	for _, payment := range order.Payments {
		if c.Reasons != nil && !slices.ContainsFunc(c.Reasons, func(r Reason) bool { return r.of(payment) }) {
			errs = append(errs, fmt.Errorf("payments by %s have no reason to fail; add one, or one for each type", payment))
		}
	}
	return errors.Join(errs...)
}
