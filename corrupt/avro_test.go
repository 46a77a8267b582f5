package corrupt

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/avro"
)

// In a binary encoding Undo restores every record, and a damaged one is refused with
// its cause, or is another record of the encoding: what any reader sees.
func TestBinary(t *testing.T) {
	for _, enc := range []order.Encoding{avro.Encoding{}, avro.Encoding{SchemaID: 10}, avro.Encoding{Text: true}, avro.Encoding{Text: true, SchemaID: 10}} {
		t.Run(name(enc), func(t *testing.T) {
			read, refused, ends := 0, 0, 0
			for name, mix := range map[string]Mix{"original": OriginalAt(1), "rival": RivalAt(1)} {
				p := newProcess(t, mix, enc)
				w := p.Worker()
				const n = 2000
				w.Begin(1, n)
				for i := range n {
					o := someOrder(i)
					o.CustomerID >>= 1
					o.TxnID >>= 1
					var at order.Spans
					clean := enc.Append(nil, &o, &at)
					value := bytes.Clone(clean)
					if !w.Hit(i, &o) {
						continue
					}
					value, out := w.Apply(value, 0, i, false, &o, &at)
					if got := order.Undo(nil, value, out.Faults); !bytes.Equal(got, clean) {
						t.Fatalf("%s: Undo makes %q, not %q", name, got, clean)
					}
					if len(out.Faults) == 0 {
						if !bytes.Equal(value, clean) {
							t.Fatalf("%s: %q became %q without a fault", name, clean, value)
						}
						continue
					}
					ends += bytes.Count(value, []byte("\n"))
					var back order.Order
					err := enc.Parse(&back, value, nil)
					var wrong *order.ParseError
					switch {
					case errors.As(err, &wrong):
						refused++
					case err != nil:
						t.Fatalf("%s: %q: %v", name, value, err)
					case !bytes.Equal(enc.Append(nil, &back, nil), value) || back == o:
						t.Fatalf("%s: %q is read as %+v, which was %+v", name, value, back, o)
					default:
						read++
					}
				}
			}
			if read == 0 || refused == 0 || ends == 0 {
				t.Errorf("%d were read, %d refused, with %d bytes like a line end", read, refused, ends)
			}
		})
	}
}

// Numbers of a binary encoding read as their texts, and are set from them.
func TestBinaryReads(t *testing.T) {
	for _, enc := range []order.Encoding{avro.Encoding{}, avro.Encoding{Text: true}} {
		p := newProcess(t, Mix{Of(strategy{"reader", func(e *Edit, _ *rand.Rand) bool {
			o := e.Clean()
			for f := order.ID; f < order.NumFields; f++ {
				if want := string(o.AppendText(nil, f)); e.Text(f) != want {
					t.Fatalf("%v: %v reads %q, not %q", enc, f, e.Text(f), want)
				}
			}
			if !e.Set(order.Price, "-12.05") || e.Text(order.Price) != "-12.05" || !e.Set(order.City, "seven") || e.Text(order.City) != "seven" {
				t.Fatalf("%v: a price reads %q, a city %q", enc, e.Text(order.Price), e.Text(order.City))
			}
			if text := enc == (avro.Encoding{Text: true}); e.Set(order.Qty, "many") != text {
				t.Fatalf("%v: the quantity is %q", enc, e.Text(order.Qty))
			}
			return e.SetRaw(order.Qty, []byte("\x03")) && e.Text(order.Qty) != ""
		}}, 1)}, enc)
		w := p.Worker()
		w.Begin(1, 1)
		o := someOrder(1)
		o.CustomerID >>= 1
		o.TxnID >>= 1
		var at order.Spans
		value := enc.Append(nil, &o, &at)
		w.Hit(0, &o)
		if _, out := w.Apply(value, 0, 0, true, &o, &at); len(out.Faults) == 0 {
			t.Errorf("%v: nothing was set", enc)
		}
	}
}
