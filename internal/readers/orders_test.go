package readers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/corrupt"
	"github.com/kafkanauts/kafkanauts/demand"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/compress"
	"github.com/kafkanauts/kafkanauts/sink/parquet"
)

// oddTexts are what names of people and things are like at their worst: what
// readers take for something else, or for nothing.
var oddTexts = []string{
	`He said "three"`, `"`, `""`, `a,b`, `,`, `'`, `back\slash`, `\N`, `\"`, `\u0041`, "tab\there", "\t", " leading", "trailing ", " ",
	"NULL", "null", "NA", "NaN", "None", "N/A", "true", "-1", "1e3", "007", "2022-01-31", "#comment", "=1+1", "{}", "[1]", "<b>&amp;",
	"王小明", "山田 太郎", "김철수", "Zoë", "Zoe\u0308", "Ελένη", "שָׁלוֹם", "محمد", "🌮🌮", "𝔘𝔫𝔦", "\u00a0", "\u200b", "\ufeffBOM", "\u2028", "\u0085", "\x01", "\x7f",
	"a|b", "|", "two\nlines", "\r", "\r\n",
}

// oddCountries are partitions whose names have to be escaped, or are easily
// taken for others.
var oddCountries = []string{"Côte d'Ivoire/A=1", "100%", "%2F", "", "中国", "a b", `"quoted"`, "NA", "..", "a:b*c?", "Korea, South", `a\b`, "2022", "=", "tab\t"}

// sample returns orders of the default world, and among them the odd ones: each
// odd text stands in each field of texts but the payment type at least once, and each odd
// country, and the greatest and the smallest numbers.
func sample(t testing.TB) []order.Order {
	t.Helper()
	s, err := kafkanauts.New(kafkanauts.Config{Seed: 11, Market: demand.World().Scale(0.002), Faults: corrupt.Mix{}})
	if err != nil {
		t.Fatal(err)
	}
	var orders []order.Order
	for r := range s.Records() {
		orders = append(orders, *r.Order)
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	const exact = 1<<53 + 1 // is no double
	odd := func(i int) *order.Order {
		o := &orders[i*17%len(orders)]
		o.ProductID = firstOdd + uint64(i)
		return o
	}
	n := 0
	for _, f := range []order.Field{order.CustomerName, order.ProductName, order.Category, order.City, order.Site, order.Reason} {
		for _, text := range oddTexts {
			o := odd(n)
			*map[order.Field]*string{order.CustomerName: &o.CustomerName, order.ProductName: &o.ProductName, order.Category: &o.Category,
				order.City: &o.City, order.Site: &o.Site, order.Reason: &o.Reason}[f] = text
			n++
		}
	}
	for _, country := range oddCountries {
		for range 3 {
			odd(n).Country = country
			n++
		}
	}
	for i := range 20 {
		o := odd(n)
		o.TxnID, o.CustomerID, o.Qty, o.Price = 1<<63-1-uint64(i), exact+uint64(i), exact, exact+int64(i)*100
		n++
	}
	odd(n).Time = time.Date(1969, 12, 31, 23, 59, 59, 0, time.UTC)
	odd(n + 1).Time = time.Date(2038, 1, 19, 3, 14, 8, 0, time.UTC)
	odd(n + 2).Price = 0
	odd(n + 3).Price = 1
	odd(n + 4).Qty = 0
	return orders
}

// carried returns the orders that an encoding carries, and why it refuses
// the others.
func carried(enc order.Encoding, orders []order.Order) (fit []order.Order, refused []error) {
	c, ok := enc.(order.Carrier)
	for i := range orders {
		if ok {
			if err := c.Carries(&orders[i]); err != nil {
				refused = append(refused, err)
				continue
			}
		}
		fit = append(fit, orders[i])
	}
	return fit, refused
}

// withinDoubles returns the orders without those whose prices have more than
// fifteen digits: of a number in JSON that has a point most readers make a double, which
// holds no more.
func withinDoubles(orders []order.Order) []order.Order {
	return slices.DeleteFunc(orders, func(o order.Order) bool { return o.Price >= 1e15 })
}

// shards is how many the streams here have.
const shards = 3

// deliver gives a sink orders as a stream does: by shards, in batches.
func deliver(ctx context.Context, dst sink.Sharder, enc order.Encoding, orders []order.Order) (err error) {
	defer func() { err = errors.Join(err, sink.End(ctx, dst, err)) }()
	session := &sink.Session{Shards: shards, Key: order.CustomerID, Encoding: enc, From: 1643587200, To: 1643587200 + 14*86400,
		Recipe: func() (sink.Recipe, error) { return sink.Recipe{"orders": "those of package readers"}, nil }}
	if o, ok := dst.(sink.Opener); ok {
		if err := o.Open(ctx, session); err != nil {
			return err
		}
	}
	for shard := range shards {
		if err := deliverShard(ctx, dst, shard, enc, orders[shard*len(orders)/shards:(shard+1)*len(orders)/shards]); err != nil {
			return err
		}
	}
	return nil
}

func deliverShard(ctx context.Context, dst sink.Sharder, shard int, enc order.Encoding, orders []order.Order) (err error) {
	s, err := dst.Shard(shard)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sink.End(ctx, s, err)) }()
	if r, ok := dst.(sink.Resumer); ok {
		if at, err := r.Resume(ctx, shard); err != nil || at.Step != 0 {
			return fmt.Errorf("a new place goes on at %+v, %v", at, err)
		}
	}
	seq := uint64(shard) << 32
	step := int64(0)
	for some := range slices.Chunk(orders, 1000) {
		b := sink.Batch{Shard: shard, Step: step, Parts: 1}
		step++
		for i := range some {
			o := &some[i]
			seq++
			r := order.Record{Seq: seq, Order: o, Key: o.AppendText(nil, order.CustomerID), Value: enc.Append(nil, o, nil)}
			b.Records = append(b.Records, r)
			if !order.IsBinary(enc) {
				b.Lines = append(append(b.Lines, r.Value...), '\n')
			}
		}
		if err := s.Write(ctx, &b); err != nil {
			return err
		}
	}
	return nil
}

// damaged is a stream of all kinds of damage.
func damaged(t testing.TB) *kafkanauts.Stream {
	t.Helper()
	s, err := kafkanauts.New(kafkanauts.Config{Seed: 12, Market: demand.World().Scale(0.002), Shards: shards,
		Faults: append(corrupt.OriginalAt(0.1), corrupt.RivalAt(0.1)...)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// values returns those of a stream's records.
func values(t testing.TB, s *kafkanauts.Stream) (list [][]byte) {
	t.Helper()
	for r := range s.Records() {
		list = append(list, bytes.Clone(r.Value))
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// source is something to read, and what is true of it.
type source struct {
	format string // as the scripts call it
	note   string // tells it from others of its format
	path   string
	orders []order.Order // unless they may be damaged
	truth  answer
}

func (s *source) String() string { return strings.TrimSpace(s.format + " " + s.note) }

// sources makes, in a folder, what readers read: the sample in every format, as far as
// the format carries it, and a stream of all kinds of damage.
func sources(t testing.TB, orders []order.Order) []source {
	t.Helper()
	dir := t.TempDir()
	var list []source
	add := func(format, note string, enc order.Encoding, write func(path string, fit []order.Order) error) {
		s := source{format: format, note: note, path: filepath.Join(dir, format+note)}
		fit, _ := carried(enc, orders)
		if format == "json" {
			fit = withinDoubles(fit)
		}
		s.orders, s.truth = fit, ofOrders(fit)
		if err := write(s.path, fit); err != nil {
			t.Fatalf("writing %v: %v", &s, err)
		}
		list = append(list, s)
	}
	for _, c := range []struct {
		format string
		enc    order.Encoding
	}{{"pipe", order.Pipe{}}, {"csv", order.CSV{}}, {"json", order.JSON{}}} {
		for _, packed := range []sink.Compression{nil, compress.Gzip{}} {
			note := ""
			if packed != nil {
				note = packed.Ext()
			}
			add(c.format, note, c.enc, func(path string, fit []order.Order) error {
				return deliver(t.Context(), &sink.Dir{Path: path, Ext: "." + c.format, Compression: packed}, c.enc, fit)
			})
		}
	}
	add("parquet", "", order.JSON{}, func(path string, fit []order.Order) error { return dataset(path, fit) })

	s := damaged(t)
	raw := source{format: "raw", path: filepath.Join(dir, "raw"), truth: ofValues(values(t, s))}
	if _, err := s.Run(t.Context(), &sink.Dir{Path: raw.path}); err != nil {
		t.Fatal(err)
	}
	return append(list, raw)
}

// dataset writes orders as a Parquet data set.
func dataset(path string, orders []order.Order) error {
	d, err := parquet.New(parquet.Config{Dir: path})
	if err != nil {
		return err
	}
	for i := range orders {
		if err := d.Write(&orders[i], order.Place{}); err != nil {
			d.Abort()
			return err
		}
	}
	return d.Close()
}
