package analysis

import (
	"slices"
	"testing"

	"github.com/kafkanauts/kafkanauts/order"
)

// judgeAll compares flags with what the maker did.
func judgeAll(t *testing.T, s *made) (recall, alarms float64, field float64) {
	t.Helper()
	m := learn(s.values)
	d := NewDetector(m)
	hit, right, wrong := 0, 0, 0
	missed := map[string]int{}
	made := map[string]int{}
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
		case len(flags) > 0:
			wrong++
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

// swapped values are in their columns' vocabularies: only dependencies tell.
func TestContradictionsAreBlamedOnTheRightField(t *testing.T) {
	s := maker{seed: 12, orders: 40000, customers: 1500}.make()
	s.damage = map[int]damaged{}
	for i := 100; i < len(s.clean); i += 200 {
		o, other := s.clean[i], s.clean[i-100]
		for j := i - 99; other.Country == o.Country || other.Category == o.Category || other.CustomerName == o.CustomerName; j++ {
			other = s.clean[j]
		}
		fields := []order.Field{order.Country, order.City, order.Category, order.ProductName, order.CustomerName}
		f := fields[i/200%len(fields)]
		switch f {
		case order.Country:
			o.Country = other.Country
		case order.City:
			o.City = other.City
		case order.Category:
			o.Category = other.Category
		case order.ProductName:
			o.ProductName = other.ProductName
		case order.CustomerName:
			o.CustomerName = other.CustomerName
		}
		s.values[i] = order.Pipe{}.Append(nil, &o, nil)
		s.damage[i] = damaged{"swap", f}
	}
	recall, alarms, field := judgeAll(t, s)
	if recall < 0.95 || alarms > 1 || field < 0.9 {
		t.Errorf("recall %.3f, field right %.3f, %.3f false alarms per 1,000", recall, field, alarms)
	}
}

// Whatever the encoding, a null, an empty value and a foreign category are found.
func TestDetectReadsEveryEncoding(t *testing.T) {
	clean := maker{seed: 13, orders: 5000, customers: 500}.make().clean
	for _, enc := range []order.Encoding{order.CSV{}, order.JSON{}} {
		var v Values
		for i := range clean {
			o := clean[i]
			switch i {
			case 1000:
				o.City = "null"
			case 2000:
				o.CustomerName = ""
			case 3000:
				o.Category = "Weather, \"sunny\""
			}
			v = append(v, enc.Append(nil, &o, nil))
		}
		p := NewProfile(enc, 0)
		for _, b := range v {
			p.Add(b)
		}
		d := NewDetector(p.Learn())
		got := map[int64]Complaint{}
		for at, b := range v.Records() {
			for _, f := range d.Inspect(at, b) {
				got[at.Offset] = Complaint{f.Field, f.Reason}
			}
		}
		want := map[int64]Complaint{1001: {order.City, NullToken}, 2001: {order.CustomerName, Empty}, 3001: {order.Category, UnknownValue}}
		for at, c := range want {
			if got[at] != c {
				t.Errorf("%v: record %d has %v, want %v", enc, at, got[at], c)
			}
		}
		if len(got) > len(want)+2 {
			t.Errorf("%v: flags %v", enc, got)
		}
	}
}

func TestRepeatedRecordsAndIdentifiers(t *testing.T) {
	s := maker{seed: 14, orders: 3000, customers: 300}.make()
	again := s.clean[20]
	again.TxnID++
	again.Qty++
	v := slices.Concat(s.values[:100], Values{s.values[50]}, s.values[100:200], Values{order.Pipe{}.Append(nil, &again, nil)}, s.values[200:])
	d := NewDetector(learn(v))
	var got []Flag
	for at, b := range v.Records() {
		got = append(got, d.Inspect(at, b)...)
	}
	if len(got) != 2 || got[0].Place.Offset != 101 || got[0].Reason != RepeatedRecord || got[1].Place.Offset != 202 || got[1].Reason != RepeatedID || got[1].Field != order.ID {
		t.Errorf("flags %v", got)
	}
}
