package corrupt_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/kafkanauts/kafkanauts/corrupt"
	"github.com/kafkanauts/kafkanauts/order"
)

// Swap exchanges two fields, the way a mixed-up column mapping does.
type Swap struct{ A, B order.Field }

// Name implements corrupt.Strategy.
func (Swap) Name() string { return "swap_fields" }

// Corrupt implements corrupt.Strategy. If B cannot take the text of A, what was
// done to A is undone, because it returns false.
func (s Swap) Corrupt(e *corrupt.Edit, r *rand.Rand) bool {
	a, b := e.Text(s.A), e.Text(s.B)
	return e.Set(s.A, b) && e.Set(s.B, a)
}

// A user's own strategy. In a program, the Mix goes into a stream's configuration,
// and the stream does what main's loop does here.
func Example_strategy() {
	mix := corrupt.Mix{corrupt.Of(Swap{order.Country, order.City}, 0.5)}
	enc := order.CSV{}
	process, err := corrupt.NewProcess(mix, enc)
	if err != nil {
		fmt.Println(err)
		return
	}

	const n = 5
	worker, at := process.Worker(), new(order.Spans)
	worker.Begin(3, n)
	for i := range n {
		o := order.Order{ID: uint64(i + 1), Country: "Mexico", City: "Puebla, Pue.", Qty: 1, Success: true}
		if !worker.Hit(i, &o) {
			continue // clean: encode it without extents
		}
		clean := enc.Append(nil, &o, at)
		value, outcome := worker.Apply(clean, 0, i, i == n-1, &o, at)
		fmt.Printf("%s\n", value)
		for _, f := range outcome.Faults {
			fmt.Printf("  %s %s %s, was %s\n", f.Strategy, f.Op, f.Field, f.Was)
		}
		fmt.Printf("%s\n", order.Undo(nil, value, outcome.Faults))
	}
	// Output:
	// 2,0,,0,,,,1,0.00,0001-01-01T00:00:00,"Puebla, Pue.",Mexico,,0,Y,
	//   swap_fields edited country, was Mexico
	//   swap_fields edited city, was "Puebla, Pue."
	// 2,0,,0,,,,1,0.00,0001-01-01T00:00:00,Mexico,"Puebla, Pue.",,0,Y,
	// 4,0,,0,,,,1,0.00,0001-01-01T00:00:00,"Puebla, Pue.",Mexico,,0,Y,
	//   swap_fields edited country, was Mexico
	//   swap_fields edited city, was "Puebla, Pue."
	// 4,0,,0,,,,1,0.00,0001-01-01T00:00:00,Mexico,"Puebla, Pue.",,0,Y,
}
