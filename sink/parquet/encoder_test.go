package parquet

import (
	"bytes"
	"iter"
	"testing"

	"github.com/kafkanauts/kafkanauts/order"
)

// A file's bytes depend on its rows alone, not on the files that were encoded before
// it: a data set that another process goes on with has the same ones.
func TestFilesDoNotDependOnOthers(t *testing.T) {
	full, bare := sample(3), sample(3)
	for i := range full {
		full[i].Reason, full[i].City = "Network Timeout", "Xi'an"
		bare[i].Reason, bare[i].City = "", "" // of which there is a least one and a greatest, which are empty
	}
	encode := func(e *encoder, orders []order.Order) []byte {
		var m memory
		p := pile{memory: &m}
		for i := range orders {
			b, at := p.add(partition{})
			b.setOrder(at, &orders[i], order.Place{})
		}
		var file []byte
		err := p.each(func(_ partition, _ int, rows iter.Seq[ref]) error {
			data, err := e.encode(rows)
			file = bytes.Clone(data)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	fresh := func() *encoder {
		e := new(encoder)
		e.init(Zstd, typedColumns(rowSchema))
		return e
	}
	used := fresh()
	encode(used, full)
	if a, b := encode(fresh(), bare), encode(used, bare); !bytes.Equal(a, b) {
		t.Errorf("alone the file has %d bytes, after another one %d, or others", len(a), len(b))
	}
}
