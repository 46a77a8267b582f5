package sink

import (
	"context"
	"fmt"
	"hash"
	"io"
	"math"
	"slices"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
)

// Truth is a sink that writes the answer key of a stream to w, in the form
// truth.Lines: for data that go to one file or writer. It records the At that the
// sink before it in a Tee has set, and writes nothing but the rows of what is
// tagged or damaged. A lost record's rows stand before those of the first record with a
// greater Seq. It buffers as Writer does, and never closes w.
//
// TruthFile also knows topics and directories, and writes the manifest.
func Truth(w io.Writer) Sink {
	k := &key{state: state{name: "truth"}, out: output{w: w}}
	k.head()
	return &truthWriter{k}
}

type truthWriter struct{ *key }

func (t *truthWriter) Open(_ context.Context, s *Session) error {
	t.paced = s.Paced()
	return nil
}

func (t *truthWriter) Write(ctx context.Context, b *Batch) error { return t.write(ctx, b) }

func (t *truthWriter) Close(ctx context.Context) error {
	return t.end(func() error { return t.flush(ctx) })
}

// key writes the answer key of one run of batches.
type key struct {
	state
	out    output
	form   truth.Form
	file   string // of the data, in the form truth.Files
	base   int64  // what is taken from an Offset to have the line in that file
	told   int64  // records with rows
	paced  bool
	totals truth.Totals
	data   hash.Hash // of the data; nil: not wanted
	held   []held    // rows of lost records that wait for a greater Seq, ascending
	rows   []byte    // of held, and of some that no longer wait
	waits  int       // bytes of rows that held has
}

// held is where the rows of one lost record lie.
type held struct {
	seq        uint64
	start, end int
}

// maxHeld is how many bytes of rows wait at most: more come only if
// nearly everything is lost. Only what waits counts, which another run that goes on in
// the middle of a stream has to hold, too: so it writes them at the same place.
const maxHeld = 4 << 20

// head puts the first line into the buffer.
func (k *key) head() { k.out.buf = truth.AppendHeader(k.out.buf, k.form) }

func (k *key) write(ctx context.Context, b *Batch) error {
	if err := k.begin(ctx); err != nil {
		return err
	}
	k.hold(b.Lost)
	if err := k.records(ctx, b.Records); err != nil {
		return k.fail(err)
	}
	k.totals.Records += int64(len(b.Records))
	k.totals.Lost += int64(len(b.Lost))
	k.totals.Bytes += size(b)
	k.sum(b)
	if k.waits > maxHeld {
		if err := k.release(ctx, math.MaxUint64); err != nil {
			return k.fail(err)
		}
	}
	if k.paced {
		return k.fail(k.out.flush(ctx))
	}
	return nil
}

// records appends the rows of records that were delivered, and before them those
// of lost ones whose time has come.
func (k *key) records(ctx context.Context, records []order.Record) error {
	next := k.next()
	for i := range records {
		r := &records[i]
		if r.Seq > next {
			if err := k.release(ctx, r.Seq); err != nil {
				return err
			}
			next = k.next()
		}
		if r.Truth == nil {
			continue
		}
		if err := k.record(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// size is how many bytes the values of b have.
func size(b *Batch) int64 {
	if len(b.Lines) > 0 {
		return int64(len(b.Lines) - len(b.Records))
	}
	n := 0
	for i := range b.Records {
		n += len(b.Records[i].Value)
	}
	return int64(n)
}

// sum hashes the lines of b, if they are wanted.
func (k *key) sum(b *Batch) {
	switch {
	case k.data == nil:
	case len(b.Lines) > 0:
		k.data.Write(b.Lines)
	default:
		for i := range b.Records {
			k.data.Write(b.Records[i].Value)
			k.data.Write(newline)
		}
	}
}

// record appends the rows of a record that was delivered.
func (k *key) record(ctx context.Context, r *order.Record) error {
	ref := truth.Ref{At: r.At, Seq: r.Seq, Copy: r.Copy}
	switch k.form {
	case truth.Files:
		ref.File = k.file
		fallthrough
	case truth.Lines:
		ref.At.Partition = 0
		ref.At.Offset -= k.base
		if ref.At.Offset < 1 {
			return fmt.Errorf("the record with seq %d has no line: "+
				"the sink of the data comes before that of the truth, in a Tee, and sets At", r.Seq)
		}
	}
	k.out.buf = truth.AppendRecord(k.out.buf, k.form, &ref, r.Truth)
	k.totals.Count(r.Truth, false)
	k.told++
	return k.out.room(ctx)
}

// hold appends the rows of lost records to those that wait.
func (k *key) hold(lost []order.Record) {
	for i := range lost {
		r := &lost[i]
		if r.Truth == nil {
			continue
		}
		ref := truth.Ref{Lost: true, Seq: r.Seq, Copy: r.Copy}
		start := len(k.rows)
		k.rows = truth.AppendRecord(k.rows, k.form, &ref, r.Truth)
		at := len(k.held)
		for at > 0 && k.held[at-1].seq > r.Seq {
			at-- // it came in a later batch than one that it precedes
		}
		k.held = slices.Insert(k.held, at, held{r.Seq, start, len(k.rows)})
		k.waits += len(k.rows) - start
		k.totals.Count(r.Truth, true)
	}
}

// next is the least Seq that waits.
func (k *key) next() uint64 {
	if len(k.held) == 0 {
		return math.MaxUint64
	}
	return k.held[0].seq
}

// release writes what waits and has a Seq below the given one.
func (k *key) release(ctx context.Context, seq uint64) error {
	n := 0
	for ; n < len(k.held) && k.held[n].seq < seq; n++ {
		h := k.held[n]
		k.out.buf = append(k.out.buf, k.rows[h.start:h.end]...)
		if err := k.out.room(ctx); err != nil {
			return err
		}
		k.waits -= h.end - h.start
	}
	k.told += int64(n)
	k.held = append(k.held[:0], k.held[n:]...)
	k.tidy()
	return nil
}

// tidy removes the rows that no longer wait, if they are many.
func (k *key) tidy() {
	if k.waits > 0 && len(k.rows) < 2*k.waits+maxHeld/4 {
		return
	}
	var all []byte
	if k.waits > 0 {
		all = make([]byte, 0, 2*k.waits)
	} else {
		all = k.rows[:0]
	}
	for i, h := range k.held {
		start := len(all)
		all = append(all, k.rows[h.start:h.end]...)
		k.held[i].start, k.held[i].end = start, len(all)
	}
	k.rows = all
}

// flush passes on all that was accepted, unless the output is broken, also when
// an error ended the sink. It returns that error, or its own.
func (k *key) flush(ctx context.Context) error {
	if k.out.broken {
		return k.err
	}
	for _, h := range k.held {
		k.out.buf = append(k.out.buf, k.rows[h.start:h.end]...)
	}
	k.held, k.rows, k.waits = nil, nil, 0
	return k.fail(k.out.flush(ctx))
}
