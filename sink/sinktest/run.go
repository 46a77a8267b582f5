package sinktest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink"
)

// run is one sink in use.
type run struct {
	whole     sink.Sink // what was opened
	sink      sink.Sink // what is written to: whole, or its only shard
	source    *source
	places    map[order.Place]bool
	last      map[int32]int64 // offsets, by partition
	delivered func() [][]byte
	gaps      bool // batches were on their way at once: a later one may be delivered though one before it is not
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
		if !r.place(t, &b.Records[i]) {
			break // one is enough to read
		}
	}
	if what := before.changed(b); what != "" {
		t.Errorf("%s changed %s of the batch", by, what)
	}
	poison(b)
}

// place looks at where a record landed, and tells whether that may be so.
func (r *run) place(t *testing.T, rec *order.Record) bool {
	t.Helper()
	if r.places == nil {
		r.places, r.last = make(map[order.Place]bool), make(map[int32]int64)
	}
	at := rec.At
	switch last, some := r.last[at.Partition]; {
	case at == nowhere:
		t.Errorf("the At of the record with seq %d is not set", rec.Seq)
		return false
	case r.places[at]:
		t.Errorf("two records are at %+v", at)
		return false
	case some && at.Offset <= last:
		t.Errorf("the record with seq %d is at %+v, after one at offset %d", rec.Seq, at, last)
		return false
	}
	r.places[at] = true
	r.last[at.Partition] = at.Offset
	return true
}

// end ends what was written to, and then the whole.
func (r *run) end(ctx context.Context, cause error, end ending) error {
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

// stopped ends a sink after an error, or because its destination failed, looks
// at what it delivered, and returns what ending it returned.
func (r *run) stopped(t *testing.T, cause error, end ending) error {
	t.Helper()
	first := r.end(t.Context(), cause, end)
	again := r.end(t.Context(), cause, end)
	if (first == nil) != (again == nil) || first != nil && again.Error() != first.Error() {
		t.Errorf("ended again, the sink returns %v, the first time %v", again, first)
	}
	if r.delivered == nil {
		return first
	}
	r.judge(t, r.values(t), first)
	return first
}

// judge looks at what was delivered after an error; told is what ending the sink
// returned.
func (r *run) judge(t *testing.T, got [][]byte, told error) {
	t.Helper()
	offered, accepted := r.source.offered, r.source.values
	switch {
	case r.gaps:
		rest := offered
		for i, v := range got {
			at := slices.IndexFunc(rest, func(o []byte) bool { return bytes.Equal(o, v) })
			if at < 0 {
				t.Errorf("after an error, number %d of what is delivered is %.200q, which was not written, or before what is delivered before it",
					i+1, v)
				break
			}
			rest = rest[at+1:]
		}
	case len(got) > len(offered) || !same(got, offered[:len(got)]):
		t.Errorf("after an error, what is delivered is not the beginning of what was written: %s", difference(got, offered))
	}
	if told == nil && (len(got) < len(accepted) || !same(got[:len(accepted)], accepted)) {
		t.Errorf("of %d accepted records, not all are delivered, and ending the sink returned no error: %s",
			len(accepted), difference(got, accepted))
	}
}
