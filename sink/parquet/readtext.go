package parquet

import (
	"fmt"
	"io"
	"iter"
	"strings"

	pq "github.com/parquet-go/parquet-go"

	"github.com/kafkanauts/kafkanauts/order"
)

// Text is a record of a data set, as a line has it.
type Text struct {
	Value []byte
	// At is where the record is, if the data set was written with Places: for a Sink its
	// shard and its number in that, from 1, else partition and offset of the topic.
	At     order.Place
	Placed bool // At is known
}

// ReadText is Read for the records as texts. A data set that a Sink wrote as Text
// gives back their bytes: the sixteen texts joined as they stood, or what could
// not be taken apart. The orders of any other come as order.Pipe writes them, in the layout of the wire. Value is valid
// until the next.
func ReadText(dir string) iter.Seq2[Text, error] {
	return func(yield func(Text, error) bool) {
		names, err := list(dir, "")
		switch {
		case err != nil:
		case len(names) > 0 && strings.HasPrefix(names[0], dayPrefix):
			err = walk(dir, []string{dayPrefix}, func(path string, _ []string) error { return readTexts(path, yield) })
		default:
			err = walk(dir, []string{countryPrefix, dayPrefix}, func(path string, values []string) error {
				return readLines(path, values[0], yield)
			})
		}
		if err != nil && err != errEnough {
			yield(Text{}, fmt.Errorf("sink/parquet: %w", err))
		}
	}
}

// readLines yields the orders of one file as lines.
func readLines(path, country string, yield func(Text, error) bool) error {
	var o order.Order
	var line []byte
	give := func(r *row, at order.Place, placed bool) bool {
		o = r.order(country)
		line = order.Pipe{}.Append(line[:0], &o, nil)
		return yield(Text{line, at, placed}, nil)
	}
	return open(path, func(opened *pq.File) error {
		s := opened.Schema()
		if err := matches(s); err != nil {
			return err
		}
		has := func(names ...string) bool {
			for _, name := range names {
				if _, ok := s.Lookup(name); !ok {
					return false
				}
			}
			return true
		}
		switch {
		case has("shard", "shard_row"):
			return eachRow(opened, func(r *numbered) bool { return give(&r.row, order.Place{Partition: r.Shard, Offset: r.Number}, true) })
		case has("kafka_partition", "kafka_offset"):
			return eachRow(opened, func(r *placed) bool { return give(&r.row, order.Place{Partition: r.Partition, Offset: r.Offset}, true) })
		}
		return eachRow(opened, func(r *row) bool { return give(r, order.Place{}, false) })
	})
}

// readTexts yields the records of one file.
func readTexts(path string, yield func(Text, error) bool) error {
	return open(path, func(opened *pq.File) error {
		corrupt, shard, number, err := textLayout(opened.Schema())
		if err != nil {
			return err
		}
		r := pq.NewGenericReader[any](opened)
		defer r.Close()
		rows := make([]pq.Row, 256)
		var value []byte
		for {
			n, err := r.ReadRows(rows)
			for _, row := range rows[:n] {
				t := Text{}
				if v := row[corrupt]; !v.IsNull() {
					value = append(value[:0], v.ByteArray()...)
				} else {
					value = value[:0]
					for i, v := range row[:order.Columns] {
						if v.IsNull() {
							return fmt.Errorf("a record has no %v, and is not in %s", opened.Schema().Columns()[i], corruptName)
						}
						if i > 0 {
							value = append(value, '|')
						}
						value = append(value, v.ByteArray()...)
					}
				}
				if t.Value = value; number > 0 {
					t.At, t.Placed = order.Place{Partition: row[shard].Int32(), Offset: row[number].Int64()}, true
				}
				if !yield(t, nil) {
					return errEnough
				}
			}
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return err
			}
		}
	})
}

// textLayout says where columns of a file are that stand behind the texts; 0: it has none
// of them. The order of the texts is that in which they are joined.
func textLayout(s *pq.Schema) (corrupt, shard, number int, err error) {
	columns := s.Columns()
	at := func(name string) int {
		if c, ok := s.Lookup(name); ok {
			return c.ColumnIndex
		}
		return 0
	}
	corrupt, shard, number = at(corruptName), at("shard"), at("shard_row")
	seen := map[order.Field]bool{}
	for _, path := range columns[:min(order.Columns, len(columns))] {
		if f, err := order.ParseField(path[0]); err == nil {
			seen[f] = true
		}
	}
	if corrupt != order.Columns || len(seen) != order.Columns || seen[order.None] {
		return 0, 0, 0, fmt.Errorf("it does not begin with sixteen columns and %s; is this a data set of texts?", corruptName)
	}
	return corrupt, shard, number, nil
}
