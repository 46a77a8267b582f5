package order

import (
	"unicode/utf8"
)

// JSON is one object a record, on one line: the names of the fields as keys, ids,
// quantity and price as numbers, all else as strings. It carries every order whose
// texts are UTF-8. Parse accepts the freedoms of JSON (white space between
// tokens, another order of the keys, other escapes), but no key that is unknown, missing or there twice.
// Its zero value has the layout of the wire.
type JSON struct {
	Layout Layout
}

var jsonKeys = func() (keys [NumFields]string) {
	for f := ID; f < NumFields; f++ {
		keys[f] = `,"` + f.String() + `":`
	}
	return keys
}()

// keyBytes bounds the bytes of all keys and the marks around the values.
var keyBytes = func() int {
	n := 2
	for _, k := range jsonKeys {
		n += len(k) + 2
	}
	return n
}()

// Append implements Encoding. Bytes that are not UTF-8 it writes as U+FFFD.
func (j JSON) Append(dst []byte, o *Order, at *Spans) []byte {
	dst = grow(dst, widest+keyBytes+o.textBytes())
	base := len(dst)
	if at != nil {
		at.Value[None], at.Cell[None] = Span{-1, -1}, Span{-1, -1}
	}
	dst = append(dst, '{')
	for i, f := range j.Layout.fields() {
		cell := len(dst)
		key := jsonKeys[f]
		if i == 0 {
			key = key[1:]
		}
		dst = append(dst, key...)
		start := len(dst)
		switch t := o.text(f); {
		case t != nil:
			dst = quoteJSON(dst, *t)
		case f == Time || f == Success:
			dst = append(o.appendScalar(append(dst, '"'), f), '"')
		default:
			dst = o.appendScalar(dst, f)
		}
		if at != nil {
			at.Value[f] = Span{int32(start - base), int32(len(dst) - base)}
			at.Cell[f] = Span{int32(cell - base), int32(len(dst) - base)}
			if i == 0 {
				at.Cell[f].End++ // with the comma behind it
			}
		}
	}
	return append(dst, '}')
}

// special are the bytes that a JSON string escapes, or that need a look.
var special = func() (t [256]bool) {
	for c := range t {
		t[c] = c < 0x20 || c == '"' || c == '\\' || c >= utf8.RuneSelf
	}
	return t
}()

func quoteJSON(dst []byte, text string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(text); {
		c := text[i]
		if !special[c] {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(text[i:])
			if r == utf8.RuneError && n == 1 {
				dst = append(append(dst, text[start:i]...), "\uFFFD"...)
				start = i + 1
			}
			i += n
			continue
		}
		dst = append(dst, text[start:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', '0'+c>>4, "0123456789abcdef"[c&15])
		}
		i++
		start = i
	}
	return append(append(dst, text[start:]...), '"')
}

// Quote implements Quoter: any UTF-8 text, as a string, or as a number where f
// is one and the text is spelled as JSON spells numbers.
func (j JSON) Quote(dst []byte, f Field, text string) ([]byte, bool) {
	switch f.Kind() {
	case Identity, Whole, Money:
		if s := (scanner{b: bytesOf(text)}); s.number() && s.i == len(text) {
			return append(dst, text...), true
		}
	}
	if !utf8.ValidString(text) {
		return dst, false
	}
	return quoteJSON(dst, text), true
}

// Carries implements Carrier.
func (j JSON) Carries(o *Order) error {
	for f := CustomerName; f < NumFields; f++ {
		if t := o.text(f); t != nil && !utf8.ValidString(*t) {
			return &uncarried{"json", f, *t, "it is not UTF-8"}
		}
	}
	return carriesTime("json", o)
}

// String returns "json", and the layout if it is not that of the wire.
func (j JSON) String() string { return describe("json", j.Layout) }
