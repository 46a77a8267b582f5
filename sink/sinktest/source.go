package sinktest

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink"
)

// nowhere is a place that no sink gives.
var nowhere = order.Place{Partition: -77, Offset: -77}

// session is what sinks are opened with.
func session(shards int, merged bool) *sink.Session {
	return &sink.Session{Shards: shards, Key: order.CustomerID, Encoding: order.Pipe{},
		From: 1643587200, To: 1643587200 + 14*86400, Merged: merged,
		Recipe: func() (sink.Recipe, error) { return sink.Recipe{"stream": "that of package sinktest"}, nil }}
}

// source makes batches of one shard, each of its own memory.
type source struct {
	shard   int
	step    int64
	seq     uint64
	offered [][]byte // values of all batches made
	values  [][]byte // of those accepted
}

// batch makes the next batch, of n records.
func (s *source) batch(n int) *sink.Batch {
	b := &sink.Batch{Shard: s.shard, Step: s.step, Parts: 1}
	s.step++
	for i := range n {
		r := s.record()
		switch s.seq % 11 {
		case 3:
			r.Truth = &order.Truth{Tags: []string{"tacos on Tuesday"}}
		case 5:
			damage(&r, "splice", len(r.Value)/2, len(r.Value)/2+3, "\xff\x00,\"é\r\x7f")
		case 8:
			damage(&r, "long", len(r.Value), len(r.Value), string(bytes.Repeat([]byte{'x'}, 300)))
		}
		if i == 2 && s.shard < 0 {
			damage(&r, "nothing left", 0, len(r.Value), "")
		}
		b.Records = append(b.Records, r)
		b.Lines = append(append(b.Lines, r.Value...), '\n')
		s.offered = append(s.offered, bytes.Clone(r.Value))
		if s.seq%13 == 0 {
			lost := s.record()
			lost.Truth = &order.Truth{Faults: []order.Fault{{Strategy: "drop", Op: order.Dropped, Was: lost.Value}}}
			lost.Value, lost.Key = nil, nil
			b.Lost = append(b.Lost, lost)
		}
	}
	return b
}

// record makes the next record, undamaged.
func (s *source) record() order.Record {
	s.seq++
	id := uint64(s.shard+1)<<32 | s.seq
	o := &order.Order{ID: id, CustomerID: s.seq % 97, ProductID: 7, TxnID: id * 3, CustomerName: "Núria Vidal",
		ProductName: "Taco shells", Category: "Groceries", Payment: order.Card, Country: "Spain", City: "Girona",
		Site: "example.com", Qty: 2, Price: 1999, Success: true, Time: time.Unix(1643587200+int64(s.seq), 0).UTC()}
	var at order.Spans
	value := order.Pipe{}.Append(nil, o, &at)
	return order.Record{Seq: s.seq, Order: o, Key: at.Value[order.CustomerID].Of(value), Value: value, At: nowhere}
}

// damage replaces a part of the value, truthfully.
func damage(r *order.Record, strategy string, start, end int, with string) {
	was := bytes.Clone(r.Value[start:end])
	r.Key = bytes.Clone(r.Key)
	r.Value = slices.Replace(bytes.Clone(r.Value), start, end, []byte(with)...)
	r.Truth = &order.Truth{Faults: []order.Fault{
		{Strategy: strategy, Op: order.Edited, Start: start, End: start + len(with), Was: was}}}
}

// accept notes that the batch was accepted.
func (s *source) accept(b *copied) { s.values = append(s.values, b.values...) }

// copied is a batch as it was.
type copied struct {
	batch  sink.Batch
	values [][]byte
}

// snapshot copies b, all of it.
func snapshot(b *sink.Batch) *copied {
	c := &copied{batch: *b}
	c.batch.Records, c.batch.Lost = copyRecords(b.Records), copyRecords(b.Lost)
	c.batch.Lines = bytes.Clone(b.Lines)
	for i := range c.batch.Records {
		c.values = append(c.values, c.batch.Records[i].Value)
	}
	return c
}

func copyRecords(records []order.Record) []order.Record {
	records = slices.Clone(records)
	for i := range records {
		r := &records[i]
		o := *r.Order
		r.Order, r.Key, r.Value = &o, bytes.Clone(r.Key), bytes.Clone(r.Value)
		if r.Truth != nil {
			t := order.Truth{Tags: slices.Clone(r.Truth.Tags), Faults: slices.Clone(r.Truth.Faults)}
			for i := range t.Faults {
				t.Faults[i].Was = bytes.Clone(t.Faults[i].Was)
			}
			r.Truth = &t
		}
	}
	return records
}

// changed says what of b is not as it was, but for At.
func (c *copied) changed(b *sink.Batch) string {
	now := *b
	now.Records = slices.Clone(b.Records)
	for i := range now.Records {
		now.Records[i].At = nowhere
	}
	switch {
	case !reflect.DeepEqual(now.Records, c.batch.Records):
		return "Records (more than At)"
	case !reflect.DeepEqual(now.Lost, c.batch.Lost):
		return "Lost"
	case !bytes.Equal(now.Lines, c.batch.Lines):
		return "Lines"
	case now.Shard != c.batch.Shard || now.Step != c.batch.Step || now.Part != c.batch.Part || now.Parts != c.batch.Parts:
		return "the name"
	}
	return ""
}

// poison overwrites all the memory of b.
func poison(b *sink.Batch) {
	for _, records := range [][]order.Record{b.Records, b.Lost} {
		for i := range records {
			r := &records[i]
			spoil(r.Key)
			spoil(r.Value)
			*r.Order = order.Order{ProductName: "overwritten"}
			if r.Truth != nil {
				for i := range r.Truth.Tags {
					r.Truth.Tags[i] = "overwritten"
				}
				for i := range r.Truth.Faults {
					spoil(r.Truth.Faults[i].Was)
					r.Truth.Faults[i] = order.Fault{Strategy: "overwritten"}
				}
				*r.Truth = order.Truth{}
			}
			*r = order.Record{Seq: 1 << 63, Value: []byte("overwritten")}
		}
	}
	spoil(b.Lines)
	*b = sink.Batch{Shard: -77}
}

func spoil(b []byte) {
	for i := range b {
		b[i] = 0xdb
	}
}

// same tells whether the values are the same ones.
func same(a, b [][]byte) bool { return slices.EqualFunc(a, b, bytes.Equal) }

// difference says where the values begin to differ.
func difference(got, want [][]byte) string {
	for i := range min(len(got), len(want)) {
		if !bytes.Equal(got[i], want[i]) {
			return fmt.Sprintf("number %d is %.200q, not %.200q", i+1, got[i], want[i])
		}
	}
	return fmt.Sprintf("there are %d, not %d", len(got), len(want))
}
