package kafkanauts_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/order/avro"
	"github.com/kafkanauts/kafkanauts/sink"
)

// slowPipe is a sink of shards that have several batches on their way. It looks
// at each batch when it is begun and when it is ended.
type slowPipe struct {
	t      *testing.T
	failAt int64 // the step whose End fails, of shard 1; 0: none
	binary bool  // the values are not lines
	mu     sync.Mutex
	all    map[int]*pipe
}

type pipe struct {
	*slowPipe
	shard  int
	flying []*sink.Batch
	seen   [][32]byte
	sum    [32]byte // of all that was delivered
	most   int
	begun  int
	ended  int
}

var errPipe = errors.New("broken")

func (s *slowPipe) Write(context.Context, *sink.Batch) error { return errors.ErrUnsupported }
func (s *slowPipe) Close(context.Context) error              { return nil }
func (s *slowPipe) Shard(i int) (sink.Sink, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[int]*pipe{}
	}
	s.all[i] = &pipe{slowPipe: s, shard: i}
	return s.all[i], nil
}

func digest(b *sink.Batch) [32]byte {
	h := sha256.New()
	for i := range b.Records {
		fmt.Fprintf(h, "%d %d %q %q\n", b.Step, b.Records[i].Seq, b.Records[i].Key, b.Records[i].Value)
	}
	return [32]byte(h.Sum(nil))
}

func (p *pipe) Begin(_ context.Context, b *sink.Batch) error {
	if p.binary && len(b.Lines) > 0 {
		p.t.Errorf("shard %d: step %d has Lines of values that are none", p.shard, b.Step)
	}
	p.flying = append(p.flying, b)
	p.seen = append(p.seen, digest(b))
	p.begun++
	p.most = max(p.most, len(p.flying))
	return nil
}

func (p *pipe) End(context.Context) error {
	b, was := p.flying[0], p.seen[0]
	p.flying, p.seen = p.flying[1:], p.seen[1:]
	p.ended++
	if now := digest(b); now != was {
		p.t.Errorf("shard %d: step %d changed on its way", p.shard, b.Step)
	}
	if p.failAt > 0 && p.shard == 1 && b.Step >= p.failAt {
		return errPipe
	}
	p.sum = sha256.Sum256(append(p.sum[:], was[:]...))
	return nil
}

func (p *pipe) Write(context.Context, *sink.Batch) error { return errors.ErrUnsupported }

// A stream has several steps on their way in a sink that can, and they stay as
// they were until they are ended; what arrives is the same for any number of workers.
func TestPipeliner(t *testing.T) {
	var want map[int][32]byte
	for _, workers := range []int{1, 3} {
		p := &slowPipe{t: t}
		rep, err := open(t, kafkanauts.Config{Seed: 4, To: time.Date(2022, 2, 1, 0, 0, 0, 0, time.UTC), Workers: workers}).Run(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		got := map[int][32]byte{}
		most := 0
		for i, s := range p.all {
			got[i] = s.sum
			most = max(most, s.most)
			if s.begun != s.ended {
				t.Errorf("shard %d: %d steps begun and %d ended", i, s.begun, s.ended)
			}
		}
		if most < 1 || most > 32 {
			t.Errorf("%d steps on their way", most)
		}
		if want == nil {
			want = got
		}
		if fmt.Sprint(got) != fmt.Sprint(want) || rep.Records == 0 {
			t.Errorf("%d workers: other bytes", workers)
		}
	}
}

// The same holds of values that are not lines: each is there, without Lines.
func TestPipelinerBinary(t *testing.T) {
	p := &slowPipe{t: t, binary: true}
	rep, err := open(t, kafkanauts.Config{Seed: 4, To: time.Date(2022, 1, 31, 1, 0, 0, 0, time.UTC), Encoding: avro.Encoding{Text: true}, Workers: 2}).Run(t.Context(), p)
	if err != nil || rep.Records == 0 {
		t.Error(rep.Records, err)
	}
}

// An error of End ends the run, and every step that was begun is ended.
func TestPipelinerFails(t *testing.T) {
	p := &slowPipe{t: t, failAt: 20}
	_, err := open(t, kafkanauts.Config{Seed: 4, To: time.Date(2022, 2, 1, 0, 0, 0, 0, time.UTC), Workers: 2}).Run(t.Context(), p)
	if !errors.Is(err, errPipe) {
		t.Errorf("the run ends with %v", err)
	}
	for i, s := range p.all {
		if s.begun != s.ended {
			t.Errorf("shard %d: %d steps begun and %d ended", i, s.begun, s.ended)
		}
	}
}
