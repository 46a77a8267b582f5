package analysis

import "testing"

func TestDecipher(t *testing.T) {
	s := maker{seed: 1, orders: 100000, customers: 4000, original: 0.03}.make()
	r, err := Analyse(s.values, Settings{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Findings {
		t.Logf("%s: %s  effect %.3f %v n %d q %.3g", f.Kind, f.Statement, f.Effect, f.Interval, f.Support, f.Q)
	}
}
