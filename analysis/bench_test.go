package analysis

import (
	"testing"

	"github.com/kafkanauts/kafkanauts/order"
)

func benchStream() *made {
	return maker{seed: 1, orders: 50000, customers: 10000, original: 0.03}.make()
}

func size(v Values) (n int64) {
	for _, b := range v {
		n += int64(len(b))
	}
	return n / int64(len(v))
}

func BenchmarkIntake(b *testing.B) {
	s := benchStream()
	in := Intake{Categories: groups}
	var o order.Order
	b.SetBytes(size(s.values))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		in.Accept(s.values[i%len(s.values)], &o)
	}
}

func BenchmarkProfile(b *testing.B) {
	s := benchStream()
	p := NewProfile(nil, 0)
	b.SetBytes(size(s.values))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		p.Add(s.values[i%len(s.values)])
	}
}

func BenchmarkInspect(b *testing.B) {
	s := benchStream()
	d := NewDetector(learn(s.values))
	b.SetBytes(size(s.values))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		d.Inspect(order.Place{}, s.values[i%len(s.values)])
	}
}

func BenchmarkSummary(b *testing.B) {
	s := benchStream()
	var sum Summary
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		sum.Add(&s.clean[i%len(s.clean)])
	}
}

func BenchmarkDecipherer(b *testing.B) {
	s := benchStream()
	d := NewDecipherer(learn(s.values))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		d.Add(&s.clean[i%len(s.clean)])
	}
}
