// Package sinktest tells whether a sink keeps the contract of package sink: a test
// of a program's own sink calls Run, and Unblocks if its Write can wait for
// somebody.
package sinktest

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink"
)

// Open makes a sink that was never used, and tells how to look at what it has
// delivered: the records' Values, in order. That function is called after the
// sink was closed or aborted; it is nil for a sink that delivers no records, such
// as one that counts them. Of a sink.Sharder only the order within each shard is
// looked at.
type Open func(t *testing.T) (s sink.Sink, delivered func() [][]byte)

// Run tests sinks that open makes, one for each of its subtests. A sink passes that
//
//   - delivers every accepted record, once and in order, whatever the batches: empty
//     ones, of one record, with lost records, of more than a mebibyte, and values
//     that are empty or no UTF-8;
//   - has set every At when Write returns, and each to another place, with
//     offsets that ascend within a partition;
//   - changes nothing else in a batch, and keeps nothing of it: its memory is
//     overwritten after each Write;
//   - if it is a sink.Pipeliner, does all that for several batches on their way at
//     once;
//   - if it is a sink.Sharder, does all that for shards that are written
//     concurrently;
//   - when ctx ends, returns an error that wraps ctx's, from that Write and from all
//     that come after it, and then neither delivers half a record nor loses an
//     accepted one without an error;
//   - does nothing when it is closed again, but returns what it returned, and accepts
//     nothing after that.
//
// It says nothing of a sink.Resumer's Resume, and cannot make a sink's destination
// fail: what depends on that is left to the sink's own tests.
func Run(t *testing.T, open Open) {
	t.Run("delivers", func(t *testing.T) {
		r := start(t, open)
		for _, n := range []int{1, 0, 7, 400, 1, 7000, 3} {
			r.write(t, r.source.batch(n))
		}
		r.close(t)
		if got, want := r.values(t), r.source.values; r.delivered != nil && !same(got, want) {
			t.Errorf("delivered are %d values, not the %d that were accepted: %s", len(got), len(want), difference(got, want))
		}
	})
	t.Run("pipeline", func(t *testing.T) {
		r := start(t, open)
		if _, ok := r.sink.(sink.Pipeliner); !ok {
			r.close(t)
			if r = startShard(t, open); r == nil {
				return
			}
		}
		if p, ok := r.sink.(sink.Pipeliner); ok {
			r.pipeline(t, p)
		}
		r.close(t)
		if got, want := r.values(t), r.source.values; r.delivered != nil && !same(got, want) {
			t.Errorf("delivered are %d values, not the %d that were begun: %s", len(got), len(want), difference(got, want))
		}
	})
	t.Run("shards", func(t *testing.T) { shards(t, open) })
	t.Run("nothing", func(t *testing.T) {
		r := start(t, open)
		r.close(t)
		if got := r.values(t); len(got) > 0 {
			t.Errorf("%d values were delivered of none: %q", len(got), got[0])
		}
	})
	t.Run("close", func(t *testing.T) {
		r := start(t, open)
		r.write(t, r.source.batch(5))
		r.close(t)
		if err := r.whole.Close(t.Context()); err != nil {
			t.Errorf("the second Close returns %v, the first nil", err)
		}
		if err := r.sink.Write(t.Context(), r.source.batch(5)); err == nil {
			t.Error("a Write after Close returns nil")
		}
		if got := r.values(t); r.delivered != nil && len(got) != 5 {
			t.Errorf("%d values are delivered, not the 5 that were accepted before Close", len(got))
		}
	})
	t.Run("ended", func(t *testing.T) { ended(t, open, sink.End) })
	t.Run("ended and closed", func(t *testing.T) {
		ended(t, open, func(ctx context.Context, s sink.Sink, cause error) error {
			err := s.Close(ctx)
			if err == nil {
				t.Errorf("Close after an error returns nil")
			} else if _, whole := s.(sink.Sharder); !whole && !errors.Is(err, cause) {
				t.Errorf("Close after an error returns %v, which does not wrap the error: %v", err, cause)
			}
			return err
		})
	})
	t.Run("interrupted", func(t *testing.T) {
		r := start(t, open)
		r.write(t, r.source.batch(10))
		r.interrupt(t, func() {}) // at some moment of some Write
	})
}

// Unblocks tests a sink that open makes so that its Write comes to wait for ever,
// as on a receiver that does not receive: it returns when ctx ends. The function
// stuck returns once such a Write is under way, for example when the receiver has
// got the first record and takes no more. If the sink fails, the test hangs until
// the time limit of go test.
func Unblocks(t *testing.T, open func(t *testing.T) (s sink.Sink, stuck func())) {
	var stuck func()
	r := start(t, func(t *testing.T) (s sink.Sink, delivered func() [][]byte) {
		s, stuck = open(t)
		return s, nil
	})
	r.interrupt(t, stuck)
}

// run is one sink in use.
type run struct {
	whole     sink.Sink // what was opened
	sink      sink.Sink // what is written to: whole, or its only shard
	source    *source
	places    map[order.Place]bool
	last      map[int32]int64 // offsets, by partition
	delivered func() [][]byte
}

// start opens a sink: for a merged stream, or with one shard if it takes none.
func start(t *testing.T, open Open) *run {
	t.Helper()
	s, delivered := open(t)
	r := &run{whole: s, sink: s, source: &source{shard: -1}, delivered: delivered}
	err := begin(t.Context(), s, 1, true)
	if sharder, ok := s.(sink.Sharder); ok && errors.Is(err, errors.ErrUnsupported) {
		sink.End(t.Context(), s, err) // it has told why
		if s, r.delivered = open(t); begin(t.Context(), s, 1, false) == nil {
			sharder = s.(sink.Sharder)
		}
		shard, failed := sharder.Shard(0)
		if failed != nil {
			t.Fatalf("Shard: %v", failed)
		}
		r.whole, r.sink, r.source.shard, err = s, shard, 0, nil
	}
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return r
}

// startShard opens a sink with one shard, or returns nil if it has none.
func startShard(t *testing.T, open Open) *run {
	t.Helper()
	s, delivered := open(t)
	sharder, ok := s.(sink.Sharder)
	if !ok {
		sink.End(t.Context(), s, nil)
		return nil
	}
	if err := begin(t.Context(), s, 1, false); err != nil {
		t.Fatalf("Open: %v", err)
	}
	shard, err := sharder.Shard(0)
	if err != nil {
		t.Fatalf("Shard: %v", err)
	}
	return &run{whole: s, sink: shard, source: &source{shard: 0}, delivered: delivered}
}

// begin calls Open if there is one.
func begin(ctx context.Context, s sink.Sink, shards int, merged bool) error {
	if o, ok := s.(sink.Opener); ok {
		return o.Open(ctx, session(shards, merged))
	}
	return nil
}

// write delivers b, which must succeed, and looks at what that did to b.
func (r *run) write(t *testing.T, b *sink.Batch) {
	t.Helper()
	before := snapshot(b)
	if err := r.sink.Write(t.Context(), b); err != nil {
		t.Fatalf("Write of %d records: %v", len(b.Records), err)
	}
	r.source.accept(before)
	r.landed(t, "Write", b, before)
}

// landed looks at what delivering b did to it, and overwrites it.
func (r *run) landed(t *testing.T, by string, b *sink.Batch, before *copied) {
	t.Helper()
	for i := range b.Records {
		r.place(t, &b.Records[i])
	}
	if what := before.changed(b); what != "" {
		t.Errorf("%s changed %s of the batch", by, what)
	}
	poison(b)
}

// pipeline delivers batches of which several are on their way at once.
func (r *run) pipeline(t *testing.T, p sink.Pipeliner) {
	type flight struct {
		batch  *sink.Batch
		before *copied
	}
	var flying []flight
	end := func() {
		if err := p.End(t.Context()); err != nil {
			t.Fatalf("End: %v", err)
		}
		r.landed(t, "End", flying[0].batch, flying[0].before)
		flying = flying[1:]
	}
	for i, n := range []int{1, 0, 7, 400, 1, 7000, 3, 0, 2000, 12} {
		b := r.source.batch(n)
		f := flight{b, snapshot(b)}
		if err := p.Begin(t.Context(), b); err != nil {
			t.Fatalf("Begin of %d records: %v", n, err)
		}
		r.source.accept(f.before)
		if flying = append(flying, f); i%4 == 3 { // as many as five, down to one
			for len(flying) > 1 {
				end()
			}
		}
	}
	for len(flying) > 0 {
		end()
	}
}

// place looks at where a record landed.
func (r *run) place(t *testing.T, rec *order.Record) {
	t.Helper()
	if r.places == nil {
		r.places, r.last = make(map[order.Place]bool), make(map[int32]int64)
	}
	at := rec.At
	switch last, some := r.last[at.Partition]; {
	case at == nowhere:
		t.Errorf("the At of the record with seq %d is not set", rec.Seq)
	case r.places[at]:
		t.Errorf("two records are at %+v", at)
	case some && at.Offset <= last:
		t.Errorf("the record with seq %d is at %+v, after one at offset %d", rec.Seq, at, last)
	}
	r.places[at] = true
	r.last[at.Partition] = at.Offset
}

// end ends what was written to, and then the whole.
func (r *run) end(ctx context.Context, cause error, end func(context.Context, sink.Sink, error) error) error {
	err := end(ctx, r.sink, cause)
	if r.sink != r.whole {
		if failed := end(ctx, r.whole, cause); err == nil {
			err = failed
		}
	}
	return err
}

func (r *run) close(t *testing.T) {
	t.Helper()
	if err := r.end(t.Context(), nil, sink.End); err != nil {
		t.Fatalf("Close: %v", err)
	}
}

func (r *run) values(t *testing.T) [][]byte {
	t.Helper()
	if r.delivered == nil {
		return nil
	}
	return r.delivered()
}

// shards writes three shards at once.
func shards(t *testing.T, open Open) {
	s, delivered := open(t)
	sharder, ok := s.(sink.Sharder)
	if !ok {
		if err := s.Close(t.Context()); err != nil {
			t.Errorf("Close: %v", err)
		}
		return // it is no Sharder
	}
	const n = 3
	if err := begin(t.Context(), s, n, false); err != nil {
		t.Fatalf("Open: %v", err)
	}
	var runs [n]*run
	var wg sync.WaitGroup
	for i := range runs {
		shard, err := sharder.Shard(i)
		if err != nil {
			t.Fatalf("Shard(%d): %v", i, err)
		}
		r := &run{whole: shard, sink: shard, source: &source{shard: i}}
		runs[i] = r
		wg.Go(func() {
			for _, n := range []int{300, 1, 2000, 0, 40} {
				b := r.source.batch(n)
				before := snapshot(b)
				if err := shard.Write(t.Context(), b); err != nil {
					t.Errorf("Write to shard %d: %v", i, err)
					return
				}
				r.source.accept(before)
				for i := range b.Records {
					r.place(t, &b.Records[i])
				}
				poison(b)
			}
		})
	}
	wg.Wait()
	for i, r := range runs {
		if err := sink.End(t.Context(), r.sink, nil); err != nil {
			t.Errorf("Close of shard %d: %v", i, err)
		}
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatalf("Close: %v", err)
	}
	if delivered == nil || t.Failed() {
		return
	}
	shardOf := make(map[string]int)
	want := 0
	for i, r := range runs {
		for _, v := range r.source.values {
			shardOf[string(v)] = i
		}
		want += len(r.source.values)
	}
	var got [n][][]byte
	for _, v := range delivered() {
		i, ok := shardOf[string(v)]
		if !ok {
			t.Fatalf("delivered is %q, which was never sent", v)
		}
		got[i] = append(got[i], v)
	}
	for i, r := range runs {
		if !same(got[i], r.source.values) {
			t.Errorf("shard %d: %s", i, difference(got[i], r.source.values))
		}
	}
}

// ended writes with a ctx that has ended.
func ended(t *testing.T, open Open, end func(context.Context, sink.Sink, error) error) {
	r := start(t, open)
	r.write(t, r.source.batch(200))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	cause := r.sink.Write(ctx, r.source.batch(3))
	if !errors.Is(cause, context.Canceled) {
		t.Fatalf("Write with a ctx that has ended returns %v, which does not wrap %v", cause, context.Canceled)
	}
	if err := r.sink.Write(t.Context(), r.source.batch(3)); !errors.Is(err, cause) {
		t.Errorf("Write after an error returns %v, which does not wrap the error: %v", err, cause)
	}
	r.stopped(t, cause, end)
}

// stopped ends a sink after an error and looks at what it delivered.
func (r *run) stopped(t *testing.T, cause error, end func(context.Context, sink.Sink, error) error) {
	t.Helper()
	first := r.end(t.Context(), cause, end)
	again := r.end(t.Context(), cause, end)
	if (first == nil) != (again == nil) || first != nil && again.Error() != first.Error() {
		t.Errorf("ended again, the sink returns %v, the first time %v", again, first)
	}
	if r.delivered == nil {
		return
	}
	got, offered := r.values(t), r.source.offered
	if len(got) > len(offered) || !same(got, offered[:len(got)]) {
		t.Errorf("after an error, what is delivered is not the beginning of what was written: %s", difference(got, offered))
	}
	if accepted := len(r.source.values); len(got) < accepted && first == nil {
		t.Errorf("%d of %d accepted records are not delivered, and ending the sink returned no error",
			accepted-len(got), accepted)
	}
}

// interrupt ends ctx while batches are written, once stuck has returned.
func (r *run) interrupt(t *testing.T, stuck func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var wg sync.WaitGroup
	wg.Go(func() {
		stuck()
		cancel()
	})
	var err error
	for err == nil {
		b := r.source.batch(100)
		before := snapshot(b)
		if err = r.sink.Write(ctx, b); err == nil {
			r.source.accept(before)
		}
		poison(b)
	}
	wg.Wait()
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("Write while ctx ended returns %v, which does not wrap %v", err, context.Canceled)
	}
	r.stopped(t, err, sink.End)
}

// Lines takes b, a file of lines, apart: it returns the lines without their ends.
// What stands after the last line end is a line as well.
func Lines(b []byte) [][]byte {
	if len(b) == 0 {
		return nil
	}
	return bytes.Split(bytes.TrimSuffix(b, []byte{'\n'}), []byte{'\n'})
}
