package sink_test

import (
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
	"github.com/kafkanauts/kafkanauts/sink"
)

// BenchmarkWrite is the cost of a record, of 170 bytes, in batches of 512; three
// in a hundred are damaged. Its yardstick is copy: the same lines, only copied.
func BenchmarkWrite(b *testing.B) {
	const n = 512
	values := make([]string, n)
	for i := range values {
		values[i] = strings.Repeat("v", 170)
	}
	data := batch(-1, 0, values...)
	for i := range n {
		if i%33 == 0 {
			data.Records[i].Truth = &order.Truth{Faults: []order.Fault{
				{Strategy: "mask", Op: order.Edited, Field: order.City, Start: 70, End: 76, Was: []byte("Girona")}}}
		}
	}
	name := func(int) string { return "orders" }
	dir := b.TempDir()
	for _, c := range []struct {
		name string
		s    sink.Sink
	}{
		{"discard", sink.Discard()},
		{"writer", sink.Writer(io.Discard)},
		{"file", &sink.File{Path: filepath.Join(dir, "orders")}},
		{"files", oneShard(b, &sink.Files{})},
		{"truth", sink.Tee(sink.Discard(), sink.Truth(io.Discard))},
		{"truth hash", sink.Tee(sink.Discard(), &sink.TruthFile{Path: filepath.Join(dir, "t"), Form: truth.Lines, Hash: true, Name: name})},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data.Lines)))
			for b.Loop() {
				if err := c.s.Write(b.Context(), data); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/record")
		})
		if err := c.s.Close(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("copy", func(b *testing.B) {
		b.SetBytes(int64(len(data.Lines)))
		dst := make([]byte, len(data.Lines))
		for b.Loop() {
			copy(dst, data.Lines)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/record")
	})
}
