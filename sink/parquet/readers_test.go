package parquet

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts/order"
)

// group is what testdata/readers.py reports of one country and day.
type group struct {
	Country, Dt, Low, High  string
	Rows, Cents, Qty, Names int64
	Failed, IDs             int64
}

// Other people's readers see what was written: types, partition values, counts
// and sums. It needs python3 with duckdb and pyarrow, and says so where they are missing.
func TestReaders(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed: the data set was not shown to other readers")
	}
	orders := sample(30_000)
	for i := range orders {
		orders[i].ID = uint64(i)<<32 + 1 // beyond what a double holds, summed
	}
	whole := func(cfg Config) func(dir string) {
		return func(dir string) {
			cfg.Dir = dir
			write(t, cfg, orders)
		}
	}
	for _, c := range []struct {
		name   string
		places bool
		make   func(dir string)
	}{
		{"zstd", false, whole(Config{Buffer: 9000})},
		{"snappy", true, whole(Config{Compression: Snappy, Places: true})},
		{"plain", false, whole(Config{Compression: Plain, RowGroup: 1000})},
		{"grown", true, func(dir string) { growWith(t, dir, orders) }},
	} {
		dir := filepath.Join(t.TempDir(), "orders")
		c.make(dir)

		for _, reader := range []string{"duckdb", "pyarrow"} {
			t.Run(reader+"/"+c.name, func(t *testing.T) {
				if exec.Command(python, "-c", "import pytz, "+reader).Run() != nil {
					t.Skipf("Python's %s (and pytz) are not installed: the data set was not shown to it", reader)
				}
				out, err := exec.Command(python, filepath.Join("testdata", "readers.py"), reader, dir).Output()
				if e, ok := err.(*exec.ExitError); ok {
					t.Fatalf("%v\n%s", err, e.Stderr)
				} else if err != nil {
					t.Fatal(err)
				}
				var got struct {
					Types  map[string]string
					Groups []group
				}
				if err := json.Unmarshal(out, &got); err != nil {
					t.Fatal(err)
				}
				compare(t, got.Types, got.Groups, orders, c.places)
			})
		}
	}
}

// growWith makes a data set of the orders by many chunks, with rejects, of two
// partitions, and with one more on its way.
func growWith(t *testing.T, dir string, orders []order.Order) {
	g := mustGrow(t, dir, fast)
	const size = 1000
	at := map[int32]Position{}
	for i := 0; len(orders) > 0; i++ {
		p := int32(i % 2)
		c := g.Chunk(p, at[p])
		n := min(size, len(orders))
		for k := range orders[:n] {
			if err := c.Write(&orders[k], at[p].Next+int64(k)); err != nil {
				t.Fatal(err)
			}
		}
		orders = orders[n:]
		var err error
		if at[p], err = c.Commit(Rest{End: at[p].Next + size + 7, Rejects: []byte("partition,offset\n0,0\n"), Rejected: 1}); err != nil {
			t.Fatal(err)
		}
	}
	g.steps.Gate = func(op, _ string) error {
		if op == "link" || op == "remove all" {
			return errKilled
		}
		return nil
	}
	c := g.Chunk(0, at[0])
	if err := c.Write(&topic[0], at[0].Next); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Commit(Rest{End: at[0].Next + 1}); err == nil || len(names(t, filepath.Join(dir, stagingName))) == 0 {
		t.Fatalf("nothing is staged, %v", err)
	}
}

func compare(t *testing.T, types map[string]string, groups []group, orders []order.Order, places bool) {
	want := map[string]string{
		"order_id": "int64", "customer_id": "int64", "product_id": "int64", "payment_txn_id": "int64", "qty": "int64",
		"customer_name": "string", "product_name": "string", "product_category": "string", "payment_type": "string",
		"city": "string", "ecommerce_website_name": "string", "failure_reason": "string", "country": "string",
		"price": "decimal(18,2)", "datetime": "timestamp[us, utc]", "payment_txn_success": "bool",
	}
	if places {
		want["kafka_partition"], want["kafka_offset"] = "int32", "int64"
	}
	delete(types, "dt") // a DATE or a string, as the reader likes
	for name := range types {
		if want[name] == "" {
			t.Errorf("column %s is unexpected", name)
		}
	}
	for name, w := range want {
		if types[name] != w {
			t.Errorf("column %s is %q, not %q", name, types[name], w)
		}
	}
	expect := map[[2]string]*group{}
	names := map[[2]string]map[string]bool{}
	for i := range orders {
		o := &orders[i]
		key := [2]string{o.Country, o.Time.Format(time.DateOnly)}
		g := expect[key]
		when := o.Time.Format("2006-01-02T15:04:05")
		if g == nil {
			g = &group{Country: key[0], Dt: key[1], Low: when, High: when}
			expect[key], names[key] = g, map[string]bool{}
		}
		g.Rows++
		g.Cents += o.Price
		g.Qty += int64(o.Qty)
		g.IDs += int64(o.ID)
		g.Low, g.High = min(g.Low, when), max(g.High, when)
		if !o.Success {
			g.Failed++
		}
		names[key][o.CustomerName] = true
		g.Names = int64(len(names[key]))
	}
	if len(groups) != len(expect) {
		t.Errorf("%d groups, not %d", len(groups), len(expect))
	}
	for _, g := range groups {
		if w := expect[[2]string{g.Country, g.Dt}]; w == nil || *w != g {
			t.Errorf("read %+v, wrote %+v", g, w)
		}
	}
}
