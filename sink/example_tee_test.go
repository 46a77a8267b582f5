package sink_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
	"github.com/kafkanauts/kafkanauts/sink"
)

// The data go to one place and the answer key to another. The sink of the data
// comes first, as it says where each record landed; with the key alone, a reader
// then restores what was damaged.
func ExampleTee() {
	var data, key bytes.Buffer
	s := sink.Tee(sink.Writer(&data), sink.Truth(&key))
	ctx := context.Background()

	// A stream does this in its Run. The second record's city was cut short, and
	// the third was dropped.
	err := s.Write(ctx, &sink.Batch{Shard: -1, Parts: 1,
		Records: []order.Record{
			{Seq: 7, Value: []byte("1|Girona"), Truth: &order.Truth{Tags: []string{"tacos on Tuesday"}}},
			{Seq: 8, Value: []byte("2|Lle"), Truth: &order.Truth{Faults: []order.Fault{
				{Strategy: "truncate", Op: order.Edited, Field: order.City, Start: 5, End: 5, Was: []byte("ida")}}}},
		},
		Lost: []order.Record{
			{Seq: 9, Truth: &order.Truth{Faults: []order.Fault{
				{Strategy: "drop", Op: order.Dropped, Was: []byte("3|Reus")}}}},
		},
		Lines: []byte("1|Girona\n2|Lle\n"),
	})
	err = errors.Join(err, sink.End(ctx, s, err))
	os.Stdout.Write(key.Bytes())

	lines := bytes.Split(data.Bytes(), []byte{'\n'})
	for rec, failed := range truth.NewReader(&key).Records() {
		if err = errors.Join(err, failed); err != nil {
			break
		}
		var value []byte
		if !rec.Lost {
			value = lines[rec.At.Offset-1]
		}
		fmt.Printf("seq %d was %s\n", rec.Seq, order.Undo(nil, value, rec.Faults))
	}
	fmt.Println(err)
	// Output:
	// line,seq,copy,strategy,op,field,start,end,by,was
	// 1,7,0,tacos on Tuesday,tagged,,,,,
	// 2,8,0,truncate,edited,city,5,5,,"""ida"""
	// ,9,0,drop,dropped,,0,0,,"""3|Reus"""
	// seq 7 was 1|Girona
	// seq 8 was 2|Lleida
	// seq 9 was 3|Reus
	// <nil>
}
