package figures

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"

	"github.com/kafkanauts/kafkanauts/order"
)

// bufferSize is that of the buffer which lines are copied and encoded into, over
// and over.
const bufferSize = 1 << 16

// copying copies each line at its own length.
func copying(x *Orders) (Job, error) {
	dst := make([]byte, 0, bufferSize)
	text, ends, at := x.lines.text, x.lines.ends, 0
	return Job{Run: func(n int) error {
		for range n {
			line := text[ends[at]:ends[at+1]]
			if at++; at == prebuilt {
				at = 0
			}
			if len(dst)+len(line) > cap(dst) {
				dst = dst[:0]
			}
			dst = append(dst, line...)
		}
		return nil
	}}, nil
}

// fprintf writes what encode writes, the way a program does that gives it no
// thought.
func fprintf(x *Orders) (Job, error) {
	at := 0
	return Job{Run: func(n int) error {
		for range n {
			printed(io.Discard, &x.orders[at%prebuilt])
			at++
		}
		return nil
	}}, nil
}

func printed(w io.Writer, o *order.Order) {
	success := "N"
	if o.Success {
		success = "Y"
	}
	fmt.Fprintf(w, "%d|%d|%s|%d|%s|%s|%s|%d|%.2f|%s|%s|%s|%s|%d|%s|%s\n", o.ID, o.CustomerID, o.CustomerName, o.ProductID,
		o.ProductName, o.Category, o.Payment, o.Qty, float64(o.Price)/100, o.Time.Format("2006-01-02T15:04:05"),
		o.Country, o.City, o.Site, o.TxnID, success, o.Reason)
}

// newlines finds the end of each line.
func newlines(x *Orders) (Job, error) {
	rest := x.lines.text
	return Job{Run: func(n int) error {
		for range n {
			if len(rest) == 0 {
				rest = x.lines.text
			}
			end := bytes.IndexByte(rest, '\n')
			if end < 0 {
				return errors.New("a line without an end")
			}
			rest = rest[end+1:]
		}
		return nil
	}}, nil
}

// sorting sorts the same numbers anew each time; putting them in disorder
// again is part of it, and takes about a hundredth of it.
func sorting(*Orders) (Job, error) {
	numbers := make([]float64, 1_000_000)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range numbers {
		numbers[i] = r.Float64()
	}
	sorted := slices.Clone(numbers)
	return Job{Run: func(n int) error {
		for range n {
			copy(sorted, numbers)
			slices.Sort(sorted)
		}
		return nil
	}}, nil
}

// encoding encodes the prebuilt orders, each with its line end, as a stream
// does: telling where the key lies, if the encoding can.
func encoding(enc order.Encoding) func(*Orders) (Job, error) {
	return func(x *Orders) (Job, error) {
		dst := make([]byte, 0, bufferSize)
		at := 0
		write := func(dst []byte, o *order.Order) ([]byte, order.Span) { return enc.Append(dst, o, nil), order.Span{} }
		if keyed := order.Keyed(enc, order.CustomerID); keyed != nil {
			write = keyed
		}
		return Job{Run: func(n int) error {
			for range n {
				if len(dst)+1024 > cap(dst) {
					dst = dst[:0]
				}
				dst, _ = write(dst, &x.orders[at%prebuilt])
				dst = append(dst, '\n')
				at++
			}
			return nil
		}}, nil
	}
}
