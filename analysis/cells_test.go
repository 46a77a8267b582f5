package analysis

import (
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/avro"
)

// The cells of a record are the same texts in every encoding.
func TestCellsOfEncodings(t *testing.T) {
	o := order.Order{ID: 430856530925843, CustomerID: 7, CustomerName: "Zoë \"Z\" 王", ProductID: 1035, ProductName: "Tea",
		Category: "Grocery", Payment: order.Payments[0], Qty: 12, Price: -2599, Time: time.Unix(1643587201, 0).UTC(), Country: "日本",
		City: "Osaka", Site: "a.example", TxnID: 1 << 62, Reason: "Insufficient Funds"}
	for _, enc := range []order.Encoding{order.Pipe{}, order.CSV{}, order.JSON{}, avro.Encoding{}, avro.Encoding{Text: true}, avro.Encoding{SchemaID: 10}} {
		var got cells
		newCutter(enc).cut(enc.Append(nil, &o, nil), &got)
		if got.count != order.Columns {
			t.Errorf("%v: %d columns", enc, got.count)
		}
		for f := order.ID; f < order.NumFields; f++ {
			if want := string(o.AppendText(nil, f)); string(got.text[f]) != want {
				t.Errorf("%v: %v is %q, not %q", enc, f, got.text[f], want)
			}
		}
	}
}

// Of a damaged record in Avro, what can be read is told, and why the rest cannot.
func TestDamagedTexts(t *testing.T) {
	enc := avro.Encoding{Text: true, SchemaID: 10}
	for text, want := range map[string]Reason{"": Empty, "null": NullToken, "twelve": "not_a_number"} {
		var spans order.Spans
		value := enc.Append(nil, &order.Order{ID: 1, Qty: 12, City: "Osaka", Time: time.Unix(1643587201, 0).UTC()}, &spans)
		at := spans.Value[order.Qty]
		quoted, _ := enc.Quote(nil, order.Qty, text)
		value = append(append(append([]byte{}, value[:at.Start]...), quoted...), value[at.End:]...)
		var got cells
		newCutter(enc).cut(value, &got)
		if string(got.text[order.Qty]) != text || string(got.text[order.City]) != "Osaka" {
			t.Errorf("%q is cut as %q, with city %q", text, got.text[order.Qty], got.text[order.City])
		}
		in := Intake{Encoding: enc}
		in.Accept(value, new(order.Order))
		if in.Tally.ByReason[Complaint{order.Qty, want}] != 1 {
			t.Errorf("%q is rejected as %v, not %v", text, in.Tally.ByReason, want)
		}
	}
}
