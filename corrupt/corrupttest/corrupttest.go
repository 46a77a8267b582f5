// Package corrupttest is a conformance kit for strategies.
package corrupttest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts/corrupt"
	"github.com/kafkanauts/kafkanauts/internal/keyed"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/avro"
)

// Run fails t if s does not do what a Strategy has to. It lets s damage some
// thousand orders of many kinds in pipe, CSV, JSON and Avro of texts and holds that
//
//   - its name is a word and always the same;
//   - order.Undo restores every record from the answer key;
//   - where it gives up, it leaves no trace;
//   - the same key leads to the same damage: it uses no randomness but the one
//     that it is given, and remembers nothing;
//   - it is safe for concurrent use: run the tests with -race, too;
//   - it puts no line end into a value that is a line of text, and does not reach past its Reach;
//   - in each encoding there are orders that it damages.
func Run(t *testing.T, s corrupt.Strategy) {
	t.Helper()
	for _, err := range check(s) {
		t.Error(err)
	}
}

// encodings are those that strategies are tried in.
var encodings = []order.Encoding{order.Pipe{}, order.CSV{}, order.JSON{}, avro.Encoding{Text: true}}

// batch is how many orders are damaged in each encoding.
const batch = 1500

// check returns what is wrong with s.
func check(s corrupt.Strategy) []error {
	if s == nil {
		return []error{errors.New("corrupttest: the strategy is nil")}
	}
	name := s.Name()
	for range 3 {
		if again := s.Name(); again != name {
			return []error{fmt.Errorf("corrupttest: the name was %q and is %q; it keys the randomness, so it must stay", name, again)}
		}
	}
	var errs []error
	for _, enc := range encodings {
		p, err := corrupt.NewProcess(corrupt.Mix{corrupt.Of(s, 1)}, enc)
		if err != nil {
			return append(errs, fmt.Errorf("corrupttest: %w", err))
		}
		for _, err := range checkIn(p, enc) {
			errs = append(errs, fmt.Errorf("corrupttest: %s in %v: %w", name, enc, err))
		}
	}
	return errs
}

// result is what became of one record.
type result struct {
	clean, value []byte
	corrupt.Outcome
}

func checkIn(p *corrupt.Process, enc order.Encoding) []error {
	const goroutines = 4
	first := damage(p, enc)
	errs := laws(first, p.Reach(), order.IsBinary(enc))

	again := make([][]result, goroutines)
	var wait sync.WaitGroup
	for g := range again {
		wait.Go(func() { again[g] = damage(p, enc) })
	}
	wait.Wait()
	for _, other := range again {
		if i := differs(first, other); i >= 0 {
			return append(errs, fmt.Errorf("order %d became %q with %+v and, with the same key, %q with %+v; draw from the given *rand.Rand only, keep no state, and be safe for concurrent use",
				i, first[i].value, first[i].Faults, other[i].value, other[i].Faults))
		}
	}
	return errs
}

func differs(a, b []result) int {
	for i := range a {
		x, y := a[i], b[i]
		if !bytes.Equal(x.value, y.value) || x.Delay != y.Delay || x.Repeats != y.Repeats || x.After != y.After ||
			x.Dropped != y.Dropped || x.Joined != y.Joined || !slices.EqualFunc(x.Faults, y.Faults, sameFault) {
			return i
		}
	}
	return -1
}

func sameFault(a, b order.Fault) bool {
	return a.Strategy == b.Strategy && a.Op == b.Op && a.Field == b.Field && a.Start == b.Start && a.End == b.End &&
		a.By == b.By && bytes.Equal(a.Was, b.Was)
}

// laws returns which of the laws for each record does not hold, for the first
// record for which one does not.
func laws(all []result, reach time.Duration, binary bool) []error {
	damaged := 0
	for i, r := range all {
		if len(r.Faults) > 0 || r.Repeats > 0 {
			damaged++
		} else if !bytes.Equal(r.value, r.clean) {
			return []error{fmt.Errorf("order %d became %q without a fault", i, r.value)}
		}
		if got := order.Undo(nil, r.value, r.Faults); !bytes.Equal(got, r.clean) {
			return []error{fmt.Errorf("order %d became %q, and Undo makes %q of it, not %q; the faults are %+v", i, r.value, got, r.clean, r.Faults)}
		}
		if !binary && bytes.ContainsAny(r.value, "\r\n") {
			return []error{fmt.Errorf("order %d has a line end: %q", i, r.value)}
		}
		if far := r.Delay + time.Duration(r.Repeats)*r.After; far > reach {
			return []error{fmt.Errorf("order %d is moved by %v, past the Reach of %v", i, far, reach)}
		}
	}
	if damaged == 0 {
		return []error{fmt.Errorf("none of %d orders is damaged; Corrupt returns true once it has changed something", len(all))}
	}
	return nil
}

// damage damages the kit's orders.
func damage(p *corrupt.Process, enc order.Encoding) []result {
	all := make([]result, batch)
	w := p.Worker()
	w.Begin(1, batch)
	var at order.Spans
	for i := range all {
		o := someOrder(i)
		r := &all[i]
		r.clean = enc.Append(nil, &o, &at)
		r.value = bytes.Clone(r.clean)
		if w.Hit(i, &o) {
			r.value, r.Outcome = w.Apply(r.value, 0, i, i == batch-1, &o, &at)
		}
	}
	return all
}

// someOrder returns the i-th of the kit's orders: payments that fail and succeed,
// names of many scripts, texts that are empty or need quotation marks, and numbers
// of all sizes. All encodings carry them.
func someOrder(i int) order.Order {
	src := keyed.New(keyed.Key(i).Named("corrupttest"))
	names := []string{"Ann Lee", "José Núñez", "王伟", `Ted "Teddy" O'Hara`, "Smith, John", ""}
	products := []string{"Tacos", "Aspirin 500 mg", `Cable 3.5" (2 m)`, "Crème brûlée, frozen", `back\slash`}
	places := [][2]string{{"United States", "Boston"}, {"Mexico", "Mérida"}, {"China", "北京"}, {"Spain", "A Coruña"}}
	reasons := []string{"Insufficient Funds", "Card Expired", "Network Timeout"}
	place := places[src.IntN(len(places))]
	o := order.Order{
		ID: uint64(i), CustomerID: src.Uint64() >> src.IntN(64), ProductID: uint64(src.IntN(1000)), TxnID: src.Uint64(),
		CustomerName: names[src.IntN(len(names))], ProductName: products[src.IntN(len(products))],
		Category: []string{"Groceries", "Medicine", "E-Commerce"}[src.IntN(3)], Payment: order.Payments[src.IntN(4)],
		Country: place[0], City: place[1], Site: "www.example.com",
		Qty: src.IntN(40), Price: int64(src.Uint64() >> (12 + src.IntN(50))), Success: src.IntN(8) > 0,
		Time: time.Unix(1643587200+int64(src.IntN(14*86400)), 0).UTC(),
	}
	if !o.Success {
		o.Reason = reasons[src.IntN(len(reasons))]
	}
	return o
}
