package order

import (
	"strconv"
	"unsafe"
)

// grow returns b with room for n more bytes behind its length.
func grow(b []byte, n int) []byte {
	if cap(b)-len(b) >= n {
		return b
	}
	return append(b, make([]byte, n)...)[:len(b)]
}

// widest bounds the bytes of all values of an order that are not text, their
// separators included, and what may be overwritten behind them.
const widest = 4*widestUint + widestInt + widestCents + longestTime + 1 + Columns + over

// widestScalar bounds one of these.
const widestScalar = longestTime + over

// textBytes returns how many bytes the texts of o have.
func (o *Order) textBytes() int {
	return len(o.CustomerName) + len(o.ProductName) + len(o.Category) + len(o.Payment) +
		len(o.Country) + len(o.City) + len(o.Site) + len(o.Reason)
}

// putScalar writes the value of f, which is not of kind Text.
func (o *Order) putScalar(s space, n int, f Field, c *recent) int {
	switch f {
	case ID:
		return putUint(s, n, o.ID)
	case CustomerID:
		return putUint(s, n, o.CustomerID)
	case ProductID:
		return putUint(s, n, o.ProductID)
	case TxnID:
		return putUint(s, n, o.TxnID)
	case Qty:
		return putInt(s, n, int64(o.Qty))
	case Price:
		return putCents(s, n, o.Price)
	case Time:
		return putTime(s, n, o.Time, c)
	case Success:
		s.byte(n, o.flag())
		return n + 1
	}
	return n
}

// flag returns Y or N.
func (o *Order) flag() byte {
	if o.Success {
		return 'Y'
	}
	return 'N'
}

// appendScalar appends the value of f, which is not of kind Text.
func (o *Order) appendScalar(dst []byte, f Field) []byte {
	dst = grow(dst, widestScalar)
	return dst[:o.putScalar(spaceOf(dst), len(dst), f, new(recent))]
}

// AppendText appends the value of f as the text that stands for it in the pipe
// encoding: for encodings of a program's own. Of None it appends nothing.
func (o *Order) AppendText(dst []byte, f Field) []byte {
	if t := o.text(f); t != nil {
		return append(dst, *t...)
	}
	return o.appendScalar(dst, f)
}

// SetText sets f to the value that text stands for, and returns 0, or why it
// stands for none; then f is zero. It is AppendText backwards. Of None it does
// nothing.
func (o *Order) SetText(f Field, text string) Cause { return o.set(f, bytesOf(text)) }

// set reads the value v of f into o. Text in o is a view of v. It returns why v
// is no value of f, or 0; then that field of o is zero.
func (o *Order) set(f Field, v []byte) (c Cause) {
	var ok bool
	switch f {
	case ID:
		if o.ID, ok = parseUint(v); !ok {
			return NotANumber
		}
	case CustomerID:
		if o.CustomerID, ok = parseUint(v); !ok {
			return NotANumber
		}
	case ProductID:
		if o.ProductID, ok = parseUint(v); !ok {
			return NotANumber
		}
	case TxnID:
		if o.TxnID, ok = parseUint(v); !ok {
			return NotANumber
		}
	case Qty:
		n, ok := parseInt(v)
		if o.Qty = int(n); !ok || int64(o.Qty) != n {
			o.Qty = 0
			return NotANumber
		}
	case Price:
		if o.Price, ok = parseCents(v); !ok {
			return NotAPrice
		}
	case Time:
		if o.Time, ok = parseTime(v); !ok {
			return NotATime
		}
	case Success:
		if len(v) != 1 || v[0] != 'Y' && v[0] != 'N' {
			o.Success = false
			return NotAFlag
		}
		o.Success = v[0] == 'Y'
	case CustomerName:
		o.CustomerName = view(v)
	case ProductName:
		o.ProductName = view(v)
	case Category:
		o.Category = view(v)
	case Payment:
		o.Payment = view(v)
	case Country:
		o.Country = view(v)
	case City:
		o.City = view(v)
	case Site:
		o.Site = view(v)
	case Reason:
		o.Reason = view(v)
	}
	return 0
}

// view returns b as a string without copying it.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// bytesOf returns the bytes of s, which nobody may change.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// uncarried is the error of a field that an encoding cannot carry.
type uncarried struct {
	encoding string
	field    Field
	value    string
	why      string
}

func (e *uncarried) Error() string {
	return "order: " + e.encoding + " cannot carry " + e.field.String() + " " + strconv.QuoteToASCII(e.value) + ": " + e.why
}

// carriesTime is what every text encoding asks of the time.
func carriesTime(encoding string, o *Order) error {
	if t := o.Time; !fourDigits(t) || t.Nanosecond() != 0 || t != t.UTC() {
		return &uncarried{encoding, Time, t.String(), "an order's time is UTC, in whole seconds, in a year from 0000 to 9999"}
	}
	return nil
}
