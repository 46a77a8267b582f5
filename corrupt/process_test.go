package corrupt

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts/order"
)

// odds is a Mechanism without Max.
type odds func(o *order.Order) float64

func (c odds) Chance(o *order.Order) float64 { return c(o) }

// bounded is one with it.
type bounded struct {
	odds
	max float64
}

func (b bounded) Max() float64 { return b.max }

// nameless is a strategy of any name.
type nameless string

func (n nameless) Name() string                 { return string(n) }
func (nameless) Corrupt(*Edit, *rand.Rand) bool { return false }

type backwards struct{ nameless }

func (backwards) Reach() time.Duration { return -time.Second }

func TestNewProcessErrors(t *testing.T) {
	for _, c := range []struct {
		mix  Mix
		want []string
	}{
		{Mix{{nil, Uniform(0.1)}}, []string{"corrupt: damage 1: no strategy"}},
		{Mix{{Blank{}, nil}}, []string{"corrupt: damage 1 (blank): no mechanism"}},
		{Mix{Of(Unicode{}, 0.1), Of(Blank{}, 1.5)}, []string{"corrupt: damage 2 (blank): a probability of 1.5"}},
		{Mix{Of(Blank{}, -0.1), Of(Unicode{}, math.NaN())}, []string{"damage 1 (blank): a probability of -0.1", "damage 2 (garbage_unicode): a probability of NaN"}},
		{Mix{{Blank{}, bounded{nil, 2}}}, []string{"a probability of 2"}},
		{Mix{Of(Blank{}, 0.1), Of(Blank{}, 0.1)}, []string{"damage 2 (blank): damage 1 has a strategy of that name"}},
		{append(Original(), Of(Blank{}, 0.1)), []string{"damage 2 (blank): damage 1 has"}},
		{append(Original(), OriginalAt(0.1)...), []string{"damage 2 (original): damage 1 has", "damage 2 (easter_egg): damage 1 has"}},
		{Mix{Of(OneOf{}, 0.1)}, []string{"damage 1 (one_of): nothing to draw from"}},
		{Mix{Of(OneOf{"x", []Weighted{{0, Blank{}}, {1, nil}, {math.Inf(1), Unicode{}}}}, 0.1)}, []string{"alternative 1 has a weight of 0", "alternative 3 has a weight of +Inf", "(x): no strategy"}},
		{Mix{Of(OneOf{"x", []Weighted{{1, OneOf{"x", []Weighted{{1, Blank{}}}}}}}, 0.1)}, []string{"(x): damage 1 has a strategy of that name"}},
		{Mix{Of(Of(Blank{}, 0.1), 0.1)}, []string{"a Damage is no strategy"}},
		{Mix{Of(nameless(""), 0.1)}, []string{`is called ""`}},
		{Mix{Of(nameless("a,b"), 0.1)}, []string{`is called "a,b"`}},
		{Mix{Of(backwards{"back"}, 0.1)}, []string{"(back): Reach is -1s"}},
		{Mix{Of(Printable{N: -1}, 0.1), Of(EasterEgg{Texts: []string{}}, 0.1), Of(Overwrite{Field: order.Qty}, 0.1), Of(StatusReason{[]string{""}}, 0.1)},
			[]string{"(garbage_printable): -1 characters", "(easter_egg): no texts", "(overwrite): cannot put the text of none in the place of qty", "(status_reason): no reasons"}},
	} {
		p, err := NewProcess(c.mix, order.Pipe{})
		if p != nil || err == nil {
			t.Errorf("%v is accepted", c.mix)
			continue
		}
		joined, ok := err.(interface{ Unwrap() []error })
		if !ok {
			t.Fatalf("%T is not joined", err)
		}
		for _, e := range joined.Unwrap() {
			if !strings.HasPrefix(e.Error(), "corrupt: damage ") {
				t.Errorf("%q does not say which damage", e)
			}
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("the error of %v\nhas no %q:\n%v", c.mix, want, err)
			}
		}
	}
	if _, err := NewProcess(nil, nil); err == nil || !strings.Contains(err.Error(), "no encoding") {
		t.Errorf("without an encoding: %v", err)
	}
	for _, m := range []Mix{nil, {}, Original(), Rival(), append(Original(), Rival()...), {Of(Blank{}, 0), Of(Unicode{}, 1)}} {
		newProcess(t, m, order.Pipe{})
	}
}

func TestRateAndReach(t *testing.T) {
	p := newProcess(t, append(OriginalAt(0.03), RivalAt(0.025)...), order.Pipe{})
	if rate, ok := p.Rate(); !ok || math.Abs(rate-(1-0.97*0.975)) > 1e-15 {
		t.Errorf("Rate is %v, %v", rate, ok)
	}
	if p.Reach() != 0 {
		t.Errorf("Reach is %v", p.Reach())
	}
	if _, ok := newProcess(t, Mix{{Blank{}, odds(func(*order.Order) float64 { return 0.1 })}}, order.Pipe{}).Rate(); ok {
		t.Error("a mechanism that is not Uniform has a Rate")
	}
	if rate, ok := newProcess(t, nil, order.Pipe{}).Rate(); !ok || rate != 0 {
		t.Errorf("no damage has a Rate of %v, %v", rate, ok)
	}
	one := OneOf{"one", []Weighted{{1, Blank{}}, {1, strategy{"mover", nil}}}}
	if p := newProcess(t, Mix{Of(one, 0.1)}, order.Pipe{}); p.Reach() != 24*time.Hour {
		t.Errorf("OneOf's Reach is %v", p.Reach())
	}
}

// hits returns which of n records of each of steps are struck.
func hits(t *testing.T, m Mix, steps, n int) (struck [][]int) {
	w := newProcess(t, m, order.Pipe{}).Worker()
	orders, _, _ := prebuilt(order.Pipe{}, n)
	for step := range steps {
		w.Begin(uint64(step), n)
		struck = append(struck, nil)
		for i := range n {
			if w.Hit(i, &orders[i]) {
				struck[step] = append(struck[step], i)
			}
		}
	}
	return struck
}

// within fails if k of n is further than 4.5 standard deviations from the
// binomial expectation: with the approximation by the normal distribution, once in
// 150,000 checks if all is well. Seeds are fixed: what passes stays.
func within(t *testing.T, what string, k, n int, p float64) {
	t.Helper()
	mean, sd := float64(n)*p, math.Sqrt(float64(n)*p*(1-p))
	if math.Abs(float64(k)-mean) > 4.5*sd {
		t.Errorf("%s: %d of %d, expected %.1f with a deviation of %.1f", what, k, n, mean, sd)
	}
}

// Each mechanism strikes as often as it says, wherever in the step, whether it
// has a bound, however loose, or none.
func TestMechanisms(t *testing.T) {
	const steps, n = 400, 500
	rare := func(o *order.Order) float64 {
		if o.Qty > 15 {
			return 0.08
		}
		return 0.02
	}
	var large [n]bool
	for i := range large {
		o := someOrder(i)
		large[i] = o.Qty > 15
	}
	for _, c := range []struct {
		name string
		when Mechanism
		p    func(large bool) float64
	}{
		{"uniform", Uniform(0.03), func(bool) float64 { return 0.03 }},
		{"often", Uniform(0.9), func(bool) float64 { return 0.9 }},
		{"tight", bounded{rare, 0.08}, func(l bool) float64 { return map[bool]float64{true: 0.08, false: 0.02}[l] }},
		{"loose", bounded{rare, 1}, func(l bool) float64 { return map[bool]float64{true: 0.08, false: 0.02}[l] }},
		{"unbounded", odds(rare), func(l bool) float64 { return map[bool]float64{true: 0.08, false: 0.02}[l] }},
	} {
		t.Run(c.name, func(t *testing.T) {
			var k, of, at [2]int
			for _, struck := range hits(t, Mix{{Blank{}, c.when}}, steps, n) {
				for _, i := range struck {
					if large[i] {
						k[1]++
					} else {
						k[0]++
					}
					at[i*2/n]++
				}
			}
			for _, l := range large {
				if l {
					of[1] += steps
				} else {
					of[0] += steps
				}
			}
			within(t, "small orders", k[0], of[0], c.p(false))
			within(t, "large orders", k[1], of[1], c.p(true))
			within(t, "first half", at[0], at[0]+at[1], 0.5)
		})
	}
	for p, want := range map[float64]int{0: 0, 1: n, 5e-324: 0} {
		if got := len(hits(t, Mix{Of(Blank{}, p)}, 1, n)[0]); got != want {
			t.Errorf("with probability %v %d of %d are struck", p, got, n)
		}
	}
	for _, when := range []Mechanism{odds(func(*order.Order) float64 { return 1 }), bounded{func(*order.Order) float64 { return 1 }, 1}} {
		if got := len(hits(t, Mix{{Blank{}, when}}, 1, n)[0]); got != n {
			t.Errorf("with certainty %d of %d are struck", got, n)
		}
	}
}

// Adding, moving or removing damage changes nothing of what the others do, on
// records that only one of them strikes; and on those that several strike, it
// is done one after the other.
func TestIndependence(t *testing.T) {
	a, b, c := Of(Unicode{}, 0.2), Of(DropField{}, 0.1), Damage{NullToken{}, odds(func(o *order.Order) float64 { return 0.1 })}
	const n = 2000
	alone := run(newProcess(t, Mix{a}, order.Pipe{}), order.Pipe{}, 7, n)
	compared, both := 0, 0
	for _, m := range []Mix{{a, b}, {b, a}, {c, a, b}} {
		for i, s := range run(newProcess(t, m, order.Pipe{}), order.Pipe{}, 7, n) {
			names := map[string]bool{}
			for _, f := range s.Faults {
				names[f.Strategy] = true
			}
			if alone[i].hit && !names["garbage_unicode"] || !alone[i].hit && names["garbage_unicode"] {
				t.Fatalf("record %d is struck by others of %v: %v", i, m, names)
			}
			if len(names) == 1 && alone[i].hit {
				if compared++; !bytes.Equal(s.value, alone[i].value) {
					t.Fatalf("record %d of %v is %q, not %q", i, m, s.value, alone[i].value)
				}
			} else if alone[i].hit {
				both++
			}
		}
	}
	if compared < 500 || both < 50 {
		t.Errorf("compared only %d and %d", compared, both)
	}
}

// What happens to a record depends on nothing but the key, the name, the index
// and the record: not on the Worker's past.
func TestWorkerHasNoMemory(t *testing.T) {
	m := append(OriginalAt(0.3), RivalAt(0.3)...)
	p := newProcess(t, m, order.CSV{})
	want := run(p, order.CSV{}, 3, 300)
	w := p.Worker()
	o := someOrder(0)
	var at order.Spans
	for _, n := range []int{1, 700, 300} {
		w.Begin(3, n)
		for i := range n {
			o = someOrder(i)
			buf := order.CSV{}.Append(nil, &o, &at)
			var out Outcome
			hit := w.Hit(i, &o)
			if hit {
				buf, out = w.Apply(buf, 0, i, i == n-1, &o, &at)
			}
			if i < len(want) && (hit != want[i].hit || !bytes.Equal(buf, want[i].value) || len(out.Faults) != len(want[i].Faults)) {
				t.Fatalf("record %d of %d is %q, not %q", i, n, buf, want[i].value)
			}
		}
	}
	other := run(p, order.CSV{}, 4, 300)
	if slices.EqualFunc(want, other, func(a, b sent) bool { return a.hit == b.hit }) {
		t.Error("another key strikes the same records")
	}
}

// Faults stay as they are until the next Begin, however many follow.
func TestFaultsStay(t *testing.T) {
	p := newProcess(t, OriginalAt(1), order.Pipe{})
	w := p.Worker()
	w.Begin(1, 3000)
	var kept [][]order.Fault
	var copies [][]order.Fault
	var at order.Spans
	for i := range 3000 {
		o := someOrder(i)
		w.Hit(i, &o)
		_, out := w.Apply(order.Pipe{}.Append(nil, &o, &at), 0, i, false, &o, &at)
		kept, copies = append(kept, out.Faults), append(copies, copyFaults(out.Faults))
	}
	for i := range kept {
		if len(kept[i]) != 1 || !bytes.Equal(kept[i][0].Was, copies[i][0].Was) || kept[i][0].Start != copies[i][0].Start {
			t.Fatalf("the faults of record %d changed from %+v to %+v", i, copies[i], kept[i])
		}
	}
}

func TestNoAllocations(t *testing.T) {
	for _, enc := range encodings {
		w := newProcess(t, append(OriginalAt(0.5), RivalAt(0.5)...), enc).Worker()
		orders, values, spans := prebuilt(enc, 512)
		buf, at := make([]byte, 0, 4096), new(order.Spans)
		key := uint64(0)
		for ; key < 20; key++ { // warm
			step(w, key, orders, buf, values, spans, at)
		}
		if n := testing.AllocsPerRun(20, func() {
			key++
			step(w, key%20, orders, buf, values, spans, at)
		}); n != 0 {
			t.Errorf("%v: %v allocations a step of %d records", enc, n, len(orders))
		}
	}
}
