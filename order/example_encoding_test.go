package order_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/kafkanauts/kafkanauts/order"
)

// Tabs is an encoding of a program's own: the columns of the wire, separated by
// tabs.
type Tabs struct{}

// Append implements order.Encoding.
func (Tabs) Append(dst []byte, o *order.Order, at *order.Spans) []byte {
	base := len(dst)
	if at != nil {
		at.Clear()
	}
	for f := order.ID; f < order.NumFields; f++ {
		cell := len(dst)
		if f > order.ID {
			dst = append(dst, '\t')
		}
		start := len(dst)
		dst = o.AppendText(dst, f)
		if at != nil {
			at.Value[f] = order.Span{Start: int32(start - base), End: int32(len(dst) - base)}
			at.Cell[f] = order.Span{Start: int32(cell - base), End: int32(len(dst) - base)}
		}
	}
	if at != nil {
		at.Cell[order.ID].End++ // with the tab behind it
	}
	return dst
}

// Parse implements order.Encoding.
func (Tabs) Parse(o *order.Order, b []byte, at *order.Spans) error {
	*o = order.Order{}
	if at != nil {
		at.Clear() // a complete encoding fills these in
	}
	columns := strings.Split(string(b), "\t")
	if len(columns) != order.Columns {
		return &order.ParseError{Record: order.ColumnCount, Columns: len(columns), Line: string(b)}
	}
	wrong := order.ParseError{Line: string(b)}
	wrong.Spans.Clear()
	good := true
	for i, text := range columns {
		f := order.Field(i + 1)
		wrong.Fields[f] = o.SetText(f, text)
		good = good && wrong.Fields[f] == 0
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
