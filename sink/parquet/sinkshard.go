package parquet

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/kafkanauts/kafkanauts/internal/parts"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink"
)

var errSinkClosed = errors.New("it is closed already")

// sinkShard makes the chunks of one shard.
type sinkShard struct {
	end
	whole  *Sink
	number int
	parts  *parts.Shard

	// The chunk that is being made.
	memory memory
	pile   pile
	enc    encoder

	// Of the shard.
	lost  int64 // of the steps before this one
	step  int64 // of the stream
	here  int   // its records
	ahead int64 // its lost records

	parsed order.Order
	at     order.Spans
	days   days
}

func (s *Sink) newShard(p *parts.Shard) (*sinkShard, error) {
	h := &sinkShard{whole: s, number: p.Shard(), parts: p}
	h.pile.memory = &h.memory
	if last := p.Last(); last != nil {
		h.lost, h.step, h.here = last.Totals.Lost, last.Next.Step, last.Next.Records
	}
	return h, nil
}

func (h *sinkShard) fail(err error) error { return h.end.fail(h.whole.Dir, err) }

// Write takes the records, and commits the chunks that are full.
func (h *sinkShard) Write(ctx context.Context, b *sink.Batch) error {
	switch {
	case h.err != nil:
		return h.err
	case h.ended:
		return wrap(h.whole.Dir, errSinkClosed)
	case ctx.Err() != nil:
		return h.fail(ctx.Err())
	}
	if err := h.parts.Ready(); err != nil {
		return h.fail(err)
	}
	if b.Step != h.step {
		h.lost += h.ahead
		h.step, h.here, h.ahead = b.Step, 0, 0
	}
	h.ahead += int64(len(b.Lost))
	for i := range b.Records {
		r := &b.Records[i]
		at := order.Place{Partition: int32(h.number), Offset: h.parts.Records + 1}
		if err := h.add(r, at); err != nil {
			return h.fail(fmt.Errorf("the record with seq %d of shard %d: %w", r.Seq, h.number, err))
		}
		r.At = at
		h.parts.Records++
		h.parts.Values += int64(len(r.Value))
		h.here++
		if h.pile.rows() >= h.whole.Rows {
			if err := h.commit(ctx, false); err != nil {
				return h.fail(err)
			}
		}
	}
	return nil
}

// add puts a record on the pile.
func (h *sinkShard) add(r *order.Record, at order.Place) error {
	if h.whole.Text {
		return h.addText(r, at)
	}
	o, err := r.Sent(h.whole.session.Encoding, &h.parsed)
	if err != nil {
		return fmt.Errorf("%w; a stream of damaged records is written as texts: set Text", err)
	}
	folder, err := check(o)
	if err != nil {
		return err
	}
	rows, i := h.pile.add(folder)
	rows.setOrder(i, o, at)
	return nil
}

func (h *sinkShard) addText(r *order.Record, at order.Place) error {
	if len(r.Value) > longestText {
		return fmt.Errorf("it has %d bytes; %d is the most", len(r.Value), longestText)
	}
	folder := partition{day: noDay}
	whole := h.whole.session.Encoding.(order.Pipe).Columns(r.Value, &h.at)
	if whole {
		folder.day = h.days.of(h.at.Value[order.Time].Of(r.Value))
	}
	rows, i := h.pile.add(folder)
	rows.setRecord(i, r.Value, !whole, at)
	return nil
}

// commit makes the pile a chunk, and puts its files in their places.
func (h *sinkShard) commit(ctx context.Context, done bool) error {
	if h.enc.options == nil && h.pile.rows() > 0 {
		h.enc.init(h.whole.Compression, h.whole.columns())
	}
	err := h.pile.each(func(folder partition, n int, rows iter.Seq[ref]) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		data, err := h.enc.encode(rows)
		if err != nil {
			return err
		}
		return h.parts.Put(h.whole.path(folder, h.number, h.parts.Number()), n, data)
	})
	if err != nil {
		return err
	}
	h.pile.clear()
	c := &parts.Chunk{Done: done, Totals: parts.Totals{Lost: h.lost}}
	if done {
		c.Totals.Lost += h.ahead
	} else {
		c.Next = parts.Position{Step: h.step, Records: h.here} // the lost ones of the step come once more: nothing is kept of them
	}
	return h.parts.Commit(c)
}

// Close commits what is left of the shard.
func (h *sinkShard) Close(ctx context.Context) error {
	return h.once(func() error {
		err := h.err
		if err == nil && !h.parts.Complete() {
			if err = h.parts.Ready(); err == nil {
				err = h.commit(ctx, true)
			}
			err = h.fail(err)
		}
		return errors.Join(err, h.leave())
	})
}

// Abort throws away what is not committed; the Sink's Abort says what there is.
func (h *sinkShard) Abort(context.Context, error) error {
	return h.once(func() error {
		h.leave() // what it cannot remove is swept by the next
		return nil
	})
}

// leave lets go of the data set and of the memory.
func (h *sinkShard) leave() error {
	h.memory, h.pile, h.enc = memory{}, pile{memory: &h.memory}, encoder{}
	if err := h.parts.Close(); err != nil {
		return wrap(h.whole.Dir, err)
	}
	return nil
}
