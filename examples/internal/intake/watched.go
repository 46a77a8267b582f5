package intake

import (
	"context"
	"iter"

	"github.com/kafkanauts/kafkanauts/analysis"
	"github.com/kafkanauts/kafkanauts/order"
)

// Watched is a source that ends when a context does, and tells how far a pass
// has come.
type Watched struct {
	analysis.Source
	Context  context.Context
	Progress func(records int64) // told now and then; may be nil

	err error
}

// Err implements analysis.Source.
func (w *Watched) Err() error {
	if w.err != nil {
		return w.err
	}
	return w.Source.Err()
}

// Records implements analysis.Source.
func (w *Watched) Records() iter.Seq2[order.Place, []byte] {
	return func(yield func(order.Place, []byte) bool) {
		w.err = nil
		n := int64(0)
		for at, value := range w.Source.Records() {
			if n++; n%4096 == 0 {
				if w.err = w.Context.Err(); w.err != nil {
					return
				}
				if w.Progress != nil {
					w.Progress(n)
				}
			}
			if !yield(at, value) {
				return
			}
		}
	}
}
