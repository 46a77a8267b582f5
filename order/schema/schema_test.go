package schema_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/schema"
)

var update = flag.Bool("update", false, "write what the functions return to testdata")

// Others depend on every letter of a schema: a change must be seen.
func TestSchemas(t *testing.T) {
	table := schema.Table{Name: "shop.orders", Location: "/data/o'clock", Partitions: []string{"country", schema.Day}}
	flat := schema.Table{Name: "orders", Location: "s3a://bucket/orders"}
	must := func(s string, err error) string {
		if err != nil {
			t.Error(err)
		}
		return s
	}
	layout, err := order.ParseLayout("price,qty,order_id,customer_id,customer_name,product_id,product_name,product_category,payment_type,datetime," +
		"country,city,ecommerce_website_name,payment_txn_id,payment_txn_success,failure_reason")
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]string{
		"typed.avsc": schema.Avro(schema.Typed), "text.avsc": schema.Avro(schema.Text), "damaged.avsc": schema.Avro(schema.Damaged),
		"order.schema.json": schema.JSON(),
		"typed.spark":       schema.Spark(schema.Typed), "text.spark": schema.Spark(schema.Text), "damaged.spark": schema.Spark(schema.Damaged),
		"lines.spark":      schema.Spark(schema.Lines),
		"typed.hive":       must(table.Parquet(schema.Typed)),
		"damaged.hive":     must(flat.Parquet(schema.Damaged)),
		"pipe.hive":        must(flat.Lines(order.Pipe{})),
		"pipe-layout.hive": must(flat.Lines(order.Pipe{Layout: layout})),
		"csv.hive":         must(table.Lines(order.CSV{})),
	} {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, []byte(got+"\n"), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil || string(want) != got+"\n" {
			t.Errorf("%s is not %s any more, %v:\n%s", name, path, err, got)
		}
	}
}

// The table has all fields, in the order of the wire, and no letter that any of
// the languages would take for its own.
func TestColumns(t *testing.T) {
	plain := regexp.MustCompile(`^[A-Za-z0-9 ,.:;-]+$`)
	for _, form := range []schema.Form{schema.Typed, schema.Text, schema.Damaged, schema.Lines} {
		columns := schema.Columns(form)
		for i := range order.Columns {
			c := columns[i]
			if c.Field != order.Field(i+1) || c.Name != c.Field.String() || c.Nullable != (form == schema.Damaged) ||
				(form == schema.Text || form == schema.Damaged) && c.Type != schema.String {
				t.Errorf("%v: column %d is %+v", form, i, c)
			}
		}
		if extra := columns[order.Columns:]; len(extra) > 0 != (form == schema.Damaged) || len(extra) > 1 ||
			len(extra) == 1 && (extra[0].Name != schema.CorruptRecord || extra[0].Type != schema.Bytes || extra[0].Field != order.None) {
			t.Errorf("%v also has %+v", form, extra)
		}
		for _, c := range columns {
			if !plain.MatchString(c.Doc) || strings.HasSuffix(c.Doc, ".") {
				t.Errorf("%s is described as %q", c.Name, c.Doc)
			}
		}
		if form.String() == "" || strings.HasPrefix(form.String(), "form") {
			t.Errorf("a form is called %q", form)
		}
	}
	if none := schema.Form(99); schema.Columns(none) != nil || schema.Avro(none) != "" || schema.Spark(none) != "" || none.String() != "form(99)" {
		t.Errorf("there is a form %v", none)
	}
}

// The schemas in JSON are JSON, with the columns in their order.
func TestJSON(t *testing.T) {
	var names []string
	for _, c := range schema.Columns(schema.Typed) {
		names = append(names, c.Name)
	}
	var strict struct {
		Properties           map[string]any
		Required             []string
		AdditionalProperties *bool
	}
	if err := json.Unmarshal([]byte(schema.JSON()), &strict); err != nil || len(strict.Properties) != order.Columns ||
		!reflect.DeepEqual(strict.Required, names) || strict.AdditionalProperties == nil || *strict.AdditionalProperties {
		t.Errorf("%v: %+v", err, strict)
	}
	for _, form := range []schema.Form{schema.Typed, schema.Text, schema.Damaged} {
		var record struct {
			Name, Namespace string
			Fields          []struct{ Name string }
		}
		if err := json.Unmarshal([]byte(schema.Avro(form)), &record); err != nil || record.Name != schema.AvroName(form) || record.Namespace != schema.AvroNamespace {
			t.Errorf("%v: %+v", err, record)
		}
		for i, c := range schema.Columns(form) {
			if record.Fields[i].Name != c.Name {
				t.Errorf("%v: field %d is %s, not %s", form, i, record.Fields[i].Name, c.Name)
			}
		}
	}
}

func TestTableRefuses(t *testing.T) {
	for _, c := range []struct {
		table schema.Table
		want  string
	}{
		{schema.Table{Name: "a b", Location: "/x"}, `cannot be called "a b"`},
		{schema.Table{Name: "a.b.c", Location: "/x"}, `cannot be called "a.b.c"`},
		{schema.Table{Name: "a`;", Location: "/x"}, `cannot be called`},
		{schema.Table{Name: "a"}, `location ""`},
		{schema.Table{Name: "a", Location: "/x", Partitions: []string{"day"}}, `partitioned by "day"`},
		{schema.Table{Name: "a", Location: "/x", Partitions: []string{"city", "dt", "city"}}, `city twice`},
	} {
		if _, err := c.table.Parquet(schema.Typed); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %s", c.table, err, c.want)
		}
	}
	good := schema.Table{Name: "a", Location: "/x"}
	if _, err := good.Lines(order.JSON{}); err == nil || !strings.Contains(err.Error(), "json") {
		t.Error(err)
	}
	if _, err := good.Parquet(99); err == nil {
		t.Error("there is a table of no form")
	}
}
