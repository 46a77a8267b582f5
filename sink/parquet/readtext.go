package parquet

import (
	"fmt"
	"io"
	"iter"

	pq "github.com/parquet-go/parquet-go"

	"github.com/kafkanauts/kafkanauts/order"
)

// Text is a record of a data set of texts, as it was sent.
type Text struct {
	Value []byte
	// At is its shard and its number in that, if the data set was written with
	// Places, else zero.
	At order.Place
}

// ReadText is Read for a data set that a Sink wrote as Text. It gives back the records'
// bytes: the sixteen texts joined as they stood, or what could not be taken apart. Value is valid until the next.
func ReadText(dir string) iter.Seq2[Text, error] {
	return func(yield func(Text, error) bool) {
		err := walk(dir, []string{"dt="}, func(path string, _ []string) error { return readTexts(path, yield) })
		if err != nil && err != errEnough {
			yield(Text{}, fmt.Errorf("sink/parquet: %w", err))
		}
	}
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
					t.At = order.Place{Partition: row[shard].Int32(), Offset: row[number].Int64()}
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
