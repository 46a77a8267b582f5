package analysis

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
)

func find(t *testing.T, all []Finding, k Kind) []Finding {
	t.Helper()
	var out []Finding
	for _, f := range all {
		if f.Kind == k {
			out = append(out, f)
		}
	}
	return out
}

func TestDecipherStatesTheRules(t *testing.T) {
	s := maker{seed: 1, orders: 100000, customers: 4000, original: 0.03}.make()
	r, err := Analyse(s.values, Settings{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Findings {
		t.Logf("%s: %s", f.Kind, f.Statement)
	}
	patterns := find(t, r.Findings, Pattern)
	if len(patterns) != 1 {
		t.Fatalf("%d patterns, want the tacos alone", len(patterns))
	}
	p := patterns[0]
	var when []string
	for _, c := range p.Data.When {
		when = append(when, c.Field+"="+strings.Join(c.Values, "+"))
	}
	if got, want := strings.Join(when, " "), "country=Spain+United States product_category=Groceries weekday=Tuesday"; got != want {
		t.Errorf("the pattern holds for %s, want %s", got, want)
	}
	if !p.Data.Word || p.Data.Value != "taco" || len(p.Data.Members) != 3 || p.Interval[0] > 0.5 || p.Interval[1] < 0.48 {
		t.Errorf("the pattern is %+v", p)
	}
	surges := find(t, r.Findings, Surge)
	if len(surges) != 1 || surges[0].Interval[0] > 2 || surges[0].Interval[1] < 2 || surges[0].Data.Value != "Groceries" {
		t.Errorf("surges: %+v, want groceries doubled", surges)
	}
	for _, e := range find(t, r.Findings, Clock)[0].Data.Table {
		if i := slices.Index(countries, e.Of); e.Value != float64(offsets[i]) {
			t.Errorf("the clock of %s is %s, want %+d", e.Of, e.Name, offsets[i])
		}
	}
	if c := find(t, r.Findings, Constant); len(c) != 1 || c[0].Data.When[0].Values[0] != "Music" {
		t.Errorf("constants: %+v", c)
	}
	if tr := find(t, r.Findings, Trend); len(tr) != 1 || tr[0].Effect > -0.3 {
		t.Errorf("trend: %+v", tr)
	}
	if l := find(t, r.Findings, Level); len(l) != 6 || math.Abs(l[0].Effect-0.1) > 0.01 {
		t.Errorf("levels: %+v", l)
	}
	if d := find(t, r.Findings, Dependency); len(d) < 7 {
		t.Errorf("%d dependencies", len(d))
	}
	score := ScorePatterns(r.Findings, []truth.Pattern{
		{Name: "tacos", When: p.Data.When, Field: "product_name", Value: "Tacos", Share: 0.5},
		{Name: "decoy", When: p.Data.When[:1], Field: "payment_type", Value: "UPI", Decoy: true},
		{Name: "absent", Field: "city", Value: "Atlantis", Share: 0.5},
	})
	if len(score.Found) != 1 || !slices.Equal(score.Missed, []string{"absent"}) || len(score.Invented) != 0 {
		t.Errorf("pattern score %+v", score)
	}
}

// Without rules no pattern, surge or constant is stated. Patterns are kept at a
// q-value of 1e-3, so less than one stream in a thousand has one by chance.
func TestDecipherInventsNothing(t *testing.T) {
	for seed := range uint64(5) {
		s := maker{seed: seed, orders: 30000, customers: 3000, flat: true}.make()
		r, err := Analyse(s.values, Settings{})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range r.Findings {
			if f.Kind == Pattern || f.Kind == Surge {
				t.Errorf("seed %d: %s", seed, f.Statement)
			}
		}
	}
}

// A clock is found from traffic alone, for a country that no table knows.
func TestClockOfAnUnknownCountry(t *testing.T) {
	was := countries[2]
	countries[2] = "Atlantis"
	defer func() { countries[2] = was }()
	s := maker{seed: 2, orders: 100000, customers: 4000}.make()
	r, err := Analyse(s.values, Settings{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range find(t, r.Findings, Clock)[0].Data.Table {
		if e.Of == "Atlantis" && math.Abs(e.Value-8) > 1 {
			t.Errorf("Atlantis keeps %s, want UTC+8 give or take an hour", e.Name)
		}
	}
}

func TestWriteFindings(t *testing.T) {
	var b bytes.Buffer
	if err := WriteFindings(&b, &Overview{Records: 3}, []Finding{{Kind: Mix, Statement: "a <b>", Effect: math.NaN(), Interval: [2]float64{math.Inf(-1), 1}}}); err != nil {
		t.Fatal(err)
	}
	var back struct {
		Stream   map[string]any
		Findings []map[string]any
	}
	if err := json.Unmarshal(b.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if back.Stream["records"] != 3.0 || back.Findings[0]["statement"] != "a <b>" || back.Findings[0]["effect"] != 0.0 {
		t.Errorf("read back %v", back)
	}
	for _, key := range []string{"kind", "statement", "fields", "effect", "interval", "support", "q", "data"} {
		if _, ok := back.Findings[0][key]; !ok {
			t.Errorf("no %q", key)
		}
	}
}

// A rule about hours, in one country and all categories, is found as such.
func TestDecipherFindsHours(t *testing.T) {
	s := maker{seed: 3, orders: 100000, customers: 4000, noTacos: true}.make()
	n := 0
	for i := range s.clean {
		o := &s.clean[i]
		if h := (o.Time.Hour() + 8) % 24; o.Country == "China" && h >= 17 && h < 20 && o.Success {
			if n++; n%2 == 0 {
				o.Payment = order.Wallet
			}
		}
		s.values[i] = order.Pipe{}.Append(nil, o, nil)
	}
	r, err := Analyse(s.values, Settings{})
	if err != nil {
		t.Fatal(err)
	}
	p := find(t, r.Findings, Pattern)
	if len(p) != 1 || p[0].Data.Value != order.Wallet {
		t.Fatalf("patterns %+v", p)
	}
	score := ScorePatterns(r.Findings, []truth.Pattern{{Name: "evening wallets", Field: "payment_type", Value: order.Wallet, Share: 0.6,
		When: []truth.Clause{{Field: "country", Values: []string{"China"}}, {Field: "hour", Values: []string{"17", "18", "19"}}}}})
	if len(score.Found) != 1 || math.Abs(score.Found[0].Measured-0.6) > 0.05 {
		t.Errorf("%+v", score)
	}
	t.Log(p[0].Statement)
}
