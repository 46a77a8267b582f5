//go:build slow

package readers

import (
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
	path := python(t, "pyspark")
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
	script := exec.Command(path, filepath.Join("ask", "with_spark.py"))
	script.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1", "PYSPARK_PYTHON="+path, "SPARK_LOCAL_IP=127.0.0.1",
		"SCHEMA_TYPED="+schema.Spark(schema.Typed), "SCHEMA_LINES="+schema.Spark(schema.Lines))
	for i, reply := range ask(t, script, list) {
		report(t, "spark", &reply, &list[i])
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
		truth = ofOrders(slices.DeleteFunc(slices.Clone(s.orders), escaped))
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

// escaped tells orders with a text that a table over CSV does not hold as it is: see
// [schema.Table.Lines].
func escaped(o order.Order) bool {
	for f := order.ID; f < order.NumFields; f++ {
		if strings.Contains(o.Text(f), "\x01") {
			return true
		}
	}
	return false
}
