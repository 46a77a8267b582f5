package order_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/kafkanauts/kafkanauts/order"
	"pgregory.net/rapid"
)

// What Columns takes apart is sixteen columns of UTF-8, and joined it is the record again.
func TestPipeColumns(t *testing.T) {
	layouts := []order.Layout{{}, reversed()}
	rapid.Check(t, func(t *rapid.T) {
		p := order.Pipe{Layout: rapid.SampledFrom(layouts).Draw(t, "layout")}
		n := rapid.SampledFrom([]int{16, 16, 16, 15, 17, 1}).Draw(t, "columns")
		cell := rapid.SampledFrom([]string{"", "a", "李", "B@Th4u\n", "\r", "\xff", "\xe6\x9d", "😶", strings.Repeat("x", 40), "2022-01-31T00:00:01"})
		var cells []string
		for range n {
			cells = append(cells, cell.Draw(t, "cell"))
		}
		b := []byte(strings.Join(cells, "|"))
		var at order.Spans
		ok := p.Columns(b, &at)
		if want := n == 16 && utf8.Valid(b); ok != want || p.Columns(b, nil) != want {
			t.Fatalf("%q: %v, not %v", b, ok, want)
		}
		var texts [][]byte
		for i := range order.Columns {
			s := at.Value[p.Layout.At(i)]
			if !ok && s.Start >= 0 {
				t.Fatalf("%q: there is a column %d at %v", b, i, s)
			}
			texts = append(texts, s.Of(b))
		}
		if joined := bytes.Join(texts, []byte("|")); ok && !bytes.Equal(joined, b) {
			t.Fatalf("%q is taken apart as %q", b, joined)
		}
	})
}

func reversed() (l order.Layout) {
	for i := range l {
		l[i] = order.Layout{}.At(order.Columns - 1 - i)
	}
	return l
}
