package parquet

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink"
)

// group is what testdata/readers.py reports of one country and day.
type group struct {
	Country, Dt, Low, High  string
	Rows, Cents, Qty, Names int64
	Failed, IDs             int64
}

// readers are those that testdata/readers.py knows.
var readers = []string{"duckdb", "pyarrow", "polars"}

// ask has a reader look at a data set, and skips the test where it is missing.
func ask(t *testing.T, reader, form, dir string, report any) {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed: the data set was not shown to other readers")
	}
	if exec.Command(python, "-c", "import pytz, "+reader).Run() != nil {
		t.Skipf("Python's %s (and pytz) are not installed: the data set was not shown to it", reader)
	}
	out, err := exec.Command(python, filepath.Join("testdata", "readers.py"), reader, form, dir).Output()
	if e, ok := err.(*exec.ExitError); ok {
		t.Fatalf("%v\n%s", err, e.Stderr)
	} else if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, report); err != nil {
		t.Fatal(err)
	}
}

// Other people's readers see what was written: types, partition values, counts
// and sums. It needs python3 with duckdb, pyarrow and polars, and says so where they are missing.
func TestReaders(t *testing.T) {
	if testing.Short() {
		t.Skip("data sets are shown to other readers in a longer run")
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
		{"sink", false, func(dir string) { sinkWith(t, &Sink{Dir: dir, Stream: "s", Rows: 9000}, records(orders)) }},
	} {
		dir := filepath.Join(t.TempDir(), "orders")
		c.make(dir)

		for _, reader := range readers {
			t.Run(reader+"/"+c.name, func(t *testing.T) {
				var got struct {
					Types  map[string]string
					Groups []group
				}
				ask(t, reader, "values", dir, &got)
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

// records returns the orders as they are sent.
func records(orders []order.Order) []order.Record {
	var all []order.Record
	for i := range orders {
		all = append(all, order.Record{Seq: uint64(i), Order: &orders[i], Value: order.Pipe{}.Append(nil, &orders[i], nil)})
	}
	return all
}

// sinkWith writes the records to two shards of a sink.
func sinkWith(t *testing.T, s *Sink, all []order.Record) {
	t.Helper()
	session := &sink.Session{Shards: 2, Encoding: order.Pipe{}, Recipe: func() (sink.Recipe, error) { return sink.Recipe{}, nil }}
	if err := s.Open(t.Context(), session); err != nil {
		t.Fatal(err)
	}
	for i, part := range [][]order.Record{all[:len(all)/3], all[len(all)/3:]} {
		shard, err := s.Shard(i)
		for err == nil && len(part) > 0 {
			n := min(1000, len(part))
			err = shard.Write(t.Context(), &sink.Batch{Shard: i, Records: part[:n]})
			part = part[n:]
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := shard.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Other people's readers see damaged records as they were sent, to the byte.
func TestReadersOfTexts(t *testing.T) {
	if testing.Short() {
		t.Skip("data sets are shown to other readers in a longer run")
	}
	orders := sample(20_000)
	all := records(orders)
	for i := range all {
		r := &all[i]
		switch c := bytes.Split(r.Value, []byte("|")); i % 40 {
		case 3:
			c[10] = []byte(fmt.Sprintf(`B@Th4u %d "quoted", it's`, i))
			r.Value = bytes.Join(c, []byte("|"))
		case 5:
			r.Value = bytes.Join(c[1:], []byte("|"))
		case 7:
			c[2] = []byte("\xff\x00")
			r.Value = bytes.Join(c, []byte("|"))
		case 9:
			c[7], c[8], c[9], c[10] = []byte("-1"), []byte("1e3"), []byte("0001-01-01T00:00:00"), []byte("李\r\n")
			r.Value = bytes.Join(c, []byte("|"))
		case 11:
			r.Value = nil
		case 13:
			c[9], c[10] = []byte("yesterday"), []byte(nullName)
			r.Value = bytes.Join(c, []byte("|"))
		}
	}
	dir := filepath.Join(t.TempDir(), "orders")
	sinkWith(t, &Sink{Dir: dir, Rows: 7000, Text: true}, all)
	types := map[string]string{corruptName: "binary"}
	for i := range order.Columns {
		types[order.Layout{}.At(i).String()] = "string"
	}
	type textGroup struct {
		Country          *string
		Dt               string
		Rows, Qty, Cents int64
	}
	whole, money := regexp.MustCompile(`^[0-9]{1,9}$`), regexp.MustCompile(`^[0-9]{1,9}\.[0-9]{2}$`)
	const null = "\x00null"
	want := map[[2]string]textGroup{}
	var values [][]byte
	for i := range all {
		value := all[i].Value
		values = append(values, value)
		var at order.Spans
		key, cell := [2]string{null, ""}, func(f order.Field) string { return string(at.Value[f].Of(value)) }
		if (order.Pipe{}).Columns(value, &at) {
			key[0] = cell(order.Country)
		}
		if when, err := time.Parse("2006-01-02T15:04:05", cell(order.Time)); err == nil {
			key[1] = when.Format(time.DateOnly)
		}
		g := want[key]
		g.Rows++
		if s := cell(order.Qty); whole.MatchString(s) {
			n, _ := strconv.ParseInt(s, 10, 64)
			g.Qty += n
		}
		if s := cell(order.Price); money.MatchString(s) {
			n, _ := strconv.ParseInt(strings.Replace(s, ".", "", 1), 10, 64)
			g.Cents += n
		}
		want[key] = g
	}
	slices.SortFunc(values, bytes.Compare)
	hash := sha256.New()
	for _, v := range values {
		fmt.Fprintf(hash, "%d:%s", len(v), v)
	}
	for _, reader := range readers {
		t.Run(reader, func(t *testing.T) {
			var got struct {
				Types  map[string]string
				Groups []textGroup
				Digest string
			}
			ask(t, reader, "texts", dir, &got)
			delete(got.Types, "dt")
			if !maps.Equal(got.Types, types) {
				t.Errorf("columns are %v", got.Types)
			}
			if len(got.Groups) != len(want) || len(want) < 100 {
				t.Errorf("%d groups, not %d", len(got.Groups), len(want))
			}
			for _, g := range got.Groups {
				key := [2]string{null, g.Dt}
				if g.Country != nil {
					key[0] = *g.Country
				}
				g.Country, g.Dt = nil, ""
				if want[key] != g {
					t.Errorf("%q: read %+v, wrote %+v", key, g, want[key])
				}
			}
			if sum := hex.EncodeToString(hash.Sum(nil)); got.Digest != sum {
				t.Errorf("the records it gives back are others")
			}
		})
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
