// Package sinktest tells whether a sink keeps the contract of package sink. A
// test of a program's own sink, here one that writes lines to an io.Writer, is
//
//	func TestSink(t *testing.T) {
//		sinktest.Run(t, func(t *testing.T) (sink.Sink, func() [][]byte) {
//			var w sinktest.Writer
//			return NewSink(&w), w.Lines
//		})
//		sinktest.Faults(t, func(t *testing.T) sinktest.Faulty {
//			var w sinktest.Writer
//			return sinktest.Faulty{Sink: NewSink(&w), Delivered: w.Lines,
//				Fail: func(int) error { return w.Fail(sinktest.Tears) }}
//		})
//	}
//
// Resumes is for a sink that goes on where another one ended. Faults needs a destination that the test can make fail: a Writer, a server in
// the test itself, a table that somebody has locked. Unblocks is for a sink whose
// Write can wait for somebody.
package sinktest

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"

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
//     once, and when ctx ends, ends each of them;
//   - if it is a sink.Sharder, does all that for shards that are written
//     concurrently;
//   - when ctx ends, returns an error that wraps ctx's, from that Write and from all
//     that come after it, and then neither delivers half a record nor loses an
//     accepted one without an error;
//   - does nothing when it is closed again, but returns what it returned, and accepts
//     nothing after that.
//
// What a sink does when its destination fails, Faults tests, and Resumes how a sink.Resumer
// goes on.
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
	t.Run("pipeline", func(t *testing.T) { pipeline(t, open) })
	t.Run("pipeline ended", func(t *testing.T) { pipelineEnded(t, open) })
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
	t.Run("ended and closed", func(t *testing.T) { ended(t, open, closeFailed(t)) })
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

// ended writes with a ctx that has ended.
func ended(t *testing.T, open Open, end ending) {
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
