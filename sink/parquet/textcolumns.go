package parquet

import (
	"reflect"

	pq "github.com/parquet-go/parquet-go"

	"github.com/kafkanauts/kafkanauts/order"
)

// corruptName is the column that holds a record that is none. Spark calls it so.
const corruptName = "_corrupt_record"

// textColumns are those of records of an encoding as they stand: sixteen texts, in
// the order of its layout, and the bytes of what cannot be taken apart.
func textColumns(enc order.Pipe, places bool) columns {
	var fields []reflect.StructField
	add := func(name, tag string, kind any) {
		fields = append(fields, reflect.StructField{Name: "C" + name, Type: reflect.TypeOf(kind), Tag: reflect.StructTag(`parquet:"` + name + tag + `"`)})
	}
	t := &splitter{enc: enc}
	var c columns
	for i := range order.Columns {
		f := enc.Layout.At(i)
		tag := ",dict"
		switch f {
		case order.ID, order.CustomerID, order.CustomerName, order.Time, order.TxnID:
			tag = "" // too many values for a dictionary
		}
		add(f.String(), tag, new(string))
		c.gather = append(c.gather, t.field(f, i))
	}
	add(corruptName, ",optional", []byte(nil))
	c.gather = append(c.gather, corrupt)
	if places {
		add("shard", ",dict", int32(0))
		add("shard_row", ",delta", int64(0))
		c.gather = append(c.gather, placePartition, placeOffset)
	}
	c.schema = pq.NewSchema("record", pq.SchemaOf(reflect.New(reflect.StructOf(fields)).Interface()))
	c.prepare = t.prepare
	return c
}

// splitter takes records apart for the columns.
type splitter struct {
	enc order.Pipe
	at  [batch]order.Spans
}

func (t *splitter) prepare(rows []ref) {
	for i, r := range rows {
		if !r.flag {
			t.enc.Columns(r.text(0), &t.at[i])
		}
	}
}

func (t *splitter) field(f order.Field, column int) gather {
	null := pq.NullValue().Level(0, 0, column)
	return func(values []pq.Value, rows []ref) {
		for i, r := range rows {
			if r.flag {
				values[i] = null
			} else {
				values[i] = pq.ByteArrayValue(t.at[i].Value[f].Of(r.texts)).Level(0, 1, column)
			}
		}
	}
}

// corrupt has the bytes of the records that are none.
func corrupt(values []pq.Value, rows []ref) {
	for i, r := range rows {
		if r.flag {
			values[i] = pq.ByteArrayValue(r.text(0)).Level(0, 1, order.Columns)
		} else {
			values[i] = pq.NullValue().Level(0, 0, order.Columns)
		}
	}
}
