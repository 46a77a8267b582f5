package kafka

import (
	"bytes"
	"context"
	"fmt"
	"maps"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
	"github.com/kafkanauts/kafkanauts/sink"
)

// WriteTruth writes the answer key of a stream, whose Config has Truth, from its
// topic into dst, which is of the form truth.Offsets and was not used before, and
// closes it. The stream must be delivered: else the error is a *StreamError.
func WriteTruth(ctx context.Context, c Config, dst *sink.TruthFile) (err error) {
	if !c.Truth || c.Stream == "" {
		return fmt.Errorf("kafka: WriteTruth: the answer key of a stream is kept if it has a name and Config.Truth")
	}
	if dst.Form != truth.Offsets {
		return fmt.Errorf("kafka: WriteTruth: a key of the form %v cannot say where records lie in a topic", dst.Form)
	}
	defer func() {
		if err != nil {
			sink.End(context.WithoutCancel(ctx), dst, err)
		}
	}()
	s, err := New(c)
	if err != nil {
		return err
	}
	defer s.Close(ctx)
	last, err := s.delivered(ctx)
	if err != nil {
		return err
	}
	r, err := NewReader(ctx, ReadConfig{Brokers: c.Brokers, Topic: c.truthTopic(), Timeout: c.DeliveryTimeout, Security: c.Security, Log: c.Log, Options: c.Options})
	if err != nil {
		return err
	}
	defer r.Close()
	k := &keyWriter{dst: dst}
	if err := dst.Open(ctx, &sink.Session{Shards: len(last), Encoding: order.Pipe{}}); err != nil {
		return err
	}
	for i, at := range last {
		k.totals.Add(&at.Totals)
		if _, err := dst.Shard(i); err != nil {
			return err
		}
		k.rows = append(k.rows, nil)
	}
	for m, err := range r.Messages(ctx) {
		if err != nil {
			return err
		}
		k.rows[m.Partition] = append(k.rows[m.Partition], m.Value...)
		if len(k.rows[m.Partition]) >= chunk {
			if err := k.pass(ctx, int(m.Partition)); err != nil {
				return err
			}
		}
	}
	for i := range k.rows {
		if err := k.pass(ctx, i); err != nil {
			return err
		}
	}
	if err := k.complete(); err != nil {
		return err
	}
	// The records without a row are known by their number.
	dst.Manifest.Totals = truth.Totals{Records: k.totals.Records - k.told.Records, Lost: k.totals.Lost - k.told.Lost, Bytes: k.totals.Bytes}
	return dst.Close(ctx)
}

// keyWriter passes a topic of rows on to a file of them.
type keyWriter struct {
	dst    *sink.TruthFile
	rows   [][]byte     // by shard, that were not passed on yet
	totals truth.Totals // of the stream
	told   truth.Totals // of the records that were passed on
}

// complete compares what was read with what the shards have counted.
func (k *keyWriter) complete() error {
	if k.told.Damaged != k.totals.Damaged || !maps.Equal(k.told.Faults, k.totals.Faults) || !maps.Equal(k.told.Tagged, k.totals.Tagged) {
		return fmt.Errorf("kafka: the topic of the answer key tells of %d damaged records, faults %v and tags %v, but the stream has %d, %v and %v; has somebody deleted records of it, or written there?",
			k.told.Damaged, k.told.Faults, k.told.Tagged, k.totals.Damaged, k.totals.Faults, k.totals.Tagged)
	}
	return nil
}

// pass passes on the rows of a shard that were read so far.
func (k *keyWriter) pass(ctx context.Context, shard int) error {
	rows := append(truth.AppendHeader(nil, truth.Offsets), k.rows[shard]...)
	k.rows[shard] = k.rows[shard][:0]
	told, err := k.dst.Copy(ctx, shard, bytes.NewReader(rows))
	if err != nil {
		return fmt.Errorf("kafka: shard %d: its answer key cannot be read: %w", shard, err)
	}
	k.told.Add(&told)
	return nil
}
