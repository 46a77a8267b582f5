//go:build slow

package readers

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/schema"
)

// Spark finds what was written in files and in topics with aborted records, by batches
// and by structured streaming, and in tables of a Hive metastore.
func TestSlowSpark(t *testing.T) {
	orders := sample(t)
	var list []source
	for _, s := range sources(t, orders) {
		list = append(list, s)
		if s.format == "parquet" {
			stream := s
			stream.format += " stream"
			list = append(list, stream)
		}
		if s.note == "" {
			if made, ok := table(t, &s); ok {
				list = append(list, made)
			}
		}
	}
	b := kafkatest.Real(t)
	for _, s := range topics(t, b, orders) {
		truth := s.orders
		if s.format == "raw" {
			truth = s.records
		}
		for _, how := range []string{" topic", " topic stream"} {
			list = append(list, source{format: s.format + how, path: b.Addrs[0] + " " + s.name, truth: truth})
		}
	}
	script := spark(t, "with_spark.py")
	script.Env = append(script.Env, "SCHEMA_TYPED="+schema.Spark(schema.Typed), "SCHEMA_LINES="+schema.Spark(schema.Lines))
	for i, reply := range ask(t, script, list) {
		report(t, "spark", &reply, &list[i])
	}
}

// spark returns how to run a script that has a session of Spark.
func spark(t *testing.T, script string) *exec.Cmd {
	path := python(t, "pyspark")
	at, err := filepath.Abs(filepath.Join("ask", script))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, at)
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1", "PYSPARK_PYTHON="+path, "SPARK_LOCAL_IP=127.0.0.1", "TMPDIR="+t.TempDir())
	return cmd
}

// Every block of the page for Spark and Hive loads what was written. They are
// run one after the other by one session, as in a shell.
func TestSlowPage(t *testing.T) {
	d := follow(t)
	var some []block
	var texts []string
	for _, b := range d.blocks {
		if b.who == "spark" || b.who == "hive" {
			some, texts = append(some, b), append(texts, b.text)
		}
	}
	script := spark(t, "run_spark.py")
	script.Dir, script.Env = d.dir, append(script.Env, d.env...)
	in, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	script.Stdin, script.Stderr = bytes.NewReader(in), &errs
	out, err := script.Output()
	var printed []string
	if err == nil {
		err = json.Unmarshal(out, &printed)
	}
	if err != nil || len(printed) != len(some) {
		t.Fatalf("%d of %d blocks were run: %v\n%s", len(printed), len(some), err, errs.Bytes())
	}
	for i := range some {
		d.check(t, &some[i], strings.TrimSpace(printed[i]))
	}
}

// table returns a table of a Hive metastore over a source, if there is one.
func table(t *testing.T, s *source) (source, bool) {
	made := schema.Table{Name: "orders_table", Location: "file://" + s.path}
	truth := s.truth
	var text string
	var err error
	switch s.format {
	case "parquet":
		made.Partitions = []string{order.Country.String(), schema.Day}
		text, err = made.Parquet(schema.Typed)
	case "pipe":
		text, err = made.Lines(order.Pipe{})
	case "csv":
		text, err = made.Lines(order.CSV{})
		truth = ofOrders(withoutEscapes(s.orders))
	default:
		return source{}, false
	}
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), s.format+".sql")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return source{format: s.format + " table", path: path, truth: truth}, true
}

// withoutEscapes returns the orders as a table over CSV has them: see
// [schema.Table.Lines].
func withoutEscapes(orders []order.Order) []order.Order {
	orders = slices.Clone(orders)
	for i := range orders {
		o := &orders[i]
		for _, text := range []*string{&o.CustomerName, &o.ProductName, &o.Category, &o.City, &o.Site, &o.Reason, &o.Country} {
			*text = strings.ReplaceAll(*text, "\x01", "")
		}
	}
	return orders
}
