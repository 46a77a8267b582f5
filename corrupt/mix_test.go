package corrupt

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/kafkanauts/kafkanauts/order"
)

// fits fails if counts do not fit weights: Pearson's chi-square against limit,
// its quantile at 1-1e-6 for as many degrees of freedom as there are counts, less
// one. So it fails once in a million seeds if all is well.
func fits(t *testing.T, what string, counts map[string]int, weights map[string]float64, limit float64) {
	t.Helper()
	n, total := 0, 0.0
	for name, k := range counts {
		if n += k; weights[name] == 0 {
			t.Errorf("%s: %d times %q", what, k, name)
		}
	}
	for _, w := range weights {
		total += w
	}
	chi2 := 0.0
	for name, w := range weights {
		want := float64(n) * w / total
		d := float64(counts[name]) - want
		chi2 += d * d / want
	}
	if chi2 > limit {
		t.Errorf("%s: chi-square %.1f above %.1f: %v", what, chi2, limit, counts)
	}
}

// Quantiles of chi-square at 1-1e-6.
const (
	chi3  = 30.67
	chi4  = 33.38
	chi15 = 57.46 // an upper bound
)

func TestPresets(t *testing.T) {
	original := map[string]float64{"blank": 10, "garbage_unicode": 6, "garbage_printable": 3, "easter_egg": 1, "drop_field": 1}
	rival := map[string]float64{"overwrite": 1, "status_reason": 1, "sign_flip": 1, "null_token": 1}
	for _, c := range []struct {
		name    string
		mix     Mix
		rate    float64
		weights map[string]float64
		limit   float64
	}{
		{"original", Original(), 0.03, original, chi4},
		{"original at", OriginalAt(0.5), 0.5, original, chi4},
		// Overwriting gives up where the name is empty, and a reason where there is one:
		// of these orders a fifth and a ninth. See someOrder.
		{"rival", Rival(), 0.025, nil, 0},
	} {
		for _, enc := range encodings {
			t.Run(c.name+" "+name(enc), func(t *testing.T) {
				p := newProcess(t, c.mix, enc)
				const n = 8000
				counts, damaged := map[string]int{}, 0
				for key := range uint64(4) {
					for i, s := range run(p, enc, key, n) {
						if len(s.Faults) == 0 {
							if s.hit {
								t.Fatalf("record %d is struck and clean", i)
							}
							continue
						}
						damaged++
						f := s.Faults[0]
						counts[f.Strategy]++
						if len(s.Faults) != 1 || f.Op != order.Edited || f.Field == order.None {
							t.Fatalf("record %d has not one cell damaged: %+v", i, s.Faults)
						}
						checkOneCell(t, enc, &s)
					}
				}
				within(t, "damaged records", damaged, 4*n, c.rate)
				if c.weights != nil {
					fits(t, "kinds", counts, c.weights, c.limit)
				}
				for name := range rival {
					if c.weights == nil && counts[name] < damaged/5 {
						t.Errorf("%s only %d times of %d", name, counts[name], damaged)
					}
				}
			})
		}
	}
}

// checkOneCell holds that s differs from the clean record in the one cell that
// its fault names, and is what the strategy says.
func checkOneCell(t *testing.T, enc order.Encoding, s *sent) {
	t.Helper()
	f := s.Faults[0]
	var o order.Order
	var clean order.Spans
	if err := enc.Parse(&o, s.clean, &clean); err != nil {
		t.Fatal(err)
	}
	cut := f.Strategy == "drop_field"
	for g := order.ID; g < order.NumFields; g++ {
		was, is := clean.Value[g].Of(s.clean), s.at.Value[g].Of(s.value)
		if g != f.Field && !bytes.Equal(was, is) {
			t.Fatalf("%s of %s changes %s from %q to %q", f.Strategy, f.Field, g, was, is)
		}
		if g == f.Field && (cut != (is == nil) || !cut && bytes.Equal(was, is)) {
			t.Fatalf("%s of %s makes %q of %q", f.Strategy, f.Field, is, was)
		}
	}
	is := string(s.at.Value[f.Field].Of(s.value))
	bare := strings.Trim(is, `"`)
	ok := true
	switch f.Strategy {
	case "blank":
		ok = bare == "" && len(bytes.Trim(f.Was, `"`)) > 0
	case "garbage_unicode":
		n := utf8.RuneCountInString(bare)
		ok = 4 <= n && n <= 12 && !strings.ContainsFunc(bare, func(r rune) bool { return r < 0x80 || !unicode.IsPrint(r) })
	case "garbage_printable":
		ok = len(is) >= 6 && !strings.ContainsFunc(is, func(r rune) bool { return r < ' ' || r > '~' })
	case "easter_egg":
		ok = len(bare) > 5
	case "overwrite":
		ok = f.Field == order.Category && (bare == o.CustomerName || strings.ContainsAny(is, `"\`))
	case "status_reason":
		ok = f.Field == order.Reason && o.Success && len(bare) > 5
	case "sign_flip":
		ok = f.Field == order.Qty && is == fmt.Sprintf("-%d.0", o.Qty)
	case "null_token":
		ok = f.Field != order.ID && bare == "null"
	}
	if !ok {
		t.Fatalf("%s puts %q in the place of %q in %s", f.Strategy, is, f.Was, f.Field)
	}
	// In pipe and CSV damage of one cell never makes two of it.
	switch enc.(type) {
	case order.Pipe:
		if n := bytes.Count(s.value, []byte("|")); n != 15 && !(cut && n == 14) {
			t.Fatalf("%d columns: %q", n+1, s.value)
		}
	case order.JSON, order.CSV:
		err := enc.Parse(&o, s.value, nil)
		if err != nil && !strings.Contains(err.Error(), f.Field.String()) && !cut {
			t.Fatalf("%s of %s breaks the whole record %q: %v", f.Strategy, f.Field, s.value, err)
		}
	}
}

// A field is drawn uniformly among those that a strategy applies to.
func TestFieldsAreUniform(t *testing.T) {
	for _, c := range []struct {
		strategy Strategy
		not      []order.Field
	}{
		{Blank{}, []order.Field{order.Reason}}, // of a success, empty
		{Unicode{}, nil},
		{Printable{N: 30}, nil},
		{EasterEgg{}, nil},
		{DropField{}, nil},
		{NullToken{Not: order.ID}, []order.Field{order.ID}},
	} {
		for _, enc := range encodings {
			weights, counts := map[string]float64{}, map[string]int{}
			for f := order.ID; f < order.NumFields; f++ {
				weights[f.String()] = 1
			}
			for _, f := range c.not {
				delete(weights, f.String())
			}
			for _, s := range run(newProcess(t, Mix{Of(c.strategy, 1)}, enc), enc, 5, 8000) {
				var o order.Order
				if err := enc.Parse(&o, s.clean, nil); err != nil || !o.Success || o.CustomerName == "" {
					continue
				}
				counts[s.Faults[0].Field.String()]++
			}
			fits(t, c.strategy.Name()+" "+name(enc), counts, weights, chi15)
		}
	}
}

// Characters are uniform on those that the encoding can carry: all printable
// ones but the delimiter. The quantile of chi-square with 93 degrees of freedom at
// 1-1e-6 is 168.
func TestCharactersAreUniform(t *testing.T) {
	weights, counts := map[string]float64{}, map[string]int{}
	for c := ' '; c <= '~'; c++ {
		if c != '|' {
			weights[string(c)] = 1
		}
	}
	for _, s := range run(newProcess(t, Mix{Of(Printable{N: 10}, 1)}, order.Pipe{}), order.Pipe{}, 9, 5000) {
		for _, c := range string(s.at.Value[s.Faults[0].Field].Of(s.value)) {
			counts[string(c)]++
		}
	}
	fits(t, "characters", counts, weights, 168)
}

func TestScriptsAreAssigned(t *testing.T) {
	for _, s := range scripts {
		for r := s.first; r <= s.last; r++ {
			if !unicode.IsPrint(r) || unicode.Is(unicode.Mn, r) || r < 0x80 {
				t.Errorf("%U does not stand by itself", r)
			}
		}
	}
}

// OneOf draws by weight, and of the rest when one gives up or changes nothing.
func TestOneOf(t *testing.T) {
	counts := map[string]int{}
	never := strategy{"never", func(e *Edit, r *rand.Rand) bool {
		e.Set(order.City, "nowhere")
		e.Delay(1e9)
		return false
	}}
	idle := strategy{"idle", func(e *Edit, r *rand.Rand) bool { return true }}
	one := OneOf{"", []Weighted{{5, never}, {3, DropField{}}, {50, idle}, {1, Unicode{}}}}
	for _, s := range run(newProcess(t, Mix{Of(one, 1)}, order.Pipe{}), order.Pipe{}, 1, 4000) {
		if len(s.Faults) != 1 || s.Delay != 0 || bytes.Contains(s.value, []byte("nowhere")) {
			t.Fatalf("%+v of %q", s.Outcome, s.value)
		}
		counts[s.Faults[0].Strategy]++
	}
	fits(t, "alternatives", counts, map[string]float64{"drop_field": 3, "garbage_unicode": 1}, 23.93) // 1 degree of freedom
	one.Among = one.Among[:1]
	for i, s := range run(newProcess(t, Mix{Of(one, 1)}, order.Pipe{}), order.Pipe{}, 1, 100) {
		if len(s.Faults) > 0 || !bytes.Equal(s.value, s.clean) {
			t.Fatalf("record %d: all gave up, and it is %q", i, s.value)
		}
	}
	many := OneOf{"many", nil}
	for i := range 70 {
		many.Among = append(many.Among, Weighted{1, strategy{fmt.Sprint("s", i), never.corrupt}})
	}
	many.Among = append(many.Among, Weighted{1, Blank{}})
	for i, s := range run(newProcess(t, Mix{Of(many, 1)}, order.Pipe{}), order.Pipe{}, 1, 50) {
		if len(s.Faults) != 1 || s.Faults[0].Strategy != "blank" {
			t.Fatalf("record %d: %+v", i, s.Faults)
		}
	}
}

// Each of OneOf's strategies has its own Reach, not the furthest.
func TestOneOfKeepsReach(t *testing.T) {
	moved := func(e *Edit, _ *rand.Rand) bool { return e.Delay(1e9) }
	one := OneOf{"one", []Weighted{{1, strategy{"mover", moved}}, {1, still{strategy{"still", moved}}}}}
	for i, s := range run(newProcess(t, Mix{Of(one, 1)}, order.Pipe{}), order.Pipe{}, 1, 100) {
		if len(s.Faults) != 1 || s.Faults[0].Strategy != "mover" {
			t.Fatalf("record %d: %+v", i, s.Faults)
		}
	}
}

func TestString(t *testing.T) {
	want := "0.03: one of 10 blank, 6 garbage_unicode, 3 garbage_printable, 1 easter_egg, 1 drop_field\n" +
		"0.025: one of 1 overwrite, 1 status_reason, 1 sign_flip, 1 null_token"
	if got := append(Original(), Rival()...).String(); got != want {
		t.Errorf("%s\nnot\n%s", got, want)
	}
}

// The bytes of damage are the same for ever: changing this hash is a breaking
// change.
func TestGolden(t *testing.T) {
	h := fnv.New64a()
	for _, enc := range encodings {
		loose := Damage{strategy{"loose", func(e *Edit, r *rand.Rand) bool {
			return e.Join() || e.Repeat(1+r.IntN(3), 0)
		}}, bounded{func(o *order.Order) float64 { return float64(o.Qty) / 64 }, 0.5}}
		m := append(append(OriginalAt(0.3), RivalAt(0.3)...), loose)
		for _, s := range run(newProcess(t, m, enc), enc, 42, 2000) {
			fmt.Fprintf(h, "%q %v %+v\n", s.value, s.at, s.Outcome)
		}
	}
	const want = 0x4c54c4d1da8a1645
	if got := h.Sum64(); got != want {
		t.Errorf("the hash is %#x, not %#x", got, uint64(want))
	}
}
