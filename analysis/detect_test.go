package analysis

import (
	"testing"

	"github.com/kafkanauts/kafkanauts/order"
)

// outcomeOf compares flags with what the maker did.
func judgeAll(t *testing.T, s *made) (recall, alarms float64, field float64) {
	t.Helper()
	m := learn(s.values)
	d := NewDetector(m)
	hit, right, wrong := 0, 0, 0
	missed := map[string]int{}
	made := map[string]int{}
	var shown int
	for at, v := range s.values.Records() {
		flags := d.Inspect(at, v)
		was, bad := s.damage[int(at.Offset)-1]
		if bad {
			made[was.kind]++
		}
		switch {
		case bad && len(flags) > 0:
			hit++
			if flags[0].Field == was.field {
				right++
			}
		case bad:
			missed[was.kind+" "+was.field.String()]++
			if shown++; shown < 12 {
				t.Logf("missed %v: %q", was, v)
			}
		case len(flags) > 0:
			wrong++
			if wrong < 8 {
				t.Logf("false alarm %v: %q", flags[0], v)
			}
		}
	}
	clean := len(s.values) - len(s.damage)
	recall = float64(hit) / float64(max(1, len(s.damage)))
	alarms = 1000 * float64(wrong) / float64(clean)
	field = float64(right) / float64(max(1, hit))
	t.Logf("%d records, %d damaged (estimated %.4f): recall %.4f, %.3f false alarms per 1000, field right %.3f, missed %v", len(s.values), len(s.damage), m.DamageRate(), recall, alarms, field, missed)
	return
}

func TestDetectFindsDamageBlind(t *testing.T) {
	for name, m := range map[string]maker{
		"original 3 %":         {seed: 1, orders: 60000, customers: 4000, original: 0.03},
		"original 0.5 %":       {seed: 2, orders: 60000, customers: 4000, original: 0.005},
		"original 10 %":        {seed: 3, orders: 60000, customers: 4000, original: 0.10},
		"customers seen once":  {seed: 4, orders: 60000, customers: 200000, original: 0.03},
		"rival 2.5 %":          {seed: 5, orders: 60000, customers: 4000, rival: 0.025},
		"rival 10 %":           {seed: 6, orders: 60000, customers: 4000, rival: 0.10},
		"both, small":          {seed: 7, orders: 5000, customers: 2000, original: 0.03, rival: 0.025},
		"nothing":              {seed: 8, orders: 60000, customers: 4000},
		"nothing, seen once":   {seed: 9, orders: 60000, customers: 200000},
		"nothing, very little": {seed: 10, orders: 2000, customers: 1000},
	} {
		t.Run(name, func(t *testing.T) {
			recall, alarms, field := judgeAll(t, m.make())
			if m.original+m.rival > 0 && recall < 0.95 {
				t.Errorf("recall %.4f, want 0.95", recall)
			}
			if m.original+m.rival > 0 && field < 0.9 {
				t.Errorf("the right field in %.3f of the finds, want 0.9", field)
			}
			if alarms > 1 {
				t.Errorf("%.3f false alarms per 1,000 clean records, want at most 1", alarms)
			}
		})
	}
}

func TestInspectKeepsNothing(t *testing.T) {
	s := maker{seed: 1, orders: 5000, customers: 500, original: 0.03}.make()
	m := learn(s.values)
	d := NewDetector(m)
	i := 0
	if n := testing.AllocsPerRun(2000, func() { d.Inspect(order.Place{}, s.values[i]); i++ }); n > 0 {
		t.Errorf("%v allocations a record", n)
	}
}
