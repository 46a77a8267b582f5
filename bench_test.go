package kafkanauts_test

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"testing"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink"
)

// The yardsticks and what they measure run on the same orders: those of the
// default world's first days, as lines and as they were generated.
type bench struct {
	orders []order.Order
	lines  []byte
}

const benchOrders = 1 << 16

func loadBench(b *testing.B) *bench {
	b.Helper()
	s := open(b, kafkanauts.Config{Limit: benchOrders, Faults: nil})
	var x bench
	for r := range s.Records() {
		x.orders = append(x.orders, *r.Order)
		x.lines = append(order.Pipe{}.Append(x.lines, r.Order, nil), '\n')
	}
	if s.Err() != nil {
		b.Fatal(s.Err())
	}
	return &x
}

func (x *bench) report(b *testing.B) {
	b.ReportAllocs()
	b.SetBytes(int64(len(x.lines) / len(x.orders)))
	b.ReportMetric(float64(len(x.lines))/float64(len(x.orders)), "B/line")
}

// BenchmarkPath has the figures to compare: one operation is one order in each.
func BenchmarkPath(b *testing.B) {
	x := loadBench(b)
	b.Run("copy", func(b *testing.B) {
		x.report(b)
		dst := make([]byte, 0, 1<<16)
		width := len(x.lines) / len(x.orders)
		at := 0
		for b.Loop() {
			if at+width > len(x.lines) {
				at = 0
			}
			if len(dst)+width > cap(dst) {
				dst = dst[:0]
			}
			dst = append(dst, x.lines[at:at+width]...)
			at += width
		}
	})
	b.Run("fprintf", func(b *testing.B) {
		x.report(b)
		i := 0
		for b.Loop() {
			o := &x.orders[i%benchOrders]
			i++
			success := "N"
			if o.Success {
				success = "Y"
			}
			fmt.Fprintf(io.Discard, "%d|%d|%s|%d|%s|%s|%s|%d|%.2f|%s|%s|%s|%s|%d|%s|%s\n", o.ID, o.CustomerID, o.CustomerName, o.ProductID,
				o.ProductName, o.Category, o.Payment, o.Qty, float64(o.Price)/100, o.Time.Format("2006-01-02T15:04:05"),
				o.Country, o.City, o.Site, o.TxnID, success, o.Reason)
		}
	})
	for _, enc := range []order.Encoding{order.Pipe{}, order.CSV{}, order.JSON{}} {
		b.Run("encode/"+fmt.Sprint(enc), func(b *testing.B) {
			x.report(b)
			dst := make([]byte, 0, 1<<16)
			i := 0
			for b.Loop() {
				if len(dst)+1024 > cap(dst) {
					dst = dst[:0]
				}
				dst = enc.Append(dst, &x.orders[i%benchOrders], nil)
				i++
			}
		})
		b.Run("parse/"+fmt.Sprint(enc), func(b *testing.B) {
			x.report(b)
			var all []byte // one after the other, as in a file
			ends := []int{0}
			for i := range x.orders {
				all = enc.Append(all, &x.orders[i], nil)
				ends = append(ends, len(all))
			}
			v := enc.(order.Viewer)
			var o order.Order
			i := 0
			for b.Loop() {
				k := i % benchOrders
				if err := v.View(&o, all[ends[k]:ends[k+1]], nil); err != nil {
					b.Fatal(err)
				}
				i++
			}
		})
	}
	// The whole path: default world, patterns, 3 % damage with truth, four
	// shards merged, one worker. One operation is one order; the stream is made as
	// often as it takes.
	b.Run("whole", func(b *testing.B) {
		x.report(b)
		var before, after runtime.MemStats
		for n := 0; n < b.N; {
			s := open(b, kafkanauts.Config{Limit: uint64(b.N - n), Workers: 1})
			if n == 0 {
				runtime.ReadMemStats(&before)
				b.ResetTimer()
			}
			rep, err := s.Run(context.Background(), merged{})
			if err != nil {
				b.Fatal(err)
			}
			n += int(rep.Records)
		}
		b.StopTimer()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.Mallocs-before.Mallocs)/float64(b.N), "mallocs/order")
		b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/float64(b.N), "allocB/order")
	})
}

// merged takes a merged stream and does nothing with it.
type merged struct{}

func (merged) Write(_ context.Context, b *sink.Batch) error { return nil }
func (merged) Close(context.Context) error                  { return nil }
