package corrupttest

import (
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts/corrupt"
	"github.com/kafkanauts/kafkanauts/order"
)

// The package's own strategies conform.
func TestStrategies(t *testing.T) {
	for _, s := range []corrupt.Strategy{
		corrupt.Blank{}, corrupt.Unicode{}, corrupt.Printable{}, corrupt.Printable{N: 40}, corrupt.EasterEgg{}, corrupt.EasterEgg{Texts: []string{"a|b, \"c\"", "d"}},
		corrupt.DropField{}, corrupt.Overwrite{}, corrupt.Overwrite{Field: order.Price, From: order.City}, corrupt.StatusReason{},
		corrupt.StatusReason{Reasons: []string{"x"}}, corrupt.SignFlip{}, corrupt.NullToken{}, corrupt.NullToken{Not: order.ID},
		corrupt.Original()[0].Strategy, corrupt.Rival()[0].Strategy,
		custom{"late", time.Hour, func(e *corrupt.Edit, r *rand.Rand) bool {
			return e.Delay(time.Duration(1+r.IntN(3600))*time.Second) || e.Drop()
		}},
		custom{"again", 0, func(e *corrupt.Edit, r *rand.Rand) bool { return e.Repeat(1+r.IntN(3), 0) }},
		custom{"merge_lines", 0, func(e *corrupt.Edit, r *rand.Rand) bool { return r.IntN(3) == 0 && e.Join() }},
		custom{"truncate", 0, func(e *corrupt.Edit, r *rand.Rand) bool { return e.Splice(r.IntN(e.Len()), e.Len(), nil) }},
	} {
		t.Run(s.Name(), func(t *testing.T) { Run(t, s) })
	}
}

type custom struct {
	name    string
	reach   time.Duration
	corrupt func(e *corrupt.Edit, r *rand.Rand) bool
}

func (c custom) Name() string                               { return c.name }
func (c custom) Corrupt(e *corrupt.Edit, r *rand.Rand) bool { return c.corrupt(e, r) }
func (c custom) Reach() time.Duration                       { return c.reach }

type renamed struct {
	custom
	calls *atomic.Int64
}

func (r renamed) Name() string { return "name_" + string('a'+rune(r.calls.Add(1)%7)) }

// The kit tells what does not conform.
func TestKitFinds(t *testing.T) {
	var calls atomic.Int64
	blank := func(e *corrupt.Edit, r *rand.Rand) bool { return e.Set(order.City, "") }
	for _, c := range []struct {
		strategy corrupt.Strategy
		want     string
	}{
		{nil, "nil"},
		{custom{"", 0, blank}, `called ""`},
		{custom{"back", -time.Hour, blank}, "Reach"},
		{renamed{custom{"", 0, blank}, &calls}, "must stay"},
		{custom{"idle", 0, func(*corrupt.Edit, *rand.Rand) bool { return true }}, "none of 1500 orders is damaged"},
		{custom{"quitter", 0, func(e *corrupt.Edit, r *rand.Rand) bool { blank(e, r); return false }}, "none of 1500 orders is damaged"},
		{custom{"global", 0, func(e *corrupt.Edit, _ *rand.Rand) bool {
			return e.Set(order.City, strings.Repeat("x", 1+rand.IntN(100)))
		}}, "with the same key"},
		{custom{"counting", 0, func(e *corrupt.Edit, _ *rand.Rand) bool {
			return e.Set(order.City, strings.Repeat("x", int(1+calls.Add(1)%1009)))
		}}, "with the same key"},
	} {
		errs := check(c.strategy)
		if len(errs) == 0 {
			t.Errorf("nothing is said about %v", c.strategy)
			continue
		}
		for _, err := range errs {
			if !strings.HasPrefix(err.Error(), "corrupttest: ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("of %v it is said %q, not %q", c.strategy, err, c.want)
			}
		}
	}
}

// The laws for each record notice a result that breaks them, which no strategy
// can bring about through an Edit.
func TestLaws(t *testing.T) {
	clean := []byte("a|b")
	fault := []order.Fault{{Strategy: "s", Op: order.Edited, Start: 2, End: 3, Was: []byte("b")}}
	for _, c := range []struct {
		name  string
		value string
		out   corrupt.Outcome
		want  string
	}{
		{"right", "a|c", corrupt.Outcome{Faults: fault}, ""},
		{"silent", "a|c", corrupt.Outcome{}, "without a fault"},
		{"more than it says", "x|c", corrupt.Outcome{Faults: fault}, "Undo makes"},
		{"line end", "a|\n", corrupt.Outcome{Faults: fault}, "line end"},
		{"far", "a|c", corrupt.Outcome{Faults: fault, Delay: time.Hour, Repeats: 2, After: time.Hour}, "moved by 3h0m0s"},
		{"far copies", "a|b", corrupt.Outcome{Repeats: 4, After: time.Hour}, "moved by 4h0m0s"},
	} {
		errs := laws([]result{{clean, []byte(c.value), c.out}}, 2*time.Hour, false)
		if c.want == "" && len(errs) > 0 || c.want != "" && (len(errs) != 1 || !strings.Contains(errs[0].Error(), c.want)) {
			t.Errorf("%s: %v", c.name, errs)
		}
	}
}

// All encodings carry the kit's orders.
func TestOrders(t *testing.T) {
	failed, empty := 0, 0
	for i := range batch {
		o := someOrder(i)
		if !o.Success {
			failed++
		}
		if o.CustomerName == "" {
			empty++
		}
		for _, enc := range encodings {
			var back order.Order
			if err := enc.Parse(&back, enc.Append(nil, &o, nil), nil); err != nil || back != o {
				t.Fatalf("order %d in %v: %+v comes back as %+v: %v", i, enc, o, back, err)
			}
		}
	}
	if failed == 0 || empty == 0 {
		t.Errorf("%d failed, %d have no name", failed, empty)
	}
}
