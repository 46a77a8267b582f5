package main

import (
	"errors"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts/internal/bench/figures"
)

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		s    series
		want float64
	}{
		{series{3}, 3},
		{series{9, 1, 2}, 2},
		{series{4, 1, 3, 2}, 2.5},
	} {
		before := slices.Clone(c.s)
		if got := c.s.median(); got != c.want {
			t.Errorf("the median of %v is %v", c.s, got)
		}
		if !slices.Equal(c.s, before) {
			t.Errorf("the median sorts its series: %v", c.s)
		}
	}
	if !math.IsNaN(series(nil).median()) {
		t.Error("the median of nothing is a number")
	}
}

// made returns a result with these CPU nanoseconds an operation; on the clock it
// takes twice as long.
func made(f figures.Figure, cpu ...int) result {
	r := result{Figure: f}
	for _, v := range cpu {
		r.samples = append(r.samples, sample{n: 10, cpu: time.Duration(10 * v), wall: time.Duration(20 * v), allocs: 5, bytes: 160})
	}
	return r
}

// Ratios are taken within a round, so a drift that both share drops out.
func TestJudgeDrift(t *testing.T) {
	f := figures.Figure{Name: "f", Goals: []figures.Goal{
		{Of: figures.CPU, Against: figures.One("yard"), AtMost: 0.5},
		{Of: figures.Wall, Against: figures.One("yard"), AtLeast: 2},
		{Of: figures.CPU, Against: figures.Sum{{Times: 1, Name: "yard"}, {Times: 2, Name: "f"}}, AtMost: 0.25},
		{Of: figures.Allocs, AtMost: 0.4},
		{Of: figures.CPU, Against: figures.One("not measured"), AtMost: 1},
	}}
	all := []result{made(f, 50, 100, 500), made(figures.Figure{Name: "yard"}, 100, 200, 1000)}
	got := judge(&all[0], all)
	want := []struct {
		v   float64
		met string
	}{{0.5, "yes"}, {2, "yes"}, {0.25, "yes"}, {0.5, "no"}}
	if len(got) != len(want) {
		t.Fatalf("%d verdicts: %+v", len(got), got)
	}
	for i, w := range want {
		if got[i].median != w.v || got[i].best != w.v || got[i].met() != w.met {
			t.Errorf("goal %d: %+v, %s; want %+v", i, got[i], got[i].met(), w)
		}
	}
}

func TestVerdictMet(t *testing.T) {
	for _, c := range []struct {
		goal         figures.Goal
		median, best float64
		want         string
	}{
		{figures.Goal{AtMost: 2, Stretch: 1}, 1.5, 1.5, "yes"},
		{figures.Goal{AtMost: 2, Stretch: 1}, 1, 0.9, "stretch"},
		{figures.Goal{AtMost: 2, Stretch: 1}, 1.1, 0.9, "yes"},
		{figures.Goal{AtMost: 2}, 2.1, 1.9, "min only"},
		{figures.Goal{AtMost: 2}, 1.9, 2.1, "median only"},
		{figures.Goal{AtMost: 2}, 2.1, 2.1, "no"},
		{figures.Goal{AtLeast: 16, Stretch: 25}, 26, 27, "stretch"},
		{figures.Goal{AtLeast: 16, Stretch: 25}, 17, 27, "yes"},
		{figures.Goal{AtLeast: 16}, 15, 15, "no"},
		{figures.Goal{}, 15, 15, ""},
	} {
		if got := (&verdict{Goal: c.goal, median: c.median, best: c.best}).met(); got != c.want {
			t.Errorf("%+v at %v and %v: %q, want %q", c.goal, c.median, c.best, got, c.want)
		}
	}
}

// Every figure has its turn in every round, and the first turn goes round.
func TestRace(t *testing.T) {
	var turns []string
	counting := false
	const each = 5 * time.Millisecond
	busy := func(name string) figures.Figure {
		return figures.Figure{Name: name, N: 2, Setup: func(*figures.Orders) (figures.Job, error) {
			return figures.Job{Run: func(n int) error {
				if counting {
					turns = append(turns, name)
				}
				for began := processCPU(); processCPU()-began < time.Duration(n)*each; {
				}
				return nil
			}}, nil
		}}
	}
	all, err := setUp([]figures.Figure{busy("a"), busy("b"), busy("c")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	progress := writer(func(said string) { counting = strings.HasPrefix(said, "round") })
	if err := race(all, 3, progress); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(turns, ""); got != "abcbcacab" {
		t.Errorf("the turns are %s", got)
	}
	for _, c := range all {
		if len(c.samples) != 3 || c.samples[0].n != c.n || c.n != 2 || c.samples[0].cpu < time.Duration(c.n)*each {
			t.Errorf("%s: %+v", c.Name, c.samples)
		}
	}
}

// A figure that does not say how much it does is given what fills a round, even
// where a part of its time does not grow with the operations.
func TestSize(t *testing.T) {
	var did int
	var took time.Duration
	c := &contender{job: figures.Job{Run: func(n int) error {
		did = n
		wall := time.Now()
		defer func() { took = time.Since(wall) }()
		for began := processCPU(); processCPU()-began < time.Duration(n)*time.Millisecond+target/4; {
		}
		return nil
	}}}
	if err := c.size(); err != nil || c.n != did || took < target/2 {
		t.Errorf("%d operations, of which the last run did %d in %v: %v", c.n, did, took, err)
	}
}

type writer func(said string)

func (w writer) Write(b []byte) (int, error) { w(string(b)); return len(b), nil }

func TestRaceError(t *testing.T) {
	broken := errors.New("broken")
	all := []*contender{{Figure: figures.Figure{Name: "f"}, job: figures.Job{Run: func(int) error { return broken }}}}
	if err := race(all, 1, writer(func(string) {})); !errors.Is(err, broken) || !strings.Contains(err.Error(), "f: ") {
		t.Errorf("the error is %v", err)
	}
}

func TestChoose(t *testing.T) {
	all := []figures.Figure{{Name: "copy"}, {Name: "sort"}, {Name: "whole", Goals: []figures.Goal{{Against: figures.One("copy")}}}}
	for only, want := range map[string]string{"": "copy sort whole", "^whole$": "copy whole", "sort": "sort"} {
		chosen, err := choose(all, regexp.MustCompile(only))
		var names []string
		for _, f := range chosen {
			names = append(names, f.Name)
		}
		if got := strings.Join(names, " "); got != want || err != nil {
			t.Errorf("-only %s: %s, %v", only, got, err)
		}
	}
	if _, err := choose(all, regexp.MustCompile("nothing")); err == nil {
		t.Error("a pattern that matches nothing is no error")
	}
	all[2].Goals[0].Against = figures.One("no figure")
	if _, err := choose(all, regexp.MustCompile("")); err == nil {
		t.Error("a yardstick that is no figure is no error")
	}
}

func TestTable(t *testing.T) {
	var b strings.Builder
	table{{"<name", "value", "<note"}, {"é", "1.5", ""}, {"longer", "100", "so"}}.write(&b)
	if want := "name    value  note\né         1.5\nlonger    100  so\n"; b.String() != want {
		t.Errorf("the table is\n%swant\n%s", b.String(), want)
	}
	for v, want := range map[float64]string{0: "0", 0.000123456: "0.000123", 1.2345: "1.23", 99.94: "99.9", 99.96: "100", 12345.6: "12346"} {
		if got := short(v); got != want {
			t.Errorf("short(%v) = %s, want %s", v, got, want)
		}
	}
}

// The samples read back as lines of go test -bench, value by value.
func TestSamples(t *testing.T) {
	r := report{machine: machine{cpu: "A CPU", cores: 2, system: "linux/amd64"},
		results: []result{made(figures.Figure{Name: "whole/file"}, 61, 62), made(figures.Figure{Name: "copy"}, 10)}}
	r.results[0].samples[0].n = 3
	var b strings.Builder
	r.samples(&b)
	var lines []string
	config := map[string]string{}
	for line := range strings.Lines(b.String()) {
		if strings.HasPrefix(line, "Benchmark") {
			lines = append(lines, line)
		} else if key, value, ok := strings.Cut(strings.TrimSpace(line), ": "); ok {
			config[key] = value
		} else {
			t.Errorf("the line %q is neither", line)
		}
	}
	if config["goos"] != "linux" || config["goarch"] != "amd64" || config["cpu"] != "A CPU" {
		t.Errorf("the header reads %v", config)
	}
	next := 0
	for _, f := range r.results {
		for _, s := range f.samples {
			cells := strings.Fields(lines[next])
			next++
			if want := "BenchmarkPath/" + f.Name + "-2"; cells[0] != want || cells[1] != strconv.Itoa(s.n) {
				t.Errorf("the line begins with %v, want %s and %d", cells[:2], want, s.n)
			}
			for i, m := range []figures.Measure{figures.Wall, figures.CPU, figures.Bytes, figures.Allocs} {
				v, err := strconv.ParseFloat(cells[2+2*i], 64)
				if err != nil || v != s.of(m) {
					t.Errorf("%s reads back as %v, %v; want %v", m, v, err, s.of(m))
				}
			}
			if units := cells[3] + cells[5] + cells[7] + cells[9]; units != "ns/opcpu-ns/opB/opallocs/op" {
				t.Errorf("the units are %s", units)
			}
		}
	}
	if next != len(lines) {
		t.Errorf("%d lines for %d samples", len(lines), next)
	}
}

func TestGrowth(t *testing.T) {
	day := footprint{Orders: 10, Early: 100, Late: 150, Peak: 1000}
	long := footprint{Orders: 100, Early: 100, Late: 110, Peak: 1050}
	if got := growth([]footprint{day, long}); got != 1.1 {
		t.Errorf("the growth is %v", got)
	}
	long.Peak = 2000
	if got := growth([]footprint{day, long}); got != 2 {
		t.Errorf("the growth is %v", got)
	}
}
