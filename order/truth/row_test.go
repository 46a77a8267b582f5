package truth_test

import (
	"bytes"
	"encoding/csv"
	"math"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
)

var forms = []truth.Form{truth.Lines, truth.Offsets, truth.Files}

// rows reads a whole key.
func rows(t *testing.T, key []byte) []truth.Row {
	t.Helper()
	var all []truth.Row
	for row, err := range truth.NewReader(bytes.NewReader(key)).Rows() {
		if err != nil {
			t.Fatalf("%v, in %q", err, key)
		}
		all = append(all, row)
	}
	return all
}

func TestAppendRecord(t *testing.T) {
	record := &order.Truth{
		Tags: []string{"tacos on Tuesday"},
		Faults: []order.Fault{
			{Strategy: "mask", Op: order.Edited, Field: order.CustomerName, Start: 9, End: 12, Was: []byte("Zoë \"Z\" \xff\n")},
			{Strategy: "late, by a proxy", Op: order.Delayed, By: 90*time.Second + 250*time.Millisecond},
			{Strategy: "insert", Op: order.Edited, Start: 0, End: 2},
		},
	}
	lost := &order.Truth{Faults: []order.Fault{{Strategy: "drop", Op: order.Dropped, Was: []byte("1|2")}}}
	at := truth.Ref{File: "part-00003.csv", At: order.Place{Partition: 3, Offset: 17}, Seq: 1 << 63, Copy: 1}
	gone := truth.Ref{Lost: true, Seq: 12}
	for form, want := range map[truth.Form]string{
		truth.Lines: `line,seq,copy,strategy,op,field,start,end,by,was
17,9223372036854775808,1,tacos on Tuesday,tagged,,,,,
17,9223372036854775808,1,mask,edited,customer_name,9,12,,"""Zo\u00eb \""Z\"" \xff\n"""
17,9223372036854775808,1,"late, by a proxy",delayed,,,,90.25,
17,9223372036854775808,1,insert,edited,,0,2,,
,12,0,drop,dropped,,0,0,,"""1|2"""
`,
		truth.Offsets: `partition,offset,seq,copy,strategy,op,field,start,end,by,was
3,17,9223372036854775808,1,tacos on Tuesday,tagged,,,,,
3,17,9223372036854775808,1,mask,edited,customer_name,9,12,,"""Zo\u00eb \""Z\"" \xff\n"""
3,17,9223372036854775808,1,"late, by a proxy",delayed,,,,90.25,
3,17,9223372036854775808,1,insert,edited,,0,2,,
,,12,0,drop,dropped,,0,0,,"""1|2"""
`,
		truth.Files: `file,line,seq,copy,strategy,op,field,start,end,by,was
part-00003.csv,17,9223372036854775808,1,tacos on Tuesday,tagged,,,,,
part-00003.csv,17,9223372036854775808,1,mask,edited,customer_name,9,12,,"""Zo\u00eb \""Z\"" \xff\n"""
part-00003.csv,17,9223372036854775808,1,"late, by a proxy",delayed,,,,90.25,
part-00003.csv,17,9223372036854775808,1,insert,edited,,0,2,,
,,12,0,drop,dropped,,0,0,,"""1|2"""
`,
	} {
		got := truth.AppendHeader(nil, form)
		got = truth.AppendRecord(got, form, &at, record)
		got = truth.AppendRecord(got, form, &at, nil)
		got = truth.AppendRecord(got, form, &at, &order.Truth{})
		got = truth.AppendRecord(got, form, &gone, lost)
		if string(got) != want {
			t.Errorf("form %v:\n%s\nwant\n%s", form, got, want)
		}
		by := truth.AppendHeader(nil, form)
		for _, r := range rows(t, got) {
			by = truth.AppendRow(by, form, &r)
		}
		if string(by) != want {
			t.Errorf("form %v, row by row:\n%s\nwant\n%s", form, by, want)
		}
	}
}

// Whatever a row holds, reading it gives it back, in every form, and it is one
// line.
func FuzzRow(f *testing.F) {
	f.Add("part-0", int32(3), int64(17), false, uint64(9), 1, false, "mask", uint8(1), uint8(3), 4, 9, []byte("was"), int64(1500))
	f.Add("", int32(-1), int64(math.MinInt64), true, uint64(math.MaxUint64), math.MinInt, true, "\"", uint8(0), uint8(0), 0, 0, []byte(nil), int64(0))
	f.Add("a,b\"c", int32(0), int64(0), false, uint64(0), 0, false, " \xff\n\r", uint8(4), uint8(16), -1, math.MaxInt,
		[]byte("\x00\x7f\\\"\a\b\f\n\r\t\v\ufffd\xf0\x9f\x98\x80\xed\xa0\x80é\u2028"), int64(math.MinInt64))
	f.Add("é ü", int32(0), int64(5), false, uint64(0), 0, false, "", uint8(2), uint8(0), 0, 0, []byte("x"), int64(math.MaxInt64))
	f.Fuzz(func(t *testing.T, file string, partition int32, offset int64, lost bool, seq uint64, repeat int, tagged bool,
		strategy string, op, field uint8, start, end int, was []byte, by int64) {
		for _, form := range forms {
			r := truth.Row{Ref: truth.Ref{Lost: lost, Seq: seq, Copy: repeat}, Tagged: tagged}
			if !lost {
				r.At.Offset = offset
				if form == truth.Offsets {
					r.At.Partition = partition
				}
				if form == truth.Files {
					r.File = file
				}
			}
			r.Strategy = strategy
			if !tagged {
				r.Op, r.Field = order.Edited+order.Op(op%5), order.Field(field%order.NumFields)
				r.Start, r.End, r.By = start, end, time.Duration(by)
				if len(was) > 0 {
					r.Was = was
				}
			}
			key := truth.AppendRow(truth.AppendHeader(nil, form), form, &r)
			if n := bytes.Count(key, []byte{'\n'}); n != 2 || bytes.IndexByte(key, '\r') >= 0 {
				t.Fatalf("form %v: %q is not a header and one line", form, key)
			}
			if got := rows(t, key); len(got) != 1 || !reflect.DeepEqual(got[0], r) {
				t.Fatalf("form %v: read %+v\nwrote %+v\nas %q", form, got, r, key)
			}
			if len(r.Was) > 0 {
				cells, err := csv.NewReader(bytes.NewReader(key)).ReadAll()
				last := cells[1][len(cells[1])-1]
				if err != nil || last != strconv.QuoteToASCII(string(was)) {
					t.Fatalf("was stands as %s, not %s: %v", last, strconv.QuoteToASCII(string(was)), err)
				}
			}
		}
	})
}

func TestAppendAllocatesNothing(t *testing.T) {
	record := &order.Truth{Tags: []string{"a", "b"}, Faults: []order.Fault{
		{Strategy: "mask", Op: order.Edited, Field: order.City, Start: 3, End: 9, Was: []byte("Gir\xffona é"), By: time.Second}}}
	dst := make([]byte, 0, 4096)
	for _, form := range forms {
		ref := truth.Ref{File: "part-00000.pipe", At: order.Place{Partition: 1, Offset: 2}, Seq: 3}
		if n := testing.AllocsPerRun(100, func() { dst = truth.AppendRecord(dst[:0], form, &ref, record) }); n != 0 {
			t.Errorf("form %v: %v allocations for a record", form, n)
		}
	}
}

func TestForm(t *testing.T) {
	for _, form := range forms {
		if got, err := truth.ParseForm(form.String()); got != form || err != nil {
			t.Errorf("ParseForm(%q) = %v, %v", form, got, err)
		}
	}
	if _, err := truth.ParseForm("lines"); err == nil {
		t.Error(`ParseForm("lines") succeeds`)
	}
	if _, err := truth.Form(9).MarshalText(); err == nil || !strings.Contains(err.Error(), "form(9)") {
		t.Errorf("Form(9) is marshalled: %v", err)
	}
}
