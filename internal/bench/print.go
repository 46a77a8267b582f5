package main

import (
	"io"
	"strconv"

	"github.com/kafkanauts/kafkanauts/internal/bench/figures"
)

// writeFigures writes a row for each figure.
func writeFigures(w io.Writer, list []result) {
	t := table{{"<figure", "CPU ns/op min", "median", "wall median", "allocs/op", "B/op", "<one operation"}}
	for i := range list {
		r := &list[i]
		cpu, wall := r.series(figures.CPU), r.series(figures.Wall)
		t = append(t, []string{r.Name, nanos(cpu.min()), nanos(cpu.median()), nanos(wall.median()),
			short(r.series(figures.Allocs).median()), short(r.series(figures.Bytes).median()), r.Op})
	}
	t.write(w)
}

// writeVerdicts writes a row for each goal.
func writeVerdicts(w io.Writer, list []verdict) {
	t := table{{"<figure", "<of", "<against", "median", "min/min", "<goal", "<met"}}
	for _, v := range list {
		median, best := short(v.median), short(v.best)
		if v.Inverse() {
			median, best = median+" x faster", best+" x faster"
		}
		t = append(t, []string{v.figure, string(v.Of), v.Against.String(), median, best, bound(&v.Goal), v.met()})
	}
	t.write(w)
}

// bound writes a goal as "<= 0.2 (0.14)", the stretch between the parentheses.
func bound(g *figures.Goal) string {
	var s string
	switch {
	case g.AtLeast > 0:
		s = ">= " + short(g.AtLeast)
	case g.AtMost > 0:
		s = "<= " + short(g.AtMost)
	default:
		return ""
	}
	if g.Stretch > 0 {
		s += " (" + short(g.Stretch) + ")"
	}
	return s
}

// short writes v with three significant digits, without an exponent, and the whole
// number from 100 on.
func short(v float64) string {
	if v >= 100 || v <= -100 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	v, _ = strconv.ParseFloat(strconv.FormatFloat(v, 'g', 3, 64), 64)
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// nanos writes nanoseconds with one decimal, whole ones from 1000 on.
func nanos(v float64) string {
	if v >= 1000 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'f', 1, 64)
}
