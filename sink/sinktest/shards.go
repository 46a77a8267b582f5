package sinktest

import (
	"sync"
	"testing"

	"github.com/kafkanauts/kafkanauts/sink"
)

// sharded is a sink with three shards in use.
type sharded struct {
	whole     sink.Sink
	runs      [3]*run
	delivered func() [][]byte
}

// startShards opens a sink for three shards. It returns nil, and ends the sink,
// if it is no sink.Sharder.
func startShards(t *testing.T, open Open) *sharded {
	t.Helper()
	whole, delivered := open(t)
	s := &sharded{whole: whole, delivered: delivered}
	sharder, ok := whole.(sink.Sharder)
	if !ok {
		if err := whole.Close(t.Context()); err != nil {
			t.Errorf("Close: %v", err)
		}
		return nil
	}
	if err := begin(t.Context(), whole, len(s.runs), false); err != nil {
		t.Fatalf("Open: %v", err)
	}
	for i := range s.runs {
		shard, err := sharder.Shard(i)
		if err != nil {
			t.Fatalf("Shard(%d): %v", i, err)
		}
		s.runs[i] = &run{whole: shard, sink: shard, source: &source{shard: i}}
	}
	return s
}

// apart returns what was delivered of each shard, in order.
func (s *sharded) apart(t *testing.T) (got [3][][]byte) {
	t.Helper()
	shardOf := make(map[string]int)
	for i, r := range s.runs {
		for _, v := range r.source.offered {
			shardOf[string(v)] = i
		}
	}
	for _, v := range s.delivered() {
		i, ok := shardOf[string(v)]
		if !ok {
			t.Fatalf("delivered is %q, which was never sent", v)
		}
		got[i] = append(got[i], v)
	}
	return got
}

// shards writes three shards at once.
func shards(t *testing.T, open Open) {
	s := startShards(t, open)
	if s == nil {
		return
	}
	var wg sync.WaitGroup
	for i, r := range s.runs {
		wg.Go(func() {
			for _, n := range []int{300, 1, 2000, 0, 40} {
				b := r.source.batch(n)
				before := snapshot(b)
				if err := r.sink.Write(t.Context(), b); err != nil {
					t.Errorf("Write to shard %d: %v", i, err)
					return
				}
				r.source.accept(before)
				r.landed(t, "Write", b, before)
			}
		})
	}
	wg.Wait()
	for i, r := range s.runs {
		if err := sink.End(t.Context(), r.sink, nil); err != nil {
			t.Errorf("Close of shard %d: %v", i, err)
		}
	}
	if err := s.whole.Close(t.Context()); err != nil {
		t.Fatalf("Close: %v", err)
	}
	if s.delivered == nil || t.Failed() {
		return
	}
	for i, got := range s.apart(t) {
		if want := s.runs[i].source.values; !same(got, want) {
			t.Errorf("shard %d: %s", i, difference(got, want))
		}
	}
}
