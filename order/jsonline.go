package order

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// readLine reads into o a record that is written as Append does it: no space, the keys in
// their order, no escapes. It returns false of all others, of which o and at may then hold
// anything: they are for those who know the freedoms of JSON and can tell what is wrong.
func (j *JSON) readLine(o *Order, b []byte, at *Spans) bool {
	if len(b) == 0 || b[0] != '{' {
		return false
	}
	if at != nil {
		at.Value[None], at.Cell[None] = Span{-1, -1}, Span{-1, -1}
	}
	i := 1
	for column, f := range j.Layout.fields() {
		cell, key := i, jsonKeys[f]
		if column == 0 {
			key = key[1:] // no comma
		}
		if len(b)-i < len(key) || string(b[i:i+len(key)]) != key {
			return false
		}
		i += len(key)
		start := i
		if mark := i < len(b) && b[i] == '"'; mark == jsonNumber(f) {
			return false
		}
		if jsonNumber(f) {
			if i = numberEnd(b, i); o.set(f, b[start:i]) != 0 {
				return false
			}
		} else {
			end, wide := textEnd(b, i+1)
			if end == len(b) || b[end] != '"' || wide && !utf8.Valid(b[i+1:end]) || o.set(f, b[i+1:end]) != 0 {
				return false
			}
			i = end + 1
		}
		if at != nil {
			at.Value[f], at.Cell[f] = Span{int32(start), int32(i)}, Span{int32(cell), int32(i)}
			if column == 0 {
				at.Cell[f].End++ // with the comma behind it
			}
		}
	}
	return i == len(b)-1 && b[i] == '}'
}

func jsonNumber(f Field) bool {
	return 1<<f&(1<<ID|1<<CustomerID|1<<ProductID|1<<Qty|1<<Price|1<<TxnID) != 0
}

// numberEnd returns where the number that begins at b[i] has its comma or bracket.
func numberEnd(b []byte, i int) int {
	for ; i+8 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		if hit := (zeroBytes(w^ones*',') | zeroBytes(w^ones*'}')) & highs; hit != 0 {
			return i + bits.TrailingZeros64(hit)>>3
		}
	}
	for i < len(b) && b[i] != ',' && b[i] != '}' {
		i++
	}
	return i
}

// textEnd returns where from b[i] on the first byte is that is a quotation mark, or that
// ends or escapes what is plain, and whether any before it is outside ASCII.
func textEnd(b []byte, i int) (end int, wide bool) {
	var seen uint64
	for ; i+8 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		if hit := (zeroBytes(w^ones*'"') | zeroBytes(w^ones*'\\') | (w-ones*0x20)&^w) & highs; hit != 0 {
			return i + bits.TrailingZeros64(hit)>>3, (seen|w&(hit&-hit-1))&highs != 0
		}
		seen |= w
	}
	for ; i < len(b) && b[i] != '"' && b[i] != '\\' && b[i] >= 0x20; i++ {
		seen |= uint64(b[i])
	}
	return i, seen&highs != 0
}

// zeroBytes has high bits where bytes of x are 0; above the lowest of these there may be
// others.
func zeroBytes(x uint64) uint64 { return (x - ones) &^ x }
