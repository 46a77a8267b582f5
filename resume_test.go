package kafkanauts_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/corrupt"
	"github.com/kafkanauts/kafkanauts/demand"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/avro"
	"github.com/kafkanauts/kafkanauts/sink"
)

// memory is a destination that outlives the sinks that write to it.
type memory struct {
	mu     sync.Mutex
	shards map[int]*remembered
	recipe sink.Recipe
}

type remembered struct {
	at         sink.Position
	sent, lost []line
}

func (m *memory) of(shard int) *remembered {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.shards == nil {
		m.shards = map[int]*remembered{}
	}
	if m.shards[shard] == nil {
		m.shards[shard] = new(remembered)
	}
	return m.shards[shard]
}

// resuming is a sink that writes to a memory until it breaks, at some record of
// some batch.
type resuming struct {
	*memory
	t      *testing.T
	left   int // batches until it breaks; below 0: never
	dice   *rand.Rand
	began  time.Time
	binary bool // the stream's values are not lines
}

func (s *resuming) Open(_ context.Context, session *sink.Session) error {
	recipe, err := session.Recipe()
	if err != nil {
		return err
	}
	if d := recipe.Differences(s.recipe); s.recipe != nil && len(d) > 0 {
		return errors.New(strings.Join(d, "; "))
	}
	s.recipe = recipe
	return nil
}

func (s *resuming) Resume(_ context.Context, shard int) (sink.Position, error) {
	p := s.of(shard).at
	p.Began = s.began
	return p, nil
}

func (s *resuming) Shard(i int) (sink.Sink, error) { return &resumingShard{s, i}, nil }

func (s *resuming) Write(_ context.Context, b *sink.Batch) error { return s.take(b) }

func (s *resuming) take(b *sink.Batch) error {
	r := s.of(b.Shard)
	s.mu.Lock()
	defer s.mu.Unlock()
	n, lost, broken := len(b.Records), len(b.Lost), s.left == 0
	if broken {
		n, lost = s.dice.IntN(n+1), s.dice.IntN(lost+1)
	} else if s.left > 0 {
		s.left--
	}
	if b.Step != r.at.Step {
		r.at = sink.Position{Step: b.Step}
	}
	bytes := 0
	for i := range b.Records[:n] {
		r.sent = append(r.sent, keep(&b.Records[i]))
		bytes += len(b.Records[i].Value) + 1
	}
	if s.binary {
		bytes = 0 // they are not lines
	}
	if !broken && bytes != len(b.Lines) {
		s.t.Errorf("the lines of a batch have %d bytes, its values %d", len(b.Lines), bytes)
	}
	for i := range b.Lost[:lost] {
		r.lost = append(r.lost, keep(&b.Lost[i]))
	}
	r.at.Records += n
	r.at.Lost += lost
	if broken {
		return errPipe
	}
	return nil
}

func (s *resuming) Close(context.Context) error { return nil }

type resumingShard struct {
	*resuming
	shard int
}

func (s *resumingShard) Write(_ context.Context, b *sink.Batch) error { return s.take(b) }

// merging is a resuming that takes merged streams only.
type merging struct{ s *resuming }

func (m merging) Open(ctx context.Context, s *sink.Session) error { return m.s.Open(ctx, s) }
func (m merging) Resume(ctx context.Context, shard int) (sink.Position, error) {
	return m.s.Resume(ctx, shard)
}
func (m merging) Write(_ context.Context, b *sink.Batch) error { return m.s.take(b) }
func (m merging) Close(context.Context) error                  { return nil }

// damaged is a stream in which records are delayed, repeated, dropped and joined.
func damaged() kafkanauts.Config {
	c := small(4000)
	c.Shards, c.Workers = 3, 2
	c.Faults = append(corrupt.RivalAt(0.2), corrupt.Of(mover{}, 0.1))
	return c
}

// Whatever interrupts a stream, and however often, what is delivered in all is
// the stream, nothing of it twice.
func TestResumeGoesOnWhereItEnded(t *testing.T) {
	for _, how := range []struct {
		speed          float64
		merged, binary bool
	}{{0, false, false}, {0, true, false}, {1e8, false, false}, {1e8, true, false}, {0, false, true}, {0, true, true}, {1e8, false, true}, {1e8, true, true}} {
		speed, merged, damaged := how.speed, how.merged, damaged
		if how.binary {
			damaged = func() kafkanauts.Config {
				c := small(1500)
				c.Shards, c.Workers, c.Faults, c.Encoding = 3, 2, append(corrupt.RivalAt(0.2), corrupt.Of(mover{}, 0.1)), avro.Encoding{Text: true}
				return c
			}
		}
		t.Run(fmt.Sprintf("speed %v, merged %v, binary %v", speed, merged, how.binary), func(t *testing.T) {
			whole, lost := &memory{}, 0
			run(t, damaged(), &resuming{memory: whole, t: t, binary: how.binary, left: -1}, merged)
			for _, r := range whole.shards {
				lost += len(r.lost)
			}
			if lost == 0 {
				t.Fatal("nothing is lost")
			}
			c := damaged()
			c.Speed = speed
			parts := &memory{}
			dice := rand.New(rand.NewPCG(3, 0))
			breaks := 0
			for err := errPipe; errors.Is(err, errPipe); breaks++ {
				err = run(t, c, &resuming{memory: parts, t: t, binary: how.binary, left: dice.IntN(12), dice: dice}, merged)
			}
			if breaks < 5 {
				t.Errorf("it broke %d times only", breaks)
			}
			for shard, want := range whole.shards {
				got := parts.of(shard)
				if !slices.EqualFunc(got.sent, want.sent, equalLines) {
					t.Errorf("shard %d: %d records were delivered in parts, %d as a whole, or they differ", shard, len(got.sent), len(want.sent))
				}
				if !slices.EqualFunc(got.lost, want.lost, equalLines) {
					t.Errorf("shard %d: %d lost records were told in parts, %d as a whole, or they differ", shard, len(got.lost), len(want.lost))
				}
			}
		})
	}
}

func equalLines(a, b line) bool { return reflect.DeepEqual(a, b) }

func run(t *testing.T, c kafkanauts.Config, s *resuming, merged bool) error {
	t.Helper()
	var dst sink.Sink = s
	if merged {
		dst = merging{s}
	}
	_, err := open(t, c).Run(t.Context(), dst)
	if err != nil && !errors.Is(err, errPipe) {
		t.Fatal(err)
	}
	return err
}

// What is all delivered is not made again, nor is what was before.
func TestResumeMakesOnlyWhatIsLeft(t *testing.T) {
	c := damaged()
	m := &memory{}
	run(t, c, &resuming{memory: m, t: t, left: -1}, false)
	for i := range c.Shards {
		m.of(i).at = sink.Position{Done: true}
	}
	report, err := open(t, c).Run(t.Context(), &resuming{memory: m, t: t, left: -1})
	if err != nil || report.Records != 0 {
		t.Errorf("%d records of a delivered stream are delivered again; %v", report.Records, err)
	}
	m.of(1).at = sink.Position{Step: 1 << 40}
	if _, err = open(t, c).Run(t.Context(), &resuming{memory: m, t: t, left: -1}); err == nil {
		t.Error("a position beyond the stream's end is taken")
	}
	m.of(1).at = sink.Position{Step: 1, Records: 1 << 30}
	if _, err = open(t, c).Run(t.Context(), &resuming{memory: m, t: t, left: -1}); err == nil {
		t.Error("a position beyond its step's end is taken")
	}
	c.Limit = 100
	m.recipe, m.of(1).at = nil, sink.Position{Step: 1}
	if _, err = open(t, c).Run(t.Context(), &resuming{memory: m, t: t, left: -1}); err == nil {
		t.Error("a stream with a limit goes on where another ended")
	}
}

// A paced stream that goes on keeps to its first schedule, if it is known, and
// else to one that goes on now.
func TestResumeKeepsTheSchedule(t *testing.T) {
	c := damaged()
	span := 6 * time.Hour
	c.To = c.From.Add(span)
	c.Speed = span.Seconds() / 3600 // an hour
	m := &memory{}
	s := open(t, c)
	for i := range c.Shards {
		m.of(i).at.Step = 5
	}
	first := time.Now()
	if _, err := s.Run(t.Context(), &resuming{memory: m, t: t, left: -1, began: first.Add(-24 * time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(first); took > 30*time.Minute {
		t.Errorf("what was due long ago took %v", took)
	}
	m = &memory{}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	report, err := s.Run(ctx, &resuming{memory: m, t: t, left: -1})
	if err == nil || report.Records > 2000 {
		t.Errorf("%d records came at once of a stream that takes an hour; %v", report.Records, err)
	}
}

// Parts of a stream that are some of its shards are as they are in the whole.
func TestOnly(t *testing.T) {
	c := damaged()
	s := open(t, c)
	whole := &memory{}
	if _, err := s.Run(t.Context(), &resuming{memory: whole, t: t, left: -1}); err != nil {
		t.Fatal(err)
	}
	forecast := float64(s.Forecast().Total)
	for _, own := range [][]int{{1}, {2, 0}, {0, 1, 2}, {}, {7}} {
		part := s.Only(own...)
		m := &memory{}
		report, err := part.Run(t.Context(), &resuming{memory: m, t: t, left: -1})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for shard, got := range m.shards {
			if !slices.Contains(own, shard) {
				t.Errorf("shard %d is not among %v", shard, own)
			}
			if !slices.EqualFunc(got.sent, whole.of(shard).sent, equalLines) || !slices.EqualFunc(got.lost, whole.of(shard).lost, equalLines) {
				t.Errorf("shard %d alone is not as in the whole", shard)
			}
			n++
		}
		want := len(own)
		if slices.Contains(own, 7) {
			want = 0
		}
		if n != want {
			t.Errorf("%d shards of %v are delivered", n, own)
		}
		if share := float64(part.Forecast().Total) / forecast; math.Abs(report.Expected-float64(part.Forecast().Total)) > 1e-6 || share < float64(want)/3-1e-9 || share > float64(want)/3+1e-9 {
			t.Errorf("%d of 3 shards are expected to have %v of the records (the report expects %v)", want, share, report.Expected)
		}
		merged, _ := records(t, part)
		if int64(len(merged)) != report.Records {
			t.Errorf("merged, %v have %d records, apart %d", own, len(merged), report.Records)
		}
	}
}

// Whatever changes the bytes changes the recipe, and what does not leaves it.
func TestRecipe(t *testing.T) {
	recipe := func(change func(*kafkanauts.Config)) sink.Recipe {
		c := damaged()
		change(&c)
		m := &resuming{memory: &memory{}, t: t, left: 0, dice: rand.New(rand.NewPCG(0, 0))}
		open(t, c).Run(t.Context(), m)
		return m.recipe
	}
	base := recipe(func(*kafkanauts.Config) {})
	same := recipe(func(c *kafkanauts.Config) { c.Workers, c.Speed = 1, 1e9 })
	if d := same.Differences(base); len(d) > 0 {
		t.Errorf("workers and speed change the recipe: %v", d)
	}
	for name, change := range map[string]func(*kafkanauts.Config){
		"seed is 99 and was":  func(c *kafkanauts.Config) { c.Seed = 99 },
		"shards is 4 and was": func(c *kafkanauts.Config) { c.Shards = 4 },
		"encoding is":         func(c *kafkanauts.Config) { c.Encoding = order.JSON{} },
		"key is none and was": func(c *kafkanauts.Config) { c.Key = order.NoKey },
		"from is":             func(c *kafkanauts.Config) { c.From = c.From.Add(time.Hour) },
		"to is":               func(c *kafkanauts.Config) { c.To = c.To.Add(-time.Hour) },
		"faults is":           func(c *kafkanauts.Config) { c.Faults = corrupt.Mix{} },
		"orders is":           func(c *kafkanauts.Config) { c.Market = c.Market.Scale(2) },
		"sample is": func(c *kafkanauts.Config) {
			c.Faults = append(corrupt.RivalAt(0.2), corrupt.Of(secretly{mover{}}, 0.1))
		},
	} {
		d := recipe(change).Differences(base)
		if len(d) == 0 || !slices.ContainsFunc(d, func(s string) bool { return strings.HasPrefix(s, name) }) {
			t.Errorf("%s: the differences are %q", name, d)
		}
	}
}

// secretly is another strategy of the same name.
type secretly struct{ mover }

func (secretly) Corrupt(e *corrupt.Edit, r *rand.Rand) bool { return e.Drop() }

// halfDone is a Sharder of which shard 0 is delivered, long ago.
type halfDone struct{ sink.Sink }

func (h *halfDone) Shard(int) (sink.Sink, error) { return &slowly{}, nil }

func (h *halfDone) Resume(_ context.Context, shard int) (sink.Position, error) {
	return sink.Position{Began: time.Now().Add(-time.Hour), Done: shard == 0}, nil
}

type slowly struct{ written bool }

func (s *slowly) Write(ctx context.Context, _ *sink.Batch) error {
	if !s.written {
		time.Sleep(300 * time.Millisecond) // which is what it is to be: slow
	}
	s.written = true
	return nil
}

func (s *slowly) Close(context.Context) error { return nil }

// lags has the greatest lag of each shard.
type lags struct {
	mu   sync.Mutex
	most map[int]float64
}

func (l *lags) Add(int, sink.Counter, int64) {}

func (l *lags) Set(shard int, g sink.Gauge, v float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if g == sink.GaugeLag {
		l.most[shard] = max(l.most[shard], v)
	}
}

// A shard that was delivered by an earlier run is not late.
func TestADeliveredShardIsNotLate(t *testing.T) {
	l := &lags{most: map[int]float64{}}
	s, err := kafkanauts.New(kafkanauts.Config{Market: demand.World().Scale(0.0002), Shards: 2, Speed: 14 * 24 * 3600, Meter: l})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Run(t.Context(), &halfDone{sink.Discard()}); err != nil {
		t.Fatal(err)
	}
	if l.most[0] > 0 || l.most[1] < 3000 {
		t.Errorf("the lags are %v", l.most)
	}
}
