package avro_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts/order"
	orderavro "github.com/kafkanauts/kafkanauts/order/avro"
	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/avro"
)

// pack returns a file of these values, in blocks of two.
func pack(t testing.TB, c avro.Container, values ...string) []byte {
	t.Helper()
	c.Records = 2
	p, err := c.Packer(&sink.Session{Encoding: order.Pipe{}}, 0)
	if err != nil {
		t.Fatal(err)
	}
	b := p.Begin(nil)
	for i, v := range values {
		r := order.Record{Seq: uint64(i), Value: []byte(v)}
		if b, err = p.Add(b, &r); err != nil {
			t.Fatal(err)
		}
	}
	if b, err = p.End(b); err != nil {
		t.Fatal(err)
	}
	return b
}

// values reads a file's values, and the error that ends it.
func values(t testing.TB, path string) (all []string, err error) {
	for v, e := range avro.Values(path) {
		if e != nil {
			if err != nil {
				t.Fatalf("after %v comes %v", err, e)
			}
			err = e
			continue
		}
		all = append(all, string(v))
	}
	return all, err
}

func keep(t testing.TB, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.avro")
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

var line = "430856530925843|199004|Socorro Gómez Ríos|1035|Hooded Sweatshirt|E-Commerce|Wallet|1|25.00|2022-01-31T00:00:01|Mexico|Guadalajara|coppel.com|115296115099098|Y|"

// Wherever a file is torn, what is whole of it is read, and then it is said that it is
// torn; between blocks, none can tell.
func TestTorn(t *testing.T) {
	for _, codec := range codecs {
		for _, text := range []bool{false, true} {
			b := pack(t, avro.Container{Codec: codec, Text: text}, line, line, line)
			begin := pack(t, avro.Container{Codec: codec, Text: text})
			first := pack(t, avro.Container{Codec: codec, Text: text}, line, line)
			path := keep(t, nil)
			for n := range len(b) + 1 {
				if n < len(begin)-20 && n%50 > 3 {
					continue
				}
				if err := os.WriteFile(path, b[:n], 0o666); err != nil {
					t.Fatal(err)
				}
				got, err := values(t, path)
				want := 0
				if n == len(b) {
					want = 3
				} else if n >= len(first) {
					want = 2
				}
				whole := n == len(begin) || n == len(first) || n == len(b)
				if len(got) != want || (err == nil) != whole || err != nil && !strings.Contains(err.Error(), path) {
					t.Fatalf("%v: of %d of %d bytes %d records are read, %v", codec, n, len(b), len(got), err)
				}
			}
		}
	}
}

func TestReadRefuses(t *testing.T) {
	good := pack(t, avro.Container{Codec: avro.Null}, line)
	begin := pack(t, avro.Container{Codec: avro.Null})
	replace := func(old, with string) []byte {
		if !bytes.Contains(good, []byte(old)) {
			t.Fatalf("there is no %q", old)
		}
		return bytes.Replace(good, []byte(old), []byte(with), 1)
	}
	last := func(change func(b []byte)) []byte {
		b := bytes.Clone(good)
		change(b)
		return b
	}
	for _, c := range []struct {
		name  string
		bytes []byte
		want  string
	}{
		{"empty", nil, "no Avro container"},
		{"other magic", replace("Obj\x01", "Obj\x02"), "no Avro container"},
		{"other schema", replace(`"long"`, `"lung"`), "schema is none"},
		{"other codec", replace("null", "nill"), `codec is "nill"`},
		{"other mark", last(func(b []byte) { b[len(b)-1]++ }), "what ends it"},
		{"other record", last(func(b []byte) { b[len(b)-18] = 9 }), "record 1: order: payment_txn_success is not_a_flag"},
		{"more in the block", last(func(b []byte) { b[len(begin)] = 0 }), "left over"},
		{"less in the block", last(func(b []byte) { b[len(begin)] = 4 }), "record 2: order: order_id is malformed"},
	} {
		if _, err := values(t, keep(t, c.bytes)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	if _, err := values(t, filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if all, err := values(t, t.TempDir()); len(all) > 0 || err != nil {
		t.Error(all, err)
	}
}

// Who reads may stop at any record, and keep what was read.
func TestReadStops(t *testing.T) {
	path := keep(t, pack(t, avro.Container{}, line, strings.Replace(line, "Mexico", "China", 1), line))
	var all []order.Order
	for o, err := range avro.Read(path) {
		if err != nil {
			t.Fatal(err)
		}
		if all = append(all, o); len(all) == 2 {
			break
		}
	}
	if len(all) != 2 || all[0].Country != "Mexico" || all[1].Country != "China" || !all[0].Time.Equal(time.Date(2022, 1, 31, 0, 0, 1, 0, time.UTC)) {
		t.Errorf("%+v", all)
	}
}

// Any values come back from a text file, and any order from a typed one.
func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte(line), []byte(""), uint8(0))
	f.Add([]byte("a|b\xff"), []byte("|||||||||||||||"), uint8(1))
	f.Add([]byte("\n"), []byte("||||||||||||||||"), uint8(1))
	f.Fuzz(func(t *testing.T, a, b []byte, which uint8) {
		c := avro.Container{Codec: avro.Null, Text: true}
		if which%8 == 0 { // which is slow to fuzz, and not ours
			c.Codec = codecs[int(which/8)%len(codecs)]
		}
		got, err := avro.ValuesOf(pack(t, c, string(a), string(b), string(a)))
		if err != nil || len(got) != 3 || !bytes.Equal(got[0], a) || !bytes.Equal(got[1], b) || !bytes.Equal(got[2], a) {
			t.Fatalf("%q and %q are read as %q, %v", a, b, got, err)
		}
		var o order.Order
		if (order.Pipe{}).Parse(&o, a, nil) == nil && (orderavro.Encoding{}).Carries(&o) == nil {
			c.Text = false
			if got, err := avro.ValuesOf(pack(t, c, string(a))); err != nil || len(got) != 1 || !bytes.Equal(got[0], a) {
				t.Fatalf("%q is read as %q, %v", a, got, err)
			}
		}
	})
}

// Nothing panics, whatever the file.
func FuzzRead(f *testing.F) {
	for _, codec := range codecs {
		f.Add(pack(f, avro.Container{Codec: codec}, line, line))
		f.Add(pack(f, avro.Container{Codec: codec, Text: true}, line, "a|b"))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		values, failed := avro.ValuesOf(b)
		orders, err := avro.ReadOf(b)
		if len(values) != len(orders) || (err == nil) != (failed == nil) {
			t.Fatalf("there are %d values, %v, and %d orders, %v", len(values), failed, len(orders), err)
		}
	})
}
