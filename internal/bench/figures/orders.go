package figures

import (
	"slices"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/order"
)

// Orders are the orders that the yardsticks and what they measure share: the
// default world's first 65,536, as they were generated, and as lines.
type Orders struct {
	orders []order.Order
	lines  lines // of order.Pipe
}

const prebuilt = 1 << 16

// Load makes the orders.
func Load() (*Orders, error) {
	s, err := kafkanauts.New(kafkanauts.Config{Limit: prebuilt})
	if err != nil {
		return nil, err
	}
	x := &Orders{}
	for r := range s.Records() {
		x.orders = append(x.orders, *r.Order)
	}
	x.orders = slices.Clip(x.orders)
	x.lines = x.encoded(order.Pipe{})
	return x, s.Err()
}

// Width returns the mean length of a line, with its end.
func (x *Orders) Width() float64 { return float64(len(x.lines.text)) / float64(len(x.orders)) }

// lines are lines one after the other, as in a file.
type lines struct {
	text []byte
	ends []int // after the '\n' of each; 0 before the first
}

func (x *Orders) encoded(enc order.Encoding) lines {
	l := lines{ends: []int{0}}
	for i := range x.orders {
		l.text = append(enc.Append(l.text, &x.orders[i], nil), '\n')
		l.ends = append(l.ends, len(l.text))
	}
	return l
}
