package sink

import (
	"context"
	"slices"

	"github.com/kafkanauts/kafkanauts/order"
)

// Channel is a sink that sends each record to ch, as a copy that shares no
// memory with the stream: the receiver owns it and may keep it. Write waits until
// all records of the batch are received, or in the channel's buffer, or ctx ends.
// At is the record's number, as Offset, from 1.
//
// The sink is ch's only sender, and Close closes ch, also after an error: a
// receiver ranges over ch, and takes from Run whether that was all.
func Channel(ch chan<- order.Record) Sink {
	return &channel{state: state{name: "channel"}, ch: ch}
}

type channel struct {
	state
	ch    chan<- order.Record
	count int64
}

func (c *channel) Write(ctx context.Context, b *Batch) error {
	if err := c.begin(ctx); err != nil {
		return err
	}
	for i := range b.Records {
		b.Records[i].At = order.Place{Offset: c.count + 1}
		select {
		case c.ch <- clone(&b.Records[i]):
			c.count++
		case <-ctx.Done():
			return c.fail(ctx.Err())
		}
	}
	return nil
}

func (c *channel) Close(context.Context) error {
	return c.end(func() error {
		close(c.ch)
		return c.err
	})
}

// clone returns a copy of r that shares no memory with it but strings.
func clone(r *order.Record) order.Record {
	c := *r
	if r.Order != nil {
		o := *r.Order
		c.Order = &o
	}
	text := make([]byte, 0, len(r.Key)+len(r.Value))
	c.Key, text = copyTo(text, r.Key)
	c.Value, _ = copyTo(text, r.Value)
	if r.Truth != nil {
		t := order.Truth{Tags: slices.Clone(r.Truth.Tags), Faults: slices.Clone(r.Truth.Faults)}
		for i := range t.Faults {
			t.Faults[i].Was = slices.Clone(t.Faults[i].Was)
		}
		c.Truth = &t
	}
	return c
}

// copyTo appends b to text and returns its copy there, nil for nil, and the text.
func copyTo(text, b []byte) (copy, longer []byte) {
	if b == nil {
		return nil, text
	}
	n := len(text)
	text = append(text, b...)
	return text[n:len(text):len(text)], text
}
