package sink

import (
	"context"
	"io"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
)

// Copy records what rows tell of a shard: a key of t's form, with its header, or a part of
// one with all rows of each of its records. It returns the totals of these records,
// but for their Bytes. Of those that have no rows, the number is to be told by the
// Totals of t.Manifest. t must have been opened.
func (t *TruthFile) Copy(ctx context.Context, shard int, rows io.Reader) (truth.Totals, error) {
	var told truth.Totals
	p, err := t.part(shard)
	if err != nil {
		return told, err
	}
	for rec, err := range truth.NewReader(rows).Records() {
		if err != nil {
			return told, err
		}
		one := []order.Record{{Seq: rec.Seq, Copy: rec.Copy, Truth: &rec.Truth, At: rec.At}}
		b := Batch{Shard: shard, Parts: 1, Records: one}
		told.Count(&rec.Truth, rec.Lost)
		if rec.Lost {
			b.Records, b.Lost = nil, one
			told.Lost++
		} else {
			told.Records++
			p.key.file = rec.File
		}
		if err := p.Write(ctx, &b); err != nil {
			return told, err
		}
	}
	return told, nil
}
