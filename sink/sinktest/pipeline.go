package sinktest

import (
	"context"
	"errors"
	"testing"

	"github.com/kafkanauts/kafkanauts/sink"
)

// pipe is a run with several batches on their way at once.
type pipe struct {
	*run
	to     sink.Pipeliner
	flying []flight // the oldest first
}

type flight struct {
	batch  *sink.Batch
	before *copied
}

// startPipe opens a sink that is a sink.Pipeliner or has shards that are. It
// returns nil, and ends the sink, if there is none.
func startPipe(t *testing.T, open Open) *pipe {
	t.Helper()
	r := start(t, open)
	if p, ok := r.sink.(sink.Pipeliner); ok {
		r.gaps = true
		return &pipe{run: r, to: p}
	}
	r.close(t)
	if r = startShard(t, open); r == nil {
		return nil
	}
	if p, ok := r.sink.(sink.Pipeliner); ok {
		r.gaps = true
		return &pipe{run: r, to: p}
	}
	r.close(t)
	return nil
}

// begin sends a batch of n records on its way.
func (p *pipe) begin(ctx context.Context, n int) error {
	b := p.source.batch(n)
	f := flight{b, snapshot(b)}
	if err := p.to.Begin(ctx, b); err != nil {
		poison(b) // nothing was begun
		return err
	}
	p.flying = append(p.flying, f)
	return nil
}

// end waits for the oldest batch.
func (p *pipe) end(ctx context.Context, t *testing.T) error {
	t.Helper()
	f := p.flying[0]
	p.flying = p.flying[1:]
	if err := p.to.End(ctx); err != nil {
		poison(f.batch)
		return err
	}
	p.source.accept(f.before)
	p.landed(t, "End", f.batch, f.before)
	return nil
}

// endAll waits for all batches, of which any may fail: it returns the first
// error, which must be that of all Ends after it, and of another Begin.
func (p *pipe) endAll(ctx context.Context, t *testing.T) (first error) {
	t.Helper()
	for len(p.flying) > 0 {
		err := p.end(ctx, t)
		if first == nil {
			first = err
		} else if !errors.Is(err, first) {
			t.Errorf("End after an error returns %v, which does not wrap the error: %v", err, first)
		}
	}
	if first != nil {
		if err := p.begin(t.Context(), 3); !errors.Is(err, first) {
			t.Errorf("Begin after an error returns %v, which does not wrap the error: %v", err, first)
			for len(p.flying) > 0 {
				p.end(t.Context(), t)
			}
		}
	}
	return first
}

// pipeline delivers batches of which several are on their way at once.
func pipeline(t *testing.T, open Open) {
	p := startPipe(t, open)
	if p == nil {
		return
	}
	for i, n := range []int{1, 0, 7, 400, 1, 7000, 3, 0, 2000, 12} {
		if err := p.begin(t.Context(), n); err != nil {
			t.Fatalf("Begin of %d records: %v", n, err)
		}
		for i%4 == 3 && len(p.flying) > 1 { // as many as five, down to one
			if err := p.end(t.Context(), t); err != nil {
				t.Fatalf("End: %v", err)
			}
		}
	}
	for len(p.flying) > 0 {
		if err := p.end(t.Context(), t); err != nil {
			t.Fatalf("End: %v", err)
		}
	}
	p.close(t)
	if got, want := p.values(t), p.source.values; p.delivered != nil && !same(got, want) {
		t.Errorf("delivered are %d values, not the %d that were begun: %s", len(got), len(want), difference(got, want))
	}
}

// pipelineEnded ends ctx while batches are on their way.
func pipelineEnded(t *testing.T, open Open) {
	p := startPipe(t, open)
	if p == nil {
		return
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for _, n := range []int{300, 0, 2000, 1} {
		if err := p.begin(ctx, n); err != nil {
			t.Fatalf("Begin of %d records: %v", n, err)
		}
	}
	cancel()
	cause := p.begin(ctx, 3)
	if !errors.Is(cause, context.Canceled) {
		t.Errorf("Begin with a ctx that has ended returns %v, which does not wrap %v", cause, context.Canceled)
	}
	if err := p.endAll(ctx, t); err != nil {
		if cause = err; !errors.Is(err, context.Canceled) {
			t.Errorf("End with a ctx that has ended returns %v, which does not wrap %v", err, context.Canceled)
		}
	}
	p.stopped(t, cause, sink.End)
}
