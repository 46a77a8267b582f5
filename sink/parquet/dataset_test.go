package parquet

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts/internal/keyed"
	"github.com/kafkanauts/kafkanauts/order"
)

// countries have everything that a path must survive.
var countries = []string{"Spain", "Côte d'Ivoire/A=1", "中国 100%", "", `a\b:c*?"[x]{y}^#~`, "..", "New\tLine\n", "%41"}

// sample returns n orders over a few days, in time order.
func sample(n int) []order.Order {
	src := keyed.New(keyed.Key(7))
	start := time.Date(2022, 1, 30, 22, 0, 0, 0, time.UTC)
	all := make([]order.Order, n)
	for i := range all {
		o := order.Order{
			ID: uint64(i) + 1, CustomerID: src.Uint64() >> 1, CustomerName: fmt.Sprintf("Zoë 李 %d", src.IntN(2000)),
			ProductID: uint64(src.IntN(500)), ProductName: fmt.Sprintf("Tacos al pastor %d", src.IntN(500)),
			Category: "Groceries", Payment: order.Payments[src.IntN(4)], Qty: src.IntN(40) - 3, Price: int64(src.IntN(100000)) - 500,
			Time:    start.Add(time.Duration(i*3*86400/n) * time.Second),
			Country: countries[src.IntN(len(countries))], City: "Ciudad de México", Site: "www.example.com",
			TxnID: math.MaxInt64 - uint64(i), Success: src.IntN(10) > 0,
		}
		if !o.Success {
			o.Reason = "Insufficient funds"
		}
		all[i] = o
	}
	return all
}

func write(t testing.TB, cfg Config, orders []order.Order) {
	t.Helper()
	d, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Abort()
	for i := range orders {
		if err := d.Write(&orders[i], order.Place{Partition: int32(i % 3), Offset: int64(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, dir string) []order.Order {
	t.Helper()
	var all []order.Order
	for o, err := range Read(dir) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, o)
	}
	return all
}

// names returns every path below dir but dir's own, sorted.
func names(t testing.TB, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if rel, _ := filepath.Rel(dir, path); rel != "." {
			all = append(all, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// What is read is what was written, whatever the limits on memory and the
// codec, in the order of the paths and within a partition in that of writing.
func TestDatasetRoundTrip(t *testing.T) {
	n := 5000
	if testing.Short() {
		n = 1000
	}
	orders := sample(n)
	want := slices.Clone(orders)
	slices.SortStableFunc(want, func(a, b order.Order) int {
		return strings.Compare(partitionPath(a), partitionPath(b))
	})
	for _, cfg := range []Config{
		{},
		{RowGroup: 1, Buffer: 1},
		{RowGroup: 100, Compression: Snappy},
		{Buffer: 700, Compression: Plain, Name: "shard-7"},
		{Places: true, RowGroup: 513},
	} {
		cfg.Dir = filepath.Join(t.TempDir(), "out", "orders")
		some := orders
		expect := want
		if cfg.RowGroup == 1 { // a file a row
			some = orders[:40]
			expect = slices.Clone(some)
			slices.SortStableFunc(expect, func(a, b order.Order) int {
				return strings.Compare(partitionPath(a), partitionPath(b))
			})
		}
		write(t, cfg, some)
		if got := read(t, cfg.Dir); !slices.Equal(got, expect) {
			t.Errorf("%+v: %d orders were written and %d others read", cfg, len(expect), len(got))
		}
		if entries, _ := os.ReadDir(filepath.Dir(cfg.Dir)); len(entries) != 1 {
			t.Errorf("%+v: left %v", cfg, entries)
		}
	}
}

func partitionPath(o order.Order) string {
	p, err := check(&o)
	if err != nil {
		panic(err)
	}
	// as a walk sorts them: by folder, then by folder
	return strings.ReplaceAll(p.path(), string(filepath.Separator), "\x00")
}

// Memory is bounded, and a full buffer makes no tiny files: each has at least
// Buffer/P rows but for the last of its partition, even if the orders are in no order.
func TestDatasetBuffer(t *testing.T) {
	orders := sample(6_000)
	src := keyed.New(keyed.Key(1))
	for i := range orders {
		orders[i].Time = time.Unix(int64(src.IntN(30*86400)), 0).UTC()
		orders[i].Country = countries[src.IntN(4)]
	}
	const partitions, held = 4 * 30, 2400 // so at least 20 rows a file
	d, err := New(Config{Dir: filepath.Join(t.TempDir(), "orders"), Buffer: held, Compression: Plain})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Abort()
	for i := range orders {
		if err := d.Write(&orders[i], order.Place{}); err != nil {
			t.Fatal(err)
		}
		if d.held >= held {
			t.Fatalf("%d rows in memory, not below %d", d.held, held)
		}
	}
	blocks := len(d.memory.free)
	for _, b := range d.order {
		blocks += len(b.blocks)
	}
	if most := held/len(block{}.rows) + partitions + 1; blocks > most {
		t.Errorf("%d blocks for %d rows in %d partitions, more than %d", blocks, held, partitions, most)
	}
	if d.files > len(orders)/(held/partitions) {
		t.Errorf("%d files", d.files)
	}
}

func TestValueError(t *testing.T) {
	good := sample(1)[0]
	for _, c := range []struct {
		field order.Field
		spoil func(o *order.Order)
	}{
		{order.ID, func(o *order.Order) { o.ID = math.MaxInt64 + 1 }},
		{order.CustomerID, func(o *order.Order) { o.CustomerID = math.MaxUint64 }},
		{order.ProductID, func(o *order.Order) { o.ProductID = math.MaxUint64 }},
		{order.TxnID, func(o *order.Order) { o.TxnID = math.MaxUint64 }},
		{order.Price, func(o *order.Order) { o.Price = priceLimit }},
		{order.Price, func(o *order.Order) { o.Price = math.MinInt64 }},
		{order.Time, func(o *order.Order) { o.Time = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }},
		{order.Time, func(o *order.Order) { o.Time = time.Date(0, 12, 31, 23, 59, 59, 0, time.UTC) }},
		{order.CustomerName, func(o *order.Order) { o.CustomerName = "a\xff" }},
		{order.Reason, func(o *order.Order) { o.Reason = "\xc3" }},
		{order.Country, func(o *order.Order) { o.Country = nullName }},
		{order.Country, func(o *order.Order) { o.Country = strings.Repeat("'", 90) }},
	} {
		cfg := Config{Dir: filepath.Join(t.TempDir(), "orders")}
		d, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		bad := good
		c.spoil(&bad)
		var wrong *ValueError
		if err := d.Write(&bad, order.Place{}); !errors.As(err, &wrong) || wrong.Field != c.field {
			t.Errorf("%v: Write returned %v", c.field, err)
		} else if !strings.Contains(err.Error(), c.field.String()) {
			t.Errorf("the error does not name the field: %v", err)
		}
		if err := d.Write(&good, order.Place{}); err != nil {
			t.Fatal("the next order:", err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		if got := read(t, cfg.Dir); !slices.Equal(got, []order.Order{good}) {
			t.Errorf("%v: read %v", c.field, got)
		}
	}
}

// The limits themselves are carried.
func TestDatasetLimits(t *testing.T) {
	a, b := sample(2)[0], sample(2)[1]
	a.ID, a.Price, a.Time = math.MaxInt64, priceLimit-1, time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	a.Country = strings.Repeat("'", 82)
	b.Country, b.Price, b.Time = a.Country, 1-priceLimit, time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	b.Qty = math.MinInt
	dir := filepath.Join(t.TempDir(), "orders")
	write(t, Config{Dir: dir}, []order.Order{a, b})
	if got := read(t, dir); !slices.Equal(got, []order.Order{a, b}) {
		t.Errorf("read %v", got)
	}
}

func TestConfig(t *testing.T) {
	_, err := New(Config{RowGroup: -1, Compression: 9, Name: "a/b"})
	for _, part := range []string{"Dir", "RowGroup", "Compression", "Name"} {
		if err == nil || !strings.Contains(err.Error(), "Config."+part) {
			t.Errorf("the error says nothing of %s: %v", part, err)
		}
	}
}

// Writing an order allocates nothing once the memory for rows is there.
func TestWriteAllocates(t *testing.T) {
	d, err := New(Config{Dir: filepath.Join(t.TempDir(), "orders")})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Abort()
	orders := sample(512)
	i := 0
	once := func() {
		for range orders {
			if err := d.Write(&orders[i%len(orders)], order.Place{}); err != nil {
				t.Fatal(err)
			}
			i++
		}
	}
	once()
	// A block, and now and then a longer slice of blocks, for 512 orders.
	if n := testing.AllocsPerRun(20, once); n > 3 {
		t.Errorf("%v allocations for %d orders", n, len(orders))
	}
}

func BenchmarkWrite(b *testing.B) {
	for _, c := range []Compression{Zstd, Snappy, Plain} {
		b.Run(c.String(), func(b *testing.B) {
			orders := sample(1 << 16)
			for i := range orders {
				orders[i].Country = countries[i%4]
			}
			b.ReportAllocs()
			d, err := New(Config{Dir: filepath.Join(b.TempDir(), "orders"), Compression: c, RowGroup: 1 << 17, Buffer: 1 << 18})
			if err != nil {
				b.Fatal(err)
			}
			b.ResetTimer()
			for i := range b.N {
				if err := d.Write(&orders[i%len(orders)], order.Place{}); err != nil {
					b.Fatal(err)
				}
			}
			if err := d.Close(); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func BenchmarkRead(b *testing.B) {
	dir := filepath.Join(b.TempDir(), "orders")
	write(b, Config{Dir: dir}, sample(1<<16))
	b.ReportAllocs()
	b.ResetTimer()
	n := 0
	for n < b.N {
		for _, err := range Read(dir) {
			if err != nil {
				b.Fatal(err)
			}
			if n++; n >= b.N {
				break
			}
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
