package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// nasty are texts that must come out as text.
var nasty = []string{
	"</style></script><script>alert(1)</script>", `" onload="alert(1)`, "' onclick='alert(1)", "<svg/onload=alert(1)>", "&lt;b&gt;", "]]>", "<!--",
	"\xff\xfe\x00\x01", "a\u202Eb\uFFFF", "\n\t", "订单 " + strings.Repeat("长", 400), strings.Repeat("W", 5000), "",
}

// oddPage uses every part in every way that is not the usual one: with text t for all
// names and numbers xs for all values.
func oddPage(t string, xs []float64) *Page {
	names := []string{t, "b", t}
	rows := [][]float64{xs, nil, {1}}
	var expected *float64
	if len(xs) > 0 {
		expected = &xs[0]
	}
	var bars []Bar
	for _, x := range xs {
		bars = append(bars, Bar{t, x, expected})
	}
	series := []Series{
		{Name: t, Values: xs, Expected: xs, Low: xs, High: xs[:len(xs)/2], Spikes: []Spike{{-1, t}, {0, t}, {1, t}, {len(xs), t}}},
		{Name: t, Expected: xs}, {},
	}
	from := time.Date(2022, 3, 27, 0, 30, 0, 0, time.FixedZone(t, 3600))
	parts := []Part{
		nil, Figures{{Text(t), t, t}, {}}, Figures(nil), Prose(t), Prose("\n\n"), List{t}, List(nil), Columns{nil, Bars{}, Heat{}}, Columns(nil),
		Table{Title: t, Note: t, Columns: []Column{{t, true, 0}, {t, true, math.NaN()}, {}}, Show: 1},
		Histogram{Title: t, Unit: t, Bins: LinearBins(xs, 7)}, Histogram{Bins: LogBins(xs)}, Histogram{Bins: Bins{xs, xs}}, Histogram{Bins: LinearBins(xs, -1)},
		Bars{Title: t, Note: t, Unit: t, Items: bars}, Bars{Items: bars, Upright: true},
		Shares{Title: t, Parts: names, Rows: []Share{{t, xs}, {"", nil}}}, Shares{Parts: make([]string, 20), Rows: []Share{{"", make([]float64, 30)}, {"", xs}}},
		Matrix{Title: t, Names: names, Values: rows}, Matrix{Names: names, Values: rows, Limit: math.NaN()}, Matrix{Names: names},
		Heat{Title: t, Unit: t, Rows: names, Columns: names, Values: rows}, Heat{Rows: names, Columns: make([]string, 200), Values: rows, Low: 1, High: 2},
		Lines{Title: t, Unit: t, Series: series}, Lines{Title: t, Unit: t, Series: series, Panels: true, From: from, Step: time.Hour},
		Lines{Series: series, From: from, Step: 31 * 24 * time.Hour}, Lines{Series: series[:1], From: from, Step: math.MaxInt64},
		Lines{Series: series, Step: -1}, Lines{Series: series, From: from, Step: 1},
		Scores{Title: t, Note: t}, Scores{},
	}
	table := Table{Columns: []Column{{t, true, 0}, {t, true, 3}}}
	scores := Scores{}
	for _, x := range xs {
		table.Rows = append(table.Rows, []Cell{Number(x, 2), Percent(x), Text(t)}, []Cell{Text(t)}, nil)
		scores.Rows = append(scores.Rows, Score{t, -1, Ratio{x, -x, x, 1}, Ratio{x, 0, 1, 0}})
	}
	parts = append(parts, table, scores)
	sections := []Section{{t, t, parts}, {t, "", nil}, {Title: t}, {}}
	return &Page{t, t, sections, t}
}

// wellFormed fails unless the page is well-formed, with no element or attribute but those that the
// package writes, and returns all of its text.
func wellFormed(t interface {
	Helper()
	Fatalf(string, ...any)
}, page []byte) string {
	t.Helper()
	if !utf8.Valid(page) {
		t.Fatalf("the page is not UTF-8")
	}
	elements := " html head meta title style body main header h1 h2 p nav a section div figure figcaption svg g rect line circle path text table thead tbody tr th td span ul li details summary footer "
	attributes := " lang charset name content id href class role viewBox aria-label aria-hidden x y x1 y1 x2 y2 cx cy r rx width height d transform "
	body := bytes.TrimPrefix(page, []byte("<!DOCTYPE html>\n"))
	dec := xml.NewDecoder(bytes.NewReader(body))
	var text strings.Builder
	for {
		token, err := dec.Token()
		if err == io.EOF {
			return text.String()
		}
		if err != nil {
			t.Fatalf("the page is not well-formed: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if !strings.Contains(elements, " "+token.Name.Local+" ") {
				t.Fatalf("there is an element %s", token.Name.Local)
			}
			for _, a := range token.Attr {
				if !strings.Contains(attributes, " "+a.Name.Local+" ") {
					t.Fatalf("<%s> has an attribute %s", token.Name.Local, a.Name.Local)
				}
				if s := a.Value; a.Name.Local != "aria-label" && (strings.Contains(s, "NaN") || strings.Contains(s, "Inf")) {
					t.Fatalf("<%s> has %s=%q", token.Name.Local, a.Name.Local, s)
				}
				if s := a.Value; a.Name.Local == "href" && !strings.HasPrefix(s, "#") {
					t.Fatalf("the page refers to %s", s)
				}
			}
		case xml.CharData:
			text.Write(token)
		case xml.Comment, xml.ProcInst, xml.Directive:
			t.Fatalf("there is a %T", token)
		}
	}
}

// Text is only ever text, whatever it holds, and no number breaks a picture.
func TestPageHoldsAnything(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	numbers := [][]float64{
		nil, {}, {0}, {1}, {-1}, {nan}, {inf, -inf}, {0, 0, 0}, {nan, 1, nan, 2, 3, nan}, {5, 5, 5}, {-3, -2, -1}, {1e-300, 1e300, 5}, {1e-320, 2e-320},
		{math.MaxFloat64, -math.MaxFloat64}, {1e15, 1e16}, {0.001, 0.0011, 0.0012}, {1e99, -1e99}, {1e8, 1e8 + 1},
	}
	for i, s := range nasty {
		for _, xs := range numbers[:max(3, len(numbers)*(1-i))] { // all of them once
			text := wellFormed(t, oddPage(s, xs).Render())
			if strings.Contains(s, "alert") && !strings.Contains(text, s) {
				t.Errorf("%q does not stand in the text of the page", s)
			}
		}
	}
}

func TestPageHoldsAnythingDrawn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOf(rapid.Byte()).Draw(t, "text"))
		xs := rapid.SliceOfN(rapid.Float64(), 0, 30).Draw(t, "numbers")
		wellFormed(t, oddPage(s, xs).Render())
	})
}

// The page needs nothing from elsewhere.
func TestPageStandsAlone(t *testing.T) {
	page := string(samplePage().Render())
	for _, s := range []string{"http:", "https:", "//", "url(", "@import", "<script", "src="} {
		if strings.Contains(page, s) {
			t.Errorf("the page holds %q", s)
		}
	}
	wellFormed(t, []byte(page))
	for _, s := range []string{"200,114", "中国", "产品名称", "&lt;damage&gt; &amp; &#34;patterns&#34;", "2 more", "−.53", "24:00", "Mon 31 Jan", "99.9%"} {
		if !strings.Contains(page, s) {
			t.Errorf("the page does not hold %q", s)
		}
	}
	if wide, slim := strings.Count(page, `<svg class="wide"`), strings.Count(page, `<svg class="slim"`); wide != slim || wide < 5 {
		t.Errorf("%d wide and %d narrow pictures", wide, slim)
	}
}

// Every class that the markup uses is in the style sheet.
func TestStyleIsComplete(t *testing.T) {
	page := string(samplePage().Render()) + string(oddPage("x", []float64{1, 2, 3}).Render())
	known := " wide slim half num remark label value " // for others to select by, or styled by their element
	for _, piece := range strings.Split(page, ` class="`)[1:] {
		classes, _, _ := strings.Cut(piece, `"`)
		for _, class := range strings.Fields(classes) {
			if !strings.Contains(style, "."+class) && !strings.Contains(known, " "+class+" ") {
				t.Errorf("class %s is not in the style sheet", class)
			}
		}
	}
}

// Rendering changes nothing and gives the same bytes again, also through WriteTo.
func TestPageIsDeterministic(t *testing.T) {
	page := samplePage()
	first := page.Render()
	if !bytes.Equal(first, page.Render()) || !bytes.Equal(first, samplePage().Render()) {
		t.Error("the same page was rendered in two ways")
	}
	var out bytes.Buffer
	if n, err := page.WriteTo(&out); err != nil || n != int64(out.Len()) || !bytes.Equal(out.Bytes(), first) {
		t.Errorf("WriteTo wrote %d bytes, %v", n, err)
	}
	if n, err := page.WriteTo(full{}); !errors.Is(err, errFull) || n != 0 {
		t.Errorf("WriteTo returned %d, %v", n, err)
	}
	wellFormed(t, new(Page).Render())
}

var errFull = errors.New("full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

// With REPORT_SAMPLE set to a path, the sample page is written there to be looked
// at, and beside it one of odd cases.
func TestSamplePage(t *testing.T) {
	for suffix, page := range map[string]*Page{"": samplePage(), ".odd.html": oddSamplePage()} {
		out := page.Render()
		wellFormed(t, out)
		if path := os.Getenv("REPORT_SAMPLE"); path != "" {
			if err := os.WriteFile(path+suffix, out, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
}
