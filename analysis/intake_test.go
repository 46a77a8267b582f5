package analysis

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kafkanauts/kafkanauts/order"
)

const sound = "1|2|Ana Díaz|3|Mug|Groceries|Card|2|9.99|2022-02-01T10:00:00|Spain|Madrid|shop.example|4|Y|"

func TestIntakeNamesWhatIsWrong(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"", "", "[]"},
		{"1|2", "1|0", "[{customer_id not_positive}]"},
		{"1|2", "x|", "[{order_id not_a_number} {customer_id empty}]"},
		{"Mug", "NULL", "[{product_name null_token}]"},
		{"Ana Díaz", " ", "[{customer_name empty}]"},
		{"Groceries", "Ana Díaz", "[{product_category unknown_value}]"},
		{"Card", "Cash", "[{payment_type unknown_value}]"},
		{"|2|9.99", "|-3.0|9.99", "[{qty not_a_number}]"},
		{"|2|9.99", "|-3|0.00", "[{qty not_positive} {price not_positive}]"},
		{"02-01T", "02-30T", "[{datetime not_a_time}]"},
		{"Y|", "Y|Card Expired", "[{failure_reason reason_on_success}]"},
		{"Y|", "N|", "[{failure_reason reason_missing}]"},
		{"Y|", "|", "[{payment_txn_success empty}]"},
		{"Y|", "Y", "[{none column_count}]"},
		{sound, "", "[{none column_count}]"},
		{"Madrid", "\xff", "[{city not_utf8}]"},
	} {
		in := Intake{Categories: []string{"Gas", "Groceries"}}
		var o order.Order
		got := fmt.Sprint(in.Accept([]byte(strings.Replace(sound, c.from, c.to, 1)), &o))
		if got != c.want {
			t.Errorf("%q for %q: %s, want %s", c.to, c.from, got, c.want)
		}
		if n := in.Tally.Valid + in.Tally.Rejected; n != 1 || (c.want == "[]") != (in.Tally.Valid == 1) {
			t.Errorf("tally %+v", in.Tally)
		}
	}
}

func TestIntakeMergesAndCounts(t *testing.T) {
	var a, b Intake
	var o order.Order
	a.Accept([]byte(sound), &o)
	a.Accept([]byte("1|"), &o)
	b.Accept([]byte(strings.Replace(sound, "Mug", "null", 1)), &o)
	a.Tally.Merge(&b.Tally)
	if a.Tally.Valid != 1 || a.Tally.Rejected != 2 || a.Tally.Field(order.ProductName) != 1 || a.Tally.Reason(NullToken) != 1 {
		t.Errorf("%+v", a.Tally)
	}
	if got := fmt.Sprint(a.Tally.Complaints()); got != "[{none column_count} {product_name null_token}]" {
		t.Error(got)
	}
}

// The rules of the original's reader catch about five records in six of its
// damage, and none that is sound: the baseline that detection has to beat.
func TestIntakeBaseline(t *testing.T) {
	s := maker{seed: 1, orders: 40000, customers: 3000, original: 0.03}.make()
	in := Intake{Encoding: order.Pipe{Lenient: true}, Categories: groups}
	var o order.Order
	hit := 0
	for i, v := range s.values {
		wrong := len(in.Accept(v, &o)) > 0
		_, bad := s.damage[i]
		if wrong && !bad {
			t.Fatalf("sound, but rejected: %q", v)
		}
		if wrong && bad {
			hit++
		}
	}
	if recall := float64(hit) / float64(len(s.damage)); recall < 0.7 || recall > 0.92 {
		t.Errorf("recall %.3f", recall)
	}
}

func TestIntakeAllocatesNothing(t *testing.T) {
	for _, enc := range []order.Encoding{nil, order.Pipe{Lenient: true}, order.CSV{}} {
		in := Intake{Encoding: enc, Categories: groups}
		b := []byte(sound)
		if _, ok := enc.(order.CSV); ok {
			b = []byte(strings.ReplaceAll(sound, "|", ","))
		}
		var o order.Order
		if n := testing.AllocsPerRun(100, func() {
			if len(in.Accept(b, &o)) > 0 {
				t.Fatal("rejected")
			}
		}); n > 0 {
			t.Errorf("%v: %v allocations", enc, n)
		}
	}
}
