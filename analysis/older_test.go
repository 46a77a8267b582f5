package analysis

import (
	"bytes"
	"testing"

	"github.com/kafkanauts/kafkanauts/order"
)

// A stream says the same, whether it is written as now or as it once was.
func TestOlderSpellings(t *testing.T) {
	plain := maker{seed: 4, orders: 4000, customers: 500}.make().values
	for name, respell := range map[string]func(v []byte) []byte{
		"fifteen columns": func(v []byte) []byte { return bytes.TrimSuffix(v, []byte("|")) },
		"a reason for success": func(v []byte) []byte {
			if bytes.HasSuffix(v, []byte("|Y|")) {
				v = append(bytes.Clone(v), order.PaymentWasSuccess...)
			}
			return v
		},
	} {
		var old Values
		for _, v := range plain {
			old = append(old, respell(v))
		}
		if yes, err := Older(old); !yes || err != nil {
			t.Errorf("%s: Older says %v, %v", name, yes, err)
		}
		want, err := Analyse(plain, Settings{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := Analyse(old, Settings{Encoding: order.Pipe{Lenient: true}})
		if err != nil {
			t.Fatal(err)
		}
		if got.Intake.Valid != want.Intake.Valid || got.Summary.Failed != want.Summary.Failed || got.Overview.Flagged != want.Overview.Flagged {
			t.Errorf("%s: %d valid, %d failed, %d flagged; as now %d, %d, %d", name, got.Intake.Valid, got.Summary.Failed, got.Overview.Flagged,
				want.Intake.Valid, want.Summary.Failed, want.Overview.Flagged)
		}
	}
	if yes, err := Older(plain); yes || err != nil {
		t.Errorf("Older says %v, %v of a stream as it is now", yes, err)
	}
}
