package analysis

import (
	"bytes"
	"encoding/json"
	"errors"
	"iter"
	"strings"
	"testing"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
)

func rowsOf(rows ...truth.Row) iter.Seq2[truth.Row, error] {
	return func(yield func(truth.Row, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func fault(line int64, strategy string, f order.Field) truth.Row {
	return truth.Row{Ref: truth.Ref{At: order.Place{Offset: line}}, Fault: order.Fault{Strategy: strategy, Op: order.Edited, Field: f}}
}

func TestScoreFlags(t *testing.T) {
	tag := fault(9, "tacos", order.None)
	tag.Tagged = true
	lost := fault(0, "drop", order.None)
	lost.Lost = true
	s, err := ScoreFlags(1004, []Flag{
		{order.Place{Offset: 1}, order.City, Empty, 1},           // right
		{order.Place{Offset: 2}, order.Qty, BadShape, 1},         // right record, wrong field
		{order.Place{Offset: 7}, order.Price, Contradiction, .9}, // false alarm, two cells
		{order.Place{Offset: 7}, order.Site, Contradiction, .9},
	}, rowsOf(fault(1, "blank", order.City), fault(2, "blank", order.Price), fault(3, "blank", order.ID), fault(4, "egg", order.City), tag, lost))
	if err != nil {
		t.Fatal(err)
	}
	if r := s.Records; r.TP != 2 || r.FP != 1 || r.FN != 2 || r.Recall != 0.5 || r.FalseAlarms != 1 {
		t.Errorf("records %+v", r)
	}
	if c := s.Cells; c.TP != 1 || c.FP != 3 || c.FN != 3 {
		t.Errorf("cells %+v", c)
	}
	if len(s.Strategies) != 2 || s.Strategies[0].Damaged != 3 || s.Strategies[0].Found != 2 || s.Strategies[0].Field != 0.5 || s.Strategies[0].Reasons["empty"] != 1 {
		t.Errorf("strategies %+v", s.Strategies)
	}
	var b bytes.Buffer
	if err := WriteScore(&b, s); err != nil {
		t.Fatal(err)
	}
	var back map[string]map[string]any
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(b.Bytes(), &raw); err != nil {
		t.Fatal(err)
	}
	delete(raw, "strategies")
	rest, _ := json.Marshal(raw)
	if err := json.Unmarshal(rest, &back); err != nil {
		t.Fatal(err)
	}
	if back["records"]["tp"] != 2.0 || back["records"]["false_alarms_per_1000"] != 1.0 || back["patterns"]["missed"] == nil {
		t.Errorf("score.json: %s", b.Bytes())
	}
	b.Reset()
	if err := s.WriteText(&b); err != nil || !strings.Contains(b.String(), "blank") {
		t.Errorf("text %q, %v", b.String(), err)
	}
	broken := errors.New("broken")
	if _, err := ScoreFlags(1, nil, func(yield func(truth.Row, error) bool) { yield(truth.Row{}, broken) }); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

func TestReadersFiles(t *testing.T) {
	f := Flag{order.Place{Partition: 2, Offset: 7}, order.City, Empty, 0.9994}
	got := string(AppendFlag(AppendFlagHeader(nil, truth.Lines), truth.Lines, &f))
	if got != "line,field,reason,score\n7,city,empty,0.999\n" {
		t.Error(got)
	}
	got = string(AppendFlag(AppendFlagHeader(nil, truth.Offsets), truth.Offsets, &f))
	if got != "partition,offset,field,reason,score\n2,7,city,empty,0.999\n" {
		t.Error(got)
	}
	got = string(AppendReject(AppendRejectHeader(nil, truth.Lines), truth.Lines, f.Place, []Complaint{{order.None, Unreadable}}, []byte("a\"b\xff")))
	if got != "line,field,reason,value\n7,,unreadable,\"\"\"a\\\"\"b\\xff\"\"\"\n" {
		t.Error(got)
	}
}
