package parquet_test

import (
	"path/filepath"
	"testing"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/corrupt"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink/parquet"
)

// generated returns the first n orders of the default world, and their lines.
func generated(b *testing.B, n int) ([]order.Order, []byte) {
	s, err := kafkanauts.New(kafkanauts.Config{Seed: 7, Faults: corrupt.Mix{}, Limit: uint64(n)})
	if err != nil {
		b.Fatal(err)
	}
	var orders []order.Order
	var lines []byte
	for r := range s.Records() {
		orders = append(orders, *r.Order)
		lines = append(append(lines, r.Value...), '\n')
	}
	return orders, lines
}

// BenchmarkDataset writes generated orders into data sets, from Write to the bytes of the files, with
// the time that it takes to make them durable; copying their lines is the yardstick.
func BenchmarkDataset(b *testing.B) {
	const n = 500_000
	orders, lines := generated(b, n)
	b.Run("copy", func(b *testing.B) {
		to := make([]byte, len(lines))
		for b.Loop() {
			copy(to, lines)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/row")
	})
	for _, c := range []parquet.Compression{parquet.Zstd, parquet.Snappy, parquet.Plain} {
		b.Run(c.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				d, err := parquet.New(parquet.Config{Dir: filepath.Join(b.TempDir(), "orders"), Compression: c})
				if err != nil {
					b.Fatal(err)
				}
				for i := range orders {
					if err := d.Write(&orders[i], order.Place{}); err != nil {
						b.Fatal(err)
					}
				}
				if err := d.Close(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/row")
		})
	}
}
