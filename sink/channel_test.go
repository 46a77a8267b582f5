package sink_test

import (
	"reflect"
	"testing"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink"
)

// A received record is the receiver's: nothing that happens to the stream's
// memory, or to another record's, changes it.
func TestChannelCopies(t *testing.T) {
	record := func() order.Record {
		return order.Record{Seq: 3, Copy: 1, Order: &order.Order{ID: 7, City: "Girona"}, Key: []byte("7"), Value: []byte("7|Gir"),
			Truth: &order.Truth{Tags: []string{"p"}, Faults: []order.Fault{{Strategy: "s", Op: order.Edited, Was: []byte("ona")}}}}
	}
	ch := make(chan order.Record, 3)
	s := sink.Channel(ch)
	b := &sink.Batch{Shard: -1, Parts: 1, Records: []order.Record{record(), {Seq: 4}, {Seq: 5, Key: []byte{}, Value: []byte{}}}}
	write(t, s, b)
	sent := &b.Records[0]
	sent.Order.ID, sent.Key[0], sent.Value[0], sent.Truth.Tags[0] = 8, 'x', 'x', "x"
	sent.Truth.Faults[0].Was[0], sent.Truth.Faults[0].Op, sent.Truth.Tags = 'x', order.Dropped, nil
	got := <-ch
	want := record()
	want.At = order.Place{Offset: 1}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("received is %+v, not %+v", got, want)
	}
	if _ = append(got.Key, 'x'); string(got.Value) != "7|Gir" {
		t.Errorf("appending to the key makes the value %q", got.Value)
	}
	if bare := <-ch; bare.Order != nil || bare.Key != nil || bare.Value != nil || bare.Truth != nil || bare.At.Offset != 2 {
		t.Errorf("of a bare record comes %+v", bare)
	}
	if empty := <-ch; empty.Key == nil || empty.Value == nil {
		t.Errorf("an empty key or value has become none: %+v", empty)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if _, ok := <-ch; ok {
		t.Error("Close leaves the channel open")
	}
}
