package sink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/kafkanauts/kafkanauts/internal/parts"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
)

// filesShard fills the files of one shard, one chunk a file.
type filesShard struct {
	state        // of what is written
	done   state // of what the stream sees
	whole  *Files
	number int
	parts  *parts.Shard

	// The file that is being written.
	file    *parts.File // nil: there is none
	name    string
	out     output // before what follows
	to      counted
	packed  *packed // nil: no compression
	packer  Packer  // nil: lines
	records int64
	size    int64 // before compression

	// Of the shard.
	lost int64
	hour int64 // that event time has reached, in hours since 1970
	at   step

	key *chunkKey // nil: none is kept
}

// step is how far a shard is in a step of the stream.
type step struct {
	number        int64
	records, lost int
	max           uint64   // Seq of its records
	ahead         []uint64 // the Seqs of lost ones that were greater than any record's, ascending
}

// counted counts what is written to it.
type counted struct {
	w interface{ Write([]byte) (int, error) }
	n int64
}

// Write passes p on.
func (c *counted) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// filesState is what an entry says of a shard beside what parts wants to know.
type filesState struct {
	Hour string `json:"hour,omitempty"` // that event time has reached
}

const hourForm = "2006-01-02T15"

func (f *Files) newShard(p *parts.Shard) (*filesShard, error) {
	h := &filesShard{state: state{name: f.name}, whole: f, number: p.Shard(), parts: p, hour: math.MinInt64}
	h.out.w = &h.to
	if f.Truth != "" {
		h.key = newChunkKey(h)
	}
	last := p.Last()
	if last == nil {
		return h, nil
	}
	if len(last.State) > 0 {
		var was filesState
		err := json.Unmarshal(last.State, &was)
		var t time.Time
		if err == nil {
			t, err = time.Parse(hourForm, was.Hour)
		}
		if err != nil {
			return nil, fmt.Errorf("the entry of chunk %d of shard %d is not one of Files: %w", last.Number, h.number, err)
		}
		h.hour = hours(t)
	}
	h.lost = last.Totals.Lost
	h.at = step{number: last.Next.Step, records: last.Next.Records, lost: last.Next.Lost}
	return h, nil
}

// hours returns the hour of t, since 1970.
func hours(t time.Time) int64 {
	unix := t.Unix()
	h := unix / 3600
	if unix%3600 < 0 {
		h--
	}
	return h
}

// Write appends the records, to as many files as it takes.
func (h *filesShard) Write(ctx context.Context, b *Batch) error {
	if h.done.ended && h.err == nil {
		return h.wrap(errClosed)
	}
	if err := h.begin(ctx); err != nil {
		return err
	}
	if err := h.parts.Ready(); err != nil {
		return h.fail(err)
	}
	if err := h.write(ctx, b); err != nil {
		if h.name != "" {
			err = fmt.Errorf("%s: %w", h.name, err)
		}
		return h.fail(err)
	}
	return nil
}

func (h *filesShard) write(ctx context.Context, b *Batch) error {
	h.advance(b)
	if h.key != nil {
		h.key.hold(b.Lost)
	}
	first, line, end := 0, 0, 0 // of what is not written yet, and where its lines begin and end
	for i := range b.Records {
		r := &b.Records[i]
		if h.full(r) {
			if err := h.take(ctx, b, first, i, line, end); err != nil {
				return err
			}
			first, line = i, end
			if err := h.commit(ctx, false); err != nil {
				return err
			}
		}
		if h.file == nil {
			if err := h.create(r); err != nil {
				return err
			}
		}
		h.parts.Records++
		h.parts.Values += int64(len(r.Value))
		h.records++
		h.at.records++
		h.at.max = max(h.at.max, r.Seq)
		end += len(r.Value) + 1
		r.At = order.Place{Partition: int32(h.number), Offset: h.parts.Records}
		if h.packer == nil {
			h.size += int64(len(r.Value) + 1)
			continue
		}
		if err := h.out.addAll(ctx, h.packer, b.Records[i:i+1]); err != nil {
			h.packer = nil
			return err
		}
		h.size = h.to.n + int64(len(h.out.buf))
	}
	if err := h.take(ctx, b, first, len(b.Records), line, end); err != nil {
		return err
	}
	if h.key != nil && h.key.waits > maxHeld {
		if err := h.unhold(ctx); err != nil {
			return err
		}
	}
	if h.whole.session.Paced() && h.packed == nil {
		return h.out.flush(ctx)
	}
	return nil
}

// advance notes what step a batch is of, and which records of it are lost.
func (h *filesShard) advance(b *Batch) {
	if b.Step != h.at.number {
		h.at = step{number: b.Step, ahead: h.at.ahead[:0]}
	}
	for i := range b.Lost {
		seq := b.Lost[i].Seq
		at := len(h.at.ahead)
		for at > 0 && h.at.ahead[at-1] > seq {
			at--
		}
		h.at.ahead = slices.Insert(h.at.ahead, at, seq)
	}
	h.at.lost += len(b.Lost)
	h.lost += int64(len(b.Lost))
}

// unhold writes the rows of all lost records so far: nearly everything is lost.
func (h *filesShard) unhold(ctx context.Context) error {
	if h.file == nil {
		if err := h.create(nil); err != nil {
			return err
		}
	}
	h.at.ahead = h.at.ahead[:0]
	return h.key.release(ctx, math.MaxUint64)
}

// full tells whether the file ends before r.
func (h *filesShard) full(r *order.Record) bool {
	f := h.whole
	if h.file == nil {
		return false
	}
	if f.Records > 0 && h.records >= f.Records || f.Bytes > 0 && h.size >= f.Bytes {
		return true
	}
	return f.Hourly && r.Order != nil && hours(r.Order.Time) > h.hour
}

// take writes records of a batch, and their rows.
func (h *filesShard) take(ctx context.Context, b *Batch, first, last, line, end int) error {
	if first == last {
		return nil
	}
	some := *b
	some.Records, some.Lost, some.Lines = b.Records[first:last], nil, nil
	if len(b.Lines) > 0 {
		some.Lines = b.Lines[line:end]
	}
	if h.packer == nil {
		if err := h.out.writeLines(ctx, &some); err != nil {
			return err
		}
	}
	if h.key != nil {
		return h.key.records(ctx, some.Records)
	}
	return nil
}

// create begins a file, with r if that is not nil.
func (h *filesShard) create(r *order.Record) (err error) {
	f := h.whole
	if f.Hourly {
		hour := int64(math.MinInt64)
		if r != nil && r.Order != nil {
			hour = hours(r.Order.Time)
		} else if h.hour == math.MinInt64 {
			hour = hours(time.Unix(f.session.From, 0))
		}
		h.hour = max(h.hour, hour)
	}
	stem := partName(h.number) + fmt.Sprintf("-%05d", h.parts.Number())
	if f.Hourly {
		stem += "-" + h.hourName()
	}
	h.name = stem + f.ext()
	if h.file, err = h.parts.Create(h.name, false); err != nil {
		return err
	}
	h.to = counted{w: h.file}
	if f.Compression != nil {
		if h.packed == nil {
			h.packed, err = newPacked(f.Compression, h.file)
		} else {
			err = h.packed.reuse(f.Compression, h.file)
		}
		if err != nil {
			return err
		}
		h.to.w = h.packed
	}
	if h.packer != nil {
		h.out.buf = h.packer.Begin(h.out.buf)
	} else if h.packer, h.out.buf, err = beginFile(h.out.buf, &f.session, f.Container, h.number); err != nil {
		return err
	}
	h.records, h.size = 0, int64(len(h.out.buf))
	if h.key != nil {
		h.key.next(stem+".csv", h.name, h.parts.Records)
	}
	return nil
}

func (h *filesShard) hourName() string { return time.Unix(h.hour*3600, 0).UTC().Format(hourForm) }

// finish completes the file.
func (h *filesShard) finish(ctx context.Context) error {
	if h.packer != nil {
		if err := h.out.endAll(h.packer); err != nil {
			h.packer = nil
			return err
		}
	}
	if err := h.out.flush(ctx); err != nil {
		return err
	}
	if h.packed != nil {
		if err := h.packed.Close(); err != nil {
			return err
		}
	}
	h.file.Count(int(h.records))
	file := h.file
	h.file = nil
	return file.Close()
}

// commit completes the file, if there is one, and puts it in its place.
func (h *filesShard) commit(ctx context.Context, done bool) error {
	if h.file != nil {
		if err := h.finish(ctx); err != nil {
			return err
		}
	}
	c := &parts.Chunk{Done: done}
	if h.whole.Hourly {
		var err error
		if c.State, err = json.Marshal(filesState{h.hourName()}); err != nil {
			return err
		}
	}
	below := uint64(math.MaxUint64) // the lost ones that belong to what is there
	if !done {
		ahead := h.at.ahead[:0]
		for _, seq := range h.at.ahead {
			if seq > h.at.max {
				ahead = append(ahead, seq)
			}
		}
		if h.at.ahead = ahead; len(ahead) > 0 {
			below = ahead[0]
		}
		c.Next = parts.Position{Step: h.at.number, Records: h.at.records, Lost: h.at.lost - len(ahead)}
		c.Totals.Lost = -int64(len(ahead))
	}
	c.Totals.Lost += h.lost
	if h.key != nil {
		if err := h.key.finish(ctx, below); err != nil {
			return err
		}
	}
	return h.parts.Commit(c)
}

// Close completes the last file of the shard.
func (h *filesShard) Close(ctx context.Context) error {
	return h.done.end(func() error {
		err := h.err
		if err == nil && !h.parts.Complete() {
			err = h.close(ctx)
		}
		return errors.Join(err, h.leave())
	})
}

func (h *filesShard) close(ctx context.Context) error {
	if err := h.parts.Ready(); err != nil {
		return h.fail(err)
	}
	var err error
	if h.file == nil && (h.parts.Last() == nil || h.key != nil && len(h.key.held) > 0) {
		err = h.create(nil) // every shard has a file, and every row is of one
	}
	if err == nil {
		err = h.commit(ctx, true)
	}
	if err != nil {
		err = h.fail(fmt.Errorf("%s: %w", h.name, err))
	}
	return err
}

// Abort throws away the file that is not complete; Files' Abort says what there is.
func (h *filesShard) Abort(context.Context, error) error {
	return h.done.end(func() error {
		h.leave() // what it cannot remove is swept by the next
		return nil
	})
}

// leave lets go of the directory.
func (h *filesShard) leave() error {
	h.file, h.packed, h.packer, h.out.buf = nil, nil, nil, nil
	if err := h.parts.Close(); err != nil {
		return h.wrap(err)
	}
	return nil
}

// chunkKey keeps the answer key of a shard chunk by chunk: the rows of a file's
// records lie in a file beside it, if there are any. The rows of lost records, which
// lie nowhere, are in the file of the chunk that they belong to.
type chunkKey struct {
	key
	shard *filesShard
	file  *parts.File // nil: there are no rows yet
	path  string
}

func newChunkKey(h *filesShard) *chunkKey {
	k := &chunkKey{key: key{state: state{name: h.name}, form: truth.Files}, shard: h}
	k.out.w = k
	return k
}

// next begins a chunk, whose rows lie at path; data is the file that they are
// of, before whose first record the shard has so many.
func (k *chunkKey) next(path, data string, before int64) {
	k.path, k.key.file, k.base = path, data, before
}

// Write appends rows to the chunk's file, which it makes if need be.
func (k *chunkKey) Write(p []byte) (int, error) {
	if k.file == nil {
		file, err := k.shard.parts.Create(k.path, true)
		if err != nil {
			return 0, err
		}
		k.file = file
		if _, err := file.Write(truth.AppendHeader(nil, truth.Files)); err != nil {
			return 0, err
		}
	}
	return k.file.Write(p)
}

// finish completes the chunk's file, with the rows of lost records whose Seq is
// below the given one.
func (k *chunkKey) finish(ctx context.Context, below uint64) error {
	if err := k.release(ctx, below); err != nil {
		return err
	}
	if err := k.out.flush(ctx); err != nil || k.file == nil {
		return err
	}
	k.file.Count(int(k.told))
	k.told = 0
	file := k.file
	k.file = nil
	return file.Close()
}
