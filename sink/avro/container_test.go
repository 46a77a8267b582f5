package avro_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/corrupt"
	"github.com/kafkanauts/kafkanauts/order"
	orderavro "github.com/kafkanauts/kafkanauts/order/avro"
	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/avro"
	"github.com/kafkanauts/kafkanauts/sink/sinktest"
)

var codecs = []avro.Codec{avro.Deflate, avro.Null, avro.Zstandard}

// broken puts bytes into records that are no text, or more columns.
type broken struct{}

func (broken) Name() string { return "broken" }
func (broken) Corrupt(e *corrupt.Edit, r *rand.Rand) bool {
	if r.IntN(4) == 0 {
		return e.Join()
	}
	at := r.IntN(e.Len())
	return e.Splice(at, at, []byte([]string{"\xff", "|", "\x00", "||||", "\xe4\xb8"}[r.IntN(5)]))
}

// damage is every kind of it.
var damage = slices.Concat(corrupt.OriginalAt(0.1), corrupt.RivalAt(0.1), corrupt.Mix{corrupt.Of(broken{}, 0.1)})

// stream has some thousand orders of two days, in three shards.
func stream(t testing.TB, enc order.Encoding, faults corrupt.Mix) *kafkanauts.Stream {
	t.Helper()
	from := time.Date(2022, 1, 31, 12, 0, 0, 0, time.UTC)
	s, err := kafkanauts.New(kafkanauts.Config{Seed: 5, From: from, To: from.Add(30 * time.Minute), Shards: 3, Encoding: enc, Faults: faults})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// write fills a directory with the stream and returns it, and what the stream
// has, shard by shard.
func write(t testing.TB, s *kafkanauts.Stream, c avro.Container) (dir string, values [][]byte, orders []order.Order) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "orders")
	if _, err := s.Run(context.Background(), &sink.Files{Path: dir, Container: c, Records: 1500}); err != nil {
		t.Fatal(err)
	}
	for i := range s.Config().Shards {
		for r := range s.Only(i).Records() {
			values = append(values, bytes.Clone(r.Value))
			orders = append(orders, *r.Order)
		}
	}
	return dir, values, orders
}

// What is read back is what was written, in every codec, and in whatever
// encoding the stream is.
func TestTyped(t *testing.T) {
	for _, codec := range codecs {
		for _, enc := range []order.Encoding{order.Pipe{}, orderavro.Encoding{SchemaID: 3}} {
			t.Run(fmt.Sprint(codec, enc), func(t *testing.T) {
				dir, _, orders := write(t, stream(t, enc, corrupt.Mix{}), avro.Container{Codec: codec, Records: 70})
				i := 0
				for o, err := range avro.Read(dir) {
					if err != nil {
						t.Fatal(err)
					}
					if i >= len(orders) || o != orders[i] {
						t.Fatalf("order %d is %+v, not %+v", i, o, orders[i])
					}
					i++
				}
				if i != len(orders) || i < 3000 {
					t.Errorf("%d of %d orders are there", i, len(orders))
				}
				i = 0
				for v, err := range avro.Values(dir) {
					if want := (order.Pipe{}).Append(nil, &orders[i], nil); err != nil || !bytes.Equal(v, want) {
						t.Fatalf("value %d is %q, not %q, %v", i, v, want, err)
					}
					i++
				}
			})
		}
	}
}

// The bytes of container files are a promise, on every architecture: who goes on
// with a stream gets others if these differ. Then say so in the change log.
func TestGolden(t *testing.T) {
	if testing.Short() {
		t.Skip("in short there is the race detector, which changes no bytes")
	}
	want := map[string]string{
		"values, deflate":   "57e34e21d39817ca",
		"texts, deflate":    "705e0fdc7b308c1c",
		"values, null":      "20245d05c986680a",
		"texts, null":       "0b446b09578026b3",
		"values, zstandard": "9036ead2f9993901",
		"texts, zstandard":  "d49243422737a7c0",
	}
	for _, codec := range codecs {
		for form, faults := range map[string]corrupt.Mix{"values": {}, "texts": damage} {
			dir, values, _ := write(t, stream(t, order.Pipe{}, faults), avro.Container{Codec: codec, Text: form == "texts"})
			files, err := filepath.Glob(filepath.Join(dir, "part-*"))
			if err != nil || len(files) < len(values)/1500 {
				t.Fatal(files, err)
			}
			sum := sha256.New()
			for _, path := range files { // sorted
				data, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				sum.Write(data)
			}
			if got := fmt.Sprintf("%x", sum.Sum(nil)[:8]); got != want[form+", "+codec.String()] {
				t.Errorf("%q: %q,", form+", "+codec.String(), got)
			}
		}
	}
}

// Text files hold every damaged record, to the byte, and the order of the columns
// decides what is called what.
func TestText(t *testing.T) {
	layout := order.Layout{}
	for i := range layout {
		layout[i] = order.Field(order.Columns - i)
	}
	for _, codec := range codecs {
		for _, enc := range []order.Pipe{{}, {Layout: layout}} {
			t.Run(fmt.Sprint(codec, enc), func(t *testing.T) {
				dir, values, _ := write(t, stream(t, enc, damage), avro.Container{Text: true, Codec: codec})
				i, right, strange := 0, 0, 0
				for v, err := range avro.Values(dir) {
					if err != nil {
						t.Fatal(err)
					}
					want := values[i]
					if enc.Layout != (order.Layout{}) && whole(want) {
						columns := bytes.Split(want, []byte("|"))
						slices.Reverse(columns)
						want = bytes.Join(columns, []byte("|"))
						right++
					} else if enc.Layout != (order.Layout{}) {
						strange++
					}
					if !bytes.Equal(v, want) {
						t.Fatalf("value %d is %q, not %q", i, v, want)
					}
					i++
				}
				if i != len(values) || enc.Layout != (order.Layout{}) && (right == 0 || strange == 0) {
					t.Errorf("%d of %d values are there, %d right, %d strange", i, len(values), right, strange)
				}
				i, wrong := 0, 0
				for o, err := range avro.Read(dir) {
					if enc.Layout == (order.Layout{}) {
						var want order.Order
						if failed := enc.Parse(&want, values[i], nil); (failed == nil) != (err == nil) || o != want {
							t.Fatalf("%q is read as %+v, %v, not %+v, %v", values[i], o, err, want, failed)
						}
					}
					if parse := new(*order.ParseError); err != nil && !errors.As(err, parse) {
						t.Fatal(err)
					} else if err != nil {
						wrong++
					}
					i++
				}
				if i != len(values) || wrong == 0 {
					t.Errorf("%d of %d records are there, %d refused", i, len(values), wrong)
				}
			})
		}
	}
}

// A record that is no order ends a typed run and is named; one that is another
// order is written as what it is.
func TestTypedRefuses(t *testing.T) {
	s := stream(t, order.Pipe{}, corrupt.Mix{corrupt.Of(corrupt.NullToken{}, 0.01)})
	_, err := s.Run(t.Context(), &sink.Files{Path: filepath.Join(t.TempDir(), "orders"), Container: avro.Container{}})
	if err == nil || !strings.Contains(err.Error(), "record with seq ") || !strings.Contains(err.Error(), " is not_") || !strings.Contains(err.Error(), "Container.Text") {
		t.Error(err)
	}
	s = stream(t, order.Pipe{}, corrupt.Mix{corrupt.Of(corrupt.Overwrite{}, 0.1)})
	dir, values, orders := write(t, s, avro.Container{})
	i, other := 0, 0
	for o, err := range avro.Read(dir) {
		var want order.Order
		if err != nil || (order.Pipe{}).Parse(&want, values[i], nil) != nil || o != want {
			t.Fatalf("%q is read as %+v, %v", values[i], o, err)
		}
		if o != orders[i] {
			other++
		}
		i++
	}
	if i != len(values) || other == 0 {
		t.Errorf("%d of %d records, %d are not as generated", i, len(values), other)
	}
	for name, change := range map[string]func(o *order.Order){
		"payment_txn_id": func(o *order.Order) { o.TxnID = 1 << 63 },
		"price":          func(o *order.Order) { o.Price = 1e18 },
	} {
		o := orders[0]
		change(&o)
		p, err := avro.Container{}.Packer(&sink.Session{Encoding: order.Pipe{}}, 0)
		if err != nil {
			t.Fatal(err)
		}
		p.Begin(nil)
		if _, err := p.Add(nil, &order.Record{Seq: 77, Order: &o}); err == nil || !strings.Contains(err.Error(), "seq 77") || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPackerRefuses(t *testing.T) {
	for _, c := range []struct {
		container avro.Container
		enc       order.Encoding
		want      string
	}{
		{avro.Container{Codec: 9}, order.Pipe{}, "codec(9)"},
		{avro.Container{Records: -1}, order.Pipe{}, "-1 records"},
		{avro.Container{Records: 1<<20 + 1}, order.Pipe{}, "1048577 records"},
		{avro.Container{Text: true}, order.CSV{}, "csv"},
		{avro.Container{Text: true}, orderavro.Encoding{}, "avro"},
		{avro.Container{}, nil, "encoding"},
	} {
		if _, err := c.container.Packer(&sink.Session{Encoding: c.enc}, 0); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %q", c.container, err, c.want)
		}
	}
}

func TestString(t *testing.T) {
	for c, want := range map[avro.Container]string{
		{}: "avro typed, deflate, in blocks of 1000",
		{Text: true, Codec: avro.Zstandard, Records: 5}: "avro damaged, zstandard, in blocks of 5",
	} {
		if c.String() != want {
			t.Errorf("%q, want %q", c, want)
		}
	}
}

// The same records make the same files; another shard, form or codec has another
// mark between blocks.
func TestDeterminism(t *testing.T) {
	files := func(c avro.Container) map[string]string {
		dir, _, _ := write(t, stream(t, order.Pipe{}, corrupt.Mix{}), c)
		names, _ := filepath.Glob(filepath.Join(dir, "*.avro"))
		all := map[string]string{}
		for _, n := range names {
			b, err := os.ReadFile(n)
			if err != nil {
				t.Fatal(err)
			}
			all[filepath.Base(n)] = string(b)
		}
		return all
	}
	marks := map[string]string{}
	for _, c := range []avro.Container{{}, {Codec: avro.Null}, {Codec: avro.Zstandard}, {Text: true}} {
		first, again := files(c), files(c)
		if len(first) < 6 {
			t.Errorf("%v makes %d files", c, len(first))
		}
		for name, b := range first {
			if again[name] != b {
				t.Errorf("%v, %s: other bytes", c, name)
			}
			mark := fmt.Sprint(c, " ", name[:len("part-00000")])
			if was, ok := marks[b[len(b)-16:]]; ok && was != mark {
				t.Errorf("%s and %s have one mark", was, mark)
			}
			marks[b[len(b)-16:]] = mark
		}
	}
	if len(marks) != 4*3 {
		t.Errorf("there are %d marks", len(marks))
	}
}

func TestConformance(t *testing.T) {
	sinktest.Run(t, func(t *testing.T) (sink.Sink, func() [][]byte) {
		path := filepath.Join(t.TempDir(), "orders.avro")
		return &sink.File{Path: path, Container: avro.Container{Text: true, Records: 3}}, func() [][]byte {
			var all [][]byte
			for v, err := range avro.Values(path) {
				if errors.Is(err, os.ErrNotExist) {
					return nil
				} else if err != nil {
					t.Fatal(err)
				}
				all = append(all, bytes.Clone(v))
			}
			return all
		}
	})
}

func TestPackerAllocatesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("in short there is the race detector, which allocates")
	}
	var records []order.Record
	for r := range stream(t, order.Pipe{}, corrupt.Mix{}).Records() {
		o := *r.Order
		records = append(records, order.Record{Seq: r.Seq, Order: &o, Value: bytes.Clone(r.Value)})
	}
	for _, codec := range codecs {
		for _, text := range []bool{false, true} {
			c := avro.Container{Codec: codec, Text: text}
			p, err := c.Packer(&sink.Session{Encoding: order.Pipe{}}, 0)
			if err != nil {
				t.Fatal(err)
			}
			dst := p.Begin(make([]byte, 0, 1<<22))
			n := testing.AllocsPerRun(3, func() {
				dst = dst[:0]
				for i := range records {
					if dst, err = p.Add(dst, &records[i]); err != nil {
						t.Fatal(err)
					}
				}
			})
			if n > 3 {
				t.Errorf("%v allocates %v times for %d records", c, n, len(records))
			}
		}
	}
}

func BenchmarkPacker(b *testing.B) {
	var records []order.Record
	for r := range stream(b, order.Pipe{}, corrupt.Mix{}).Records() {
		o := *r.Order
		records = append(records, order.Record{Seq: r.Seq, Order: &o, Value: bytes.Clone(r.Value)})
	}
	for _, codec := range codecs {
		for _, text := range []bool{false, true} {
			c := avro.Container{Codec: codec, Text: text}
			b.Run(c.String(), func(b *testing.B) {
				p, err := c.Packer(&sink.Session{Encoding: order.Pipe{}}, 0)
				if err != nil {
					b.Fatal(err)
				}
				dst := p.Begin(make([]byte, 0, 1<<22))
				b.ReportAllocs()
				i, size := 0, 0
				for b.Loop() {
					if dst, err = p.Add(dst, &records[i]); err != nil {
						b.Fatal(err)
					}
					if i++; i == len(records) {
						i = 0
					}
					size += len(dst)
					dst = dst[:0]
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
				b.ReportMetric(float64(size)/float64(b.N), "B/row")
			})
		}
	}
}

// whole returns whether a value has sixteen columns of UTF-8.
func whole(v []byte) bool { return bytes.Count(v, []byte("|")) == order.Columns-1 && utf8.Valid(v) }
