package report

import (
	"encoding/xml"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// svg is a picture as it stands in a page.
type svg struct {
	ViewBox string    `xml:"viewBox,attr"`
	Label   string    `xml:"aria-label,attr"`
	Texts   []svgText `xml:"text"`
	Rects   []struct {
		X      float64 `xml:"x,attr"`
		Y      float64 `xml:"y,attr"`
		Width  float64 `xml:"width,attr"`
		Height float64 `xml:"height,attr"`
	} `xml:"rect"`
}

type svgText struct {
	X         float64 `xml:"x,attr"`
	Y         float64 `xml:"y,attr"`
	Class     string  `xml:"class,attr"`
	Transform string  `xml:"transform,attr"`
	Text      string  `xml:",chardata"`
}

func (t svgText) box() box {
	size := labelSize
	if strings.Contains(t.Class, "small") {
		size = smallSize
	}
	w := textWidth(t.Text, size)
	left := t.X
	switch {
	case slices.Contains(strings.Fields(t.Class), "mid"):
		left -= w / 2
	case slices.Contains(strings.Fields(t.Class), "end"):
		left -= w
	}
	return box{left, t.Y - 0.75*size, left + w, t.Y + 0.2*size}
}

// pictures returns all pictures of a page, in both renderings.
func pictures(t *testing.T, page *Page) []svg {
	t.Helper()
	var all []svg
	for _, piece := range strings.Split(string(page.Render()), "<svg ")[1:] {
		inside, _, ok := strings.Cut(piece, "</svg>")
		if !ok || !strings.Contains(inside, "viewBox") {
			continue
		}
		var s svg
		if err := xml.Unmarshal([]byte("<svg "+inside+"</svg>"), &s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

// In no picture does a text overlap another or leave the picture, nor does a
// bar or cell leave it.
func TestPicturesAreLegible(t *testing.T) {
	all := append(pictures(t, samplePage()), pictures(t, oddSamplePage())...)
	if len(all) < 30 {
		t.Fatalf("only %d pictures", len(all))
	}
	for _, s := range all {
		var size [2]float64
		for i, field := range strings.Fields(s.ViewBox)[2:] {
			size[i], _ = strconv.ParseFloat(field, 64)
		}
		name := s.Label + " (" + strconv.Itoa(int(size[0])) + " wide)"
		var boxes []box
		for _, text := range s.Texts {
			if text.Transform != "" {
				continue
			}
			b := text.box()
			if b.left < -1 || b.right > size[0]+1 || b.top < -2 || b.bottom > size[1]+1 {
				t.Errorf("%s: %q leaves the picture: %+v", name, text.Text, b)
			}
			for i, other := range boxes {
				if b.meets(other) {
					t.Errorf("%s: %q %+v overlaps text %d %+v", name, text.Text, b, i, other)
				}
			}
			boxes = append(boxes, b)
		}
		for _, r := range s.Rects {
			if r.X < -0.1 || r.Y < -0.1 || r.X+r.Width > size[0]+0.2 || r.Y+r.Height > size[1]+0.2 {
				t.Errorf("%s: %+v leaves the picture", name, r)
			}
		}
	}
}

// The first row of a heat map is at the top, the largest value has the strongest shade,
// and what has no value has none.
func TestHeatOrder(t *testing.T) {
	h := Heat{Rows: []string{"first", "second"}, Columns: []string{"a", "b"}, Values: [][]float64{{0, 9}, {4.6}}}
	c := canvas{width: wideWidth}
	h.draw(&c)
	var got []string
	for _, piece := range strings.Split(string(c.buf), "<rect class=\"")[1:5] {
		class, rest, _ := strings.Cut(piece, `"`)
		_, tip, _ := strings.Cut(rest, "<title>")
		tip, _, _ = strings.Cut(tip, "</title>")
		got = append(got, class+" "+tip)
	}
	want := []string{"q0 first a: 0", "q8 first b: 9", "q4 second a: 4.6", "void second b: no value"}
	if !slices.Equal(got, want) {
		t.Errorf("cells are %q, not %q", got, want)
	}
	for x, want := range map[float64]int{-1: 0, -0.12: 3, -0.1: 4, 0: 4, 0.1: 4, 0.12: 5, 1: 8, 7: 8, -7: 0} {
		if got := shade(x, -1, 1); got != want {
			t.Errorf("%v has shade %d, not %d: 0 must be neutral and its sides alike", x, got, want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Count(1234567).String(), "1,234,567"}, {Count(-1000).String(), "−1,000"}, {Count(uint64(1) << 63).String(), "9,223,372,036,854,775,808"},
		{Count(999).String(), "999"}, {Number(-0.0004, 2).String(), "0.00"}, {Number(1234.5, 1).String(), "1,234.5"}, {Number(2, -3).String(), "2"},
		{Percent(0.12345).String(), "12%"}, {Percent(0.0297).String(), "3.0%"}, {Percent(0).String(), "0%"}, {Percent(1).String(), "100%"},
		{Percent(0.9999).String(), ">99.9%"}, {Percent(0.993).String(), "99.3%"}, {Percent(0.00001).String(), "<0.01%"}, {Percent(0.0006).String(), "0.06%"},
		{Percent(-0.05).String(), "−5.0%"}, {Percent(2.5).String(), "250%"}, {Missing().String(), "–"},
		{plain(0.5), "0.5"}, {plain(1e-7), "1e−07"}, {plain(12.345), "12.35"}, {plain(1e20), "1e+20"},
		{compact(2.5e6), "2.5M"}, {compact(2500), "2,500"}, {compact(-3e9), "−3G"},
		{coefficient(-0.126), "−.13"}, {coefficient(0.001), "0"}, {coefficient(-1), "−1.00"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// Ticks are round, cover the range, and are about as many as asked for.
func TestTicks(t *testing.T) {
	for _, c := range [][2]float64{{0, 1}, {0, 999}, {0, 1001}, {-3, 7}, {0, 1e-9}, {1e6, 1e6 + 3}, {0, 1e99}, {-5, -5}} {
		got := ticks(c[0], c[1], 5)
		if got[0] > c[0] || got[len(got)-1] < c[1] || len(got) < 3 || len(got) > 8 {
			t.Errorf("%v: ticks are %v", c, got)
		}
	}
	if got := ticks(0, 950, 4); !slices.Equal(got, []float64{0, 250, 500, 750, 1000}) {
		t.Errorf("ticks are %v", got)
	}
	g := newGrid(0, 1015, 2)
	if g.high < 1015 || g.high > 1200 || !slices.Equal(g.ticks, []float64{0, 1000}) && !slices.Equal(g.ticks, []float64{0, 500, 1000}) {
		t.Errorf("grid is %+v", g)
	}
}

// Labels of a time axis stand at round local times, also on the day on which
// the clock is changed.
func TestTimeMarks(t *testing.T) {
	day := time.Date(2022, 1, 31, 0, 0, 0, 0, time.UTC)
	labels := func(marks []mark) string {
		var all []string
		for _, m := range marks {
			all = append(all, m.label+"@"+strconv.FormatFloat(m.at, 'g', -1, 64))
		}
		return strings.Join(all, " ")
	}
	for _, c := range []struct {
		from time.Time
		to   time.Duration
		most int
		want string
	}{
		{day, 24 * time.Hour, 5, "00:00@0 06:00@6 12:00@12 18:00@18 24:00@24"},
		{day.Add(30 * time.Minute), 6 * time.Hour, 4, "02:00@1.5 04:00@3.5 06:00@5.5"},
		{day, 14 * 24 * time.Hour, 8, "Mon 31 Jan@0 Wed 2 Feb@48 Fri 4 Feb@96 Sun 6 Feb@144 Tue 8 Feb@192 Thu 10 Feb@240 Sat 12 Feb@288 Mon 14 Feb@336"},
		{day, 400 * 24 * time.Hour, 5, "Apr 2022@1440 Jul 2022@3624 Oct 2022@5832 Jan 2023@8040"},
	} {
		if got := labels(timeMarks(c.from, c.from.Add(c.to), time.Hour, c.most)); got != c.want {
			t.Errorf("%v for %v: %s", c.from, c.to, got)
		}
	}
	madrid, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Skip("the system has no zone files")
	}
	from := time.Date(2022, 3, 27, 0, 0, 0, 0, madrid) // an hour is missing at 02:00
	got := labels(timeMarks(from, from.Add(23*time.Hour), time.Hour, 5))
	if want := "00:00@0 06:00@5 12:00@11 18:00@17 24:00@23"; got != want {
		t.Errorf("on the day of the change: %s", got)
	}
}

// Every finite value is counted once, at its place.
func TestBins(t *testing.T) {
	values := []float64{1, 1, 2, 5, 9.99, 10, 1000, 0.5, -3, 0}
	for _, b := range []Bins{LogBins(values), LinearBins(values, 10), LinearBins(values, 1)} {
		if len(b.Edges) != len(b.Counts)+1 || !slices.IsSorted(b.Edges) {
			t.Fatalf("edges %v for %d counts", b.Edges, len(b.Counts))
		}
		for i, k := range b.Counts {
			want := 0.0
			for _, x := range values {
				if b.Edges[i] <= x && (x < b.Edges[i+1] || x == b.Edges[i+1] && i == len(b.Counts)-1) {
					want++
				}
			}
			if k != want {
				t.Errorf("bin %v has %v, not %v", b.Edges[i:i+2], k, want)
			}
		}
	}
	sum := 0.0
	for _, k := range LogBins(values).Counts {
		sum += k
	}
	if sum != 8 { // without -3 and 0
		t.Errorf("%v values counted", sum)
	}
	for _, b := range []Bins{LinearBins([]float64{7, 7}, 5), LogBins([]float64{0.1})} {
		if len(b.Counts) == 0 || !slices.ContainsFunc(b.Counts, func(k float64) bool { return k > 0 }) {
			t.Errorf("one value is counted as %v", b)
		}
	}
}

// A line that is denser than the picture keeps its extremes.
func TestCurveKeepsExtremes(t *testing.T) {
	values := make([]float64, 100_000)
	values[77_777], values[33_333] = 9, -9
	c := canvas{width: slimWidth}
	d := plot{c: &c, x: axis{0, 99_999, 0, 300}, y: axis{-9, 9, 180, 0}}
	d.curve(values, "line s0")
	if s := string(c.buf); !strings.Contains(s, " 0L") || !strings.Contains(s, " 180L") || len(s) > 20_000 {
		t.Errorf("%d bytes, without the highest or the lowest", len(s))
	}
}
