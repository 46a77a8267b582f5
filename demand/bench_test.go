package demand

import (
	"testing"
	"time"
)

var start = time.Date(2022, time.January, 31, 0, 0, 0, 0, time.UTC)

// Arrivals of one step of World a thousand times as busy.
func BenchmarkDraw(b *testing.B) {
	p, err := NewPlan(World().Scale(1000), start, start.AddDate(0, 0, 14), 1)
	if err != nil {
		b.Fatal(err)
	}
	s := p.NewSampler()
	if err := s.Load(p.Steps() / 2); err != nil {
		b.Fatal(err)
	}
	dst := s.Draw(nil, 1)
	var n, key int
	b.ReportAllocs()
	for b.Loop() {
		dst = s.Draw(dst[:0], uint64(key))
		n += len(dst)
		key++
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/arrival")
}

// Steps of 150 seconds at the original's size: a new knot every other step.
func BenchmarkLoad(b *testing.B) {
	p, err := NewPlan(World(), start, start.AddDate(0, 0, 14), 1)
	if err != nil {
		b.Fatal(err)
	}
	s := p.NewSampler()
	b.ReportAllocs()
	var step int64
	for b.Loop() {
		if err := s.Load(step % p.Steps()); err != nil {
			b.Fatal(err)
		}
		step++
	}
}

// Steps of a fifth of a second: a new knot every 1,500th.
func BenchmarkLoadWithinKnots(b *testing.B) {
	p, err := NewPlan(World().Scale(1000), start, start.AddDate(0, 0, 14), 1)
	if err != nil {
		b.Fatal(err)
	}
	s := p.NewSampler()
	b.ReportAllocs()
	var step int64
	for b.Loop() {
		if err := s.Load(step % p.Steps()); err != nil {
			b.Fatal(err)
		}
		step++
	}
}

// The forecast of the default span.
func BenchmarkExpect14Days(b *testing.B) {
	p, err := NewPlan(World(), start, start.AddDate(0, 0, 14), 1)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		p.Expect(p.From(), p.To())
	}
}
