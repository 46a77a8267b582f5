package intake

import (
	"fmt"
	"iter"
	"os"

	"github.com/kafkanauts/kafkanauts/analysis"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
	"github.com/kafkanauts/kafkanauts/sink/avro"
	"github.com/kafkanauts/kafkanauts/sink/parquet"
)

// records is a source over what a package reads of its files.
type records struct {
	each func(yield func(order.Place, []byte) bool) error
	err  error
}

// Records implements analysis.Source.
func (r *records) Records() iter.Seq2[order.Place, []byte] {
	return func(yield func(order.Place, []byte) bool) { r.err = r.each(yield) }
}

// Err implements analysis.Source.
func (r *records) Err() error { return r.err }

// Avro is the records of a container file, as order.Pipe writes them. Their
// places count from 1.
func Avro(path string) analysis.Source {
	return &records{each: func(yield func(order.Place, []byte) bool) error {
		var at order.Place
		for value, err := range avro.Values(path) {
			if err != nil {
				return err
			}
			if at.Offset++; !yield(at, value) {
				break
			}
		}
		return nil
	}}
}

// Parquet is the records of a data set, as pipe records, and how their places
// name them: by shard or partition if the files say so, else they count from 1.
func Parquet(dir string) (analysis.Source, truth.Form, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, 0, err
	}
	if !info.IsDir() {
		return nil, 0, fmt.Errorf("%s is a file; name the directory of the data set, which holds folders", dir)
	}
	form := truth.Lines
	for first, err := range parquet.ReadText(dir) {
		if err != nil {
			return nil, 0, err
		}
		if first.Placed {
			form = truth.Offsets
		}
		break
	}
	return &records{each: func(yield func(order.Place, []byte) bool) error {
		var n int64
		for t, err := range parquet.ReadText(dir) {
			if err != nil {
				return err
			}
			if n++; !t.Placed {
				t.At.Offset = n
			}
			if !yield(t.At, t.Value) {
				break
			}
		}
		return nil
	}}, form, nil
}
