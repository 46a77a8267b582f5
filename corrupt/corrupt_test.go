package corrupt

import (
	"fmt"
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts/internal/keyed"
	"github.com/kafkanauts/kafkanauts/order"
)

var encodings = []order.Encoding{order.Pipe{}, order.CSV{}, order.JSON{}}

// someOrder returns the i-th of endless orders, a ninth of which failed.
func someOrder(i int) order.Order {
	r := keyed.New(keyed.Key(i).Named("some orders"))
	names := []string{"Ann Lee", "José Núñez", "王伟", "O'Hara, \"Bob\"", ""}
	o := order.Order{
		ID: uint64(i + 1), CustomerID: r.Uint64() % 5000, ProductID: r.Uint64() % 300, TxnID: r.Uint64(),
		CustomerName: names[r.IntN(len(names))], ProductName: "Tacos, hard shell", Category: "Groceries",
		Payment: order.Payments[r.IntN(4)], Country: "Mexico", City: "Puebla", Site: "shop.example",
		Qty: 1 + r.IntN(30), Price: int64(r.IntN(20000)), Success: r.IntN(9) > 0,
		Time: time.Unix(1643587200+int64(i), 0).UTC(),
	}
	if !o.Success {
		o.Reason = "Card Expired"
	}
	return o
}

// sent is one record as a Worker left it, copied.
type sent struct {
	clean, value []byte
	at           order.Spans
	hit          bool
	Outcome
}

// run applies p to n orders and copies what comes of it.
func run(p *Process, enc order.Encoding, key uint64, n int) []sent {
	w := p.Worker()
	w.Begin(key, n)
	all := make([]sent, n)
	for i := range all {
		o := someOrder(i)
		s := &all[i]
		s.hit = w.Hit(i, &o)
		s.clean = enc.Append(nil, &o, &s.at)
		buf := append([]byte("before"), s.clean...)
		if s.hit {
			buf, s.Outcome = w.Apply(buf, len("before"), i, i == n-1, &o, &s.at)
			s.Faults, s.Copies = copyFaults(s.Faults), copyFaults(s.Copies)
		}
		s.value = buf[len("before"):]
		if string(buf[:len("before")]) != "before" {
			panic("what stands before the record was touched")
		}
	}
	return all
}

func copyFaults(faults []order.Fault) []order.Fault {
	faults = append([]order.Fault(nil), faults...)
	for i := range faults {
		faults[i].Was = append([]byte(nil), faults[i].Was...)
	}
	return faults
}

func newProcess(t testing.TB, m Mix, enc order.Encoding) *Process {
	t.Helper()
	p, err := NewProcess(m, enc)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func name(enc order.Encoding) string { return fmt.Sprint(enc) }
