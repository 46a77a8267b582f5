package sink

import (
	"context"

	"github.com/kafkanauts/kafkanauts/order"
)

// Func is a sink that calls f for each batch. Before that it numbers the records,
// from 1, as the Offset of their At; f may put in a better place. An error of f
// ends the run.
func Func(f func(ctx context.Context, b *Batch) error) Sink {
	return &function{state: state{name: "func"}, f: f}
}

type function struct {
	state
	f     func(ctx context.Context, b *Batch) error
	count int64
}

func (s *function) Write(ctx context.Context, b *Batch) error {
	if err := s.begin(ctx); err != nil {
		return err
	}
	s.count = number(b, 0, s.count)
	return s.fail(s.f(ctx, b))
}

func (s *function) Close(context.Context) error {
	return s.end(func() error { return s.err })
}

// Discard is a Sharder that delivers to nowhere: what a stream costs without its
// sink. At is the record's number in its shard, as Offset, from 1.
func Discard() Sharder { return &discard{state: state{name: "discard"}} }

type discard struct {
	state
	partition int32
	count     int64
}

func (d *discard) Shard(i int) (Sink, error) {
	return &discard{state: state{name: "discard"}, partition: int32(i)}, nil
}

func (d *discard) Write(ctx context.Context, b *Batch) error {
	if err := d.begin(ctx); err != nil {
		return err
	}
	d.count = number(b, d.partition, d.count)
	return nil
}

func (d *discard) Close(context.Context) error {
	return d.end(func() error { return d.err })
}

// number sets At of the records of b, which come after count others, and returns
// how many there are now.
func number(b *Batch, partition int32, count int64) int64 {
	for i := range b.Records {
		count++
		b.Records[i].At = order.Place{Partition: partition, Offset: count}
	}
	return count
}
