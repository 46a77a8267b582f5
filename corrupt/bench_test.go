package corrupt

import (
	"fmt"
	"io"
	"testing"

	"github.com/kafkanauts/kafkanauts/order"
)

// step runs a Worker over orders that are encoded already: what damage costs.
func step(w *Worker, key uint64, orders []order.Order, buf []byte, values [][]byte, spans []order.Spans, at *order.Spans) int {
	hits := 0
	w.Begin(key, len(orders))
	for i := range orders {
		if !w.Hit(i, &orders[i]) {
			continue
		}
		hits++
		*at = spans[i]
		w.Apply(append(buf[:0], values[i]...), 0, i, i == len(orders)-1, &orders[i], at)
	}
	return hits
}

func prebuilt(enc order.Encoding, n int) (orders []order.Order, values [][]byte, spans []order.Spans) {
	orders, values, spans = make([]order.Order, n), make([][]byte, n), make([]order.Spans, n)
	for i := range orders {
		orders[i] = someOrder(i)
		values[i] = enc.Append(nil, &orders[i], &spans[i])
	}
	return
}

func benchmark(b *testing.B, m Mix, enc order.Encoding) {
	w := newProcess(b, m, enc).Worker()
	orders, values, spans := prebuilt(enc, 2048)
	buf, at := make([]byte, 0, 4096), new(order.Spans)
	b.ReportAllocs()
	hits := 0
	for i := 0; b.Loop(); i++ {
		hits += step(w, uint64(i), orders, buf, values, spans, at)
	}
	ns := float64(b.Elapsed().Nanoseconds())
	b.ReportMetric(ns/float64(b.N*len(orders)), "ns/record")
	if hits > 0 {
		b.ReportMetric(ns/float64(hits), "ns/hit")
	}
}

// BenchmarkFprintf is the yardstick: what it costs to print a prebuilt order.
func BenchmarkFprintf(b *testing.B) {
	orders, _, _ := prebuilt(order.Pipe{}, 2048)
	for i := 0; b.Loop(); i++ {
		o := &orders[i%len(orders)]
		fmt.Fprintf(io.Discard, "%d|%d|%s|%d|%s|%s|%s|%d|%.2f|%s|%s|%s|%s|%d|%t|%s\n", o.ID, o.CustomerID, o.CustomerName, o.ProductID, o.ProductName,
			o.Category, o.Payment, o.Qty, float64(o.Price)/100, o.Time.Format("2006-01-02T15:04:05"), o.Country, o.City, o.Site, o.TxnID, o.Success, o.Reason)
	}
}

func BenchmarkMiss(b *testing.B)     { benchmark(b, OriginalAt(1e-9), order.Pipe{}) }
func BenchmarkOriginal(b *testing.B) { benchmark(b, Original(), order.Pipe{}) }
func BenchmarkEveryRecord(b *testing.B) {
	b.Run("original", func(b *testing.B) { benchmark(b, OriginalAt(1), order.Pipe{}) })
	b.Run("originalJSON", func(b *testing.B) { benchmark(b, OriginalAt(1), order.JSON{}) })
	b.Run("rival", func(b *testing.B) { benchmark(b, RivalAt(1), order.Pipe{}) })
	for _, s := range []Strategy{Blank{}, Unicode{}, Printable{}, EasterEgg{}, DropField{}, SignFlip{}} {
		b.Run(s.Name(), func(b *testing.B) { benchmark(b, Mix{Of(s, 1)}, order.Pipe{}) })
	}
}
