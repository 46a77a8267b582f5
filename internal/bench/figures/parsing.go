package figures

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/kafkanauts/kafkanauts/order"
)

// parsing parses lines whose ends are known.
func parsing(enc interface {
	order.Encoding
	order.Viewer
}) func(*Orders) (Job, error) {
	return func(x *Orders) (Job, error) {
		l := x.encoded(enc)
		at := 0
		var o order.Order
		return Job{Run: func(n int) error {
			for range n {
				if err := enc.View(&o, l.text[l.ends[at]:l.ends[at+1]-1], nil); err != nil {
					return err
				}
				if at++; at == prebuilt {
					at = 0
				}
			}
			return nil
		}}, nil
	}
}

// encodingCSV reads the same lines into the same struct with the standard
// library, copying no more than it must.
func encodingCSV(x *Orders) (Job, error) {
	var r *csv.Reader
	again := func() {
		r = csv.NewReader(bytes.NewReader(x.lines.text))
		r.Comma, r.ReuseRecord, r.LazyQuotes, r.FieldsPerRecord = '|', true, true, order.Columns
	}
	again()
	var o order.Order
	return Job{Run: func(n int) error {
		for range n {
			cells, err := r.Read()
			if err == io.EOF {
				again()
				cells, err = r.Read()
			}
			if err != nil {
				return err
			}
			if err := typed(&o, cells); err != nil {
				return err
			}
		}
		return nil
	}}, nil
}

// typed fills o from the cells of a line.
func typed(o *order.Order, cells []string) (err error) {
	unsigned := func(s string) uint64 {
		v, e := strconv.ParseUint(s, 10, 64)
		if e != nil {
			err = e
		}
		return v
	}
	*o = order.Order{
		ID: unsigned(cells[0]), CustomerID: unsigned(cells[1]), CustomerName: cells[2], ProductID: unsigned(cells[3]), ProductName: cells[4],
		Category: cells[5], Payment: cells[6], Country: cells[10], City: cells[11], Site: cells[12], TxnID: unsigned(cells[13]), Reason: cells[15],
	}
	if err != nil {
		return err
	}
	if o.Qty, err = strconv.Atoi(cells[7]); err != nil {
		return err
	}
	price, err := strconv.ParseFloat(cells[8], 64)
	if err != nil {
		return err
	}
	o.Price = int64(math.Round(price * 100))
	if o.Time, err = time.Parse("2006-01-02T15:04:05", cells[9]); err != nil {
		return err
	}
	switch cells[14] {
	case "Y":
		o.Success = true
	case "N":
	default:
		return fmt.Errorf("success is %q", cells[14])
	}
	return nil
}
