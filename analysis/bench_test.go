package analysis

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts/order"
)

func benchStream() *made {
	return maker{seed: 1, orders: 50000, customers: 10000, original: 0.03}.make()
}

// yardsticks are the lines of a stream, and what any reader of them has to do.
type yardsticks struct {
	lines []byte
	o     order.Order
}

func (y *yardsticks) scan() {
	for b := y.lines; len(b) > 0; {
		b = b[bytes.IndexByte(b, '\n')+1:]
	}
}

func (y *yardsticks) parse(v Values) {
	for _, b := range v {
		_ = order.Pipe{}.View(&y.o, b, nil)
	}
}

// compare reports what work costs a record, and how many times what a scan for
// line ends and a strict parse of the same lines cost: medians of ratios taken
// right after each other. work goes through the whole stream and times itself.
func compare(b *testing.B, v Values, work func() time.Duration) {
	var y yardsticks
	for _, line := range v {
		y.lines = append(append(y.lines, line...), '\n')
	}
	n := float64(len(v))
	timed := func(f func()) time.Duration {
		t := time.Now()
		f()
		return time.Since(t)
	}
	var toScan, toParse, each []float64
	var before, after runtime.MemStats
	var mallocs, size uint64
	for b.Loop() {
		scan := timed(y.scan)
		parse := timed(func() { y.parse(v) })
		runtime.ReadMemStats(&before)
		took := work()
		runtime.ReadMemStats(&after)
		mallocs += after.Mallocs - before.Mallocs
		size += after.TotalAlloc - before.TotalAlloc
		each = append(each, float64(took)/n)
		toScan = append(toScan, float64(took)/float64(scan))
		toParse = append(toParse, float64(took)/float64(parse))
	}
	middle := func(x []float64) float64 {
		slices.Sort(x)
		return x[len(x)/2]
	}
	runs := n * float64(len(each))
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(middle(each), "ns/record")
	b.ReportMetric(middle(toScan), "x-scan")
	b.ReportMetric(middle(toParse), "x-parse")
	b.ReportMetric(float64(mallocs)/runs, "allocs/record")
	b.ReportMetric(float64(size)/runs, "B/record")
}

func since(f func()) time.Duration {
	t := time.Now()
	f()
	return time.Since(t)
}

func BenchmarkIntake(b *testing.B) {
	s := benchStream()
	in := Intake{Categories: groups}
	var o order.Order
	compare(b, s.values, func() time.Duration {
		return since(func() {
			for _, v := range s.values {
				in.Accept(v, &o)
			}
		})
	})
}

// The first pass, with an empty profile to begin with.
func BenchmarkProfile(b *testing.B) {
	s := benchStream()
	compare(b, s.values, func() time.Duration {
		return since(func() { profileOf(s.values, Settings{}, 1) })
	})
}

// The second pass's part of detection.
func BenchmarkDetect(b *testing.B) {
	s := benchStream()
	d := NewDetector(learn(s.values))
	compare(b, s.values, func() time.Duration {
		clear(d.seen)
		return since(func() {
			for at, v := range s.values.Records() {
				d.Inspect(at, v)
			}
		})
	})
}

func BenchmarkSummary(b *testing.B) {
	s := benchStream()
	compare(b, s.values, func() time.Duration {
		var sum Summary
		return since(func() {
			for i := range s.clean {
				sum.Add(&s.clean[i])
			}
		})
	})
}

func BenchmarkDecipherer(b *testing.B) {
	s := benchStream()
	m := learn(s.values)
	compare(b, s.values, func() time.Duration {
		d := NewDecipherer(m)
		return since(func() {
			for i := range s.clean {
				d.Add(&s.clean[i])
			}
		})
	})
}

// Both passes and the findings, by the number of workers.
func BenchmarkAnalyse(b *testing.B) {
	s := benchStream()
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			compare(b, s.values, func() time.Duration {
				return since(func() {
					if _, err := Analyse(s.values, Settings{Workers: workers}); err != nil {
						b.Fatal(err)
					}
				})
			})
		})
	}
}
