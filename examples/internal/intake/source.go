package intake

import (
	"context"
	"fmt"
	"iter"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink/kafka"
)

// Topic is the records of a topic as a source for analysis. Its first
// whole pass fixes where the topic ends; later ones stop there too, whatever came meanwhile.
type Topic struct {
	Context context.Context
	Config  kafka.ReadConfig

	// Learn is told each value before it is read, for an Encoding that must find out what
	// it is written in; an error ends the pass. It may be nil.
	Learn func(ctx context.Context, value []byte) error

	Total    func(n int64)    // told once a pass how many records there are about; may be nil
	Progress func(done int64) // told now and then; may be nil

	ends map[int32]int64 // by partition: the last offset of the first pass
	err  error
}

// Err implements analysis.Source.
func (t *Topic) Err() error { return t.err }

// Records implements analysis.Source.
func (t *Topic) Records() iter.Seq2[order.Place, []byte] {
	return func(yield func(order.Place, []byte) bool) {
		t.err = nil
		reader, err := kafka.NewReader(t.Context, t.Config)
		if err != nil {
			t.err = err
			return
		}
		defer reader.Close()
		if t.Total != nil {
			t.Total(reader.Total())
		}
		first := t.ends == nil
		ends := map[int32]int64{}
		n := 0
		for m, err := range reader.Messages(t.Context) {
			if err != nil {
				t.err = err
				return
			}
			if first {
				ends[m.Partition] = m.Offset
			} else if end, ok := t.ends[m.Partition]; !ok || m.Offset > end {
				continue
			}
			if n++; t.Progress != nil && n%4096 == 0 {
				t.Progress(reader.Done())
			}
			if t.Learn != nil {
				if err := t.Learn(t.Context, m.Value); err != nil {
					t.err = fmt.Errorf("topic %s, partition %d, offset %d: %w", t.Config.Topic, m.Partition, m.Offset, err)
					return
				}
			}
			if !yield(order.Place{Partition: m.Partition, Offset: m.Offset}, m.Value) {
				return
			}
		}
		if first {
			t.ends = ends
		}
	}
}
