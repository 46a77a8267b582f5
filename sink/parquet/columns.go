package parquet

import (
	pq "github.com/parquet-go/parquet-go"
)

// columns are those of a file, and where their values come from.
type columns struct {
	schema *pq.Schema
	gather []gather
}

// typedColumns are those of row, or of placed.
func typedColumns(places bool) columns {
	c := columns{pq.SchemaOf(row{}), []gather{number(idNumber), number(customerNumber), text(0), number(productNumber), text(1), text(2), text(3),
		number(qtyNumber), number(priceNumber), number(timeNumber), text(4), text(5), number(txnNumber), flag, text(6)}}
	if places {
		c.schema = pq.SchemaOf(placed{})
		c.gather = append(c.gather, placePartition, placeOffset)
	}
	return c
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
