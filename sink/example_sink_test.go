package sink_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink"
)

// Revenue is a sink that delivers no record: it adds up what was paid in each
// country. It keeps the strings of the orders, which are never rewritten, and
// nothing else of a batch.
type Revenue struct {
	Cents map[string]int64

	records int64
	err     error // the first, which is final
	closed  bool
}

// Write adds a batch.
func (r *Revenue) Write(ctx context.Context, b *sink.Batch) error {
	if r.closed {
		return errors.New("revenue: it is closed")
	}
	if r.err == nil {
		r.err = ctx.Err()
	}
	if r.err != nil {
		return r.err
	}
	if r.Cents == nil {
		r.Cents = make(map[string]int64)
	}
	for i := range b.Records {
		rec := &b.Records[i]
		r.records++
		rec.At = order.Place{Offset: r.records}
		if rec.Order.Success {
			r.Cents[rec.Order.Country] += int64(rec.Order.Qty) * rec.Order.Price
		}
	}
	return nil
}

// Close has nothing to hand over.
func (r *Revenue) Close(context.Context) error {
	r.closed = true
	return r.err
}

// A program's own sink has two methods. That this one keeps the contract, a test
// of the program tells with sinktest.Run; one that has a destination is also made
// to lose it, with sinktest.Faults. The example sqlite is such a sink.
func ExampleSink() {
	var revenue Revenue
	var s sink.Sink = &revenue
	ctx := context.Background()

	// A stream does this in its Run.
	err := s.Write(ctx, &sink.Batch{Shard: -1, Parts: 1, Records: []order.Record{
		{Seq: 1, Order: &order.Order{Country: "Spain", Qty: 2, Price: 1050, Success: true}},
		{Seq: 2, Order: &order.Order{Country: "China", Qty: 1, Price: 899, Success: true}},
		{Seq: 3, Order: &order.Order{Country: "Spain", Qty: 5, Price: 100, Reason: "Insufficient funds"}},
		{Seq: 4, Order: &order.Order{Country: "Spain", Qty: 1, Price: 400, Success: true}},
	}})
	err = errors.Join(err, sink.End(ctx, s, err))

	for _, country := range slices.Sorted(maps.Keys(revenue.Cents)) {
		fmt.Printf("%s %.2f\n", country, float64(revenue.Cents[country])/100)
	}
	fmt.Println(err)
	// Output:
	// China 8.99
	// Spain 25.00
	// <nil>
}
