package outlet

import (
	"fmt"
	"path/filepath"

	"github.com/kafkanauts/kafkanauts/examples/internal/cli"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/schema"
)

// Schema returns what a reader of the records wants to know of them: kind is avro,
// json, spark or hive, the latter for a table of what lies in -out.
func (f *Flags) Schema(kind string, enc order.Encoding, damaged bool) (string, error) {
	format := f.recipe.Format()
	form := schema.Typed
	switch {
	case format == "csv" || format == "json":
		form = schema.Lines
	case format == "pipe":
		form = schema.Text
	case damaged:
		form = schema.Damaged
	}
	if format == "avro" && f.Brokers.Given() && damaged {
		form = schema.Text
	}
	switch kind {
	case "avro":
		return schema.Avro(form), nil
	case "json":
		return schema.JSON(), nil
	case "spark":
		return schema.Spark(form), nil
	case "hive":
		if f.out == "" {
			return "", cli.Usagef("-schema hive is of a table over files; name their -out, a directory")
		}
		at, err := filepath.Abs(f.out)
		if err != nil {
			return "", err
		}
		table := schema.Table{Name: f.Brokers.Topic, Location: "file://" + at}
		if format == "parquet" {
			if table.Partitions = []string{schema.Day}; form == schema.Typed {
				table.Partitions = []string{order.Country.String(), schema.Day}
			}
			return table.Parquet(form)
		}
		text, err := table.Lines(enc)
		if err != nil {
			return "", fmt.Errorf("%w; of -format parquet there is one, too", err)
		}
		return text, nil
	}
	return "", cli.Usagef("-schema %q is none of avro, json, spark and hive", kind)
}
