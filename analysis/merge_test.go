package analysis

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/kafkanauts/kafkanauts/order"
)

// parts deals records to n parts at random.
func parts(v Values, n int) []Values {
	r := rand.New(rand.NewPCG(4, 4))
	out := make([]Values, n)
	for _, b := range v {
		i := r.IntN(n)
		out[i] = append(out[i], b)
	}
	return out
}

func TestMergedPartsAreTheWhole(t *testing.T) {
	s := maker{seed: 6, orders: 20000, customers: 2000, original: 0.03, rival: 0.02}.make()
	for _, keys := range []int{0, 700} { // 700: far below the number of customers, so they are sampled
		whole := NewProfile(nil, keys)
		for _, v := range s.values {
			whole.Add(v)
		}
		m := whole.Learn()
		merged := NewProfile(nil, keys)
		split := parts(s.values, 5)
		slices.Reverse(split)
		for _, part := range split {
			p := NewProfile(nil, keys)
			for _, v := range part {
				p.Add(v)
			}
			merged.Merge(p)
		}
		n := merged.Learn()
		if m.DamageRate() != n.DamageRate() || m.first != n.first || m.last != n.last {
			t.Errorf("keys %d: models differ: %v, %v", keys, m.DamageRate(), n.DamageRate())
		}
		a, b := NewDetector(m), NewDetector(n)
		var flagged int
		for at, v := range s.values.Records() {
			x, y := a.Inspect(at, v), b.Inspect(at, v)
			flagged += len(x)
			if !slices.Equal(x, y) {
				t.Fatalf("keys %d: flags differ: %v, %v", keys, x, y)
			}
		}
		if flagged == 0 {
			t.Error("nothing was flagged")
		}
	}
}

func TestMergedSummariesAndFindings(t *testing.T) {
	s := maker{seed: 6, orders: 40000, customers: 2000}.make()
	m := learn(s.values)
	read := func(v Values) (*Summary, *Decipherer) {
		sum, dec := new(Summary), NewDecipherer(m)
		var in Intake
		var o order.Order
		for _, b := range v {
			if len(in.Accept(b, &o)) == 0 {
				sum.Add(&o)
				dec.Add(&o)
			}
		}
		return sum, dec
	}
	sum, dec := read(s.values)
	all, allDec := new(Summary), NewDecipherer(m)
	for _, part := range parts(s.values, 4) {
		a, b := read(part)
		all.Merge(a)
		allDec.Merge(b)
	}
	type view struct {
		Orders, Units, Cents, Failed, Customers int64
		Hourly                                  [24]int64
		Week                                    [7][24]int64
		A, B                                    []Count
		C                                       [][]int64
		D                                       []Series
		E                                       []Failure
		F, G                                    []Bin
		H                                       []Spike
		I                                       []Spender
		J                                       any
	}
	of := func(s *Summary) view {
		h, _ := s.Hourly()
		top, _ := s.TopSpenders(20)
		_, cor := s.Correlations()
		return view{s.Orders, s.Units, s.Cents, s.Failed, s.Customers(), h, s.Week(), s.Countries(), s.Categories(), s.CountryCategory(),
			s.Daily(), s.Failures(), s.Prices(), s.Quantities(), s.Spikes(0.01), top, cor}
	}
	if a, b := of(sum), of(all); !reflect.DeepEqual(a, b) {
		t.Errorf("summaries differ:\n%+v\n%+v", a, b)
	}
	a, b := dec.Findings(), allDec.Findings()
	if len(a) == 0 || !reflect.DeepEqual(a, b) {
		t.Errorf("findings differ:\n%+v\n%+v", a, b)
	}
}

func TestTallyIsTheSameForAnySplit(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	whole := newTally(300)
	split := []*tally{newTally(300), newTally(300), newTally(300)}
	truth := map[[2]uint64]uint32{}
	for range 20000 {
		k, v := testKey(r.IntN(2000)), uint32(r.IntN(3))
		whole.add(k, v, 1)
		split[r.IntN(3)].add(k, v, 1)
		truth[[2]uint64{k, uint64(v)}]++
	}
	all := newTally(300)
	for _, s := range split {
		all.merge(s)
	}
	if whole.level != all.level || whole.used != all.used || whole.level == 0 || whole.used == 0 || whole.used > 300 {
		t.Fatalf("levels %d and %d, pairs %d and %d", whole.level, all.level, whole.used, all.used)
	}
	for k, n := range truth {
		a, b := whole.count(k[0], uint32(k[1])), all.count(k[0], uint32(k[1]))
		if a != b || a != 0 && a != n || a == 0 && whole.sampled(k[0]) {
			t.Fatalf("counts %d and %d of %d", a, b, n)
		}
	}
}

func testKey(i int) uint64 { return hashOf([]byte{byte(i), byte(i >> 8)}) }
