package order

import (
	"unicode/utf16"
	"unicode/utf8"
)

// Parse implements Encoding.
func (j JSON) Parse(o *Order, b []byte, at *Spans) error { return j.View(o, bytesOf(string(b)), at) }

// View is Parse without a copy: text in o is a view of b, where it has no
// escapes, and valid as long as nobody changes b.
func (j JSON) View(o *Order, b []byte, at *Spans) error {
	if j.readLine(o, b, at) {
		return nil
	}
	*o = Order{}
	var own Spans
	if at == nil {
		at = &own
	}
	at.Clear()
	v := verdict{line: b}
	s := scanner{b: b}
	if !s.object(o, at, &v) {
		v.wrong(None, Malformed)
	}
	for f := ID; f < NumFields; f++ {
		if at.Value[f].Start < 0 {
			v.wrong(f, MissingField)
		}
	}
	if v.err != nil {
		v.err.Spans = *at
		return v.err
	}
	return nil
}

// scanner goes through one JSON text. Its methods return false where the text
// is not JSON; i is then about where.
type scanner struct {
	b []byte
	i int
}

func (s *scanner) space() {
	for s.i < len(s.b) && (s.b[s.i] == ' ' || s.b[s.i] == '\t' || s.b[s.i] == '\n' || s.b[s.i] == '\r') {
		s.i++
	}
}

func (s *scanner) take(c byte) bool {
	if s.i < len(s.b) && s.b[s.i] == c {
		s.i++
		return true
	}
	return false
}

// object reads a whole record into o and at, as far as it can.
func (s *scanner) object(o *Order, at *Spans, v *verdict) bool {
	s.space()
	if !s.take('{') {
		return false
	}
	s.space()
	if s.take('}') {
		s.space()
		return s.i == len(s.b)
	}
	first, next := None, None // the first field, and the one whose cell needs the comma behind it
	for comma := -1; ; {
		s.space()
		start := s.i
		if !s.str() {
			return false
		}
		f := fieldOf(s.b[start+1 : s.i-1])
		s.space()
		if !s.take(':') {
			return false
		}
		s.space()
		value := s.i
		if !s.value() {
			return false
		}
		end := s.i
		cell := start
		if comma >= 0 {
			cell = comma
		}
		switch {
		case f == None:
			v.wrong(None, UnknownField)
		case at.Value[f].Start >= 0:
			v.wrong(f, RepeatedField)
			o.set(f, nil) // neither of the two is right
		default:
			at.Value[f], at.Cell[f] = Span{int32(value), int32(end)}, Span{int32(cell), int32(end)}
			if cause := o.setJSON(f, s.b[value:end]); cause != 0 {
				v.wrong(f, cause)
			}
			if comma < 0 {
				first, next = f, f
			}
		}
		s.space()
		comma = s.i
		if !s.take(',') {
			break
		}
		if next != None {
			at.Cell[first].End = int32(s.i)
			next = None
		}
	}
	if !s.take('}') {
		return false
	}
	s.space()
	return s.i == len(s.b)
}

func fieldOf(key []byte) Field {
	for f := ID; f < NumFields; f++ {
		if string(key) == fieldNames[f] {
			return f
		}
	}
	return None
}

// setJSON reads the JSON value v of f into o. It returns why it is none, or 0.
func (o *Order) setJSON(f Field, v []byte) Cause {
	switch f.Kind() {
	case Identity, Whole, Money:
		return o.set(f, v)
	}
	if v[0] != '"' {
		if f.Kind() == Text {
			return Malformed
		}
		return o.set(f, v) // says what it should have been
	}
	t, cause := unescape(v[1 : len(v)-1])
	if cause != 0 {
		return cause
	}
	return o.set(f, t)
}

// unescape returns the text of a JSON string, which is a view of s where s has
// no escapes.
func unescape(s []byte) ([]byte, Cause) {
	plain := true
	for _, c := range s {
		if c < 0x20 {
			return nil, Malformed
		}
		plain = plain && c != '\\'
	}
	if !utf8.Valid(s) {
		return nil, NotText
	}
	if plain {
		return s, 0
	}
	t := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			t = append(t, s[i])
			continue
		}
		if i++; i >= len(s) {
			return nil, Malformed
		}
		switch s[i] {
		case '"', '\\', '/':
			t = append(t, s[i])
		case 'b':
			t = append(t, '\b')
		case 'f':
			t = append(t, '\f')
		case 'n':
			t = append(t, '\n')
		case 'r':
			t = append(t, '\r')
		case 't':
			t = append(t, '\t')
		case 'u':
			r, ok := hex4(s[i+1:])
			if !ok {
				return nil, Malformed
			}
			i += 4
			if utf16.IsSurrogate(r) {
				var low rune
				if ok = i+2 < len(s) && s[i+1] == '\\' && s[i+2] == 'u'; ok {
					low, ok = hex4(s[i+3:])
				}
				if r = utf16.DecodeRune(r, low); !ok || r == utf8.RuneError {
					return nil, Malformed
				}
				i += 6
			}
			t = utf8.AppendRune(t, r)
		default:
			return nil, Malformed
		}
	}
	return t, 0
}

func hex4(s []byte) (rune, bool) {
	if len(s) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range s[:4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// str goes over a string, marks included.
func (s *scanner) str() bool {
	if !s.take('"') {
		return false
	}
	for ; s.i < len(s.b); s.i++ {
		switch s.b[s.i] {
		case '\\':
			s.i++
		case '"':
			s.i++
			return true
		}
	}
	s.i = len(s.b)
	return false
}

// number goes over a number as RFC 8259 spells it.
func (s *scanner) number() bool {
	s.take('-')
	if !s.take('0') && !s.digits() {
		return false
	}
	if s.take('.') && !s.digits() {
		return false
	}
	if s.take('e') || s.take('E') {
		if !s.take('+') {
			s.take('-')
		}
		return s.digits()
	}
	return true
}

func (s *scanner) digits() bool {
	start := s.i
	for s.i < len(s.b) && s.b[s.i]-'0' <= 9 {
		s.i++
	}
	return s.i > start
}

// value goes over any value. Of arrays and objects, which no field has, it
// only balances the brackets.
func (s *scanner) value() bool {
	if s.i >= len(s.b) {
		return false
	}
	switch c := s.b[s.i]; c {
	case '"':
		return s.str()
	case '{', '[':
		for depth := 0; s.i < len(s.b); {
			switch s.b[s.i] {
			case '"':
				if !s.str() {
					return false
				}
				continue
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					s.i++
					return true
				}
			}
			s.i++
		}
		return false
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	}
	return s.number()
}

func (s *scanner) word(w string) bool {
	if len(s.b)-s.i < len(w) || string(s.b[s.i:s.i+len(w)]) != w {
		return false
	}
	s.i += len(w)
	return true
}
