// Package ordertest is a conformance kit for encodings of a program's own:
//
//	func TestEncoding(t *testing.T) { ordertest.Run(t, Tabs{}) }
//	func FuzzEncoding(f *testing.F) { ordertest.Fuzz(f, Tabs{}) }
package ordertest

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"runtime/debug"
	"slices"
	"sync"
	"testing"

	"github.com/kafkanauts/kafkanauts/order"
)

// Exception is something that an encoding is known to do otherwise.
type Exception uint8

// Freedoms says that Parse accepts more spellings of a record than the one that
// Append writes, as that of order.JSON does. Then what it accepts must, once Append has
// written it, be read as the same order.
const Freedoms Exception = 1

// Run fails t if enc does not do what an Encoding, and each optional capability that it
// has, have to. It writes and reads some thousand orders: texts that are
// empty, long, of many scripts, with quotation marks, delimiters, line ends and bytes that are no text,
// and numbers and times at the ends of their ranges; and damages them in every byte. It holds that
//
//   - Parse reads what Append wrote as the same order, for all that Carries does not refuse (without
//     order.Carrier: all whose times are UTC, in whole seconds of the years 0000 to 9999), and what it refuses does not come
//     back, for the reason of the field that it names;
//   - Append and Quote append, Parse overwrites all of the order, and none of them changes what it is given or
//     holds on to it; View reads what Parse reads;
//   - the extents of Append and Parse are the same and say where the value of each field is: what Quote makes of its text;
//     another Quote in its place is read as that text; without its cell, the field is missing and the others are there;
//   - Parse is strict: it refuses what Append would not have written (but see Freedoms), and says with a
//     *order.ParseError what is wrong;
//   - nothing panics, whatever the bytes;
//   - records have no line ends, unless the encoding is order.Binary, and its header is a line and no record;
//   - order.Keyer appends what Append does, and order.Unquoter finds the text;
//   - it is safe for concurrent use: run the tests with -race, too.
func Run(t *testing.T, enc order.Encoding, but ...Exception) {
	t.Helper()
	for err := range check(enc, but...) {
		t.Error(err)
	}
}

// Fuzz fuzzes Parse, and View if there is one, with records of enc to begin with: nothing
// panics, and all that is accepted is what Append writes.
func Fuzz(f *testing.F, enc order.Encoding, but ...Exception) {
	k := newKit(enc, but)
	all := orders()
	for i := 0; i < len(all); i += 1 + len(all)/40 {
		if b := enc.Append(nil, &all[i], nil); len(b) < 1000 {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := guard(func() error { return k.strict(b) }); err != nil {
			t.Error(err)
		}
	})
}

// kit is an encoding with its capabilities, or nil where it has none.
type kit struct {
	enc      order.Encoding
	free     bool
	binary   bool
	quoter   order.Quoter
	viewer   order.Viewer
	carrier  order.Carrier
	unquoter order.Unquoter
}

func newKit(enc order.Encoding, but []Exception) *kit {
	k := &kit{enc: enc, binary: order.IsBinary(enc)}
	k.quoter, _ = enc.(order.Quoter)
	k.viewer, _ = enc.(order.Viewer)
	k.carrier, _ = enc.(order.Carrier)
	k.unquoter, _ = enc.(order.Unquoter)
	for _, e := range but {
		k.free = k.free || e == Freedoms
	}
	return k
}

// check yields what is wrong with enc: at most one error for each law, since
// who breaks one once breaks it often.
func check(enc order.Encoding, but ...Exception) iter.Seq[error] {
	return func(yield func(error) bool) {
		if enc == nil {
			yield(errors.New("ordertest: the encoding is nil"))
			return
		}
		k := newKit(enc, but)
		all := slices.Clone(orders()) // an encoding may change one
		failed := map[string]bool{}
		more := true
		law := func(name string, f func() error) {
			if !more || failed[name] {
				return
			}
			if err := guard(f); err != nil {
				failed[name] = true
				more = yield(fmt.Errorf("ordertest: %s: %w", name, err))
			}
		}
		for i := range all {
			o := &all[i]
			law("round trip", func() error { return k.roundTrip(o) })
			law("line ends", func() error { return k.oneLine(o) })
			law("keyer", func() error { return k.keyed(o) })
			law("extents", func() error { return k.extents(o) })
		}
		for f := order.ID; f < order.NumFields; f++ {
			law("quote", func() error { return k.quotes(f) })
		}
		law("header", k.header)
		if more {
			for _, b := range k.spoilt(all) {
				law("strictness", func() error { return k.strict(b) })
			}
		}
		law("concurrency", func() error { return k.concurrent(all) })
	}
}

// guard returns what f returns, or that it panics.
func guard(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("it panics: %v\n%s", r, debug.Stack())
		}
	}()
	return f()
}

// carries returns why the encoding does not carry o, or nil.
func (k *kit) carries(o *order.Order) error {
	if k.carrier == nil {
		if !proper(o) {
			return fmt.Errorf("the time is none of an order's")
		}
		return nil
	}
	return k.carrier.Carries(o)
}

// oneLine holds that a carried record is one line.
func (k *kit) oneLine(o *order.Order) error {
	if k.binary || k.carries(o) != nil {
		return nil
	}
	if b := k.enc.Append(nil, o, nil); bytes.ContainsAny(b, "\r\n") {
		return fmt.Errorf("the record %q has a line end in it; escape it, refuse it in Carries, or be order.Binary", short(b))
	}
	return nil
}

func (k *kit) header() error {
	h, ok := k.enc.(order.Header)
	if !ok {
		return nil
	}
	line := h.AppendHeader(nil)
	if with := h.AppendHeader([]byte("before")); string(with) != "before"+string(line) {
		return fmt.Errorf("its AppendHeader appends %q to nothing, and makes %q of \"before\"", line, with)
	}
	var o order.Order
	switch {
	case k.binary:
		return fmt.Errorf("the encoding is order.Binary, whose files have no lines, and has a header")
	case bytes.ContainsAny(line, "\r\n"):
		return fmt.Errorf("the header %q has a line end; whoever writes it adds that", line)
	case k.enc.Parse(&o, line, nil) == nil:
		return fmt.Errorf("the header %q is read as a record", line)
	}
	return nil
}

// keyed holds that Keyer appends what Append does.
func (k *kit) keyed(o *order.Order) error {
	keyer, ok := k.enc.(order.Keyer)
	if !ok {
		return nil
	}
	var at order.Spans
	b := k.enc.Append(nil, o, &at)
	for f := order.ID; f < order.NumFields; f++ {
		appends := keyer.Keyed(f)
		if appends == nil {
			continue
		}
		for range 2 { // it may remember
			got, span := appends([]byte("before"), o)
			if string(got) != "before"+string(b) {
				return fmt.Errorf("its Keyed(%v) appends %q, Append %q", f, short(got), short(b))
			}
			v := at.Value[f]
			inner := v
			if inner.End-inner.Start >= 2 && b[v.Start] == '"' && b[v.End-1] == '"' {
				inner = order.Span{Start: v.Start + 1, End: v.End - 1}
			}
			if k.unquoter != nil {
				text := k.unquoter.Unquote(f, v.Of(b))
				if bytes.Equal(text, span.Of(b)) && span.Start >= v.Start && span.End <= v.End {
					continue
				}
			}
			if span != v && span != inner {
				return fmt.Errorf("its Keyed(%v) says that the value is at %v, Append at %v, of %q", f, span, v, short(b))
			}
		}
	}
	return nil
}

// concurrent holds that what several goroutines do comes out as what one does.
func (k *kit) concurrent(all []order.Order) error {
	work := func() []byte {
		sum := []byte("sum")
		for i := range all {
			if i%3 > 0 || len(all[i].CustomerName)+len(all[i].Reason) > 1000 {
				continue
			}
			var at order.Spans
			var o order.Order
			start := len(sum)
			sum = k.enc.Append(sum, &all[i], &at)
			err := k.enc.Parse(&o, sum[start:], &at)
			sum = fmt.Appendf(sum, "%v %v", at.Value[order.City], err == nil)
			if k.quoter != nil {
				sum, _ = k.quoter.Quote(sum, order.City, all[i].City)
			}
		}
		return sum
	}
	want := work()
	errs := make([]error, 4)
	var wait sync.WaitGroup
	for i := range errs {
		wait.Go(func() {
			errs[i] = guard(func() error {
				if got := work(); !bytes.Equal(got, want) {
					return fmt.Errorf("%d goroutines get other results than one; keep no state", len(errs))
				}
				return nil
			})
		})
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// short returns b, or its beginning and end.
func short[T []byte | string](b T) T {
	const most = 400
	if len(b) <= most {
		return b
	}
	return T(string(b[:most/2]) + "…" + string(b[len(b)-most/2:]))
}
