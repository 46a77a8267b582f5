package product

import (
	"errors"
	"fmt"
	"math"

	"github.com/kafkanauts/kafkanauts/order"
)

// Payment fills in the payment type: one of order.Payments, in proportion to the
// country's weights times Odds.Payment.
//
// The zero Payment is the default world's.
type Payment struct {
	// Weights are by country; the row with an empty Country is for the others,
	// else the default world's is. Nil: DefaultPayments().
	Weights []PaymentWeights
}

// PaymentWeights is how often each payment type is chosen in a country.
type PaymentWeights struct {
	Country string
	Weights [4]float64 // in the order of order.Payments: at least 0, with a positive sum
}

// DefaultPayments returns the weights of the zero Payment.
func DefaultPayments() []PaymentWeights {
	return append([]PaymentWeights(nil), defaultPayments[:]...)
}

var defaultPayments = [...]PaymentWeights{
	{UnitedStates, [4]float64{66, 9, 2, 23}},
	{Mexico, [4]float64{54, 26, 3, 17}},
	{China, [4]float64{16, 10, 14, 60}},
	{Spain, [4]float64{59, 14, 7, 20}},
	{"", [4]float64{50, 20, 10, 20}},
}

// Name returns "payment".
func (p Payment) Name() string { return "payment" }

// Reads returns country.
func (p Payment) Reads() []order.Field { return []order.Field{order.Country} }

// Writes returns the payment type.
func (p Payment) Writes() []order.Field { return []order.Field{order.Payment} }

// Generate fills in the payment type. Odds that leave no type possible are
// disregarded.
func (p Payment) Generate(d *Draw, o *order.Order) {
	sums := odds(p.weights(o.Country), &d.Odds.Payment)
	pay(&sums, d, o)
}

// bind is Bind of Binder.
func (p Payment) bind(m *Moment) Generator {
	b := &boundPayment{Payment: p, weights: *p.weights(m.Country)}
	b.sums = summed(&b.weights)
	return b
}

// boundPayment is Payment for one country.
type boundPayment struct {
	Payment
	weights, sums [4]float64
}

func (p *boundPayment) Generate(d *Draw, o *order.Order) {
	sums := &p.sums
	if f := &d.Odds.Payment; f[0] != 1 || f[1] != 1 || f[2] != 1 || f[3] != 1 {
		bent := odds(&p.weights, f)
		sums = &bent
	}
	pay(sums, d, o)
}

// summed returns the sums of the weights up to each of them.
func summed(w *[4]float64) [4]float64 {
	return [4]float64{w[0], w[0] + w[1], w[0] + w[1] + w[2], w[0] + w[1] + w[2] + w[3]}
}

// odds returns the sums of the weights times f, or of the weights alone if that
// leaves none, or no finite ones.
func odds(w, f *[4]float64) [4]float64 {
	sums := summed(&[4]float64{float64(w[0] * f[0]), float64(w[1] * f[1]), float64(w[2] * f[2]), float64(w[3] * f[3])})
	if !(sums[3] > 0 && sums[3] <= math.MaxFloat64) {
		return summed(w)
	}
	return sums
}

// pay fills in the payment type: how many of the sums lie below a number uniform
// on (0, the last].
func pay(sums *[4]float64, d *Draw, o *order.Order) {
	at := float64((1 - d.Float64()) * sums[3])
	o.Payment = order.Payments[(below(sums[0], at)+below(sums[1], at)+below(sums[2], at))&3]
}

// below returns 1 if a < b, else 0, from the sign of the difference: a jump
// would be one that the processor cannot foresee.
func below(a, b float64) uint { return uint(math.Float64bits(a-b) >> 63) }

// weights returns those of a country.
func (p Payment) weights(country string) *[4]float64 {
	rows := p.Weights
	if rows == nil {
		rows = defaultPayments[:]
	}
	other := &defaultPayments[len(defaultPayments)-1].Weights
	for i := range rows {
		if rows[i].Country == country {
			return &rows[i].Weights
		}
		if rows[i].Country == "" {
			other = &rows[i].Weights
		}
	}
	return other
}

// Check returns everything that is wrong with the weights.
func (p Payment) Check() error {
	var errs []error
	bad := func(i int, format string, args ...any) {
		errs = append(errs, fmt.Errorf("row %d (country %q): "+format, append([]any{i + 1, p.Weights[i].Country}, args...)...))
	}
	for i, row := range p.Weights {
		sum := 0.0
		for j, w := range row.Weights {
			if err := checkFactor(w); err != nil {
				bad(i, "weight of %s: %w", order.Payments[j], err)
			}
			sum += w
		}
		if err := checkWeight(sum); err != nil {
			bad(i, "sum: %w", err)
		}
		for j := range i {
			if p.Weights[j].Country == row.Country {
				bad(i, "the country has row %d already", j+1)
			}
		}
	}
	return errors.Join(errs...)
}
