package demand

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts/internal/keyed"
)

func load(t testing.TB, s *Sampler, step int64) {
	t.Helper()
	if err := s.Load(step); err != nil {
		t.Fatal(err)
	}
}

func key(shard, step int64) uint64 {
	return uint64(keyed.Key(7).With(uint64(shard)).With(uint64(step)))
}

// steep has one segment that rises, one that falls, one that stays and one
// that is never.
func steep() Market {
	return Market{
		{Country: "A", Category: "up", Curve: Linear{0, 12}},
		{Country: "A", Category: "down", Curve: Linear{6, 0}},
		{Country: "B", Category: "never", Curve: Constant(0)},
		{Country: "B", Category: "even", Curve: Constant(1)},
	}
}

// Arrivals lie in their step, in order, on whole seconds, and no segment whose
// rate is 0 fires.
func TestDrawStaysInStep(t *testing.T) {
	for _, p := range plans(t) {
		s := p.NewSampler()
		var dst []Arrival
		for i := range p.Steps() {
			load(t, s, i)
			from, to := p.Bounds(i)
			last := from.Unix()
			dst = s.Draw(dst[:0], key(0, i))
			for _, a := range dst {
				if a.Unix < last || a.Unix > to.Add(-1).Unix() || a.Segment < 0 || int(a.Segment) >= p.Segments() {
					t.Fatalf("step %d, %v to %v: %+v after %d", i, from, to, a, last)
				}
				last = a.Unix
			}
		}
	}
	p := plan(t, steep(), start, start.AddDate(0, 0, 1), 1)
	s := p.NewSampler()
	for i := range p.Steps() {
		load(t, s, i)
		for _, a := range s.Draw(nil, key(0, i)) {
			if a.Segment == 2 {
				t.Fatal("a segment without a rate has fired")
			}
		}
	}
}

// Shards are independent of each other and of what was drawn or loaded before.
func TestDrawDependsOnItsKeyAlone(t *testing.T) {
	p := plan(t, World().Scale(3), start, start.AddDate(0, 0, 1), 4)
	a, b := p.NewSampler(), p.NewSampler()
	want := map[int64][]Arrival{}
	for i := range p.Steps() {
		load(t, a, i)
		a.Draw(nil, key(3, i))
		a.Draw(nil, key(0, i))
		want[i] = a.Draw(nil, key(1, i))
	}
	for i := p.Steps() - 1; i >= 0; i -= 5 {
		load(t, b, i)
		if got := b.Draw(nil, key(1, i)); !slices.Equal(got, want[i]) {
			t.Fatalf("step %d alone differs", i)
		}
		prefix := []Arrival{{1, 2}}
		if got := b.Draw(prefix, key(1, i)); !slices.Equal(got[:1], prefix) || !slices.Equal(got[1:], want[i]) {
			t.Fatalf("step %d is not appended", i)
		}
		if got := b.Draw(nil, key(2, i)); len(got) > 20 && slices.Equal(got, want[i]) {
			t.Fatalf("step %d: two keys, the same arrivals", i)
		}
	}
}

// Counts of (step, shard) are Poisson with what is expected: their mean and
// dispersion, each two-sided. A sound sampler fails with probability 0.002 over
// all seeds; the seed is fixed.
func TestCountsArePoisson(t *testing.T) {
	p := plan(t, steep(), start, start.AddDate(0, 0, 1), 4)
	s := p.NewSampler()
	var n, sum, expected, dispersion, variance float64
	for i := range p.Steps() {
		load(t, s, i)
		mean := p.Expect(p.Bounds(i)) / 4
		for shard := range int64(4) {
			count := float64(len(s.Draw(nil, key(shard, i))))
			n++
			sum += count
			expected += mean
			dispersion += (count - mean) * (count - mean) / mean
			variance += 2 + 1/mean // of the summand, for a Poisson count
		}
	}
	if z := (sum - expected) / math.Sqrt(expected); math.Abs(z) > 3.29 {
		t.Errorf("%.0f orders, %.0f expected: %.1f sd", sum, expected, z)
	}
	if z := (dispersion - n) / math.Sqrt(variance); math.Abs(z) > 3.29 {
		t.Errorf("dispersion %.1f of %.0f counts: %.1f sd", dispersion, n, z)
	}
}

// saws has a segment that goes from 0 to 4 within five minutes while another goes
// from 1 to 0, and back, and two that stay.
func saws() Market {
	saw := func(up int64, top float64) Curve {
		return CurveFunc(func(t time.Time) float64 { return top * float64((t.Unix()/300+up)%2) })
	}
	return Market{
		{Country: "A", Category: "up", Curve: saw(0, 4)}, {Country: "A", Category: "down", Curve: saw(1, 1)},
		{Country: "B", Category: "even", Curve: Constant(1)}, {Country: "B", Category: "rare", Curve: Constant(0.02)},
	}
}

// Each segment fires in each part of an interval between knots as often as the
// integral of its own rate says, by a chi-square test over all segments and
// parts. A sound sampler fails with probability 0.001 over all seeds; the seed is
// fixed.
func TestSegmentsFollowTheirRates(t *testing.T) {
	m := saws()
	p := plan(t, m, start, start.AddDate(0, 0, 4), 1)
	s := p.NewSampler()
	const parts, width = 20, 600 / 20
	var counts [parts][4]float64
	for i := range p.Steps() {
		load(t, s, i)
		for _, a := range s.Draw(nil, key(0, i)) {
			counts[(a.Unix-start.Unix())%600/width][a.Segment]++
		}
	}
	var chi, df float64
	for part := range parts {
		from := start.Add(time.Duration(part) * width * time.Second)
		for segment, e := range p.ExpectSegments(from, from.Add(width*time.Second)) {
			e *= 4 * 86400 / 600
			chi += (counts[part][segment] - e) * (counts[part][segment] - e) / e
			df++
		}
	}
	// Wilson and Hilferty's approximation of the quantile at 0.999.
	h := 2 / (9 * df)
	if limit := df * math.Pow(1-h+3.090*math.Sqrt(h), 3); chi > limit {
		t.Errorf("chi-square %.1f with %.0f degrees of freedom, limit %.1f", chi, df, limit)
	}
}

// Integrated over the law, the gaps between arrivals are unit exponentials (the
// time-rescaling theorem): a Kolmogorov-Smirnov test across steps. Arrivals are
// whole seconds; a uniform part of a second, drawn here, restores what is lost. A
// sound sampler fails with probability 0.001 over all seeds; the seed is fixed.
func TestGapsAreExponential(t *testing.T) {
	c := Difference{Of: Normal{Mu: 0.5, SD: 0.1, Scale: 0.02}, Less: Constant(0.005)}
	p := plan(t, one(c), start, start.AddDate(0, 0, 60), 1)
	s := p.NewSampler()
	r := rand.New(rand.NewPCG(1, 2))
	var gaps []float64
	last := p.From()
	for i := range p.Steps() {
		load(t, s, i)
		var times []time.Time
		for _, a := range s.Draw(nil, key(0, i)) {
			times = append(times, time.Unix(a.Unix, r.Int64N(1e9)))
		}
		slices.SortFunc(times, time.Time.Compare)
		for _, now := range times {
			gaps = append(gaps, p.Expect(last, now))
			last = now
		}
	}
	n := float64(len(gaps))
	if n < 20_000 {
		t.Fatalf("%v gaps", n)
	}
	slices.Sort(gaps)
	var d float64
	for i, g := range gaps {
		f := 1 - math.Exp(-g)
		d = max(d, f-float64(i)/n, float64(i+1)/n-f)
	}
	if limit := 1.95 / math.Sqrt(n); d > limit {
		t.Errorf("distance %.5f of %v gaps, limit %.5f", d, n, limit)
	}
}

// Within a step far below a second, arrivals are of that second, and the coin
// still weighs both knots: counts as expected, within 3.29 sd. A sound sampler
// fails with probability 0.004 over all seeds; the seed is fixed.
func TestPartsOfASecond(t *testing.T) {
	m := saws().Scale(3000)
	from := start.Add(200 * time.Second)
	p := plan(t, m, from, from.Add(30*time.Second), 2)
	if p.Width() >= time.Second {
		t.Fatalf("steps of %v", p.Width())
	}
	s := p.NewSampler()
	counts := make([]float64, len(m))
	for i := range p.Steps() {
		load(t, s, i)
		begin, _ := p.Bounds(i)
		for shard := range int64(2) {
			for _, a := range s.Draw(nil, key(shard, i)) {
				if a.Unix != begin.Unix() {
					t.Fatalf("step %d of %v: %+v", i, begin, a)
				}
				counts[a.Segment]++
			}
		}
	}
	for i, e := range p.ExpectSegments(p.From(), p.To()) {
		if math.Abs(counts[i]-e) > 3.29*math.Sqrt(e) {
			t.Errorf("segment %d: %v orders, %v expected", i, counts[i], e)
		}
	}
}

func TestLoadErrors(t *testing.T) {
	bad := false
	c := CurveFunc(func(time.Time) float64 {
		if bad {
			return math.NaN()
		}
		return 1
	})
	p := plan(t, one(c), start, start.AddDate(0, 0, 1), 1)
	s := p.NewSampler()
	for _, step := range []int64{-1, p.Steps()} {
		if s.Load(step) == nil {
			t.Errorf("step %d of %d loads", step, p.Steps())
		}
	}
	load(t, s, 1)
	bad = true
	if err := s.Load(5); err == nil {
		t.Error("a rate that is not a number loads")
	}
	if got := s.Draw(nil, 1); len(got) != 0 {
		t.Errorf("%d arrivals after an error", len(got))
	}
	if got := p.Expect(p.From(), p.To()); got == got {
		t.Errorf("Expect of a rate that is not a number: %v", got)
	}
	bad = false
	load(t, s, 5)
	if got := s.Draw(nil, 1); len(got) == 0 {
		t.Error("no arrivals after the error has gone")
	}
}

func TestOffset(t *testing.T) {
	from := time.Date(2022, time.March, 1, 0, 0, 0, 0, time.UTC)
	p := plan(t, World(), from, from.AddDate(0, 2, 0), 1)
	s := p.NewSampler()
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		unix := from.Unix() + r.Int64N(61*86400)
		if r.IntN(100) == 0 {
			unix = r.Int64N(1<<36) - 1<<35 // from the time before zones to the far future
		}
		segment := r.IntN(p.Segments())
		_, want := time.Unix(unix, 0).In(p.Segment(segment).Zone).Zone()
		if got := s.Offset(int32(segment), unix); got != want {
			t.Fatalf("segment %d at %d: offset %d, want %d", segment, unix, got, want)
		}
	}
}

func TestSamplerAllocatesNothing(t *testing.T) {
	p := plan(t, World(), start, start.AddDate(0, 0, 14), 4)
	s := p.NewSampler()
	dst := make([]Arrival, 0, 4096)
	var step int64
	if n := testing.AllocsPerRun(200, func() {
		load(t, s, step)
		for shard := range int64(4) {
			dst = s.Draw(dst[:0], key(shard, step))
			for _, a := range dst {
				s.Offset(a.Segment, a.Unix)
			}
		}
		step = (step + 7) % p.Steps()
	}); n != 0 {
		t.Errorf("%v allocations a step", n)
	}
}

// An alias table draws each index as often as its weight says: the cells' parts
// add up to the weights.
func TestAlias(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		n := 1 + r.IntN(60)
		weights, total := make([]float64, n), 0.0
		for i := range weights {
			if r.IntN(4) > 0 {
				weights[i] = math.Exp(20 * r.NormFloat64())
			}
			total += weights[i]
		}
		want := slices.Clone(weights)
		table := make(alias, n)
		table.build(weights, total, make([]int32, n))
		got := make([]float64, n)
		for i, c := range table {
			part := float64(c.cut) / 0x1p64
			got[i] += part / float64(n)
			got[c.other] += (1 - part) / float64(n)
		}
		for i := range got {
			w := 1 / float64(n)
			if total > 0 {
				w = want[i] / total
			}
			if math.Abs(got[i]-w) > 1e-12 || w == 0 && got[i] != 0 {
				t.Fatalf("weights %v: index %d is drawn with %v, want %v", want, i, got[i], w)
			}
		}
	}
}

// The arrivals of one day of World and of one second of a world ten thousand
// times as busy. To change them is to break every stream made so far.
func TestGoldenArrivals(t *testing.T) {
	const want = uint64(0x42f9b904a79c55a2)
	h := uint64(0)
	for _, p := range []*Plan{
		plan(t, World(), start.AddDate(0, 0, 1), start.AddDate(0, 0, 2), 4),
		plan(t, World().Scale(10_000), start.Add(time.Hour), start.Add(time.Hour+time.Second), 2),
	} {
		s := p.NewSampler()
		var dst []Arrival
		for i := range p.Steps() {
			load(t, s, i)
			for shard := range int64(p.Shards()) {
				dst = s.Draw(dst[:0], key(shard, i))
				for _, a := range dst {
					h = keyed.Mix(h ^ uint64(a.Unix)<<16 ^ uint64(a.Segment))
				}
				h = keyed.Mix(h ^ uint64(len(dst)))
			}
		}
	}
	if h != want {
		t.Errorf("the arrivals have the hash %#x, want %#x", h, want)
	}
}
