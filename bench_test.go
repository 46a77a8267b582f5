package kafkanauts_test

import (
	"testing"

	"github.com/kafkanauts/kafkanauts/internal/bench/figures"
)

// BenchmarkPath has the figures of internal/bench, one after the other: one
// operation is one order in most of them. To compare them, run that command instead,
// which takes them by turns.
func BenchmarkPath(b *testing.B) {
	x, err := figures.Load()
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range figures.All() {
		b.Run(f.Name, func(b *testing.B) {
			b.ReportAllocs()
			job, err := f.Setup(x)
			if err == nil {
				err = job.Prepare(b.N)
			}
			if err != nil {
				b.Fatal(err)
			}
			b.ResetTimer()
			err = job.Run(b.N)
			b.StopTimer()
			if err != nil {
				b.Error(err)
			}
			if err := job.End(); err != nil {
				b.Error(err)
			}
		})
	}
}
