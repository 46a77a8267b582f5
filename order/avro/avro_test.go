package avro

import (
	"bytes"
	"encoding/hex"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts/order"
)

var sample = order.Order{
	ID: 1000000000001, CustomerID: 7, ProductID: 42, TxnID: 99999999, CustomerName: "José Núñez",
	ProductName: "Tea, green", Category: "Groceries", Payment: order.UPI, Country: "China", City: "上海",
	Site: "www.example.com", Reason: "", Qty: 3, Price: 1999, Success: true,
	Time: time.Date(2022, 1, 31, 23, 59, 58, 0, time.UTC),
}

var encodings = []Encoding{{}, {Text: true}, {SchemaID: 7}, {Text: true, SchemaID: math.MaxInt32}}

// The bytes are those that fastavro writes.
func TestAppendWrites(t *testing.T) {
	got := hex.EncodeToString(Encoding{SchemaID: 258}.Append(nil, &sample, nil))
	want := strings.Join([]string{
		"00" + "00000102",
		"82c0a8ca9a3a", // 1000000000001
		"0e",
		"1a" + hex.EncodeToString([]byte("José Núñez")),
		"54",
		"14" + hex.EncodeToString([]byte("Tea, green")),
		"12" + hex.EncodeToString([]byte("Groceries")),
		"06" + hex.EncodeToString([]byte("UPI")),
		"06",
		"04" + "07cf", // 1999
		"80eefbceb2baeb05",
		"0a" + hex.EncodeToString([]byte("China")),
		"0c" + hex.EncodeToString([]byte("上海")),
		"1e" + hex.EncodeToString([]byte("www.example.com")),
		"fe83af5f",
		"01",
		"00",
	}, "")
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, want := string(Encoding{Text: true}.Append(nil, &sample, nil)),
		"\x1a1000000000001\x027\x1aJosé Núñez\x0442\x14Tea, green\x12Groceries\x06UPI\x023\x0a19.99\x262022-01-31T23:59:58"+
			"\x0aChina\x0c上海\x1ewww.example.com\x1099999999\x02Y\x00"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestNumbers(t *testing.T) {
	for _, v := range []int64{0, 1, -1, 63, 64, -64, -65, 127, 128, -128, -129, 255, 256, 32767, 32768, -32768, -32769, 1e9, -1e9, mostCents, -mostCents,
		math.MaxInt64, math.MinInt64} {
		r := reader{b: appendLong(nil, v)}
		if got, c, whole := r.number(); got != v || c != 0 || !whole || r.i != len(r.b) {
			t.Errorf("%d is read as %d, %v, %v", v, got, c, whole)
		}
		r = reader{b: appendDecimal(nil, v)}
		got, c, whole := r.decimal()
		if in := -mostCents <= v && v <= mostCents; !whole || in != (c == 0) || in && got != v {
			t.Errorf("cents %d are read as %d, %v, %v", v, got, c, whole)
		}
	}
	for text, want := range map[string]bool{ // whether the end is known
		"": false, "\x80": false, "\x80\x00": true, "\x82\x00": true, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02": false,
		"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00": false, "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00": true,
	} {
		r := reader{b: []byte(text)}
		if v, c, whole := r.number(); c != order.Malformed || whole != want || v != 0 {
			t.Errorf("number(%q) = %d, %v, %v", text, v, c, whole)
		}
	}
	for text, want := range map[string]order.Cause{
		"\x00": order.NotAPrice, "\x04\x00\x7f": order.Malformed, "\x04\xff\x80": order.Malformed, "\x04\x00\x80": 0, "\x04\xff\x7f": 0,
		"\x12\x01\x00\x00\x00\x00\x00\x00\x00\x00": order.NotAPrice, "\x82\x00\x05": order.Malformed, "\x02": order.Malformed,
		"\x03\x05": order.Malformed, "\x10\x7f\xff\xff\xff\xff\xff\xff\xff": order.NotAPrice,
	} {
		r := reader{b: []byte(text)}
		if v, c, _ := r.decimal(); c != want {
			t.Errorf("decimal(%q) = %d, %v, want %v", text, v, c, want)
		}
	}
}

// What is wrong is named, and the rest is filled in as far as it is known where it is.
func TestParseNames(t *testing.T) {
	line := Encoding{}.Append(nil, &sample, nil)
	var at order.Spans
	Encoding{}.Append(nil, &sample, &at)
	put := func(f order.Field, with string) []byte {
		v := at.Value[f]
		return append(append(bytes.Clone(line[:v.Start]), with...), line[v.End:]...)
	}
	text := Encoding{Text: true}.Append(nil, &sample, nil)
	for _, c := range []struct {
		enc  Encoding
		line []byte
		want string
	}{
		{Encoding{}, nil, `order_id is malformed`},
		{Encoding{}, put(order.ID, "\x01"), `order: order_id is not_a_number: "\x01"`},
		{Encoding{}, put(order.Qty, "\x86\x00"), `order: qty is malformed: "\x86\x00"`},
		{Encoding{}, put(order.Price, "\x00"), `order: price is not_a_price: "\x00"`},
		{Encoding{}, put(order.Time, "\x02"), `order: datetime is not_a_time: "\x02"`},
		{Encoding{}, put(order.City, "\x02\xff"), `order: city is not_utf8: "\x02\xff"`},
		{Encoding{}, put(order.Success, "\x02"), `order: payment_txn_success is not_a_flag: "\x02"`},
		{Encoding{}, append(bytes.Clone(line), 0), `order: malformed: `},
		{Encoding{}, line[:len(line)-1], `order: failure_reason is malformed`},
		{Encoding{}, line[:len(line)-2], `order: payment_txn_success is malformed; failure_reason is missing_field`},
		{Encoding{SchemaID: 7}, line, `order: malformed: `},
		{Encoding{SchemaID: 7}, Encoding{SchemaID: 8}.Append(nil, &sample, nil), `order: malformed: "\x00\x00\x00\x00\b`},
		{Encoding{Text: true}, bytes.Replace(text, []byte("\x0a19.99"), []byte("\x0819.9"), 1), `order: price is not_a_price: "\b19.9"`},
		{Encoding{Text: true}, bytes.Replace(text, []byte("\x027"), []byte("\x04\xc3("), 1), `order: customer_id is not_utf8: "\x04\xc3("`},
	} {
		var o order.Order
		err := c.enc.Parse(&o, c.line, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %q: %v, want %s", c.enc, c.line, err, c.want)
		}
	}
	var o order.Order
	if (Encoding{}).Parse(&o, put(order.Qty, "\x86\x00"), nil); o.Qty != 0 || o.Reason != sample.Reason || o.TxnID != sample.TxnID {
		t.Errorf("the other fields are not filled in: %+v", o)
	}
}

func TestCarries(t *testing.T) {
	for _, c := range []struct {
		change func(o *order.Order)
		typed  string
		text   string
	}{
		{func(o *order.Order) {}, "", ""},
		{func(o *order.Order) { o.TxnID = 1 << 63 }, "avro cannot carry payment_txn_id \"9223372036854775808\"", ""},
		{func(o *order.Order) { o.Price = -1e18 }, "avro cannot carry price", ""},
		{func(o *order.Order) { o.Time = o.Time.Add(1) }, "datetime", "datetime"},
		{func(o *order.Order) { o.City = "\xff" }, "city \"\\xff\": it is not UTF-8", "avro text cannot carry city"},
	} {
		o := sample
		c.change(&o)
		for enc, want := range map[Encoding]string{{}: c.typed, {Text: true}: c.text} {
			if err := enc.Carries(&o); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%v: %v, want %q", enc, err, want)
			}
		}
	}
}

func TestUnquote(t *testing.T) {
	for _, c := range []struct {
		enc         Encoding
		f           order.Field
		value, want string
	}{
		{Encoding{}, order.CustomerID, "\x06abc", "\x06abc"},
		{Encoding{}, order.City, "\x06abc", "abc"},
		{Encoding{}, order.City, "\x06abcd", "\x06abcd"},
		{Encoding{}, order.City, "", ""},
		{Encoding{Text: true}, order.CustomerID, "\x0642\"", "42\""},
	} {
		if got := c.enc.Unquote(c.f, []byte(c.value)); string(got) != c.want {
			t.Errorf("%v: Unquote(%v, %q) = %q", c.enc, c.f, c.value, got)
		}
	}
}

func TestString(t *testing.T) {
	for i, want := range []string{"avro", "avro text", "avro schema 7", "avro text schema 2147483647"} {
		if got := encodings[i].String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestPathsAllocateNothing(t *testing.T) {
	dst := make([]byte, 0, 4096)
	var at order.Spans
	var o order.Order
	for _, enc := range encodings {
		b := enc.Append(nil, &sample, nil)
		if n := testing.AllocsPerRun(100, func() { enc.Append(dst, &sample, &at); enc.Append(dst, &sample, nil) }); n != 0 {
			t.Errorf("%v: Append allocates %v times", enc, n)
		}
		if n := testing.AllocsPerRun(100, func() { enc.View(&o, b, &at); enc.View(&o, b, nil) }); n != 0 {
			t.Errorf("%v: View allocates %v times", enc, n)
		}
		if n := testing.AllocsPerRun(100, func() { enc.Parse(&o, b, &at) }); n > 1 {
			t.Errorf("%v: Parse allocates %v times", enc, n)
		}
		if n := testing.AllocsPerRun(100, func() { enc.Quote(dst, order.Price, "12.50") }); n != 0 {
			t.Errorf("%v: Quote allocates %v times", enc, n)
		}
	}
}

func BenchmarkEncoding(b *testing.B) {
	for _, enc := range encodings[:2] {
		var o order.Order
		line := enc.Append(nil, &sample, nil)
		b.Run("append "+enc.String(), func(b *testing.B) {
			b.SetBytes(int64(len(line)))
			for b.Loop() {
				line = enc.Append(line[:0], &sample, nil)
			}
		})
		b.Run("view "+enc.String(), func(b *testing.B) {
			b.SetBytes(int64(len(line)))
			for b.Loop() {
				if err := enc.View(&o, line, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
