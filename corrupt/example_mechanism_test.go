package corrupt_test

import (
	"fmt"
	"time"

	"github.com/kafkanauts/kafkanauts/corrupt"
	"github.com/kafkanauts/kafkanauts/order"
)

// Night strikes with probability P from 0 to 6 h UTC and with a tenth of it at
// other times: damage that depends on the order.
type Night struct{ P float64 }

// Chance implements corrupt.Mechanism.
func (n Night) Chance(o *order.Order) float64 {
	if o.Time.Hour() < 6 {
		return n.P
	}
	return n.P / 10
}

// Max implements corrupt.Bounder, so that the stream need not ask for every order.
func (n Night) Max() float64 { return n.P }

func Example_mechanism() {
	mix := corrupt.Mix{{Strategy: corrupt.Blank{}, When: Night{P: 0.2}}}
	process, err := corrupt.NewProcess(mix, order.Pipe{})
	if err != nil {
		fmt.Println(err)
		return
	}

	var struck [2]int
	worker := process.Worker()
	worker.Begin(1, 24000)
	for i := range 24000 {
		o := order.Order{Time: time.Date(2022, 1, 31, i/1000, 0, 0, 0, time.UTC)}
		if worker.Hit(i, &o) {
			struck[min(i/6000, 1)]++
		}
	}
	fmt.Printf("%d of 6000 at night, %d of 18000 by day\n", struck[0], struck[1])
	// Output:
	// 1212 of 6000 at night, 344 of 18000 by day
}
