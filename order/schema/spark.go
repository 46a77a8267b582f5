package schema

import "strings"

// Spark returns a form as the schema of a reader in Spark, such as
// spark.read.schema(…): columns with their types, on one line. A JSON or CSV file is read with
// that of Lines, in a session whose time zone is UTC.
func Spark(form Form) string {
	var list []string
	for _, c := range Columns(form) {
		list = append(list, column(&c))
	}
	return strings.Join(list, ", ")
}

// column returns how Spark and Hive declare a column.
func column(c *Column) string {
	return "`" + c.Name + "` " + sqlTypes[c.Type] + " COMMENT '" + c.Doc + "'"
}

var sqlTypes = [...]string{
	String:    "STRING",
	Long:      "BIGINT",
	Decimal:   "DECIMAL(18,2)",
	Timestamp: "TIMESTAMP",
	Boolean:   "BOOLEAN",
	Bytes:     "BINARY",
}
