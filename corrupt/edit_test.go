package corrupt

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/avro"
)

// strategy is a function as a Strategy, which may move records by a day.
type strategy struct {
	name    string
	corrupt func(e *Edit, r *rand.Rand) bool
}

func (s strategy) Name() string                       { return s.name }
func (s strategy) Corrupt(e *Edit, r *rand.Rand) bool { return s.corrupt(e, r) }
func (s strategy) Reach() time.Duration               { return 24 * time.Hour }

// still is a strategy without Reach.
type still struct{ s strategy }

func (s still) Name() string                       { return s.s.name }
func (s still) Corrupt(e *Edit, r *rand.Rand) bool { return s.s.corrupt(e, r) }

var texts = []string{"", "x", "null", "-3.0", "a|b", "a,b", `say "hi"`, `back\slash`, "\u00e9\u738b\U0001F600", "two\nlines", "cr\r", "\xff\xfe", strings.Repeat("long ", 40)}

// anyEdit makes one edit out of all there are, mostly of values, and returns
// what it returned.
func anyEdit(e *Edit, pick func(n int) int) bool {
	f := order.Field(pick(order.NumFields + 1))
	text := texts[pick(len(texts))]
	switch pick(30) {
	case 0:
		return e.Drop()
	case 1:
		return e.Join()
	case 2:
		return e.Delay(time.Duration(pick(100)-2) * 700 * time.Millisecond)
	case 3:
		return e.Repeat(pick(4)-1, time.Duration(pick(10)-1)*300*time.Millisecond)
	case 4, 5, 6, 7, 8:
		return e.Cut(f)
	case 9, 10, 11, 12, 13:
		return e.SetRaw(f, []byte(text))
	case 14, 15, 16, 17, 18:
		return e.Splice(pick(e.Len()+2)-1, pick(e.Len()+2), []byte(text))
	}
	return e.Set(f, text)
}

// checkExtents fails if the extents in at are not such as there can be.
func checkExtents(t *testing.T, at *order.Spans, n int) {
	t.Helper()
	for f := range at.Value {
		v, c := at.Value[f], at.Cell[f]
		if v == gone && c == gone && (f > 0 || n == 0) {
			continue
		}
		if f > 0 && 0 <= c.Start && c.Start <= v.Start && v.Start <= v.End && v.End <= c.End && int(c.End) <= n {
			continue
		}
		if f > 0 || v != gone || c != gone {
			t.Fatalf("%s has its value at %v and its cell at %v of %d bytes", order.Field(f), v, c, n)
		}
	}
}

// Whatever is done to records, by one strategy or by several, given up or not:
// Undo restores the bytes, what was given up leaves no trace, extents stay in
// bounds, and no line end comes in.
func TestUndoRestores(t *testing.T) {
	program := func(e *Edit, r *rand.Rand) bool {
		for range 1 + r.IntN(8) {
			before, faults, copies := bytes.Clone(e.buf[e.start:]), len(e.faults), e.fate.copies
			changed := anyEdit(e, r.IntN)
			if logged := len(e.faults) > faults || e.fate.copies > copies; logged != changed {
				t.Fatalf("an edit returned %v and logged %v", changed, logged)
			}
			if !changed && !bytes.Equal(before, e.buf[e.start:]) {
				t.Fatalf("an edit that returned false made %q of %q", e.buf[e.start:], before)
			}
			checkExtents(t, e.at, e.Len())
		}
		return r.IntN(5) > 0
	}
	for _, enc := range encodings {
		t.Run(name(enc), func(t *testing.T) {
			p := newProcess(t, Mix{Of(strategy{"first", program}, 0.7), Of(still{strategy{"second", program}}, 0.5)}, enc)
			ops := map[order.Op]int{}
			for key := range uint64(8) {
				all := run(p, enc, key, 500)
				checkUndo(t, all, ops)
			}
			for op := order.Edited; op <= order.Joined; op++ {
				if ops[op] < 20 {
					t.Errorf("only %d faults are %v: too few to test anything", ops[op], op)
				}
			}
		})
	}
}

// checkUndo holds the laws that every record that a Worker left obeys.
func checkUndo(t *testing.T, all []sent, ops map[order.Op]int) {
	t.Helper()
	for i, s := range all {
		if got := order.Undo(nil, s.value, s.Faults); !bytes.Equal(got, s.clean) {
			t.Fatalf("record %d: Undo of %q gives %q, not %q\n%+v", i, s.value, got, s.clean, s.Faults)
		}
		if bytes.ContainsAny(s.value, "\r\n") {
			t.Fatalf("record %d has a line end: %q", i, s.value)
		}
		if len(s.Faults) == 0 && !bytes.Equal(s.value, s.clean) {
			t.Fatalf("record %d changed without a fault: %q", i, s.value)
		}
		checkExtents(t, &s.at, len(s.value))
		var has [order.Joined + 1]int
		for _, f := range s.Faults {
			has[f.Op]++
			ops[f.Op]++
			if f.Strategy == "" || f.Start < 0 || f.End < f.Start {
				t.Fatalf("record %d: fault %+v", i, f)
			}
		}
		lost := s.Dropped || s.Joined
		if lost && (len(s.value) > 0 || s.Delay > 0 || s.Repeats > 0) {
			t.Fatalf("record %d is lost and yet there: %+v", i, s)
		}
		if (has[order.Dropped] > 0) != s.Dropped || (has[order.Delayed] > 0) != (s.Delay > 0) || has[order.Repeated] > 0 {
			t.Fatalf("record %d: outcome and faults differ: %+v", i, s.Outcome)
		}
		if s.Repeats > 0 {
			n := len(s.Faults)
			if last := s.Copies[n]; len(s.Copies) != n+1 || last.Op != order.Repeated || last.By != s.After {
				t.Fatalf("record %d: copies' faults %+v", i, s.Copies)
			}
			if got := order.Undo(nil, s.value, s.Copies); !bytes.Equal(got, s.clean) {
				t.Fatalf("record %d: Undo of a copy gives %q, not %q", i, got, s.clean)
			}
			ops[order.Repeated]++
		}
	}
	if s := all[len(all)-1]; s.Joined {
		t.Fatal("the last record of a step is joined to the next")
	}
}

// FuzzEdit is TestUndoRestores on one record, for edits that the fuzzer thinks up.
func FuzzEdit(f *testing.F) {
	f.Add(uint8(0), []byte("\x01\x02\x15"))
	f.Add(uint8(1), []byte("\x01\x02\x05\x03\x05\x1d\x02\x0c\x12\x00\x50"))
	f.Add(uint8(2), []byte("\x10\x09\x0a\x01\x00\x05\x02\x00\x05"))
	f.Fuzz(func(t *testing.T, which uint8, edits []byte) {
		enc := encodings[int(which)%len(encodings)]
		o := someOrder(len(edits))
		p := newProcess(t, Mix{Of(strategy{"fuzz", func(e *Edit, _ *rand.Rand) bool {
			for len(edits) > 0 {
				anyEdit(e, func(n int) int {
					if len(edits) == 0 {
						return 0
					}
					x := int(edits[0]) % n
					edits = edits[1:]
					return x
				})
				checkExtents(t, e.at, e.Len())
			}
			return true
		}}, 1)}, enc)
		w := p.Worker()
		w.Begin(0, 1)
		w.Hit(0, &o)
		var at order.Spans
		clean := enc.Append(nil, &o, &at)
		value, out := w.Apply(bytes.Clone(clean), 0, 0, true, &o, &at)
		if got := order.Undo(nil, value, out.Faults); !bytes.Equal(got, clean) {
			t.Fatalf("Undo of %q gives %q, not %q", value, got, clean)
		}
		if bytes.ContainsAny(value, "\r\n") {
			t.Fatalf("a line end: %q", value)
		}
	})
}

// model is a record as a list of cells: what Set, SetRaw and Cut mean.
type model []struct {
	f   order.Field
	raw string
}

func (m model) render(enc order.Encoding) (value string, at order.Spans) {
	at.Clear()
	before, separator, after := "", "|", ""
	switch enc.(type) {
	case order.CSV:
		separator = ","
	case order.JSON:
		before, separator, after = "{", ",", "}"
	case avro.Encoding:
		before, separator = "\x00\x00\x00\x00\x07", ""
	}
	value = before
	for i, c := range m {
		if i > 0 {
			value += separator
		}
		start := len(value)
		if before == "{" {
			value += `"` + c.f.String() + `":`
		}
		v := order.Span{Start: int32(len(value)), End: int32(len(value) + len(c.raw))}
		value += c.raw
		cell := order.Span{Start: int32(start), End: v.End}
		switch {
		case i > 0:
			cell.Start -= int32(len(separator))
		case len(m) > 1:
			cell.End += int32(len(separator))
		}
		at.Value[c.f], at.Cell[c.f] = v, cell
	}
	return value + after, at
}

// After any run of Set, SetRaw and Cut, in any layout, the value is the cells
// that are left, and the extents are those of a record with just these.
func TestExtentsStayRight(t *testing.T) {
	reversed := order.Layout{}
	for i := range reversed {
		reversed[i] = order.Field(order.Columns - i)
	}
	for _, enc := range []order.Encoding{order.Pipe{}, order.CSV{}, order.JSON{}, order.Pipe{Layout: reversed}, order.JSON{Layout: reversed},
		avro.Encoding{SchemaID: 7}, avro.Encoding{Text: true, SchemaID: 7}} {
		layout, least := order.Layout{}, 0
		if order.IsBinary(enc) {
			least = 1 // without separators, what has no bytes is not there
		} else if strings.Contains(name(enc), " ") {
			layout = reversed
		}
		t.Run(name(enc), func(t *testing.T) {
			p := newProcess(t, Mix{Of(strategy{"edits", func(e *Edit, r *rand.Rand) bool {
				var m model
				for i := range order.Columns {
					f := layout.At(i)
					m = append(m, model{{f, string(e.Raw(f))}}...)
				}
				check := func() {
					t.Helper()
					value, at := m.render(enc)
					if string(e.buf[e.start:]) != value {
						t.Fatalf("the record is\n%q, not\n%q", e.buf[e.start:], value)
					}
					for f := range at.Value {
						if len(m) > 0 && (e.at.Value[f] != at.Value[f] || e.at.Cell[f] != at.Cell[f]) {
							t.Fatalf("%s at %v in %v, not at %v in %v, of\n%s", order.Field(f), e.at.Value[f], e.at.Cell[f], at.Value[f], at.Cell[f], value)
						}
					}
				}
				check()
				for len(m) > 1 {
					i := r.IntN(len(m))
					if r.IntN(3) == 0 {
						i = 0
					}
					f := m[i].f
					switch r.IntN(4) {
					case 0:
						if !e.Cut(f) || e.Has(f) || e.Cut(f) || e.Set(f, "x") || e.Raw(f) != nil || e.Text(f) != "" {
							t.Fatalf("%s was not cut", f)
						}
						m = slices.Delete(m, i, i+1)
					case 1:
						text := texts[r.IntN(len(texts))]
						if raw, ok := e.quoter.Quote(nil, f, text); ok && !strings.ContainsAny(text, "\r\n") {
							if e.Set(f, text) != (string(raw) != m[i].raw) {
								t.Fatalf("Set(%s, %q) says otherwise", f, text)
							}
							m[i].raw = string(raw)
						} else if e.Set(f, text) {
							t.Fatalf("Set(%s, %q) is true", f, text)
						}
					default:
						raw := strings.Repeat("y", least+r.IntN(9-least))
						e.SetRaw(f, []byte(raw))
						m[i].raw = raw
					}
					check()
				}
				return true
			}}, 1)}, enc)
			run(p, enc, 1, 100)
		})
	}
}

func TestReading(t *testing.T) {
	for _, enc := range encodings {
		t.Run(name(enc), func(t *testing.T) {
			p := newProcess(t, Mix{Of(strategy{"reader", func(e *Edit, r *rand.Rand) bool {
				o := e.Clean()
				for f := order.ID; f < order.NumFields; f++ {
					if f.Kind() == order.Text && e.Text(f) != o.Text(f) {
						t.Fatalf("%s reads %q, not %q", f, e.Text(f), o.Text(f))
					}
				}
				flag := map[bool]string{true: "Y", false: "N"}[o.Success]
				if e.Text(order.Success) != flag || e.Text(order.Time) != o.Time.Format("2006-01-02T15:04:05") {
					t.Fatalf("success reads %q, time %q", e.Text(order.Success), e.Text(order.Time))
				}
				for _, text := range texts {
					for f := order.ID; f < order.NumFields; f++ {
						if e.Set(f, text) && e.Text(f) != text {
							t.Fatalf("%s was set to %q and reads %q", f, text, e.Text(f))
						}
					}
				}
				if e.SetRaw(order.City, []byte(`"half`)) && e.Text(order.City) != `"half` {
					t.Fatalf("what is malformed reads %q", e.Text(order.City))
				}
				o.City = "Atlantis"
				if e.Clean().City != "Puebla" || e.order.City != "Puebla" {
					t.Fatal("a strategy altered the clean order")
				}
				raw := e.Raw(order.Country)
				raw[0] = '!'
				if e.Raw(order.Country)[0] == '!' {
					t.Fatal("a strategy altered the record without an edit")
				}
				for _, f := range []order.Field{order.None, order.NumFields, order.NoKey} {
					if e.Has(f) || e.Raw(f) != nil || e.Text(f) != "" || e.Set(f, "x") || e.SetRaw(f, raw) || e.Cut(f) {
						t.Fatalf("there is a field %v", f)
					}
				}
				return true
			}}, 1)}, enc)
			run(p, enc, 1, 50)
		})
	}
}

// fate makes a process in which record i meets with the i-th of what is done.
func fateProcess(t *testing.T, done ...func(e *Edit) bool) *Process {
	i := -1
	return newProcess(t, Mix{Of(strategy{"fate", func(e *Edit, _ *rand.Rand) bool {
		i++
		return i < len(done) && done[i](e)
	}}, 1)}, order.Pipe{})
}

func join(e *Edit) bool  { return e.Join() }
func drop(e *Edit) bool  { return e.Drop() }
func spare(e *Edit) bool { return false }

// The bytes of joined records stand in front of the next that is sent, in
// order, whatever happens in between; and none are lost at the end of a step.
func TestJoin(t *testing.T) {
	blank := func(e *Edit) bool { return e.Set(order.Category, "") }
	for _, c := range []struct {
		name string
		done []func(e *Edit) bool
		want []string // by record: what it is made of; "": lost
	}{
		{"one", []func(e *Edit) bool{join, spare, spare}, []string{"", "01", "2"}},
		{"chain", []func(e *Edit) bool{join, join, spare}, []string{"", "", "012"}},
		{"damaged next", []func(e *Edit) bool{join, blank, spare}, []string{"", "01", "2"}},
		{"dropped next", []func(e *Edit) bool{join, drop, spare}, []string{"", "", "02"}},
		{"last", []func(e *Edit) bool{spare, spare, join}, []string{"0", "1", "2"}},
		{"last dropped", []func(e *Edit) bool{spare, spare, drop}, []string{"0", "1", ""}},
		{"last would drop what is joined to it", []func(e *Edit) bool{spare, join, drop}, []string{"0", "", "12"}},
		{"all join", []func(e *Edit) bool{join, join, join}, []string{"", "", "012"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			all := run(fateProcess(t, c.done...), order.Pipe{}, 1, 3)
			checkUndo(t, all, map[order.Op]int{})
			for i, parts := range c.want {
				s, want := all[i], ""
				for _, k := range parts {
					part := string(all[k-'0'].clean)
					if i == int(k-'0') && strings.HasPrefix(c.name, "damaged") && i == 1 {
						part = strings.Replace(part, "Groceries", "", 1)
					}
					want += part
				}
				if string(s.value) != want {
					t.Errorf("record %d is %q, not %q", i, s.value, want)
				}
				if (parts == "") != (s.Dropped || s.Joined) {
					t.Errorf("record %d: %+v", i, s.Outcome)
				}
				if len(parts) > 1 {
					front := len(want) - len(s.value[:]) + s.Faults[len(s.Faults)-1].End
					if f := s.Faults[len(s.Faults)-1]; f.Op != order.Joined || f.Strategy != "fate" || f.Start != 0 || len(f.Was) > 0 || !strings.HasPrefix(string(all[parts[0]-'0'].clean), want[:min(front, len(all[parts[0]-'0'].clean))]) {
						t.Errorf("record %d ends with %+v", i, f)
					}
					if id := s.at.Value[order.ID].Of(s.value); string(id) != string('1'+rune(i)) {
						t.Errorf("record %d has the id %q", i, id)
					}
				}
			}
		})
	}
}

func TestReach(t *testing.T) {
	day := 24 * time.Hour
	moves := []struct {
		name string
		do   func(e *Edit) bool
		want bool
	}{
		{"a delay of the reach", func(e *Edit) bool { return e.Delay(day) }, true},
		{"a delay beyond", func(e *Edit) bool { return e.Delay(day + time.Second) }, false},
		{"a delay rounded down", func(e *Edit) bool { return e.Delay(day + 999*time.Millisecond) }, true},
		{"no delay", func(e *Edit) bool { return e.Delay(999 * time.Millisecond) }, false},
		{"back in time", func(e *Edit) bool { return e.Delay(-day) }, false},
		{"two delays", func(e *Edit) bool { return e.Delay(time.Minute) && e.Delay(2*time.Minute) }, false},
		{"copies at once", func(e *Edit) bool { return e.Repeat(1000, 0) }, true},
		{"copies over the reach", func(e *Edit) bool { return e.Repeat(24, time.Hour) }, true},
		{"copies beyond", func(e *Edit) bool { return e.Repeat(25, time.Hour) }, false},
		{"copies far beyond", func(e *Edit) bool { return e.Repeat(1<<62, time.Hour) }, false},
		{"no copies", func(e *Edit) bool { return e.Repeat(0, 0) }, false},
		{"copies before", func(e *Edit) bool { return e.Repeat(1, -time.Hour) }, false},
		{"copies twice", func(e *Edit) bool { return e.Repeat(1, 0) && e.Repeat(2, 0) }, false},
		{"a delay and copies", func(e *Edit) bool { return e.Delay(12*time.Hour) && e.Repeat(12, time.Hour) }, true},
		{"a delay and copies beyond", func(e *Edit) bool { return e.Delay(12*time.Hour) && e.Repeat(13, time.Hour) }, false},
		{"copies and a delay beyond", func(e *Edit) bool { return e.Repeat(13, time.Hour) && e.Delay(12*time.Hour) }, false},
		{"lost and moved", func(e *Edit) bool { return e.Drop() && e.Delay(time.Hour) }, false},
		{"moved and lost", func(e *Edit) bool { return e.Delay(time.Hour) && e.Drop() }, false},
		{"repeated and joined", func(e *Edit) bool { return e.Repeat(1, 0) && e.Join() }, false},
		{"lost twice", func(e *Edit) bool { return e.Drop() && e.Join() }, false},
		{"lost and edited", func(e *Edit) bool { return e.Drop() && (e.Splice(0, 0, []byte("x")) || e.Set(order.City, "x")) }, false},
	}
	for _, m := range moves {
		t.Run(m.name, func(t *testing.T) {
			got := false
			s := strategy{"mover", func(e *Edit, _ *rand.Rand) bool { got = m.do(e); return got }}
			p := newProcess(t, Mix{Of(s, 1)}, order.Pipe{})
			if p.Reach() != day {
				t.Fatalf("Reach is %v", p.Reach())
			}
			if run(p, order.Pipe{}, 1, 2); got != m.want {
				t.Errorf("got %v", got)
			}
			if len(run(p, order.Pipe{}, 1, 2)[0].Faults) > 0 && !m.want {
				t.Errorf("it gave up and left a fault")
			}
			s.corrupt = func(e *Edit, _ *rand.Rand) bool { got = e.Delay(time.Second) || e.Repeat(1, 0); return got }
			if run(newProcess(t, Mix{Of(still{s}, 1)}, order.Pipe{}), order.Pipe{}, 1, 2); got {
				t.Error("a strategy without Reach moved a record")
			}
		})
	}
}

// An Encoding without Quote takes raw bytes only.
type plain struct{ order.Encoding }

func TestNoQuoter(t *testing.T) {
	enc := plain{order.Pipe{}}
	p := newProcess(t, Mix{Of(strategy{"plain", func(e *Edit, _ *rand.Rand) bool {
		if e.Set(order.City, "x") || !e.SetRaw(order.City, []byte("x")) || e.Text(order.City) != "x" {
			t.Error("Set without a Quoter, or no SetRaw")
		}
		return true
	}}, 1)}, enc)
	for _, s := range run(p, enc, 1, 5) {
		if !bytes.Contains(s.value, []byte("|x|")) {
			t.Errorf("%q", s.value)
		}
	}
	for _, m := range []Mix{OriginalAt(1), RivalAt(1)} {
		checkUndo(t, run(newProcess(t, m, enc), enc, 1, 50), map[order.Op]int{})
	}
}
