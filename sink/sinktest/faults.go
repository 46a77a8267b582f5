package sinktest

import (
	"context"
	"errors"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/kafkanauts/kafkanauts/sink"
)

// Faulty is a sink that was never used, and what to do to its destination.
type Faulty struct {
	Sink sink.Sink

	// Fail makes the destination of a shard fail, that of a merged stream for
	// -1, from its next use on or a little later, in the middle of a record for
	// example. One that cannot fail by shard fails as a whole. Fail returns the
	// error that the sink's is then to wrap, or nil if nothing can be said of it but
	// that there is one. If it has a method Temporary that returns true, the sink may as
	// well try again and deliver everything.
	Fail func(shard int) error

	// Delivered is the function of Open. What a destination holds of a record that
	// it did not take whole is left out.
	Delivered func() [][]byte

	// Complete tells whether somebody who looks at the destination takes what is
	// there for a whole stream, because a file is in its place, say. It is called
	// after the sink was ended. It is nil if nobody can tell from the destination.
	Complete func() bool

	// Others are functions whose goroutines are not the sink's, such as a server's
	// in the test itself, and may be left when the test ends: in the form
	// example.com/server.(*Conn).serve.
	Others []string
}

// Faults tests sinks that open makes and whose destination then fails: before
// sink.Opener's Open, before the first batch, between batches, before Close, while several batches of a
// sink.Pipeliner are on their way, and at one shard of a sink.Sharder. How it
// fails is the test's choice; a Writer fails in each way of Failures. A sink passes
// that
//
//   - returns an error that wraps the cause, from Write, or from Close or Abort if it
//     buffers; and that error, or one that wraps it, ever after;
//   - has then delivered the beginning of what was written, of each shard, nothing
//     twice and, but for batches that were on their way at once, nothing after a gap;
//   - returns an error when it is ended if it has not delivered all that it
//     accepted, be it of the shard that failed or of another;
//   - publishes nothing as if it were complete;
//   - uses nothing of a batch that it did not accept after it has said so;
//   - leaves no goroutine when it was ended.
//
// Tests that call it are not run in parallel with others, whose goroutines would be
// taken for the sink's.
func Faults(t *testing.T, open func(t *testing.T) Faulty) {
	t.Run("none", func(t *testing.T) {
		f := startFaulty(t, open)
		for _, n := range []int{300, 0, 2000} {
			f.write(t, f.source.batch(n))
		}
		f.close(t)
		if got, want := f.values(t), f.source.values; f.delivered != nil && !same(got, want) {
			t.Errorf("delivered are %d values, not the %d that were accepted: %s", len(got), len(want), difference(got, want))
		}
		if f.Complete != nil && !f.Complete() {
			t.Error("after Close, what was delivered does not count as complete")
		}
	})
	t.Run("opening", func(t *testing.T) { faultyOpen(t, open) })
	t.Run("first", func(t *testing.T) { startFaulty(t, open).fault(t, nil, sink.End) })
	t.Run("later", func(t *testing.T) { startFaulty(t, open).fault(t, []int{1, 0, 300, 2000, 40}, sink.End) })
	t.Run("later and closed", func(t *testing.T) {
		startFaulty(t, open).fault(t, []int{1, 0, 300, 2000, 40}, closeFailed(t))
	})
	t.Run("closing", func(t *testing.T) {
		f := startFaulty(t, open)
		f.write(t, f.source.batch(40))
		cause := f.Fail(f.source.shard)
		err := f.stopped(t, nil, sink.End)
		f.failed(t, err, cause)
	})
	t.Run("pipeline", func(t *testing.T) { faultyPipeline(t, open) })
	t.Run("shards", func(t *testing.T) { faultyShards(t, open) })
}

// faultyOpen makes the destination fail before a sink.Opener is opened.
func faultyOpen(t *testing.T, open func(t *testing.T) Faulty) {
	f := new(faulty)
	f.noLeaks(t)
	opener := f.opener(open)
	s, delivered := opener(t)
	if _, ok := s.(sink.Opener); !ok {
		sink.End(t.Context(), s, nil)
		return
	}
	cause := f.Fail(-1)
	err := begin(t.Context(), s, 1, true)
	if errors.Is(err, errors.ErrUnsupported) {
		sink.End(t.Context(), s, err) // it takes no merged stream
		s, delivered = opener(t)
		cause = f.Fail(-1)
		err = begin(t.Context(), s, 1, false)
	}
	f.run = &run{whole: s, sink: s, source: new(source), delivered: delivered}
	if err == nil { // Open does not use the destination
		sink.End(t.Context(), s, nil)
		return
	}
	f.stopped(t, err, sink.End)
	f.failed(t, err, cause)
}

// faulty is a run whose destination fails.
type faulty struct {
	*run
	Faulty
}

// opener returns an Open that leaves in f what it opened last.
func (f *faulty) opener(open func(t *testing.T) Faulty) Open {
	return func(t *testing.T) (sink.Sink, func() [][]byte) {
		f.Faulty = open(t)
		return f.Sink, f.Delivered
	}
}

func startFaulty(t *testing.T, open func(t *testing.T) Faulty) *faulty {
	t.Helper()
	f := new(faulty)
	f.noLeaks(t)
	f.run = start(t, f.opener(open))
	return f
}

// noLeaks looks, at the end of the test, for goroutines that were not there when
// it was called: before the sink is opened.
func (f *faulty) noLeaks(t *testing.T) {
	ignore := []goleak.Option{goleak.IgnoreCurrent()}
	t.Cleanup(func() {
		for _, o := range f.Others {
			ignore = append(ignore, goleak.IgnoreAnyFunction(o))
		}
		var err error
		for range 20 { // it waits half a second each time, which is little where many programs run
			if err = goleak.Find(ignore...); err == nil {
				return
			}
		}
		t.Errorf("the sink left goroutines: %v", err)
	})
}

// afterFault are the sizes of the batches that are written after the destination
// failed, until there is an error: more than a mebibyte.
var afterFault = []int{1, 300, 0, 7000}

// fault makes the destination fail after some batches, writes on, and ends the
// sink.
func (f *faulty) fault(t *testing.T, before []int, end ending) {
	t.Helper()
	for _, n := range before {
		f.write(t, f.source.batch(n))
	}
	cause := f.Fail(f.source.shard)
	err := f.try(t, afterFault...)
	if err != nil {
		wraps(t, "Write", err, cause)
		again := f.source.batch(3)
		if other := f.sink.Write(t.Context(), again); !errors.Is(other, err) {
			t.Errorf("Write after an error returns %v, which does not wrap the error: %v", other, err)
		}
		poison(again)
		f.stopped(t, err, end)
	} else {
		err = f.stopped(t, nil, end)
		if wraps(t, "Close", err, cause); err == nil && !temporary(cause) {
			t.Error("after the destination failed, the sink returns no error")
		}
	}
	f.failed(t, err, cause)
}

// try writes batches of those sizes until there is an error.
func (r *run) try(t *testing.T, sizes ...int) error {
	for _, n := range sizes {
		b := r.source.batch(n)
		before := snapshot(b)
		if err := r.sink.Write(t.Context(), b); err != nil {
			poison(b)
			return err
		}
		r.source.accept(before)
		r.landed(t, "Write", b, before)
	}
	return nil
}

// failed looks at what the destination passes for.
func (f *faulty) failed(t *testing.T, err, cause error) {
	t.Helper()
	wraps(t, "The sink", err, cause)
	if err != nil && f.Complete != nil && f.Complete() {
		t.Errorf("after an error, what is delivered passes for complete: %v", err)
	}
}

// wraps looks whether err, if there is one, tells its cause.
func wraps(t *testing.T, who string, err, cause error) {
	t.Helper()
	if err != nil && cause != nil && !errors.Is(err, cause) {
		t.Errorf("%s returns %v, which does not wrap its cause: %v", who, err, cause)
	}
}

// temporary tells whether the sink may try again after err.
func temporary(err error) bool {
	var t interface{ Temporary() bool }
	return errors.As(err, &t) && t.Temporary()
}

// faultyPipeline makes the destination fail while batches are on their way.
func faultyPipeline(t *testing.T, open func(t *testing.T) Faulty) {
	f := new(faulty)
	f.noLeaks(t)
	p := startPipe(t, f.opener(open))
	if p == nil {
		return
	}
	f.run = p.run
	for _, n := range []int{300, 0, 2000} {
		if err := p.begin(t.Context(), n); err != nil {
			t.Fatalf("Begin of %d records: %v", n, err)
		}
	}
	if err := p.end(t.Context(), t); err != nil {
		t.Fatalf("End: %v", err)
	}
	cause := f.Fail(p.source.shard)
	var err error
	for _, n := range afterFault {
		if err = p.begin(t.Context(), n); err != nil {
			wraps(t, "Begin", err, cause)
			break
		}
	}
	if first := p.endAll(t.Context(), t); first != nil {
		wraps(t, "End", first, cause)
		err = first
	}
	ended := p.stopped(t, err, sink.End)
	if err == nil {
		err = ended
	}
	if err == nil && !temporary(cause) {
		t.Error("after the destination failed, the sink returns no error")
	}
	f.failed(t, err, cause)
}

// faultyShards makes the destination of one of three shards fail while all are
// written.
func faultyShards(t *testing.T, open func(t *testing.T) Faulty) {
	f := new(faulty)
	f.noLeaks(t)
	s := startShards(t, f.opener(open))
	if s == nil {
		return
	}
	const one = 1
	for _, n := range []int{1, 300, 2000} {
		for _, r := range s.runs {
			r.write(t, r.source.batch(n))
		}
	}
	cause := f.Fail(one)
	errs := make([]error, len(s.runs))
	var wg sync.WaitGroup
	for i, r := range s.runs {
		wg.Go(func() { errs[i] = r.try(t, afterFault...) })
	}
	wg.Wait()
	for i, r := range s.runs { // the others, before they hear of it
		if errs[one] != nil && errs[i] == nil {
			errs[i] = r.try(t, 300, 40)
		}
	}
	for _, err := range errs {
		wraps(t, "Write to a shard", err, cause)
	}
	err := errors.Join(errs...)
	ends := make([]error, len(s.runs))
	for i, r := range s.runs {
		ends[i] = sink.End(t.Context(), r.sink, err)
	}
	ended := sink.End(t.Context(), s.whole, err)
	told := errors.Join(append(ends, err, ended)...)
	if told == nil && !temporary(cause) {
		t.Error("after the destination of a shard failed, the sink returns no error")
	}
	if f.failed(t, told, cause); s.delivered == nil {
		return
	}
	for i, got := range s.apart(t) {
		s.runs[i].judge(t, got, errors.Join(errs[i], ends[i], ended))
	}
}

// ending is sink.End, or closes in its place.
type ending func(ctx context.Context, s sink.Sink, cause error) error

// closeFailed closes, also after an error, which Close must return.
func closeFailed(t *testing.T) ending {
	return func(ctx context.Context, s sink.Sink, cause error) error {
		err := s.Close(ctx)
		if cause == nil {
			return err
		}
		if err == nil {
			t.Errorf("Close after an error returns nil")
		} else if _, whole := s.(sink.Sharder); !whole && !errors.Is(err, cause) {
			t.Errorf("Close after an error returns %v, which does not wrap the error: %v", err, cause)
		}
		return err
	}
}
