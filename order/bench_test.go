package order_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/order"
)

// benchLines are records of the default world, undamaged, each with its line end.
func benchLines(b *testing.B, enc order.Encoding, n int) (lines []byte, ends []int) {
	b.Helper()
	s, err := kafkanauts.New(kafkanauts.Config{Limit: uint64(n)})
	if err != nil {
		b.Fatal(err)
	}
	for r := range s.Records() {
		lines = append(enc.Append(lines, r.Order, nil), '\n')
		ends = append(ends, len(lines))
	}
	if s.Err() != nil {
		b.Fatal(s.Err())
	}
	return lines, ends
}

// BenchmarkParse has the strict parse beside its yardsticks. One operation is
// a pass of each over the same lines, one after the other, so that they meet the
// same machine; the figures are medians over the passes, per line, and the ratios
// are medians of each pass's ratio. The newline scan finds the line ends; typed is
// encoding/csv with the fields read by strconv and time.Parse.
func BenchmarkParse(b *testing.B) {
	for _, enc := range []order.Encoding{order.Pipe{}, order.CSV{}, order.JSON{}} {
		b.Run(fmt.Sprint(enc), func(b *testing.B) {
			lines, ends := benchLines(b, enc, 4096)
			var o order.Order
			steps := []step{
				{"scan", func() error { return scan(lines, len(ends)) }},
				{"view", func() error { return view(enc.(order.Viewer), &o, lines, ends) }},
				{"parse", func() error { return parse(enc, &o, lines, ends) }},
			}
			switch enc.(type) {
			case order.Pipe:
				steps = append(steps, step{"typed", func() error { return typed(lines, '|') }})
			case order.CSV:
				steps = append(steps, step{"typed", func() error { return typed(lines, ',') }})
			}
			took := make([][]float64, len(steps))
			for b.Loop() {
				for i, s := range steps {
					start := time.Now()
					if err := s.pass(); err != nil {
						b.Fatal(err)
					}
					took[i] = append(took[i], float64(time.Since(start).Nanoseconds())/float64(len(ends)))
				}
			}
			for i, s := range steps {
				b.ReportMetric(median(took[i]), s.name+"-ns/line")
			}
			b.ReportMetric(ratio(took[1], took[0]), "view/scan")
			if len(steps) > 3 {
				b.ReportMetric(ratio(took[3], took[1]), "typed/view")
			}
			for _, s := range steps[1:3] {
				b.ReportMetric(testing.AllocsPerRun(3, func() { s.pass() })/float64(len(ends)), s.name+"-allocs/line")
			}
			b.ReportMetric(float64(len(lines)-len(ends))/float64(len(ends)), "B/line")
		})
	}
}

type step struct {
	name string
	pass func() error
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return x[len(x)/2]
}

func ratio(x, y []float64) float64 {
	r := make([]float64, len(x))
	for i := range x {
		r[i] = x[i] / y[i]
	}
	return median(r)
}

func scan(lines []byte, want int) error {
	n := 0
	for rest := lines; ; n++ {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			break
		}
		rest = rest[i+1:]
	}
	if n != want {
		return fmt.Errorf("%d lines instead of %d", n, want)
	}
	return nil
}

func view(v order.Viewer, o *order.Order, lines []byte, ends []int) error {
	start := 0
	for _, end := range ends {
		if err := v.View(o, lines[start:end-1], nil); err != nil {
			return err
		}
		start = end
	}
	return nil
}

func parse(enc order.Encoding, o *order.Order, lines []byte, ends []int) error {
	start := 0
	for _, end := range ends {
		if err := enc.Parse(o, lines[start:end-1], nil); err != nil {
			return err
		}
		start = end
	}
	return nil
}

// typed reads the lines as a program with the standard library alone would.
func typed(lines []byte, comma rune) error {
	r := csv.NewReader(bytes.NewReader(lines))
	r.Comma = comma
	r.LazyQuotes = comma == '|' // marks are text there
	r.ReuseRecord = true
	r.FieldsPerRecord = order.Columns
	var o order.Order
	for {
		cells, err := r.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		for _, c := range []struct {
			id   *uint64
			text string
		}{{&o.ID, cells[0]}, {&o.CustomerID, cells[1]}, {&o.ProductID, cells[3]}, {&o.TxnID, cells[13]}} {
			if *c.id, err = strconv.ParseUint(c.text, 10, 64); err != nil {
				return err
			}
		}
		if o.Qty, err = strconv.Atoi(cells[7]); err != nil {
			return err
		}
		price, err := strconv.ParseFloat(cells[8], 64)
		if err != nil {
			return err
		}
		o.Price = int64(price*100 + 0.5)
		if o.Time, err = time.Parse("2006-01-02T15:04:05", cells[9]); err != nil {
			return err
		}
		o.Success = cells[14] == "Y"
		o.CustomerName, o.ProductName, o.Category, o.Payment = cells[2], cells[4], cells[5], cells[6]
		o.Country, o.City, o.Site, o.Reason = cells[10], cells[11], cells[12], cells[15]
	}
}
