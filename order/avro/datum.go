package avro

import (
	"encoding/binary"
	"math/bits"
	"unsafe"

	"github.com/kafkanauts/kafkanauts/order"
)

// Avro's primitive types, as far as orders have them.

// appendLong appends v: zigzag, seven bits a byte, the lowest first.
func appendLong(b []byte, v int64) []byte { return binary.AppendVarint(b, v) }

func appendText(b []byte, s string) []byte {
	return append(appendLong(b, int64(len(s))), s...)
}

// appendDecimal appends a length and v as a number with a sign, the highest byte
// first, in as few bytes as can be.
func appendDecimal(b []byte, v int64) []byte {
	n := (bits.Len64(uint64(v^v>>63)) + 8) / 8 // with a bit for the sign
	b = append(b, byte(n)<<1)
	return binary.BigEndian.AppendUint64(b, uint64(v)<<(64-8*n))[:len(b)+n]
}

func appendFlag(b []byte, is bool) []byte {
	if is {
		return append(b, 1)
	}
	return append(b, 0)
}

// view returns b as a string without copying it.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// reader reads values one after the other. Each method returns why there is no right one, or
// 0, and whether the value's end is known: then i is there.
type reader struct {
	b []byte
	i int
}

// long reads a long. It returns false for shortest if it is spelled with more bytes than
// need be.
func (r *reader) long() (v int64, shortest, whole bool) {
	var u uint64
	for i, x := range r.b[r.i:] {
		if i == binary.MaxVarintLen64-1 && x > 1 {
			return 0, false, false // more than 64 bits
		}
		u |= uint64(x&0x7f) << (7 * i)
		if x < 0x80 {
			r.i += i + 1
			return int64(u>>1) ^ -int64(u&1), x != 0 || i == 0, true
		}
	}
	return 0, false, false
}

// number reads a long of the shortest spelling.
func (r *reader) number() (v int64, c order.Cause, whole bool) {
	v, shortest, whole := r.long()
	if !shortest {
		return 0, order.Malformed, whole
	}
	return v, 0, true
}

// id reads a long that is not negative.
func (r *reader) id() (uint64, order.Cause, bool) {
	v, c, whole := r.number()
	if c == 0 && v < 0 {
		return 0, order.NotANumber, true
	}
	return uint64(v), c, whole
}

// bytes reads a length and so many bytes. It returns nil if they are not all
// there, else a view of them.
func (r *reader) bytes() (t []byte, c order.Cause) {
	n, shortest, whole := r.long()
	if !whole || n < 0 || n > int64(len(r.b)-r.i) {
		return nil, order.Malformed
	}
	if !shortest {
		c = order.Malformed
	}
	end := r.i + int(n)
	t = r.b[r.i:end:end]
	r.i = end
	return t, c
}

// decimal reads what appendDecimal wrote, if it is carried.
func (r *reader) decimal() (v int64, c order.Cause, whole bool) {
	t, c := r.bytes()
	switch {
	case t == nil:
		return 0, c, false
	case c != 0:
		return 0, c, true
	case len(t) == 0 || len(t) > 8:
		return 0, order.NotAPrice, true
	}
	v = int64(int8(t[0]))
	for _, x := range t[1:] {
		v = v<<8 | int64(x)
	}
	if n := len(t); n > 1 && int64(int8(t[1])) >= 0 == (t[0] == 0) && (t[0] == 0 || t[0] == 0xff) {
		return 0, order.Malformed, true // the first byte says nothing
	}
	if v < -mostCents || v > mostCents {
		return 0, order.NotAPrice, true
	}
	return v, 0, true
}

// flag reads a boolean.
func (r *reader) flag() (is bool, c order.Cause, whole bool) {
	if r.i == len(r.b) {
		return false, order.Malformed, false
	}
	x := r.b[r.i]
	r.i++
	if x > 1 {
		return false, order.NotAFlag, true
	}
	return x == 1, 0, true
}
