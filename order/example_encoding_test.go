package order_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/ordertest"
)

// Tabs is an encoding of a program's own: the columns of the wire, separated by
// tabs.
type Tabs struct{}

// Append implements order.Encoding.
func (Tabs) Append(dst []byte, o *order.Order, at *order.Spans) []byte {
	if at != nil {
		at.Clear()
	}
	start := 0
	for f := order.ID; f < order.NumFields; f++ {
		if f > order.ID {
			dst = append(dst, '\t')
		}
		n := len(dst)
		dst = o.AppendText(dst, f)
		start = extent(at, f, start, len(dst)-n)
	}
	return dst
}

// extent notes where a column of n bytes is, and returns where the next one starts.
func extent(at *order.Spans, f order.Field, start, n int) int {
	if at != nil {
		v := order.Span{Start: int32(start), End: int32(start + n)}
		at.Value[f], at.Cell[f] = v, v
		if f == order.ID {
			at.Cell[f].End++ // with the tab behind it
		} else {
			at.Cell[f].Start-- // with the tab before it
		}
	}
	return start + n + 1
}

// Parse implements order.Encoding.
func (Tabs) Parse(o *order.Order, b []byte, at *order.Spans) error {
	*o = order.Order{}
	wrong := order.ParseError{Line: string(b)}
	wrong.Spans.Clear()
	columns := strings.Split(wrong.Line, "\t")
	good := len(columns) == order.Columns && !strings.ContainsAny(wrong.Line, "\r\n")
	switch {
	case good:
		start := 0
		for i, text := range columns {
			f := order.Field(i + 1)
			start = extent(&wrong.Spans, f, start, len(text))
			wrong.Fields[f] = o.SetText(f, text)
			good = good && wrong.Fields[f] == 0
		}
	case len(columns) == order.Columns:
		wrong.Record = order.Malformed
	default:
		wrong.Record, wrong.Columns = order.ColumnCount, len(columns)
	}
	if at != nil {
		*at = wrong.Spans
	}
	if good {
		return nil
	}
	return &wrong
}

// Quote implements order.Quoter, so that damage stays within a column.
func (Tabs) Quote(dst []byte, f order.Field, text string) ([]byte, bool) {
	if strings.ContainsAny(text, "\t\r\n") {
		return dst, false
	}
	return append(dst, text...), true
}

// Carries implements order.Carrier: a text with a tab would be two.
func (Tabs) Carries(o *order.Order) error {
	var back order.Order
	for f := order.ID; f < order.NumFields; f++ {
		text := string(o.AppendText(nil, f))
		if strings.ContainsAny(text, "\t\r\n") || back.SetText(f, text) != 0 || f == order.Time && back.Time != o.Time {
			return fmt.Errorf("tabs cannot carry %v %q", f, text)
		}
	}
	return nil
}

// The kit tells whether all of that is right.
func TestTabs(t *testing.T) { ordertest.Run(t, Tabs{}) }

func ExampleEncoding() {
	o := order.Order{ID: 1, CustomerID: 2, CustomerName: "Ann Lee", ProductID: 3, ProductName: "Green Tea", Category: "Groceries",
		Payment: order.UPI, Qty: 4, Price: 599, Time: time.Date(2022, 1, 31, 8, 0, 0, 0, time.UTC), Country: "China", City: "Xi'an",
		Site: "tea.example", TxnID: 5, Reason: "Network Timeout"}
	line := Tabs{}.Append(nil, &o, nil)
	fmt.Println(strings.ReplaceAll(string(line), "\t", " → "))

	var back order.Order
	err := Tabs{}.Parse(&back, line, nil)
	fmt.Println(back == o, err)
	// Output:
	// 1 → 2 → Ann Lee → 3 → Green Tea → Groceries → UPI → 4 → 5.99 → 2022-01-31T08:00:00 → China → Xi'an → tea.example → 5 → N → Network Timeout
	// true <nil>
}
