package kafkanauts_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/corrupt"
	"github.com/kafkanauts/kafkanauts/demand"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/avro"
	"github.com/kafkanauts/kafkanauts/product"
	"github.com/kafkanauts/kafkanauts/sink"
)

func TestMain(m *testing.M) {
	code := m.Run()
	for try := 1; code == 0; try++ {
		err := goleak.Find()
		if err == nil {
			break
		}
		if try == 20 { // it waits half a second each time, which is little where many programs run
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// small is the default world at a size for tests: two days of about n orders.
func small(n float64) kafkanauts.Config {
	from := time.Date(2022, 1, 31, 0, 0, 0, 0, time.UTC)
	c := kafkanauts.Config{From: from, To: from.AddDate(0, 0, 2), Market: demand.World()}
	s, err := kafkanauts.New(c)
	if err != nil {
		panic(err)
	}
	c.Market = c.Market.Scale(n / float64(s.Forecast().Total))
	return c
}

// fast is a few seconds of more orders than a step of a second may hold.
func fast() kafkanauts.Config {
	from := time.Date(2022, 1, 31, 0, 0, 0, 0, time.UTC)
	return kafkanauts.Config{From: from, To: from.Add(3 * time.Second), Shards: 3,
		Market: demand.Market{{Country: product.Spain, Category: product.Gas, Curve: demand.Constant(7000)}}}
}

func open(t testing.TB, c kafkanauts.Config) *kafkanauts.Stream {
	t.Helper()
	s, err := kafkanauts.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// line is what a test keeps of a record.
type line struct {
	seq    uint64
	copy   int
	at     order.Order
	key    string
	value  string
	tags   []string
	faults []order.Fault
}

func keep(r *order.Record) line {
	l := line{seq: r.Seq, copy: r.Copy, at: *r.Order, key: string(r.Key), value: string(r.Value)}
	if t := r.Truth; t != nil {
		l.tags = slices.Clone(t.Tags)
		l.faults = slices.Clone(t.Faults)
		for i := range l.faults {
			l.faults[i].Was = bytes.Clone(l.faults[i].Was)
		}
	}
	return l
}

// records runs s and returns what was delivered, in order, and what was lost.
func records(t testing.TB, s *kafkanauts.Stream) (sent, lost []line) {
	t.Helper()
	_, err := s.Run(context.Background(), sink.Func(func(_ context.Context, b *sink.Batch) error {
		var lines []byte
		for i := range b.Records {
			sent = append(sent, keep(&b.Records[i]))
			lines = append(append(lines, b.Records[i].Value...), '\n')
		}
		for i := range b.Lost {
			lost = append(lost, keep(&b.Lost[i]))
		}
		if order.IsBinary(s.Config().Encoding) {
			lines = nil
		}
		if !bytes.Equal(lines, b.Lines) {
			t.Fatalf("step %d: Lines are not the Values", b.Step)
		}
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	return sent, lost
}

func fingerprint(t testing.TB, s *kafkanauts.Stream) string {
	t.Helper()
	h := sha256.New()
	if _, err := s.Run(context.Background(), sink.Writer(h)); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// mover drops, joins, delays and repeats: what moves a record as a whole.
type mover struct{}

func (mover) Name() string         { return "mover" }
func (mover) Reach() time.Duration { return 5 * time.Hour }
func (mover) Corrupt(e *corrupt.Edit, r *rand.Rand) bool {
	switch r.IntN(5) {
	case 0:
		return e.Drop()
	case 1:
		return e.Join()
	case 2:
		return e.Delay(time.Duration(1+r.IntN(4*3600)) * time.Second)
	case 3:
		return e.Repeat(1+r.IntN(3), time.Duration(r.IntN(3600))*time.Second)
	}
	return e.Set(order.City, "nowhere") && e.Repeat(1, 0)
}

var moving = append(corrupt.Original(), corrupt.Of(mover{}, 0.05))

func TestSameBytesForAnyWorkersAndSpeed(t *testing.T) {
	movingFast := fast()
	movingFast.Faults = moving
	movingSmall := small(20_000)
	movingSmall.Faults = moving
	for name, c := range map[string]kafkanauts.Config{"original": small(20_000), "moving": movingSmall, "fast": fast(), "moving fast": movingFast} {
		c.Workers = 1
		want := fingerprint(t, open(t, c))
		for _, workers := range []int{2, 7} {
			c.Workers = workers
			if got := fingerprint(t, open(t, c)); got != want {
				t.Errorf("%s: %d workers make %s, one makes %s", name, workers, got, want)
			}
		}
		c.Speed = 2_000_000
		if got := fingerprint(t, open(t, c)); got != want {
			t.Errorf("%s: at speed %v it is %s, unpaced %s", name, c.Speed, got, want)
		}
		c.Speed = 0
		h := sha256.New()
		s := open(t, c)
		for r := range s.Records() {
			h.Write(append(r.Value, '\n'))
		}
		if got := hex.EncodeToString(h.Sum(nil)); got != want || s.Err() != nil {
			t.Errorf("%s: Records make %s, Run makes %s; %v", name, got, want, s.Err())
		}
	}
}

func TestNumbers(t *testing.T) {
	c := small(20_000)
	c.Shards = 3
	t.Run("slow", func(t *testing.T) { checkNumbers(t, c) })
	t.Run("fast", func(t *testing.T) { checkNumbers(t, fast()) })
}

func checkNumbers(t *testing.T, c kafkanauts.Config) {
	sent, _ := records(t, open(t, c))
	ids, txns := map[uint64]bool{}, map[uint64]bool{}
	for i, l := range sent {
		if i > 0 && (l.seq <= sent[i-1].seq || l.at.Time.Before(sent[i-1].at.Time)) {
			t.Fatalf("record %d: sequence number %d at %v after %d at %v", i, l.seq, l.at.Time, sent[i-1].seq, sent[i-1].at.Time)
		}
		if ids[l.at.ID] || txns[l.at.TxnID] {
			t.Fatalf("record %d: order id %d or transaction id %d was there before", i, l.at.ID, l.at.TxnID)
		}
		ids[l.at.ID], txns[l.at.TxnID] = true, true
	}
}

// sharded collects by shard.
type sharded struct {
	sink.Sink
	lines [][]line
}

func (s *sharded) Shard(i int) (sink.Sink, error) {
	return sink.Func(func(_ context.Context, b *sink.Batch) error {
		for j := range b.Records {
			s.lines[i] = append(s.lines[i], keep(&b.Records[j]))
		}
		return nil
	}), nil
}

func TestShardsAreThePartsOfTheMergedStream(t *testing.T) {
	for _, limit := range []uint64{0, 7_001} {
		c := small(20_000)
		c.Shards = 5
		c.Faults = moving
		c.Limit = limit
		s := open(t, c)
		want, _ := records(t, s)
		dst := &sharded{sink.Discard(), make([][]line, c.Shards)}
		if _, err := s.Run(context.Background(), dst); err != nil {
			t.Fatal(err)
		}
		customers := map[uint64]int{}
		var got []line
		for i, lines := range dst.lines {
			for _, l := range lines {
				if shard, ok := customers[l.at.CustomerID]; ok && shard != i {
					t.Fatalf("customer %d orders in shards %d and %d", l.at.CustomerID, shard, i)
				}
				customers[l.at.CustomerID] = i
			}
			got = append(got, lines...)
		}
		sortLines(got)
		sortLines(want)
		if len(got) != len(want) || limit > 0 && uint64(len(want)) != limit {
			t.Fatalf("limit %d: %d records by shards, %d merged", limit, len(got), len(want))
		}
		for i := range got {
			if got[i].value != want[i].value || got[i].seq != want[i].seq || got[i].key != want[i].key {
				t.Fatalf("limit %d: record %d is %q by shards, %q merged", limit, i, got[i].value, want[i].value)
			}
		}
	}
}

func sortLines(l []line) {
	slices.SortFunc(l, func(a, b line) int {
		if a.seq != b.seq {
			if a.seq < b.seq {
				return -1
			}
			return 1
		}
		return a.copy - b.copy
	})
}

func TestWindowsAreThePartsOfTheWhole(t *testing.T) {
	c := small(5_000)
	c.Faults = moving
	checkWindows(t, c, []time.Duration{0, 17 * time.Minute, 5 * time.Hour, 5*time.Hour + time.Second, 23*time.Hour + 59*time.Minute, 47 * time.Hour, 48 * time.Hour})
	c = fast()
	c.Faults = moving
	checkWindows(t, c, []time.Duration{0, time.Second, 3 * time.Second})
	if sent, _ := records(t, open(t, c).Window(c.To, c.To.Add(time.Hour))); len(sent) != 0 {
		t.Errorf("a window after the end has %d records", len(sent))
	}
}

func checkWindows(t *testing.T, c kafkanauts.Config, cuts []time.Duration) {
	t.Helper()
	s := open(t, c)
	whole, wholeLost := records(t, s)
	var parts, partsLost []line
	for i := range cuts[1:] {
		from, to := c.From.Add(cuts[i]), c.From.Add(cuts[i+1])
		sent, lost := records(t, s.Window(from, to))
		parts, partsLost = append(parts, sent...), append(partsLost, lost...)
	}
	if len(parts) != len(whole) || len(partsLost) != len(wholeLost) {
		t.Fatalf("the windows have %d records and %d lost, the whole %d and %d", len(parts), len(partsLost), len(whole), len(wholeLost))
	}
	for i := range whole {
		if parts[i].value != whole[i].value || parts[i].seq != whole[i].seq || parts[i].copy != whole[i].copy {
			t.Fatalf("record %d: the windows have %d %q, the whole %d %q", i, parts[i].seq, parts[i].value, whole[i].seq, whole[i].value)
		}
	}
}

// Undo of what was sent and lost, each once, is the clean stream, in every
// encoding; and what was sent differs from it exactly where the truth says so.
func TestUndoRestoresTheStream(t *testing.T) {
	for _, enc := range []order.Encoding{order.Pipe{}, order.CSV{}, order.JSON{}, avro.Encoding{}, avro.Encoding{Text: true, SchemaID: 1}} {
		c := small(20_000)
		c.Encoding = enc
		c.Faults = corrupt.Mix{}
		clean, none := records(t, open(t, c))
		if len(none) > 0 {
			t.Fatalf("without damage, %d records are lost", len(none))
		}
		bySeq := map[uint64]line{}
		for _, l := range clean {
			if l.faults != nil {
				t.Fatalf("without damage, there is a fault: %+v", l)
			}
			bySeq[l.seq] = l
		}
		for name, faults := range map[string]corrupt.Mix{"original": nil, "rival": corrupt.Rival(), "moving": moving} {
			c.Faults = faults
			sent, lost := records(t, open(t, c))
			seen, damaged := map[uint64]bool{}, 0
			for _, l := range append(sent, lost...) {
				want, ok := bySeq[l.seq]
				if !ok || want.at != l.at {
					t.Fatalf("%v, %s: record %d is of no order of the clean stream", enc, name, l.seq)
				}
				if !slices.Equal(want.tags, l.tags) {
					t.Fatalf("%v, %s: damage changes the tags of record %d", enc, name, l.seq)
				}
				if got := order.Undo(nil, []byte(l.value), l.faults); string(got) != want.value {
					t.Fatalf("%v, %s: Undo of %q with %+v is\n%q, not\n%q", enc, name, l.value, l.faults, got, want.value)
				}
				edited := slices.ContainsFunc(l.faults, func(f order.Fault) bool { return f.Op != order.Delayed && f.Op != order.Repeated })
				if edited == (l.value == want.value) {
					t.Fatalf("%v, %s: faults %+v of %q, clean %q", enc, name, l.faults, l.value, want.value)
				}
				if len(l.faults) > 0 {
					damaged++
				}
				seen[l.seq] = true
			}
			if len(seen) != len(clean) || damaged == 0 {
				t.Errorf("%v, %s: %d of %d orders were sent or lost, %d damaged", enc, name, len(seen), len(clean), damaged)
			}
		}
	}
}

// note is a stage that tags one order in a hundred.
type note struct{ name string }

func (n note) Name() string { return n.name }
func (n note) Generate(d *product.Draw, o *order.Order) {
	if d.Chance(0.01) {
		d.Tag(n.name)
	}
}

func TestStagesAndStrategiesLeaveTheOthersAlone(t *testing.T) {
	c := small(5_000)
	want, _ := records(t, open(t, c))
	c.Generator = append(product.Chain{note{"one"}}, product.World()...)
	c.Faults = append(corrupt.Mix{corrupt.Of(corrupt.SignFlip{}, 0.001)}, corrupt.Original()...)
	got, _ := records(t, open(t, c))
	if len(got) != len(want) {
		t.Fatalf("%d records, %d without the additions", len(got), len(want))
	}
	changed := 0
	for i := range got {
		if got[i].at != want[i].at {
			t.Fatalf("order %d is %+v, without the additions %+v", i, got[i].at, want[i].at)
		}
		if got[i].value != want[i].value {
			changed++
			if !slices.ContainsFunc(got[i].faults, func(f order.Fault) bool { return f.Strategy == "sign_flip" }) {
				t.Fatalf("record %d is damaged otherwise: %q, without the additions %q", i, got[i].value, want[i].value)
			}
		}
	}
	if changed == 0 {
		t.Error("the added strategy struck nothing")
	}
}

// Twenty totals within three standard deviations: the chance that a right
// forecast fails is 20 times 0.0027, about one seed list in twenty; this list is fixed.
func TestForecastIsWhatComes(t *testing.T) {
	for seed := range uint64(20) {
		c := small(10_000)
		c.Seed = seed
		s := open(t, c)
		rep, err := s.Run(context.Background(), sink.Discard())
		if err != nil {
			t.Fatal(err)
		}
		f := float64(s.Forecast().Total)
		if z := (float64(rep.Records) - f) / math.Sqrt(f); math.Abs(z) > 3 {
			t.Errorf("seed %d: %d records, %.1f expected: %.1f standard deviations", seed, rep.Records, f, z)
		}
		if math.Abs(f-rep.Expected) > 1e-6*f {
			t.Errorf("the report expects %v, the forecast is %v", rep.Expected, f)
		}
	}
}

// never is a strategy that always gives up.
type never struct{}

func (never) Name() string                           { return "never" }
func (never) Corrupt(*corrupt.Edit, *rand.Rand) bool { return false }

func TestReportCountsWhatWasDelivered(t *testing.T) {
	for _, speed := range []float64{0, 1_000_000} {
		c := small(20_000)
		c.Faults = append(slices.Clone(moving), corrupt.Of(never{}, 0.1))
		c.Speed = speed
		var last kafkanauts.Progress
		c.Progress = func(p kafkanauts.Progress) { last = p }
		var records, bytes, lost, copies, damaged int64
		countries, faults := map[string]int64{}, map[string]int64{}
		rep, err := open(t, c).Run(context.Background(), sink.Func(func(_ context.Context, b *sink.Batch) error {
			records += int64(len(b.Records))
			bytes += int64(len(b.Lines))
			lost += int64(len(b.Lost))
			for _, r := range append(slices.Clone(b.Records), b.Lost...) {
				if r.Truth != nil && len(r.Truth.Faults) > 0 {
					damaged++
					for _, f := range r.Truth.Faults {
						faults[f.Strategy]++
					}
				}
				if r.Copy > 0 {
					copies++
				}
			}
			for _, r := range b.Records {
				countries[r.Order.Country]++
			}
			return nil
		}))
		if err != nil {
			t.Fatal(err)
		}
		if rep.Records != records || rep.Bytes != bytes || rep.Lost != lost || rep.Copies != copies || rep.Damaged != damaged {
			t.Errorf("speed %v: the report says %d records, %d bytes, %d lost, %d copies, %d damaged; it was %d, %d, %d, %d, %d", speed,
				rep.Records, rep.Bytes, rep.Lost, rep.Copies, rep.Damaged, records, bytes, lost, copies, damaged)
		}
		check := func(what string, list []kafkanauts.Count, want map[string]int64) {
			if len(list) != len(want) {
				t.Errorf("speed %v: %s: %v, want %v", speed, what, list, want)
			}
			for _, x := range list {
				if want[x.Name] != x.N {
					t.Errorf("speed %v: %s %s: %d, want %d", speed, what, x.Name, x.N, want[x.Name])
				}
			}
		}
		for _, d := range append(corrupt.Original()[0].Strategy.(corrupt.OneOf).Among, corrupt.Weighted{Strategy: mover{}}, corrupt.Weighted{Strategy: never{}}) {
			faults[d.Strategy.Name()] += 0 // what struck nothing is told as well
		}
		check("country", rep.Countries, countries)
		check("strategy", rep.Faults, faults)
		if last.Records != records || !last.Event.Equal(c.To) {
			t.Errorf("speed %v: progress ends at %+v", speed, last)
		}
	}
}

func TestConfigErrorsComeAllAtOnce(t *testing.T) {
	c := kafkanauts.Config{
		From:      time.Date(2022, 1, 31, 0, 0, 0, 5, time.UTC),
		To:        time.Date(2021, 1, 31, 0, 0, 0, 0, time.UTC),
		Market:    demand.Market{{Country: "", Category: "Gas"}},
		Generator: product.Chain{note{"a"}, note{"a"}},
		Faults:    corrupt.Mix{corrupt.Of(corrupt.Blank{}, 2), corrupt.Of(nil, 0.1)},
		Shards:    -1,
		Workers:   -1,
		Speed:     math.NaN(),
		Key:       99,
	}
	_, err := kafkanauts.New(c)
	if err == nil {
		t.Fatal("no error")
	}
	paths := map[string]int{}
	for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
		var ce *kafkanauts.ConfigError
		if !errors.As(e, &ce) {
			t.Errorf("%v is no ConfigError", e)
			continue
		}
		paths[ce.Path]++
	}
	for _, path := range []string{"From", "To", "Market", "Generator", "Faults", "Shards", "Workers", "Speed", "Key"} {
		if paths[path] == 0 {
			t.Errorf("nothing is said about %s:\n%v", path, err)
		}
	}
	// Trying the stages does not wait until the rest is right.
	_, err = kafkanauts.New(kafkanauts.Config{Speed: -1, Shards: -1, Generator: append(product.World(), delimiter{97})})
	if err == nil || !strings.Contains(err.Error(), "Speed") || !strings.Contains(err.Error(), "Shards") || !strings.Contains(err.Error(), "Ann|Bob") {
		t.Errorf("speed, shards and a stage are wrong; it says %v", err)
	}
	for name, c := range map[string]kafkanauts.Config{"Speed": {Speed: 1e-12}, "Workers": {Workers: 1 << 45}} {
		if _, err := kafkanauts.New(c); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if paths["Faults"] < 2 {
		t.Errorf("two kinds of damage are wrong, %d said:\n%v", paths["Faults"], err)
	}
}

// delimiter is a user's stage that writes what pipes cannot carry, from some
// order on.
type delimiter struct{ from uint64 }

func (delimiter) Name() string { return "delimiter" }
func (s delimiter) Generate(d *product.Draw, o *order.Order) {
	if uint64(o.Time.Unix())%97 < s.from {
		o.CustomerName = "Ann|Bob"
	}
}

func TestWhatCannotBeCarriedEndsTheRun(t *testing.T) {
	c := small(5_000)
	c.Generator = append(product.World(), delimiter{1}) // not on the trial orders
	s, err := kafkanauts.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = s.Run(context.Background(), sink.Discard()); err == nil || !strings.Contains(err.Error(), "customer_name") || !strings.Contains(err.Error(), "Ann|Bob") {
		t.Errorf("error %v does not name the field and the value", err)
	}
	c.Encoding = order.JSON{}
	if _, err := open(t, c).Run(context.Background(), sink.Discard()); err != nil {
		t.Errorf("JSON carries it, but: %v", err)
	}
	c.Encoding = order.Pipe{}
	c.Generator = append(product.World(), delimiter{97})
	if _, err := kafkanauts.New(c); err == nil {
		t.Error("New does not find what every order has")
	}
}

// meddler is a user's stage that changes what is not its to change.
type meddler struct{ do func(o *order.Order) }

func (meddler) Name() string                               { return "meddler" }
func (s meddler) Generate(d *product.Draw, o *order.Order) { s.do(o) }

func TestStagesMustLeaveTheStreamsFieldsAlone(t *testing.T) {
	for field, do := range map[order.Field]func(o *order.Order){
		order.ID:       func(o *order.Order) { o.ID = 1 },
		order.TxnID:    func(o *order.Order) { o.TxnID++ },
		order.Time:     func(o *order.Order) { o.Time = o.Time.Add(time.Hour) },
		order.Country:  func(o *order.Order) { o.Country = "Mars" },
		order.Category: func(o *order.Order) { o.Category = "" },
	} {
		c := small(2_000)
		c.Generator = append(product.World(), meddler{do})
		_, err := kafkanauts.New(c)
		if err == nil || !strings.Contains(err.Error(), field.String()) || !strings.Contains(err.Error(), "meddler") {
			t.Errorf("%v: error %v", field, err)
		}
		c.Generator = append(product.World(), meddler{func(o *order.Order) {
			if o.Time.Unix()%1009 == 0 { // on none of the trial orders
				do(o)
			}
		}})
		if _, err := open(t, c).Run(context.Background(), sink.Discard()); err == nil || !strings.Contains(err.Error(), field.String()) {
			t.Errorf("%v, later: error %v", field, err)
		}
	}
}

// A seed at another time is another stream: nothing of it repeats.
func TestAnotherTimeIsAnotherStream(t *testing.T) {
	c := small(5_000)
	first, _ := records(t, open(t, c))
	c.From, c.To = c.From.AddDate(0, 0, 7), c.To.AddDate(0, 0, 7)
	second, _ := records(t, open(t, c))
	ids := map[uint64]bool{}
	for _, l := range first {
		ids[l.at.ID], ids[l.at.TxnID] = true, true
	}
	same := 0
	for i, l := range second {
		if ids[l.at.ID] || ids[l.at.TxnID] {
			t.Fatalf("order %d or transaction %d is in both weeks", l.at.ID, l.at.TxnID)
		}
		if i < len(first) && first[i].at.CustomerID == l.at.CustomerID {
			same++
		}
	}
	if same > len(first)/20 {
		t.Errorf("%d of %d customers order in the same place a week later", same, len(first))
	}
}

var errFull = errors.New("no room")

// failing fails after some batches.
type failing struct {
	left   int
	closed int
}

func (f *failing) Write(ctx context.Context, b *sink.Batch) error {
	if f.left--; f.left < 0 {
		return errFull
	}
	return nil
}
func (f *failing) Close(context.Context) error { f.closed++; return nil }

func TestAFailingSinkEndsTheRun(t *testing.T) {
	for _, left := range []int{0, 1, 20} {
		f := &failing{left: left}
		_, err := open(t, small(20_000)).Run(context.Background(), f)
		if !errors.Is(err, errFull) || f.closed != 1 {
			t.Errorf("error %v, closed %d times", err, f.closed)
		}
	}
	if _, err := open(t, small(100)).Run(context.Background(), nil); err == nil {
		t.Error("a run without a sink succeeds")
	}
}

func TestACancelledContextEndsTheRun(t *testing.T) {
	why := errors.New("enough")
	for _, speed := range []float64{0, 1} { // at speed 1, the run would take two days
		for _, many := range []bool{false, true} {
			ctx, cancel := context.WithCancelCause(context.Background())
			c := small(200_000)
			c.Speed = speed
			batches := 0
			var dst sink.Sink = sink.Func(func(ctx context.Context, b *sink.Batch) error {
				if batches++; batches == 2 {
					cancel(why)
				}
				return ctx.Err()
			})
			if many {
				dst = &cancelling{sink.Discard(), func() { cancel(why) }}
			}
			_, err := open(t, c).Run(ctx, dst)
			if !errors.Is(err, why) {
				t.Errorf("speed %v, shards %v: error %v does not wrap the cause", speed, many, err)
			}
			cancel(nil)
		}
	}
}

type cancelling struct {
	sink.Sink
	cancel func()
}

func (c *cancelling) Shard(i int) (sink.Sink, error) {
	return sink.Func(func(context.Context, *sink.Batch) error { c.cancel(); return nil }), nil
}

func TestRecordsCanBeLeftEarly(t *testing.T) {
	s := open(t, small(50_000))
	n := 0
	for range s.Records() {
		if n++; n == 100 {
			break
		}
	}
	if s.Err() != nil || n != 100 {
		t.Errorf("%d records, error %v", n, s.Err())
	}
}

// The bytes of the default world are a promise: changing these hashes is a
// breaking change and takes a line in the changelog.
func TestGolden(t *testing.T) {
	from := time.Date(2022, 3, 12, 12, 0, 0, 0, time.UTC) // two clocks change
	for name, c := range map[string]kafkanauts.Config{
		"pipe": {}, "csv": {Encoding: order.CSV{}}, "json": {Encoding: order.JSON{}, Seed: 1, Shards: 7},
		"rival": {Faults: corrupt.Rival()}, "moving": {Faults: moving}, "fast": fast(),
	} {
		if name != "fast" {
			c.From, c.To = from, from.Add(30*time.Hour)
			c.Market = demand.World().Scale(0.05)
		}
		if got := fingerprint(t, open(t, c)); got != golden[name] {
			t.Errorf("%q: %q,", name, got)
		}
	}
}

// broken fails in one of the calls of a sink of shards.
type broken struct{ where string }

func (b *broken) fail(where string) error {
	if where == b.where {
		return errFull
	}
	return nil
}
func (b *broken) Open(context.Context, *sink.Session) error { return b.fail("open") }
func (b *broken) Shard(i int) (sink.Sink, error) {
	if i < 2 {
		return &brokenShard{b, i}, nil
	}
	return &brokenShard{b, i}, b.fail("shard")
}
func (b *broken) Write(context.Context, *sink.Batch) error {
	panic("a sink of shards is written by shards")
}
func (b *broken) Close(context.Context) error { return b.fail("close") }

type brokenShard struct {
	*broken
	i int
}

func (s *brokenShard) Write(context.Context, *sink.Batch) error {
	return s.fail(fmt.Sprint("write ", s.i))
}
func (s *brokenShard) Close(context.Context) error { return s.fail("close shard") }

func TestAFailingSinkOfShardsEndsTheRun(t *testing.T) {
	for _, where := range []string{"open", "shard", "write 0", "write 3", "close shard", "close"} {
		if _, err := open(t, small(5_000)).Run(context.Background(), &broken{where}); !errors.Is(err, errFull) {
			t.Errorf("%s: error %v", where, err)
		}
	}
	if _, err := open(t, small(5_000)).Run(context.Background(), &broken{}); err != nil {
		t.Errorf("nowhere: error %v", err)
	}
}

// flock is an error of a type that cannot be compared.
type flock []error

func (f flock) Error() string { return "a flock of errors" }

func TestErrorsThatCannotBeCompared(t *testing.T) {
	dst := &sharded{sink.Discard(), make([][]line, 4)}
	_, err := open(t, small(5_000)).Run(context.Background(), &flocking{dst})
	var f flock
	if !errors.As(err, &f) {
		t.Errorf("error %v", err)
	}
}

type flocking struct{ *sharded }

func (f *flocking) Shard(i int) (sink.Sink, error) {
	return sink.Func(func(context.Context, *sink.Batch) error { return flock{errFull} }), nil
}

// What a stage does wrong beyond the limit or the window is nobody's affair.
func TestWhatIsNotReachedIsNotWrong(t *testing.T) {
	c := small(5_000)
	whole, _ := records(t, open(t, c))
	at := whole[len(whole)/2].at.Time
	c.Generator = append(product.World(), meddler{func(o *order.Order) {
		if !o.Time.Before(at) {
			o.CustomerName = "Ann|Bob"
		}
	}})
	if _, err := open(t, c).Run(context.Background(), sink.Discard()); err == nil {
		t.Error("the whole stream has no error")
	}
	sent, _ := records(t, open(t, c).Window(c.From, at))
	if len(sent) == 0 || !sent[len(sent)-1].at.Time.Before(at) {
		t.Errorf("the window before has %d records", len(sent))
	}
	// A window that begins within a step of bad orders has them all the same.
	inside := open(t, c).Window(at.Add(time.Minute), at.Add(10*time.Minute))
	for range inside.Records() {
	}
	if inside.Err() == nil {
		t.Error("a window of bad orders has no error")
	}
	c.Limit = uint64(len(sent)) / 2
	if sent, _ := records(t, open(t, c)); uint64(len(sent)) != c.Limit {
		t.Errorf("%d records, limit %d", len(sent), c.Limit)
	}
}

// far is a strategy that could move records beyond all time.
type far struct{ mover }

func (far) Reach() time.Duration { return math.MaxInt64 }

func TestReachBeyondAllTime(t *testing.T) {
	c := small(2_000)
	c.Faults = corrupt.Mix{corrupt.Of(far{}, 0.01)}
	if sent, _ := records(t, open(t, c)); len(sent) < 1_500 {
		t.Errorf("%d records of about 2,000", len(sent))
	}
}

func TestLagAndParts(t *testing.T) {
	c := small(5_000)
	c.To = c.From.Add(time.Hour)
	c.Speed = 20_000 // a fifth of a second in all
	var last time.Time
	rep, err := open(t, c).Run(context.Background(), sink.Func(func(_ context.Context, b *sink.Batch) error {
		if b.Part < 0 || b.Part >= b.Parts {
			t.Errorf("part %d of %d", b.Part, b.Parts)
		}
		last = b.Records[len(b.Records)-1].Order.Time
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	// Nothing is early: the last record is sent when it is due, at the soonest.
	if due := time.Duration(float64(last.Sub(c.From)) / c.Speed); rep.Elapsed < due {
		t.Errorf("it took %v; the last record was due after %v", rep.Elapsed, due)
	}
	if rep.Lag.Mean <= 0 || rep.Lag.Max < rep.Lag.Mean {
		t.Errorf("lag %+v", rep.Lag)
	}
}

func ExampleStream_Records() {
	s, err := kafkanauts.New(kafkanauts.Config{Limit: 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	for r := range s.Records() {
		fmt.Println(r.Order.Country, r.Order.Category, r.Order.Payment)
	}
	// Output:
	// United States Gas Card
	// China Medicine Wallet
	// China Medicine Wallet
}
