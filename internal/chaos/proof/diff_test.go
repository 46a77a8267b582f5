package proof

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func sums(lines string) (s []Sum) {
	for _, l := range strings.Fields(lines) {
		s = append(s, sumOf([]byte(l)))
	}
	return s
}

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		want, got string
		diff      Diff
	}{
		{"", "", Diff{}},
		{"a b c", "a b c", Diff{}},
		{"a b a", "a b a", Diff{}},
		{"a b c", "a c", Diff{Lost: 1}},
		{"a b c", "b c", Diff{Lost: 1}},
		{"a b c", "a b", Diff{Lost: 1}},
		{"a b c", "", Diff{Lost: 3}},
		{"a b a", "a b", Diff{Lost: 1}},
		{"a b c", "a b b c", Diff{Doubled: 1}},
		{"a b c d", "a b c b c d", Diff{Doubled: 2}},
		{"a b a", "a b a a", Diff{Doubled: 1}},
		{"a b c d", "a c b d", Diff{Reordered: 1}},
		{"a b c d", "d a b c", Diff{Reordered: 1}},
		{"a b c d e", "a b x d e", Diff{Altered: 1}},
		{"a b c d e", "x y c d e", Diff{Altered: 2}},
		{"a b c", "a b c x", Diff{Foreign: 1}},
		{"a b c", "a x b c", Diff{Foreign: 1}},
		{"", "x", Diff{Foreign: 1}},
		{"a b c d", "x b d y", Diff{Altered: 1, Lost: 1, Foreign: 1}},
		{"a b c d e f", "a c c d x f", Diff{Lost: 1, Doubled: 1, Altered: 1}},
	} {
		if d, _ := Compare(sums(c.want), sums(c.got)); d != c.diff {
			t.Errorf("%q against %q: %+v, not %+v", c.got, c.want, d, c.diff)
		}
	}
}

// What was done to a sequence is what Compare finds, and it balances: each place
// of the wanted is there, lost or altered; each line of the other is wanted,
// doubled, foreign or an altered one.
func TestCompareFindsWhatWasDone(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 0))
		want := make([]Sum, 20+r.IntN(200))
		for i := range want {
			want[i] = sumOf(fmt.Append(nil, i))
		}
		got := slices.Clone(want)
		var done Diff
		for i := len(got) - 2; i > 1; i -= 3 + r.IntN(10) {
			switch r.IntN(5) {
			case 0:
				got = slices.Delete(got, i, i+1)
				done.Lost++
			case 1:
				got = slices.Insert(got, i, got[i])
				done.Doubled++
			case 2:
				got[i], got[i-1] = got[i-1], got[i]
				done.Reordered++
			case 3:
				got[i] = sumOf(fmt.Append(nil, "altered", i))
				done.Altered++
			case 4:
				got = slices.Insert(got, i, sumOf(fmt.Append(nil, "foreign", i)))
				done.Foreign++
			}
		}
		if d, _ := Compare(want, got); d != done {
			t.Fatalf("seed %d: %+v, not %+v", seed, d, done)
		}
	}
}
