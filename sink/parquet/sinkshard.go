package parquet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/kafkanauts/kafkanauts/internal/parts"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink"
)

var errSinkClosed = errors.New("it is closed already")

// sinkShard makes the chunks of one shard.
type sinkShard struct {
	end
	early   bool // aborted
	whole   *Sink
	number  int
	parts   *parts.Shard
	resumed bool
	began   time.Time // of a paced stream, if all its runs keep to one schedule

	// The chunk that is being made.
	memory memory
	pile   pile
	enc    encoder

	// Of the shard.
	count int64 // records
	bytes int64 // of their values
	lost  int64 // of the steps before this one
	step  int64 // of the stream
	here  int   // its records
	ahead int64 // its lost records

	parsed order.Order
	at     order.Spans
	days   days
}

// sinkState is what an entry says of a shard beside what parts wants to know.
type sinkState struct {
	Bytes int64   `json:"bytes"`           // of the values
	Speed float64 `json:"speed,omitempty"` // of the schedule
}

func (s *Sink) newShard(i int) (*sinkShard, error) {
	p, err := s.store.Shard(i)
	if err != nil {
		return nil, err
	}
	h := &sinkShard{whole: s, number: i, parts: p}
	h.pile.memory = &h.memory
	if s.session.Paced() {
		h.began = time.Now()
	}
	last := p.Last()
	if last == nil {
		h.resumed = true // there is nothing to go on after
		return h, nil
	}
	var was sinkState
	if err := json.Unmarshal(last.State, &was); err != nil {
		return nil, errors.Join(fmt.Errorf("the entry of chunk %d of shard %d is not one of a Sink: %w", last.Number, i, err), p.Close())
	}
	h.bytes, h.count, h.lost, h.step, h.here = was.Bytes, last.Totals.Records, last.Totals.Lost, last.Next.Step, last.Next.Records
	if h.began = (time.Time{}); last.Began != nil && was.Speed == s.session.Speed {
		h.began = *last.Began
	}
	return h, nil
}

func (h *sinkShard) fail(err error) error { return h.end.fail(h.whole.Dir, err) }

// resume returns where the shard goes on. The lost records of a step that is not
// complete come once more: nothing is kept of them.
func (h *sinkShard) resume() sink.Position {
	h.resumed = true
	last := h.parts.Last()
	if last == nil {
		return sink.Position{}
	}
	return sink.Position{Step: last.Next.Step, Records: last.Next.Records, Began: h.began, Done: last.Done}
}

// Write takes the records, and commits the chunks that are full.
func (h *sinkShard) Write(ctx context.Context, b *sink.Batch) error {
	switch last := h.parts.Last(); {
	case h.err != nil:
		return h.err
	case h.ended:
		return wrap(h.whole.Dir, errSinkClosed)
	case ctx.Err() != nil:
		return h.fail(ctx.Err())
	case last != nil && (!h.resumed || last.Done):
		return h.fail(fmt.Errorf("shard %d goes on after the %d records that are there, which Resume tells; a stream calls that by itself if the Sink is what it runs into, but not in a Tee",
			h.number, last.Totals.Records))
	}
	if b.Step != h.step {
		h.lost += h.ahead
		h.step, h.here, h.ahead = b.Step, 0, 0
	}
	h.ahead += int64(len(b.Lost))
	for i := range b.Records {
		r := &b.Records[i]
		at := order.Place{Partition: int32(h.number), Offset: h.count + 1}
		if err := h.add(r, at); err != nil {
			return h.fail(fmt.Errorf("the record with seq %d of shard %d: %w", r.Seq, h.number, err))
		}
		r.At = at
		h.count++
		h.bytes += int64(len(r.Value))
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
	c := &parts.Chunk{Done: done, Totals: parts.Totals{Records: h.count, Lost: h.lost}}
	was := sinkState{Bytes: h.bytes}
	if done {
		c.Totals.Lost += h.ahead
	} else {
		c.Next = parts.Position{Step: h.step, Records: h.here}
		if !h.began.IsZero() {
			c.Began, was.Speed = &h.began, h.whole.session.Speed
		}
	}
	if c.State, err = json.Marshal(&was); err != nil {
		return err
	}
	return h.parts.Commit(c)
}

// Close commits what is left of the shard.
func (h *sinkShard) Close(ctx context.Context) error {
	return h.once(func() error {
		err := h.err
		last := h.parts.Last()
		switch {
		case err != nil || last != nil && last.Done:
		case last != nil && !h.resumed:
			err = h.fail(fmt.Errorf("shard %d was not gone on with", h.number))
		default:
			err = h.fail(h.commit(ctx, true))
		}
		return errors.Join(err, h.leave())
	})
}

// Abort throws away what is not committed; the Sink's Abort says what there is.
func (h *sinkShard) Abort(context.Context, error) error {
	return h.once(func() error {
		h.early = true
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
