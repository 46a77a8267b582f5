package parquet

import (
	pq "github.com/parquet-go/parquet-go"
)

// columns are those of a file, and where their values come from.
type columns struct {
	schema  *pq.Schema
	gather  []gather
	prepare func(rows []ref) // called before the gathers for the same rows; nil: nothing is to be prepared
}

// batch is how many rows at most are gathered at a time.
const batch = 128

// gather makes the values of one column of as many rows.
type gather func(values []pq.Value, rows []ref)

// The files' kinds of rows of values.
var (
	rowSchema      = pq.SchemaOf(row{})
	placedSchema   = pq.SchemaOf(placed{})
	numberedSchema = pq.SchemaOf(numbered{})
)

// typedColumns are those of row, placed or numbered, as the schema says.
func typedColumns(s *pq.Schema) columns {
	return columns{schema: s, gather: []gather{number(idNumber), number(customerNumber), text(0), number(productNumber), text(1), text(2), text(3),
		number(qtyNumber), number(priceNumber), number(timeNumber), text(4), text(5), number(txnNumber), flag, text(6),
		placePartition, placeOffset}[:len(s.Columns())]}
}

func number(k int) gather {
	return func(values []pq.Value, rows []ref) {
		for i, r := range rows {
			values[i] = pq.Int64Value(r.numbers[k])
		}
	}
}

func text(k int) gather {
	return func(values []pq.Value, rows []ref) {
		for i, r := range rows {
			values[i] = pq.ByteArrayValue(r.text(k))
		}
	}
}

func flag(values []pq.Value, rows []ref) {
	for i, r := range rows {
		values[i] = pq.BooleanValue(r.flag)
	}
}

func placePartition(values []pq.Value, rows []ref) {
	for i, r := range rows {
		values[i] = pq.Int32Value(r.place.Partition)
	}
}

func placeOffset(values []pq.Value, rows []ref) {
	for i, r := range rows {
		values[i] = pq.Int64Value(r.place.Offset)
	}
}
