package truth_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
)

const header = "line,seq,copy,strategy,op,field,start,end,by,was\n"

func TestReaderErrors(t *testing.T) {
	for _, c := range []struct {
		key    string
		line   int
		column string
		says   string
	}{
		{"", 1, "", "empty"},
		{"line,seq\n", 1, "", "not the columns"},
		{"\n\nlines" + header[4:], 3, "", "not the columns"},
		{header + "1,2,0,mask,edited,,,,,\n1,2,0,mask\n", 3, "", "10 columns"},
		{header + "x,2,0,mask,edited,,,,,\n", 2, "line", "whole number"},
		{header + "1,-2,0,mask,edited,,,,,\n", 2, "seq", "whole number"},
		{header + "1,18446744073709551616,0,mask,edited,,,,,\n", 2, "seq", "too large"},
		{header + "1,2,,mask,edited,,,,,\n", 2, "copy", "whole number"},
		{header + "1,2,0,\"\"\"ma\",edited,,,,,\n", 2, "strategy", "Go quotes"},
		{header + "1,2,0,mask,Edited,,,,,\n", 2, "op", "none of"},
		{header + "1,2,0,mask,edited,cost,,,,\n", 2, "field", "no field"},
		{header + "1,2,0,mask,edited,,1,,,\n", 2, "end", "whole number"},
		{header + "1,2,0,mask,edited,,,,1m,\n", 2, "by", "seconds"},
		{header + "1,2,0,mask,edited,,,,+1,\n", 2, "by", "seconds"},
		{header + "1,2,0,mask,edited,,,,9223372036.854775808,\n", 2, "by", "292 years"},
		{header + "1,2,0,mask,edited,,,,,was\n", 2, "was", "quoted"},
		{header + "1,2,0,mask,tagged,city,,,,\n", 2, "field", "tag"},
		{header + "1,2,0,mask,edited,,,,,\"\"\"cut", 2, "", "\""},
		{"file," + header + ",1,2,0,mask,edited,,,,,\n,x,2,0,mask,edited,,,,,\n", 3, "line", "whole number"},
		{"partition,offset" + header[4:] + "5000000000,1,2,0,mask,edited,,,,,\n", 2, "partition", "too large"},
	} {
		var last error
		r := truth.NewReader(strings.NewReader(c.key))
		for _, last = range r.Rows() {
		}
		e, ok := errors.AsType[*truth.ParseError](last)
		if !ok || e.Line != c.line || e.Column != c.column || !strings.Contains(e.Error(), c.says) {
			t.Errorf("%q: %v; want line %d, column %q, %q", c.key, last, c.line, c.column, c.says)
			continue
		}
		for _, err := range r.Records() {
			if err != last {
				t.Errorf("%q: read again after an error, it returns %v, not %v", c.key, err, last)
			}
		}
	}
}

func TestReaderSourceFails(t *testing.T) {
	failed := errors.New("the cable is out")
	r := truth.NewReader(io.MultiReader(strings.NewReader(header+"1,2,0,mask,edited,,,,,\n"), iotest.ErrReader(failed)))
	n := 0
	for rec, err := range r.Records() {
		switch n++; n {
		case 1:
			if err != nil || rec.Seq != 2 || len(rec.Faults) != 1 {
				t.Errorf("first come %+v, %v; want the record before the error", rec, err)
			}
		case 2:
			if !errors.Is(err, failed) {
				t.Errorf("then comes %v, which does not wrap the reader's error", err)
			}
		}
	}
	if n != 2 {
		t.Errorf("the iteration has %d steps, not a record and an error", n)
	}
}

// A key restores the clean bytes of every record, delivered or lost, with nothing
// else to go by than the delivered bytes.
func TestRecordsUndo(t *testing.T) {
	clean := []byte("1|2|Núria|9|Taco \"shells\"\x00|\xff")
	var key []byte
	delivered := map[truth.Ref][]byte{}
	key = truth.AppendHeader(key, truth.Lines)
	for i := range 50 {
		value := bytes.Clone(clean)
		rec := order.Truth{}
		for j := range i % 5 { // each fault is logged in the bytes that the ones before it left
			start := (7*i + 11*j) % (len(value) + 1)
			end := min(len(value), start+(i+j)%6)
			with := strings.Repeat("é\n,", (i+3*j)%4)
			f := order.Fault{Strategy: "s", Op: order.Edited, Start: start, End: start + len(with), Was: bytes.Clone(value[start:end])}
			value = append(append(bytes.Clone(value[:start]), with...), value[end:]...)
			rec.Faults = append(rec.Faults, f)
		}
		ref := truth.Ref{At: order.Place{Offset: int64(i + 1)}, Seq: uint64(i / 2), Copy: i % 2}
		if i%7 == 0 {
			rec.Faults = append(rec.Faults, order.Fault{Strategy: "drop", Op: order.Dropped, Was: value})
			ref.At, ref.Lost, value = order.Place{}, true, nil
		}
		key = truth.AppendRecord(key, truth.Lines, &ref, &rec)
		delivered[ref] = value
		if len(rec.Faults) == 0 {
			delete(delivered, ref)
		}
	}
	for rec, err := range truth.NewReader(bytes.NewReader(key)).Records() {
		if err != nil {
			t.Fatal(err)
		}
		value, ok := delivered[rec.Ref]
		if !ok {
			t.Fatalf("%+v is in the key twice, or was never written", rec.Ref)
		}
		delete(delivered, rec.Ref)
		if got := order.Undo(nil, value, rec.Faults); !bytes.Equal(got, clean) {
			t.Errorf("Undo of %+v gives %q, not %q", rec, got, clean)
		}
	}
	if len(delivered) > 0 {
		t.Errorf("not in the key: %v", delivered)
	}
}

func TestRecordsGroups(t *testing.T) {
	key := header + "1,5,0,p,tagged,,,,,\n1,5,0,m,edited,,1,2,,\n2,5,1,m,edited,,1,2,,\n,6,0,d,dropped,,,,,\n,7,0,d,dropped,,,,,\n"
	var got []string
	r := truth.NewReader(strings.NewReader(key))
	for rec, err := range r.Records() {
		got = append(got, fmt.Sprint(rec.At.Offset, rec.Lost, rec.Seq, rec.Copy, len(rec.Tags), len(rec.Faults), err))
		if len(got) == 2 {
			break // the reader goes on where it was left
		}
	}
	want := []string{"1 false 5 0 1 1 <nil>", "2 false 5 1 0 1 <nil>"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the records are %q, not %q", got, want)
	}
	if form, err := r.Form(); form != truth.Lines || err != nil {
		t.Errorf("Form is %v, %v", form, err)
	}
}

// Whatever the bytes, reading ends without a panic, and what was read is written
// so that it is read again.
func FuzzReader(f *testing.F) {
	f.Add([]byte(header + "1,5,0,p,tagged,,,,,\n,5,0,\"\"\"\\xff\"\"\",edited,city,1,2,-0.5,\"\"\"a\\n\"\"\"\n"))
	f.Add([]byte("file," + header + "\"a,b\",5,1,0,p,joined,,,,007,\r\n"))
	f.Add([]byte("partition,offset" + header[4:] + "1,0,1,0,p,joined,,,,,\n"))
	f.Add([]byte(header + ",0,0,s,edited,,0,0,0,\"\"\"\"\"\""))
	f.Fuzz(func(t *testing.T, key []byte) {
		r := truth.NewReader(bytes.NewReader(key))
		form, err := r.Form()
		if err != nil {
			return
		}
		again := truth.AppendHeader(nil, form)
		var first []truth.Row
		for row, err := range r.Rows() {
			if err != nil {
				break
			}
			first = append(first, row)
			again = truth.AppendRow(again, form, &row)
		}
		if second := rows(t, again); !reflect.DeepEqual(second, first) {
			t.Errorf("read %+v\nthen %+v\nof %q", first, second, again)
		}
	})
}
