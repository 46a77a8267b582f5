package sinktest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink"
)

// Resuming is a destination that outlives the sinks that write to it.
type Resuming struct {
	// Open makes a sink that writes to it, as another process makes it.
	Open func() sink.Sink

	// Delivered is the function of Open. It is called once all is delivered.
	Delivered func() [][]byte

	// Contents tells all that the destination holds once all is delivered, by names, if that
	// does not depend on where runs were interrupted. It may be nil.
	Contents func() map[string]string

	// Die ends a sink as the death of its process does; shards are its shards' if it
	// is a sink.Sharder. Nil: they are ended as after an error.
	Die func(s sink.Sink, shards []sink.Sink)
}

// Resumes tests sinks that are sink.Resumers, or Sharders that are. The function open
// makes a destination that was never used. A sink passes that
//
//   - begins at the zero Position;
//   - when it dies after any of its batches, and another is opened, tells by Resume a
//     Position that is within what was accepted, and not before one that was told;
//   - goes on from there, whatever the batches: in the end all is delivered once and
//     in order, and the destination holds what it holds if nothing is interrupted;
//   - tells of a shard that was closed that it is Done, and is closed again
//     without changing anything.
func Resumes(t *testing.T, open func(t *testing.T) Resuming) {
	reference := open(t)
	stream := streams{}
	whole := story{stream: stream}
	whole.begin(t, &reference)
	for i := range whole.lanes {
		if at := whole.resume(t, i); at != (sink.Position{}) {
			t.Errorf("shard %d begins at %+v", i, at)
		}
		whole.write(t, rand.New(rand.NewPCG(1, uint64(i))), i, whole.lanes[i].len())
	}
	whole.close(t)
	judgeResumed(t, &whole, &reference, &reference)
	t.Run("done", func(t *testing.T) {
		again := story{stream: stream}
		again.begin(t, &reference)
		for i := range again.lanes {
			if at := again.resume(t, i); !at.Done {
				t.Errorf("shard %d was closed, and then is at %+v", i, at)
			}
		}
		again.close(t)
		judgeResumed(t, &whole, &reference, &reference)
	})
	for seed := range uint64(5) {
		t.Run(fmt.Sprintf("dies %d", seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(2, seed))
			dst := open(t)
			told := map[int]int{}
			for life := 0; ; life++ {
				s := story{stream: stream}
				s.begin(t, &dst)
				for i := range s.lanes {
					at := s.resume(t, i)
					n := s.lanes[i].find(t, at)
					if n < told[i] {
						t.Fatalf("shard %d: %d records were delivered, and then %d", i, told[i], n)
					}
					told[i] = n
				}
				if life > 3 {
					for i := range s.lanes {
						s.write(t, rng, i, s.lanes[i].len())
					}
					s.close(t)
					judgeResumed(t, &whole, &dst, &reference)
					return
				}
				for range 1 + rng.IntN(6) {
					i := rng.IntN(len(s.lanes))
					s.write(t, rng, i, rng.IntN(s.lanes[i].len()/3))
				}
				s.die(t, &dst)
			}
		})
	}
}

// story is what one sink of several, one after the other, writes.
type story struct {
	stream streams
	whole  sink.Sink
	sinks  []sink.Sink // by lane
	lanes  []*lane
}

// streams are the lanes of a stream by their shards, made once.
type streams map[int]*lane

// lane returns that of a shard, at its beginning.
func (s streams) lane(shard int) *lane {
	if s[shard] == nil {
		s[shard] = newLane(shard)
	}
	l := *s[shard]
	return &l
}

// lane is what one shard of the stream holds.
type lane struct {
	steps  []*sink.Batch
	values [][]byte // of all of them
	step   int      // where it goes on
	from   sink.Position
}

// newLane makes the steps of a shard; they are the same each time.
func newLane(shard int) *lane {
	l := &lane{}
	src := &source{shard: shard}
	rng := rand.New(rand.NewPCG(3, uint64(shard+1)))
	for range 40 {
		n := rng.IntN(300)
		switch rng.IntN(5) {
		case 0:
			n = 0
		case 1:
			n = 1
		}
		b := src.batch(n)
		if rng.IntN(4) == 0 { // lost at its end, or alone
			lost := src.record()
			lost.Truth = &order.Truth{Faults: []order.Fault{{Strategy: "drop", Op: order.Dropped, Was: lost.Value}}}
			lost.Value, lost.Key = nil, nil
			b.Lost = append(b.Lost, lost)
		}
		if n > 20 { // some are delayed
			for range 3 {
				from := rng.IntN(n - 10)
				r := b.Records[from]
				b.Records = slices.Insert(slices.Delete(b.Records, from, from+1), from+rng.IntN(10), r)
			}
		}
		b.Lines = nil
		for i := range b.Records {
			b.Lines = append(append(b.Lines, b.Records[i].Value...), '\n')
			l.values = append(l.values, b.Records[i].Value)
		}
		l.steps = append(l.steps, b)
	}
	return l
}

func (l *lane) len() int { return len(l.values) }

// find goes to a position, and returns how many records are before it.
func (l *lane) find(t *testing.T, at sink.Position) int {
	t.Helper()
	l.from, l.step = at, int(at.Step)
	if at.Done {
		l.step = len(l.steps)
		return len(l.values)
	}
	if at.Step < 0 || l.step > len(l.steps) || l.step < len(l.steps) && (at.Records > len(l.steps[l.step].Records) || at.Lost > len(l.steps[l.step].Lost)) {
		t.Fatalf("the stream has no position %+v", at)
	}
	n := at.Records
	for _, b := range l.steps[:l.step] {
		n += len(b.Records)
	}
	return n
}

// next returns a copy of the next batch, of about n records, or nil at the end.
func (l *lane) next(rng *rand.Rand, n int) *sink.Batch {
	if l.step == len(l.steps) {
		return nil
	}
	b := snapshot(l.steps[l.step]).batch
	for i := range b.Records[:l.from.Records] {
		b.Lines = b.Lines[len(b.Records[i].Value)+1:]
	}
	b.Records, b.Lost = b.Records[l.from.Records:], b.Lost[l.from.Lost:]
	if len(b.Records) <= n {
		l.step++
		l.from = sink.Position{Step: int64(l.step)}
		return &b
	}
	b.Records = b.Records[:n]
	greatest, size := uint64(0), 0
	for i := range b.Records {
		greatest = max(greatest, b.Records[i].Seq)
		size += len(b.Records[i].Value) + 1
	}
	lost := 0
	for lost < len(b.Lost) && b.Lost[lost].Seq < greatest {
		lost++
	}
	lost += rng.IntN(len(b.Lost) - lost + 1) // some come earlier than they must
	b.Lost, b.Lines, b.Parts = b.Lost[:lost], b.Lines[:size], 2
	l.from.Records += n
	l.from.Lost += lost
	return &b
}

// begin opens a sink.
func (s *story) begin(t *testing.T, dst *Resuming) {
	t.Helper()
	s.whole = dst.Open()
	sharder, sharded := s.whole.(sink.Sharder)
	const shards = 3
	if err := begin(t.Context(), s.whole, shards, !sharded); err != nil {
		t.Fatalf("Open: %v", err)
	}
	if !sharded {
		s.lanes, s.sinks = []*lane{s.stream.lane(-1)}, []sink.Sink{s.whole}
		return
	}
	for i := range shards {
		one, err := sharder.Shard(i)
		if err != nil {
			t.Fatalf("Shard(%d): %v", i, err)
		}
		s.sinks = append(s.sinks, one)
		s.lanes = append(s.lanes, s.stream.lane(i))
	}
}

// resume asks where a lane goes on.
func (s *story) resume(t *testing.T, i int) sink.Position {
	t.Helper()
	r, ok := s.whole.(sink.Resumer)
	if !ok {
		t.Fatalf("%T is no sink.Resumer", s.whole)
	}
	shard := i
	if _, sharded := s.whole.(sink.Sharder); !sharded {
		shard = -1
	}
	at, err := r.Resume(t.Context(), shard)
	if err != nil {
		t.Fatalf("Resume(%d): %v", shard, err)
	}
	s.lanes[i].find(t, at)
	return at
}

// write writes about n records of a lane, in batches of any size.
func (s *story) write(t *testing.T, rng *rand.Rand, i, n int) {
	t.Helper()
	for written := 0; written <= n; {
		size := 1 + rng.IntN(500)
		if rng.IntN(3) == 0 {
			size = 1 + rng.IntN(5)
		}
		b := s.lanes[i].next(rng, min(size, n-written+1))
		if b == nil {
			return
		}
		written += len(b.Records)
		if len(b.Records) == 0 && len(b.Lost) == 0 {
			continue
		}
		if err := s.sinks[i].Write(t.Context(), b); err != nil {
			t.Fatalf("Write to shard %d: %v", i, err)
		}
		poison(b)
	}
}

// close ends the lanes and the sink.
func (s *story) close(t *testing.T) {
	t.Helper()
	for i, one := range s.sinks {
		if one == s.whole {
			continue
		}
		if err := one.Close(t.Context()); err != nil {
			t.Fatalf("Close of shard %d: %v", i, err)
		}
	}
	if err := s.whole.Close(t.Context()); err != nil {
		t.Fatalf("Close: %v", err)
	}
}

var errDied = errors.New("sinktest: the process dies, as the test wants it")

// die ends the sink in the midst of it.
func (s *story) die(t *testing.T, dst *Resuming) {
	if dst.Die != nil {
		var shards []sink.Sink
		if s.sinks[0] != s.whole {
			shards = s.sinks
		}
		dst.Die(s.whole, shards)
		return
	}
	ctx := context.WithoutCancel(t.Context())
	for _, one := range s.sinks {
		if one != s.whole {
			sink.End(ctx, one, errDied) // what it says is another test's
		}
	}
	sink.End(ctx, s.whole, errDied)
}

// judgeResumed looks whether all was delivered to dst, as to the reference.
func judgeResumed(t *testing.T, s *story, dst, reference *Resuming) {
	t.Helper()
	if dst.Delivered != nil {
		lanes := map[string]int{}
		for i, l := range s.lanes {
			for _, v := range l.values {
				lanes[string(v)] = i
			}
		}
		got := make([][][]byte, len(s.lanes))
		for _, v := range dst.Delivered() {
			i, ok := lanes[string(v)]
			if !ok {
				t.Fatalf("delivered is %.200q, which was never written", v)
			}
			got[i] = append(got[i], bytes.Clone(v))
		}
		for i, l := range s.lanes {
			if !same(got[i], l.values) {
				t.Errorf("shard %d: %s", i, difference(got[i], l.values))
			}
		}
	}
	if dst == reference || dst.Contents == nil {
		return
	}
	got, want := dst.Contents(), reference.Contents()
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if is, there := got[name]; !there {
			t.Errorf("there is no %s, which is there if nothing is interrupted", name)
		} else if is != want[name] {
			t.Errorf("%s is not as if nothing was interrupted: %.300q, not %.300q", name, is, want[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, there := want[name]; !there {
			t.Errorf("there is %s, which is not there if nothing is interrupted", name)
		}
	}
}
