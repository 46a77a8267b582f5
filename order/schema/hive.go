package schema

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/kafkanauts/kafkanauts/order"
)

// Table is an external table of Hive, or of Spark with Hive's metastore: files
// that are there already, seen as a table.
type Table struct {
	Name     string // such as orders, or shop.orders
	Location string // of the files: a directory, as the engine calls it
	// Partitions are the columns that are in the names of directories and not in
	// the files, from the outermost: Day, and names of columns. After
	// CREATE TABLE, MSCK REPAIR TABLE finds the directories.
	Partitions []string
}

// Day is the column, in names of directories alone, of the day of an order: a
// DATE.
const Day = "dt"

// Parquet returns the statement that makes a table of Parquet files of a form.
func (t Table) Parquet(form Form) (string, error) {
	return t.create(Columns(form), "STORED AS PARQUET\n", "")
}

// Lines returns the statement that makes a table of files of lines, in pipe or
// CSV; all of its columns are strings. The files of CSV begin with a header, which
// Hive skips; Spark does not, and has it as a row whose order_id is "order_id". Of a text in CSV
// the table loses U+0001, the escape character that the SerDe must have.
func (t Table) Lines(enc order.Encoding) (string, error) {
	switch e := enc.(type) {
	case order.Pipe:
		// What DELIMITED FIELDS TERMINATED BY comes to, but that it takes \N for NULL; this takes
		// a text that no value can be. Spark passes over NULL DEFINED AS.
		return t.create(arranged(e.Layout), "ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe'\n"+
			"WITH SERDEPROPERTIES ('field.delim' = '|', 'serialization.format' = '|', 'serialization.null.format' = '|')\nSTORED AS TEXTFILE\n", "")
	case order.CSV:
		// Quotation marks are doubled, and no character escapes another: so it is one that
		// is hardly ever in the files.
		return t.create(arranged(e.Layout), "ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde'\n"+
			`WITH SERDEPROPERTIES ('separatorChar' = ',', 'quoteChar' = '"', 'escapeChar' = '\u0001')`+"\nSTORED AS TEXTFILE\n",
			"\nTBLPROPERTIES ('skip.header.line.count' = '1')")
	}
	return "", fmt.Errorf("schema: there is no table over lines of %v; take pipe or csv", enc)
}

// arranged returns the columns of Text in the order of a layout.
func arranged(l order.Layout) []Column {
	columns := Columns(Text)
	for i := range columns {
		f := l.At(i)
		columns[i].Field, columns[i].Name, columns[i].Doc = f, f.String(), docs[f]
	}
	return columns
}

var name = regexp.MustCompile(`^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)?$`)

func (t *Table) create(columns []Column, stored, properties string) (string, error) {
	var errs []error
	if !name.MatchString(t.Name) {
		errs = append(errs, fmt.Errorf("schema: a table cannot be called %q; take letters, digits and _, perhaps after a database and a point", t.Name))
	}
	if t.Location == "" || strings.ContainsAny(t.Location, "\x00\r\n") {
		errs = append(errs, fmt.Errorf("schema: the location %q of the table is none; give the directory of the files", t.Location))
	}
	if len(columns) == 0 {
		errs = append(errs, errors.New("schema: there is no such form"))
	}
	var inside, outside []string
	parts := map[string]bool{}
	for _, p := range t.Partitions {
		i := indexOf(columns, p)
		switch {
		case parts[p]:
			errs = append(errs, fmt.Errorf("schema: the table is partitioned by %s twice", p))
		case p == Day:
			outside = append(outside, "`"+Day+"` DATE COMMENT 'day of datetime'")
		case i < 0:
			errs = append(errs, fmt.Errorf("schema: the table cannot be partitioned by %q; name columns, or %s", p, Day))
		default:
			outside = append(outside, column(&columns[i]))
		}
		parts[p] = true
	}
	if len(errs) > 0 {
		return "", errors.Join(errs...)
	}
	for i := range columns {
		if !parts[columns[i].Name] {
			inside = append(inside, column(&columns[i]))
		}
	}
	s := "CREATE EXTERNAL TABLE `" + strings.ReplaceAll(t.Name, ".", "`.`") + "` (\n  " + strings.Join(inside, ",\n  ") + "\n)\n"
	if len(outside) > 0 {
		s += "PARTITIONED BY (\n  " + strings.Join(outside, ",\n  ") + "\n)\n"
	}
	location := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(t.Location)
	return s + stored + "LOCATION '" + location + "'" + properties, nil
}

func indexOf(columns []Column, name string) int {
	for i := range columns {
		if columns[i].Name == name {
			return i
		}
	}
	return -1
}
