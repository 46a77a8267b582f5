package ordertest

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"unsafe"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/avro"
)

// The project's own encodings conform.
func TestEncodings(t *testing.T) {
	t.Parallel()
	reversed := order.Layout{}
	for i := range reversed {
		reversed[i] = order.Field(order.Columns - i)
	}
	for _, enc := range []order.Encoding{
		order.Pipe{}, order.Pipe{Layout: reversed}, order.CSV{}, order.CSV{Layout: reversed},
		avro.Encoding{}, avro.Encoding{Text: true}, avro.Encoding{SchemaID: 10}, avro.Encoding{Text: true, SchemaID: 1},
	} {
		run(t, fmt.Sprint(enc), func(t *testing.T) { Run(t, enc) })
	}
	for _, enc := range []order.Encoding{order.JSON{}, order.JSON{Layout: reversed}} {
		run(t, fmt.Sprintf("free %v", enc), func(t *testing.T) { Run(t, enc, Freedoms) })
	}
}

// run spares the race detector, for which the tests are short, the settings of
// what it sees anyway.
func run(t *testing.T, name string, f func(t *testing.T)) {
	if testing.Short() && (strings.Contains(name, ",") || strings.Contains(name, "schema")) {
		return
	}
	t.Run(name, f)
}

// flawed is Pipe, but for what a test replaces.
type flawed struct {
	order.Pipe
	append  func(dst []byte, o *order.Order, at *order.Spans) []byte
	parse   func(o *order.Order, b []byte, at *order.Spans) error
	view    func(o *order.Order, b []byte, at *order.Spans) error
	quote   func(dst []byte, f order.Field, text string) ([]byte, bool)
	carries func(o *order.Order) error
}

func (e *flawed) Append(dst []byte, o *order.Order, at *order.Spans) []byte {
	if e.append != nil {
		return e.append(dst, o, at)
	}
	return e.Pipe.Append(dst, o, at)
}

func (e *flawed) Parse(o *order.Order, b []byte, at *order.Spans) error {
	if e.parse != nil {
		return e.parse(o, b, at)
	}
	return e.Pipe.Parse(o, b, at)
}

func (e *flawed) View(o *order.Order, b []byte, at *order.Spans) error {
	if e.view != nil {
		return e.view(o, b, at)
	}
	return e.Parse(o, b, at)
}

func (e *flawed) Quote(dst []byte, f order.Field, text string) ([]byte, bool) {
	if e.quote != nil {
		return e.quote(dst, f, text)
	}
	return e.Pipe.Quote(dst, f, text)
}

func (e *flawed) Carries(o *order.Order) error {
	if e.carries != nil {
		return e.carries(o)
	}
	return e.Pipe.Carries(o)
}

type headed struct {
	order.Pipe
	line string
}

func (h headed) AppendHeader(dst []byte) []byte { return append(dst, h.line...) }

type keyer struct {
	order.Pipe
	flaw string
}

func (k keyer) Keyed(order.Field) func(dst []byte, o *order.Order) ([]byte, order.Span) {
	return func(dst []byte, o *order.Order) ([]byte, order.Span) {
		var at order.Spans
		dst = k.Append(dst, o, &at)
		return append(dst, k.flaw...), at.Value[order.City]
	}
}

// The kit tells what does not conform, and only that.
func TestKitFinds(t *testing.T) {
	t.Parallel()
	pipe := order.Pipe{}
	var kept []byte
	var busy atomic.Bool
	for _, c := range []struct {
		name string
		enc  order.Encoding
		want string
	}{
		{"nil", nil, "nil"},
		{"no flaw", &flawed{}, ""},
		{"forgets what was there", &flawed{append: func(dst []byte, o *order.Order, at *order.Spans) []byte { return pipe.Append(dst[:0], o, at) }}, `to "before"`},
		{"counts extents from dst", &flawed{append: func(dst []byte, o *order.Order, at *order.Spans) []byte {
			n := int32(len(dst))
			dst = pipe.Append(dst, o, at)
			if at != nil {
				at.Value[order.ID].Start += n
			}
			return dst
		}}, "count from the record's first byte"},
		{"changes the order", &flawed{append: func(dst []byte, o *order.Order, at *order.Spans) []byte { o.Qty = 1; return pipe.Append(dst, o, at) }}, "Append changed"},
		{"loses a field", &flawed{append: func(dst []byte, o *order.Order, at *order.Spans) []byte {
			p := *o
			p.Reason = ""
			return pipe.Append(dst, &p, at)
		}}, `failure_reason "" instead of`},
		{"carries too little", &flawed{carries: func(o *order.Order) error {
			if o.Qty == 0 {
				return errors.New("no qty")
			}
			return pipe.Carries(o)
		}}, "though it comes back"},
		{"carries too much", &flawed{carries: func(*order.Order) error { return nil }}, "say so in Carries"},
		{"blames another", &flawed{carries: func(o *order.Order) error {
			if pipe.Carries(o) != nil {
				return errors.New("order: cannot")
			}
			return nil
		}}, "names the first field"},
		{"writes line ends", &flawed{append: func(dst []byte, o *order.Order, at *order.Spans) []byte { return append(pipe.Append(dst, o, at), '\n') },
			parse: func(o *order.Order, b []byte, at *order.Spans) error {
				return pipe.Parse(o, bytes.TrimSuffix(b, []byte("\n")), at)
			}}, "has a line end in it"},
		{"views", &flawed{parse: pipe.View}, "Parse keeps"},
		{"holds on", &flawed{parse: func(o *order.Order, b []byte, at *order.Spans) error {
			if err := pipe.Parse(o, b, at); err != nil {
				e := *err.(*order.ParseError)
				var again order.Order
				if errors.As(pipe.View(&again, b, nil), new(*order.ParseError)) && len(b) > 0 {
					e.Line = view(b)
				}
				return &e
			}
			return nil
		}}, "is a view of it"},
		{"changes the record", &flawed{parse: func(o *order.Order, b []byte, at *order.Spans) error {
			err := pipe.Parse(o, b, at)
			if len(b) > 0 {
				b[0] = ' '
			}
			return err
		}}, "Parse changed"},
		{"leaves what was there", &flawed{parse: func(o *order.Order, b []byte, at *order.Spans) error {
			was := o.Reason
			err := pipe.Parse(o, b, at)
			if o.Reason == "" {
				o.Reason = was
			}
			return err
		}}, `failure_reason "stale" instead of ""`},
		{"leaves what is wrong", &flawed{parse: func(o *order.Order, b []byte, at *order.Spans) error {
			err := pipe.Parse(o, b, at)
			if err != nil {
				o.Qty = 5
			}
			return err
		}}, "qty is wrong in"},
		{"is lax", &flawed{parse: func(o *order.Order, b []byte, at *order.Spans) error {
			if b, plus := bytes.CutPrefix(b, []byte("+")); plus && pipe.Parse(o, b, at) == nil {
				return nil
			}
			return pipe.Parse(o, b, at)
		}}, "which Append would not have written"},
		{"has other errors", &flawed{parse: func(o *order.Order, b []byte, at *order.Spans) error {
			if pipe.Parse(o, b, at) != nil {
				return errors.New("no")
			}
			return nil
		}}, "not a *order.ParseError"},
		{"says nothing", &flawed{parse: func(o *order.Order, b []byte, at *order.Spans) error {
			if pipe.Parse(o, b, at) != nil {
				e := &order.ParseError{Line: string(b)}
				e.Spans.Clear()
				return e
			}
			return nil
		}}, "names nothing that is wrong"},
		{"panics", &flawed{parse: func(o *order.Order, b []byte, at *order.Spans) error { _ = b[0]; return pipe.Parse(o, b, at) }}, "it panics"},
		{"views otherwise", &flawed{view: func(o *order.Order, b []byte, at *order.Spans) error {
			err := pipe.View(o, b, at)
			o.Success = true
			return err
		}}, "View reads"},
		{"has no extents", &flawed{append: func(dst []byte, o *order.Order, _ *order.Spans) []byte { return pipe.Append(dst, o, nil) }}, "extents"},
		{"has cells without separators", &flawed{append: func(dst []byte, o *order.Order, at *order.Spans) []byte {
			dst = pipe.Append(dst, o, at)
			if at != nil {
				at.Cell = at.Value
			}
			return dst
		}, parse: func(o *order.Order, b []byte, at *order.Spans) error {
			err := pipe.Parse(o, b, at)
			if at != nil {
				at.Cell = at.Value
			}
			return err
		}}, "without the cell of"},
		{"quotes too much", &flawed{quote: func(dst []byte, _ order.Field, text string) ([]byte, bool) { return append(dst, text...), true }}, "makes more of the record wrong"},
		{"quotes too little", &flawed{quote: func(dst []byte, f order.Field, text string) ([]byte, bool) {
			if f == order.City {
				return dst, false
			}
			return pipe.Quote(dst, f, text)
		}}, "Quote(city"},
		{"quotes something else", &flawed{quote: func(dst []byte, f order.Field, text string) ([]byte, bool) {
			return pipe.Quote(dst, f, strings.ToUpper(text))
		}}, "in the record stands"},
		{"is not safe for concurrent use", &flawed{append: func(dst []byte, o *order.Order, at *order.Spans) []byte {
			if busy.Swap(true) {
				return append(pipe.Append(dst, o, at), ' ')
			}
			runtime.Gosched()
			busy.Store(false)
			return pipe.Append(dst, o, at)
		}}, "goroutines get other results"},
		{"shares memory", &flawed{append: func(dst []byte, o *order.Order, at *order.Spans) []byte {
			if len(dst) > 0 {
				return pipe.Append(dst, o, at)
			}
			kept = pipe.Append(kept[:0], o, at)
			return kept
		}}, "changed the bytes that Append"},
		{"has a header of two lines", headed{line: "a\nb"}, "has a line end"},
		{"has a record for a header", headed{line: string(pipe.Append(nil, &order.Order{}, nil))}, "is read as a record"},
		{"keys something else", keyer{flaw: "x"}, "Keyed(order_id) appends"},
		{"keys elsewhere", keyer{}, "Keyed(order_id) says"},
	} {
		if testing.Short() && !strings.Contains(c.want, "goroutines") {
			continue // the race detector, for which the tests are short, has nothing to see
		}
		var errs []error
		found := false
		for err := range check(c.enc) {
			errs = append(errs, err)
			if found = strings.HasPrefix(err.Error(), "ordertest: ") && strings.Contains(err.Error(), c.want); found {
				break
			}
		}
		switch {
		case c.want == "" && len(errs) > 0:
			t.Errorf("%s: %v", c.name, errs)
		case c.want != "" && !found:
			t.Errorf("of an encoding that %s it is said %v, not %q", c.name, errs, c.want)
		}
	}
}

// With the freedoms of JSON, an encoding is still held to reading the same again.
func TestFreedoms(t *testing.T) {
	lax := &flawed{parse: func(o *order.Order, b []byte, at *order.Spans) error {
		err := order.Pipe{}.Parse(o, bytes.TrimRight(b, " "), at)
		if at != nil && err == nil && bytes.HasSuffix(b, []byte(" ")) {
			at.Clear()
		}
		return err
	}}
	if errs := slices.Collect(check(lax, Freedoms)); len(errs) == 0 {
		t.Error("nothing is said about an encoding that is lax where it carries texts with spaces")
	}
	for err := range check(order.JSON{}) {
		if !strings.Contains(err.Error(), "Freedoms") && !strings.Contains(err.Error(), "though it is no value") {
			t.Error(err)
		}
	}
}

func FuzzAvro(f *testing.F)     { Fuzz(f, avro.Encoding{}) }
func FuzzAvroText(f *testing.F) { Fuzz(f, avro.Encoding{Text: true, SchemaID: 1}) }
func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"customer_id":1,"customer_id":2}`))
	Fuzz(f, order.JSON{}, Freedoms)
}

func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
