package kafkanauts_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/corrupt"
	"github.com/kafkanauts/kafkanauts/demand"
	"github.com/kafkanauts/kafkanauts/product"
	"github.com/kafkanauts/kafkanauts/sink"
)

// dial is a Meter that remembers what it was told.
type dial struct {
	mu      sync.Mutex
	counted map[int]*[sink.NumCounters]int64
	gauged  map[int]map[sink.Gauge]float64
	calls   int
	told    func(d *dial, shard int, g sink.Gauge) // with mu held; may be nil
}

func newDial() *dial {
	return &dial{counted: map[int]*[sink.NumCounters]int64{}, gauged: map[int]map[sink.Gauge]float64{}}
}

func (d *dial) Add(shard int, c sink.Counter, n int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls++
	if d.counted[shard] == nil {
		d.counted[shard] = new([sink.NumCounters]int64)
	}
	d.counted[shard][c] += n
}

func (d *dial) Set(shard int, g sink.Gauge, v float64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls++
	if d.gauged[shard] == nil {
		d.gauged[shard] = map[sink.Gauge]float64{}
	}
	d.gauged[shard][g] = v
	if d.told != nil {
		d.told(d, shard, g)
	}
}

func (d *dial) sum(c sink.Counter) (n int64) {
	for _, s := range d.counted {
		n += s[c]
	}
	return n
}

// batches is a sink that counts what each shard gets.
type batches struct {
	sink.Sink
	mu      sync.Mutex
	batches int
	records map[int]int64
	write   func(ctx context.Context, b *sink.Batch) error // may be nil
}

func (s *batches) Shard(int) (sink.Sink, error) { return sink.Func(s.take), nil }

func (s *batches) take(ctx context.Context, b *sink.Batch) error {
	if s.write != nil {
		if err := s.write(ctx, b); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.batches++
	s.records[b.Shard] += int64(len(b.Records))
	return nil
}

func TestMeterIsToldWhatWasDelivered(t *testing.T) {
	for _, merged := range []bool{false, true} {
		for _, speed := range []float64{0, 400_000} {
			t.Run(fmt.Sprintf("merged %v, speed %v", merged, speed), func(t *testing.T) {
				d := newDial()
				c := small(20_000)
				c.Shards, c.Speed, c.Meter = 3, speed, d
				got := &batches{Sink: sink.Discard(), records: map[int]int64{}}
				var dst sink.Sink = got
				if merged {
					dst = sink.Func(got.take)
				}
				rep, err := open(t, c).Run(context.Background(), dst)
				if err != nil {
					t.Fatal(err)
				}
				if n, b := d.sum(sink.CountRecords), d.sum(sink.CountBytes); n != rep.Records || b != rep.Bytes {
					t.Errorf("told of %d records and %d bytes; the report has %d and %d", n, b, rep.Records, rep.Bytes)
				}
				shards := []int{0, 1, 2}
				if merged {
					shards = []int{-1}
				}
				if len(d.counted) != len(shards) || len(d.gauged) != len(shards) {
					t.Errorf("told of %d and %d shards, not of %v", len(d.counted), len(d.gauged), shards)
				}
				for _, i := range shards {
					if n := d.counted[i][sink.CountRecords]; n != got.records[i] || n == 0 {
						t.Errorf("shard %d: told of %d records, delivered %d", i, n, got.records[i])
					}
					want := map[sink.Gauge]float64{sink.GaugeActive: 0, sink.GaugeEvent: float64(c.To.Unix())}
					if speed > 0 {
						want[sink.GaugeLag], want[sink.GaugeBacklog] = 0, 0
					}
					if fmt.Sprint(d.gauged[i]) != fmt.Sprint(want) {
						t.Errorf("shard %d: told %v at the end, want %v", i, d.gauged[i], want)
					}
				}
				// Steps without a record are told of, too.
				if ticks := 2 * 3 * (int(rep.Elapsed/(200*time.Millisecond)) + 2); speed == 0 && d.calls > 3*got.batches+3*48*60 ||
					speed > 0 && d.calls > 4*got.batches+3*48*60+ticks {
					t.Errorf("%d calls for %d batches of %d records", d.calls, got.batches, rep.Records)
				}
			})
		}
	}
}

// While a sink takes nothing, its shard's lag grows with the clock, and its backlog
// is what the schedule has passed.
func TestMeterOfABlockedSink(t *testing.T) {
	const rate, speed, blocked = 200, 100, 1
	from := time.Date(2022, 1, 31, 0, 0, 0, 0, time.UTC)
	d := newDial()
	c := kafkanauts.Config{From: from, To: from.Add(150 * time.Second), Shards: 2, Speed: speed, Meter: d, Faults: corrupt.Mix{},
		Market: demand.Market{{Country: product.Spain, Category: product.Gas, Curve: demand.Constant(rate)}}}

	late := make(chan struct{})
	var holding atomic.Bool
	var looks int // since it is holding; the first may have begun before
	var lag, backlog, delivered float64
	d.told = func(d *dial, shard int, g sink.Gauge) {
		if shard != blocked || g != sink.GaugeBacklog || !holding.Load() || lag > 0 {
			return
		}
		looks++
		if is := d.gauged[shard]; looks > 1 && is[sink.GaugeLag] > 0.5 {
			lag, backlog, delivered = is[sink.GaugeLag], is[g], float64(d.counted[shard][sink.CountRecords])
			close(late)
		}
	}
	var held time.Time // when the first record is due that is held up
	var due, before float64
	got := &batches{Sink: sink.Discard(), records: map[int]int64{}}
	got.write = func(ctx context.Context, b *sink.Batch) error {
		if b.Shard != blocked || b.Records[0].Order.Time.Sub(from) < 50*time.Second {
			return nil
		}
		if held.IsZero() {
			got.mu.Lock()
			held, before = b.Records[0].Order.Time, float64(got.records[blocked])
			got.mu.Unlock()
			holding.Store(true)
			<-late
		}
		for i := range b.Records {
			if b.Records[i].Order.Time.Sub(held).Seconds() < lag*speed {
				due++
			}
		}
		return nil
	}
	if _, err := open(t, c).Run(context.Background(), got); err != nil {
		t.Fatal(err)
	}
	if delivered != before {
		t.Errorf("told of %v records delivered while there were %v", delivered, before)
	}
	want := min(lag*speed, c.To.Sub(held).Seconds()) * rate / 2
	if math.Abs(backlog-want) > 1e-6*want {
		t.Errorf("%.3f s late the backlog is %.1f records, want %.1f", lag, backlog, want)
	}
	if sigma := math.Sqrt(want); math.Abs(due-backlog) > 6*sigma+rate/2 { // and those of a second under way
		t.Errorf("%.3f s late the backlog is %.1f records, but %v were due", lag, backlog, due)
	}
}

// What is not due is not late, however long nothing was delivered.
func TestMeterOfASparseStream(t *testing.T) {
	from := time.Date(2022, 1, 31, 0, 0, 0, 0, time.UTC)
	for seed := uint64(0); ; seed++ {
		c := kafkanauts.Config{Seed: seed, From: from, To: from.Add(12 * time.Hour), Shards: 1, Speed: 1,
			Market: demand.Market{{Country: product.Spain, Category: product.Gas, Curve: demand.Constant(1.0 / 600)}}}
		for r := range open(t, c).Records() {
			if r.Order.Time.Sub(from) < 20*time.Minute {
				break
			}
			ctx, cancel := context.WithCancel(context.Background())
			d := newDial()
			ticks, lag := 0, 0.0
			d.told = func(d *dial, shard int, g sink.Gauge) {
				if g == sink.GaugeLag {
					lag = d.gauged[shard][g]
					if ticks++; lag == 0 || ticks == 50 { // late at first, until it knows that nothing is due
						cancel()
					}
				}
			}
			c.Meter = d
			if _, err := open(t, c).Run(ctx, sink.Discard()); !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			if lag != 0 {
				t.Errorf("seed %d: the lag is %v s after %d looks, with the first record due in %v", seed, lag, ticks, r.Order.Time.Sub(from))
			}
			return
		}
	}
}

func TestMeterOfAFailedRun(t *testing.T) {
	for _, speed := range []float64{0, 400_000} {
		d := newDial()
		c := small(20_000)
		c.Speed, c.Meter = speed, d
		rep, err := open(t, c).Run(context.Background(), &failing{left: 20})
		if !errors.Is(err, errFull) {
			t.Fatal(err)
		}
		if n := d.sum(sink.CountRecords); n != rep.Records || n == 0 {
			t.Errorf("speed %v: told of %d records, delivered %d", speed, n, rep.Records)
		}
		if on := d.gauged[-1][sink.GaugeActive]; on != 0 {
			t.Errorf("speed %v: active is %v after the run", speed, on)
		}
	}
}

// opened is a sink that keeps its Session.
type opened struct {
	sink.Sink
	session sink.Session
}

func (o *opened) Open(_ context.Context, s *sink.Session) error { o.session = *s; return nil }

func TestSinksGetTheMeter(t *testing.T) {
	d := newDial()
	c := small(100)
	c.Meter = d
	var dst opened
	dst.Sink = sink.Func(func(context.Context, *sink.Batch) error { return nil })
	if _, err := open(t, c).Run(context.Background(), &dst); err != nil || dst.session.Meter != sink.Meter(d) {
		t.Errorf("the session has the Meter %v, error %v", dst.session.Meter, err)
	}
}

func TestLogOfARun(t *testing.T) {
	run := func(ctx context.Context, speed float64, dst sink.Sink) (string, kafkanauts.Report) {
		var b bytes.Buffer
		c := small(20_000)
		c.Speed = speed
		c.Log = slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey || strings.HasPrefix(a.Key, "lag") && a.Value.Duration() > 0 || a.Key == "elapsed" && a.Value.Duration() > 0 {
				return slog.Attr{}
			}
			return a
		}}))
		rep, _ := open(t, c).Run(ctx, dst)
		return b.String(), rep
	}
	const begun = "level=INFO msg=\"stream begun\" from=2022-01-31T00:00:00.000Z to=2022-02-02T00:00:00.000Z shards=4 merged=%v speed=%v expected=20000\n"
	end := func(level, what string, r kafkanauts.Report) string {
		return fmt.Sprintf("level=%s msg=\"stream %s\" records=%d bytes=%d", level, what, r.Records, r.Bytes)
	}
	ctx := context.Background()
	said, rep := run(ctx, 400_000, sink.Discard())
	if want := fmt.Sprintf(begun, false, "400000") + end("INFO", "delivered", rep) + "\n"; said != want {
		t.Errorf("a run said\n%swant\n%s", said, want)
	}
	said, rep = run(ctx, 0, &failing{left: 20})
	if want := fmt.Sprintf(begun, true, 0) + end("ERROR", "failed", rep) + " err=\"no room\"\n"; said != want {
		t.Errorf("a run that failed said\n%swant\n%s", said, want)
	}
	said, _ = run(ctx, 0, &batches{Sink: sink.Discard(), records: map[int]int64{}, write: func(_ context.Context, b *sink.Batch) error {
		if b.Shard == 2 && b.Step > 5 {
			return errFull
		}
		return nil
	}})
	if want := "level=ERROR msg=\"sink failed\" shard=2 err=\"sink: func: no room\"\n"; strings.Count(said, want) != 1 || strings.Count(said, "sink failed") != 1 {
		t.Errorf("a run with a failed shard said\n%swant\n%s", said, want)
	}
	stopped, cancel := context.WithCancel(ctx)
	said, rep = run(stopped, 0, &cancelling{sink.Discard(), cancel})
	if want := end("WARN", "stopped", rep); !strings.Contains(said, want) || strings.Contains(said, "ERROR") {
		t.Errorf("a run that was stopped said\n%swant\n%s", said, want)
	}
}
