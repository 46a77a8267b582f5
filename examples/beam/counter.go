package main

import (
	"context"
	"crypto/sha256"
	"hash"

	"github.com/kafkanauts/kafkanauts/demand"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink"
)

// counter is a sink that keeps sums in the place of records. What it counts is what
// a reader could: the bytes as they were sent.
type counter struct {
	hash    hash.Hash
	lost    int64
	invalid int64
	cells   map[[2]string]*Cell // of the market, and Other
}

// Other stands for the countries and categories that the market does not have:
// damage makes any number of them.
const Other = "other"

func newCounter(m demand.Market) *counter {
	c := &counter{hash: sha256.New(), cells: map[[2]string]*Cell{}}
	for _, s := range m {
		c.cells[[2]string{s.Country, s.Category}] = &Cell{Country: s.Country, Category: s.Category}
	}
	c.cells[[2]string{Other, Other}] = &Cell{Country: Other, Category: Other}
	return c
}

// Write implements sink.Sink.
func (c *counter) Write(_ context.Context, b *sink.Batch) error {
	c.hash.Write(b.Lines)
	c.lost += int64(len(b.Lost))
	var o order.Order
	for i := range b.Records {
		if err := (order.Pipe{}).View(&o, b.Records[i].Value, nil); err != nil {
			c.invalid++
			continue
		}
		cell := c.cells[[2]string{o.Country, o.Category}]
		if cell == nil {
			cell = c.cells[[2]string{Other, Other}]
		}
		cell.Orders++
		cell.Units += int64(o.Qty)
		cell.Cents += int64(o.Qty) * o.Price
	}
	return nil
}

// Close implements sink.Sink.
func (c *counter) Close(context.Context) error { return nil }
