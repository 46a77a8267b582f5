package order

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
	"unsafe"
)

// refer is View of Pipe and CSV as one would write it who has time: it takes the
// record apart byte by byte and takes a value for what it stands for if the standard
// library spells that in the same way.
func refer(enc Encoding, o *Order, b []byte, at *Spans) error {
	*o = Order{}
	at.Clear()
	e := &ParseError{Line: string(b)}
	e.Spans.Clear()
	var l Layout
	var cells []string
	split, lenient := true, false
	switch enc := enc.(type) {
	case Pipe:
		l, cells = enc.Layout, strings.Split(string(b), "|")
		last := l.At(Columns - 1)
		if lenient = enc.Lenient; lenient && len(cells) == Columns-1 && last.Kind() == Text {
			cells = append(cells, "")
		}
	case CSV:
		l = enc.Layout
		cells, split = splitCSV(string(b))
	}
	switch {
	case !split:
		e.Record = Malformed
		return e
	case len(cells) != Columns:
		e.Record, e.Columns = ColumnCount, len(cells)
		return e
	}
	start, wrong := 0, false
	for i, cell := range cells {
		f := l.At(i)
		end := start + len(cell)
		if start <= len(b) { // not the missing column
			at.Value[f] = Span{int32(start), int32(end)}
			at.Cell[f] = Span{int32(start) - 1, int32(end)}
		}
		if i == 0 {
			at.Cell[f] = Span{0, int32(end) + 1}
		}
		e.Fields[f] = o.refer(f, cell, enc)
		wrong = wrong || e.Fields[f] != 0
		start = end + 1
	}
	if lenient && o.Reason == PaymentWasSuccess {
		o.Reason = ""
	}
	if wrong {
		e.Spans = *at
		return e
	}
	return nil
}

// splitCSV splits where a comma has an even number of marks before it. Marks must be
// around a whole cell, and doubled in it.
func splitCSV(s string) (cells []string, ok bool) {
	marks, start := 0, 0
	for i := range len(s) + 1 {
		if i < len(s) && s[i] == '"' {
			marks++
		}
		if i < len(s) && (s[i] != ',' || marks%2 != 0) {
			continue
		}
		cell := s[start:i]
		if marks%2 != 0 || marks > 0 && (len(cell) < 2 || cell[0] != '"' || cell[len(cell)-1] != '"' ||
			strings.Contains(strings.ReplaceAll(cell[1:len(cell)-1], `""`, ""), `"`)) {
			return nil, false
		}
		cells = append(cells, cell)
		marks, start = 0, i+1
	}
	return cells, true
}

func (o *Order) refer(f Field, v string, enc Encoding) Cause {
	switch {
	case strings.ContainsAny(v, "\r\n"):
		return Malformed
	case !utf8.ValidString(v):
		return NotText
	}
	if _, ok := enc.(CSV); ok && strings.HasPrefix(v, `"`) && f.Kind() == Text {
		inner := v[1 : len(v)-1]
		if !strings.ContainsAny(inner, `",`) {
			return Malformed
		}
		v = strings.ReplaceAll(inner, `""`, `"`)
	}
	switch f.Kind() {
	case Text:
		*o.text(f) = v
	case Identity:
		u, err := strconv.ParseUint(v, 10, 64)
		if err != nil || strconv.FormatUint(u, 10) != v {
			return NotANumber
		}
		*map[Field]*uint64{ID: &o.ID, CustomerID: &o.CustomerID, ProductID: &o.ProductID, TxnID: &o.TxnID}[f] = u
	case Whole:
		n, err := strconv.Atoi(v)
		if err != nil || strconv.Itoa(n) != v {
			return NotANumber
		}
		o.Qty = n
	case Money:
		cents, err := strconv.ParseInt(strings.Replace(v, ".", "", 1), 10, 64)
		if err != nil || string((&Order{Price: cents}).AppendText(nil, Price)) != v {
			return NotAPrice
		}
		o.Price = cents
	case Instant:
		t, err := time.Parse(timeLayout, v)
		if err != nil || t.Format(timeLayout) != v || t.Unix() < march {
			return NotATime
		}
		o.Time = t
	case Flag:
		if v != "Y" && v != "N" {
			return NotAFlag
		}
		o.Success = v == "Y"
	}
	return 0
}

var referred = []Encoding{Pipe{}, Pipe{Lenient: true}, Pipe{Layout: reordered}, CSV{}, CSV{Layout: reordered}}

// checkReference holds that View says of b what refer says.
func checkReference(t *testing.T, b []byte) {
	t.Helper()
	b = slices.Clip(bytes.Clone(b))
	for _, enc := range referred {
		var want Order
		var spans Spans
		refused := refer(enc, &want, b, &spans)
		for _, at := range []*Spans{nil, {}} {
			got := Order{ID: 1, CustomerName: "from before", Reason: "from before", Time: time.Now(), Success: true}
			err := enc.(Viewer).View(&got, b, at)
			if got != want {
				t.Fatalf("%v: %q reads as\n%+v, not\n%+v", enc, b, got, want)
			}
			for f := ID; f < NumFields; f++ {
				// To the garbage collector, this would be a view of somebody else's memory.
				if p := unsafe.StringData(got.Text(f)); p != nil && uintptr(unsafe.Pointer(p)) == uintptr(unsafe.Pointer(unsafe.SliceData(b)))+uintptr(len(b)) {
					t.Fatalf("%v: %q: %v is a view of what is behind the record", enc, b, f)
				}
			}
			if at != nil && *at != spans {
				t.Fatalf("%v: %q: extents are\n%v, not\n%v", enc, b, *at, spans)
			}
			if (err == nil) != (refused == nil) || err != nil && *err.(*ParseError) != *refused.(*ParseError) {
				t.Fatalf("%v: %q: %v, not %v", enc, b, err, refused)
			}
		}
	}
}

// values are those at the limits of what a field may be, or beyond them.
var values = []string{"", "0", "1", "01", "10", "99999999", "100000000", "012345678", "9999999999999999", "10000000000000000",
	"0123456789012345", "18446744073709551615", "18446744073709551616", "-1", "-0", "-9223372036854775808", "9223372036854775808", "1234567x",
	"1.00", "0.00", "00.10", ".10", "0.1", "-0.01", "-0.00", "99999.99", "100000.00", "1,00", "1/.00", "92233720368547758.07", "92233720368547758.08",
	"Y", "N", "y", "YN", "2022-02-28T23:59:59", "2022-02-29T00:00:00", "2020-02-29T00:00:00", "1900-02-29T00:00:00", "2000-02-29T00:00:00",
	"2022-04-31T00:00:00", "2022-06-31T00:00:00", "2022-09-31T00:00:00", "2022-11-31T00:00:00", "2022-12-31T00:00:00", "2022-13-01T00:00:00", "2022-00-01T00:00:00", "2022-01-00T00:00:00", "2022-01-32T00:00:00",
	"2022-01-01T24:00:00", "2022-01-01T23:60:00", "2022-01-01T23:59:60", "0000-02-29T00:00:00", "0000-03-01T00:00:00", "9999-12-31T23:59:59",
	"2022-01-01t00:00:00", "2022:01-01T00:00:00", "202:-01-01T00:00:00", "2022-01-01T00:00:00Z", PaymentWasSuccess,
	"é", "é上😀", "\xff", "\xc3", "ab\xc3", "上\xe4\xb8", "\x80", "é\x80", "\xc1\xbf", "\xc2\x80", "\xe0\x9f\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
	"\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\x1f", "\x7f", "\t", "a\r", "\n", "{", "|", ",",
	`"`, `"a"`, `"a,"`, `"a""b"`, `"a"b`, strings.Repeat("long", 30), strings.Repeat("|", 100), strings.Repeat("上", 30)}

// lines are records with each value in each column, at many distances from the
// blocks in which stops are found.
func lines(delim string) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		right := strings.Split(string(Pipe{}.Append(nil, &sample, nil)), "|")
		for pad := range 70 {
			right[2] = strings.Repeat("p", pad) + "José Núñez, 上海"[:pad%18]
			for i := range right {
				v := values[(pad*7+i)%len(values)]
				if pad < 1 {
					for _, v := range values {
						if !yield([]byte(strings.Join(slices.Concat(right[:i], []string{v}, right[i+1:]), delim))) {
							return
						}
					}
				}
				if !yield([]byte(strings.Join(slices.Concat(right[:i], []string{v}, right[i+1:]), delim))) {
					return
				}
			}
			for n := Columns - 2; n <= Columns; n++ {
				if !yield([]byte(strings.Join(right[:n], delim))) {
					return
				}
			}
		}
	}
}

func TestViewIsTheReference(t *testing.T) {
	for _, delim := range []string{"|", ","} {
		for b := range lines(delim) {
			checkReference(t, b)
		}
	}
}

func FuzzView(f *testing.F) {
	i := 0
	for _, delim := range []string{"|", ","} {
		for b := range lines(delim) {
			if i++; i%17 == 0 {
				f.Add(b)
			}
		}
	}
	f.Fuzz(checkReference)
}

func TestStops(t *testing.T) {
	for b := range lines("|") {
		for len(b) > longest {
			b = b[1:]
		}
		for ; len(b) >= shortest; b = b[3:] {
			var around struct {
				s, words stops
				behind   [longest]byte
			}
			s, words := &around.s, &around.words
			words.findWords(b, '|')
			if around.s != (stops{}) || around.behind != [longest]byte{} {
				t.Fatalf("%q: findWords writes elsewhere", b)
			}
			was := *words
			s.find(b, '|')
			if *words != was || around.behind != [longest]byte{} {
				t.Fatalf("%q: find writes elsewhere", b)
			}
			if n := bytes.Count(b, []byte("|")); n >= Columns {
				if s.n < Columns || words.n < Columns {
					t.Fatalf("%q has %d stops, find says %d, findWords %d", b, n, s.n, words.n)
				}
				continue
			}
			at := words.at[:words.n+1]
			if s.n != words.n || !bytes.Equal(s.at[:s.n+1], at) || (s.low != 0) != (words.low != 0) || s.wide != words.wide {
				t.Fatalf("%q: find says\n%v, findWords\n%v", b, *s, *words)
			}
			if s.utf8(b) != utf8.Valid(b) {
				t.Fatalf("%q is UTF-8: %v", b, s.utf8(b))
			}
			for i, cell := range bytes.Split(b, []byte("|")) {
				if end := int(at[i]); end < len(cell) || !bytes.Equal(b[end-len(cell):end], cell) {
					t.Fatalf("%q has stops at %v", b, at)
				}
			}
		}
	}
}
