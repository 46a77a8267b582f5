package order

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"testing"
	"time"
)

var sample = Order{
	ID: 1000000000001, CustomerID: 7, ProductID: 42, TxnID: 99999999, CustomerName: "José Núñez",
	ProductName: "Tea, green", Category: "Groceries", Payment: UPI, Country: "China", City: "上海",
	Site: "www.example.com", Reason: "", Qty: 3, Price: 1999, Success: true,
	Time: time.Date(2022, 1, 31, 23, 59, 58, 0, time.UTC),
}

var reordered = func() Layout {
	l := wire
	l[0], l[8], l[6], l[15] = l[15], l[6], l[8], l[0]
	return l
}()

var encodings = []Encoding{Pipe{}, CSV{}, JSON{}, Pipe{Layout: reordered}, CSV{Layout: reordered}, JSON{Layout: reordered}}

func TestAppendReads(t *testing.T) {
	for _, c := range []struct {
		enc  Encoding
		want string
	}{
		{Pipe{}, `1000000000001|7|José Núñez|42|Tea, green|Groceries|UPI|3|19.99|2022-01-31T23:59:58|China|上海|www.example.com|99999999|Y|`},
		{CSV{}, `1000000000001,7,José Núñez,42,"Tea, green",Groceries,UPI,3,19.99,2022-01-31T23:59:58,China,上海,www.example.com,99999999,Y,`},
		{JSON{}, `{"order_id":1000000000001,"customer_id":7,"customer_name":"José Núñez","product_id":42,"product_name":"Tea, green","product_category":"Groceries","payment_type":"UPI","qty":3,"price":19.99,"datetime":"2022-01-31T23:59:58","country":"China","city":"上海","ecommerce_website_name":"www.example.com","payment_txn_id":99999999,"payment_txn_success":"Y","failure_reason":""}`},
	} {
		if got := string(c.enc.Append(nil, &sample, nil)); got != c.want {
			t.Errorf("%v:\n got %s\nwant %s", c.enc, got, c.want)
		}
	}
}

// checkRoundTrip holds the law of Encoding for o, with the extents it implies.
func checkRoundTrip(t *testing.T, enc Encoding, o *Order) {
	t.Helper()
	var at, back Spans
	plain := enc.Append([]byte("before"), o, nil)
	spanned := enc.Append([]byte("before"), o, &at)
	if !bytes.Equal(plain, spanned) {
		t.Fatalf("%v: Append with extents writes\n%q, without\n%q", enc, spanned, plain)
	}
	b := plain[len("before"):]
	if err := enc.(Carrier).Carries(o); err != nil {
		return
	}
	var got Order
	if err := enc.Parse(&got, b, &back); err != nil {
		t.Fatalf("%v: Parse(%q): %v", enc, b, err)
	}
	if got != *o {
		t.Fatalf("%v: %q reads as\n%+v, was\n%+v", enc, b, got, *o)
	}
	if at != back {
		t.Fatalf("%v: %q: Append says extents %v, Parse %v", enc, b, at, back)
	}
	if err := enc.(Viewer).View(&got, b, nil); err != nil || got != *o {
		t.Fatalf("%v: View(%q): %v, %v", enc, b, got, err)
	}
	for f := ID; f < NumFields; f++ {
		// Every value is found by itself, and is read back from its text.
		if keyed := Keyed(enc, f); keyed != nil {
			if got, span := keyed([]byte("before"), o); string(got) != "before"+string(b) || span != at.Value[f] {
				t.Fatalf("%v: Keyed(%v) appends %q with the field at %v, Append %q with it at %v", enc, f, got, span, b, at.Value[f])
			}
		}
		back := *o
		if c := back.SetText(f, string(o.AppendText(nil, f))); c != 0 || back != *o {
			t.Fatalf("%v: SetText of AppendText makes %+v of %+v: %v", f, back, *o, c)
		}
		// What Quote makes of the value's text is what stands there.
		text := o.Text(f)
		if f.Kind() != Text {
			continue
		}
		q, ok := enc.(Quoter).Quote(nil, f, text)
		if v := at.Value[f].Of(b); !ok || !bytes.Equal(q, v) {
			t.Fatalf("%v: Quote(%v, %q) = %q, %v, the record has %q", enc, f, text, q, ok, v)
		}
		// Without the cell, the field is gone and all else stays.
		cut := append(append([]byte{}, b[:at.Cell[f].Start]...), b[at.Cell[f].End:]...)
		err := enc.Parse(&got, cut, nil)
		pe, ok := err.(*ParseError)
		if !ok {
			t.Fatalf("%v: without %v: %q: error %v", enc, f, cut, err)
		}
		if pe.Record == ColumnCount && pe.Columns == Columns-1 {
			continue
		}
		if pe.Record != 0 || pe.Fields[f] != MissingField {
			t.Fatalf("%v: without %v: %q: %v", enc, f, cut, err)
		}
	}
}

func FuzzRoundTrip(f *testing.F) {
	f.Add(uint64(1), uint64(math.MaxUint64), "Ann|b", "x,\"y\"", "", "\u2028", 3, int64(-5), true, int64(1643673598))
	f.Add(uint64(0), uint64(1e16), "\n", "\\\"\x01\xff", "null", "a\r", math.MinInt, int64(math.MinInt64), false, int64(march))
	f.Add(uint64(99999999), uint64(1e8), "", "", "", "", math.MaxInt, int64(math.MaxInt64), false, int64(lastSecond))
	f.Fuzz(func(t *testing.T, id, txn uint64, s1, s2, s3, s4 string, qty int, cents int64, success bool, unix int64) {
		o := Order{ID: id, TxnID: txn, CustomerID: txn / 3, ProductID: id / 7, CustomerName: s1, ProductName: s2, Category: s3,
			Payment: s4, Country: s2, City: s3, Site: s4, Reason: s1, Qty: qty, Price: cents, Success: success, Time: time.Unix(unix, 0).UTC()}
		for _, enc := range encodings {
			checkRoundTrip(t, enc, &o)
		}
	})
}

// Whatever Parse accepts, Append writes again, up to the freedoms of JSON; and
// what it refuses, it refuses with a cause and extents inside the record.
func FuzzParse(f *testing.F) {
	for _, enc := range encodings {
		f.Add(enc.Append(nil, &sample, nil))
	}
	f.Add([]byte(`{"order_id":{"a":[1,"}"]},"qty":1e5,"qty":null,"x":"\ud83d\ude00 \u0041"} `))
	f.Add([]byte("a|b|\xff|||||||||||||"))
	f.Add([]byte(`"a""b",",",,,,,,,,,,,,,,`))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, enc := range append(encodings, Pipe{Lenient: true}) {
			var o, o2 Order
			var at Spans
			err := enc.Parse(&o, b, &at)
			for f := ID; f < NumFields; f++ {
				at.Value[f].Of(b)
				at.Cell[f].Of(b)
			}
			if err != nil {
				pe, ok := err.(*ParseError)
				if !ok || pe.Line != string(b) || pe.Record == 0 && pe.Fields == [NumFields]Cause{} || pe.Error() == "" {
					t.Fatalf("%v: Parse(%q): %#v", enc, b, err)
				}
				continue
			}
			again := enc.Append(nil, &o, nil)
			switch e := enc.(type) {
			case JSON:
				if err := enc.Parse(&o2, again, nil); err != nil || o2 != o {
					t.Fatalf("%v: %q reads as %+v, written again %q as %+v, %v", enc, b, o, again, o2, err)
				}
			case Pipe:
				if !e.Lenient && !bytes.Equal(again, b) {
					t.Fatalf("%v: %q is accepted, but written again %q", enc, b, again)
				}
			default:
				if !bytes.Equal(again, b) {
					t.Fatalf("%v: %q is accepted, but written again %q", enc, b, again)
				}
			}
		}
	})
}

func TestNumbers(t *testing.T) {
	check := func(u uint64) {
		b := make([]byte, 64)
		if got, want := string(b[:putUint(spaceOf(b), 0, u)]), strconv.FormatUint(u, 10); got != want {
			t.Fatalf("putUint(%d) = %s", u, got)
		}
		if got, ok := parseUint([]byte(strconv.FormatUint(u, 10))); !ok || got != u {
			t.Fatalf("parseUint(%d) = %d, %v", u, got, ok)
		}
	}
	for p := uint64(1); ; p *= 10 {
		for _, u := range []uint64{p - 1, p, p + 1, p * 7, p*9 + p/3, math.MaxUint64 / p} {
			check(u)
		}
		if p == 1e19 {
			break
		}
	}
	for i, x := 0, uint64(1); i < 100000; i++ {
		x = x*6364136223846793005 + 1442695040888963407
		check(x >> (x & 63))
	}
	for _, s := range []string{"", "-", "+1", "01", "00", "1 ", " 1", "1x", "12345678a", "18446744073709551616", "99999999999999999999", "123456789012345678901", "１"} {
		if u, ok := parseUint([]byte(s)); ok {
			t.Errorf("parseUint(%q) = %d", s, u)
		}
	}
	for _, s := range []string{"-0", "9223372036854775808", "-9223372036854775809", "-01", "--1"} {
		if u, ok := parseInt([]byte(s)); ok {
			t.Errorf("parseInt(%q) = %d", s, u)
		}
	}
	for _, s := range []string{"1", "1.", ".10", "1.5", "1.505", "-0.00", "01.50", "1.5x", "1,50", "92233720368547758.08", "-.10"} {
		if u, ok := parseCents([]byte(s)); ok {
			t.Errorf("parseCents(%q) = %d", s, u)
		}
	}
}

func TestTimesAreThoseOfPackageTime(t *testing.T) {
	b := make([]byte, 64)
	check := func(unix int64) {
		want := time.Unix(unix, 0).UTC()
		s := want.Format(timeLayout)
		if got := string(b[:putTime(spaceOf(b), 0, want, new(recent))]); got != s {
			t.Fatalf("putTime(%d) = %s, want %s", unix, got, s)
		}
		if got, ok := parseTime([]byte(s)); !ok || got != want {
			t.Fatalf("parseTime(%s) = %v, %v", s, got, ok)
		}
	}
	for day := int64(march); day <= lastSecond; day += 86400 * 3 {
		check(day + (day/86400)*7919%86400*int64(day&1))
		check(day)
	}
	for day := int64(march); day <= lastSecond; day += 86400 * 365 {
		for d := range int64(3) {
			check(day + d*86400 + 86399)
		}
	}
	for _, s := range []string{"2022-02-29T00:00:00", "2022-13-01T00:00:00", "2022-00-01T00:00:00", "2022-01-00T00:00:00", "1900-02-29T00:00:00",
		"2022-01-01T24:00:00", "2022-01-01T00:60:00", "2022-01-01T00:00:60", "2022-01-01 00:00:00", "2022-1-01T00:00:00", "2022-01-01T00:00:00Z", "0000-02-29T00:00:00"} {
		if v, ok := parseTime([]byte(s)); ok {
			t.Errorf("parseTime(%s) = %v", s, v)
		}
	}
}

func TestParseNamesEveryWrongField(t *testing.T) {
	line := `x|7|Ann|042|Tea|Groceries|UPI|three|9.9|2022-02-30T00:00:00|China|Xi'an|site|-1|maybe|`
	var o Order
	err := Pipe{}.Parse(&o, []byte(line), nil)
	want := `order: order_id is not_a_number: "x"; product_id is not_a_number: "042"; qty is not_a_number: "three"; price is not_a_price: "9.9"; ` +
		`datetime is not_a_time: "2022-02-30T00:00:00"; payment_txn_id is not_a_number: "-1"; payment_txn_success is not_a_flag: "maybe"`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %v", err, want)
	}
	if o.CustomerID != 7 || o.CustomerName != "Ann" || o.City != "Xi'an" {
		t.Errorf("the other fields are not filled in: %+v", o)
	}
}

func TestLenient(t *testing.T) {
	line := Pipe{}.Append(nil, &sample, nil)
	p := Pipe{Lenient: true}
	var o Order
	if err := p.Parse(&o, line[:len(line)-1], nil); err != nil || o != sample {
		t.Errorf("without its last column: %+v, %v", o, err)
	}
	if err := p.Parse(&o, append(line, PaymentWasSuccess...), nil); err != nil || o != sample {
		t.Errorf("with the old reason: %+v, %v", o, err)
	}
	if err := (Pipe{}).Parse(&o, line[:len(line)-1], nil); err == nil {
		t.Error("the strict encoding reads 15 columns")
	}
}

func TestLayouts(t *testing.T) {
	l, err := ParseLayout(reordered.String())
	if err != nil || l != reordered {
		t.Errorf("ParseLayout(String) = %v, %v", l, err)
	}
	for _, s := range []string{"", "order_id", wire.String() + ",qty", "order_id," + wire.String()[9:] + "x", "qty" + wire.String()[8:]} {
		if _, err := ParseLayout(s); err == nil {
			t.Errorf("ParseLayout(%q) succeeds", s)
		}
	}
}

func FuzzUndo(f *testing.F) {
	f.Add([]byte("abcdef"), 1, 3, []byte("xyz"), 0, 2, []byte(""))
	f.Add([]byte(""), -1, 9, []byte("q"), 5, 2, []byte("zz"))
	f.Fuzz(func(t *testing.T, clean []byte, s1, n1 int, r1 []byte, s2, n2 int, r2 []byte) {
		value := bytes.Clone(clean)
		var faults []Fault
		for _, e := range []struct {
			start, n int
			with     []byte
		}{{s1, n1, r1}, {s2, n2, r2}} {
			start := min(max(e.start, 0), len(value))
			end := min(start+max(e.n, 0), len(value))
			if end < start { // overflow
				end = start
			}
			was := bytes.Clone(value[start:end])
			value = append(append(bytes.Clone(value[:start]), e.with...), value[end:]...)
			faults = append(faults, Fault{Op: Edited, Start: start, End: start + len(e.with), Was: was})
		}
		if got := Undo([]byte("dst"), value, faults); string(got) != "dst"+string(clean) {
			t.Fatalf("Undo = %q, want %q", got, clean)
		}
		Undo(nil, value, []Fault{{Start: s1, End: n1, Was: r1}, {Start: s2, End: n2, Was: r2}}) // never panics
	})
}

func TestPathsAllocateNothing(t *testing.T) {
	dst := make([]byte, 0, 4096)
	var at Spans
	var o Order
	for _, enc := range encodings {
		line := enc.Append(nil, &sample, nil)
		if n := testing.AllocsPerRun(100, func() { enc.Append(dst, &sample, &at); enc.Append(dst, &sample, nil) }); n != 0 {
			t.Errorf("%v: Append allocates %v times", enc, n)
		}
		if n := testing.AllocsPerRun(100, func() { enc.(Viewer).View(&o, line, &at) }); n != 0 {
			t.Errorf("%v: View allocates %v times", enc, n)
		}
		if n := testing.AllocsPerRun(100, func() { enc.Parse(&o, line, &at) }); n > 1 {
			t.Errorf("%v: Parse allocates %v times", enc, n)
		}
	}
}

func ExampleParseError() {
	var o Order
	err := Pipe{}.Parse(&o, []byte("1|2|Ann|3|Tea|Groceries|UPI|two|9.99|2022-01-31T08:00:00|China|Xi'an|tea.example|4|Y|"), nil)
	fmt.Println(err)
	// Output: order: qty is not_a_number: "two"
}
