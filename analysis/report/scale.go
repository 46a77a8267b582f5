package report

import (
	"math"
	"strconv"
	"time"
)

// axis maps values linearly onto coordinates: from low at start to high at end.
type axis struct {
	low, high  float64
	start, end float64
}

func (a axis) at(x float64) float64 {
	if !(a.high > a.low) {
		return a.start
	}
	return a.start + float64((x-a.low)/(a.high-a.low)*(a.end-a.start))
}

// extent gathers the range of the finite ones among the values it is shown. Its
// zero value has seen none.
type extent struct {
	low, high float64
	seen      bool
}

func (e *extent) add(values ...float64) {
	for _, x := range values {
		switch {
		case !finite(x):
		case !e.seen:
			e.low, e.high, e.seen = x, x, true
		default:
			e.low, e.high = min(e.low, x), max(e.high, x)
		}
	}
}

// ticks returns about n round values whose range covers low to high.
func ticks(low, high float64, n int) []float64 {
	if !(high > low) {
		high = low + max(1, math.Abs(low)*0.1)
	}
	step := roundUp((high - low) / float64(max(n, 1)))
	first, last := math.Floor(low/step+1e-9), math.Ceil(high/step-1e-9)
	var all []float64
	for k := first; k <= last && len(all) < 100; k++ {
		all = append(all, float64(k*step))
	}
	return all
}

// grid is a value axis: its range and the round values at which it is labelled.
type grid struct {
	low, high float64
	ticks     []float64
}

// newGrid returns an axis for values from low to high with about n labels. It
// ends at a label where one is near, and soon after the values where none is.
func newGrid(low, high float64, n int) grid {
	t := ticks(low, high, n)
	g := grid{t[0], t[len(t)-1], t}
	if last := len(t) - 1; last > 1 {
		if step := t[1] - t[0]; g.high-high > 0.3*step {
			g.ticks, g.high = g.ticks[:last], high+float64(0.08*step)
		}
		if step := t[1] - t[0]; low-g.low > 0.3*step && low < 0 && len(g.ticks) > 2 {
			g.ticks, g.low = g.ticks[1:], low-float64(0.08*step)
		}
	}
	return g
}

// roundUp returns the least of 1, 2, 2.5 and 5 times a power of ten that is not
// below x, for x > 0.
func roundUp(x float64) float64 {
	s := strconv.FormatFloat(x, 'e', -1, 64)
	exponent := 0
	for i := range len(s) {
		if s[i] == 'e' {
			exponent, _ = strconv.Atoi(s[i+1:])
		}
	}
	for _, m := range [...]float64{1, 2, 2.5, 5} {
		if y := power(m, exponent); y >= x*(1-1e-12) {
			return y
		}
	}
	return power(1, exponent+1)
}

// power returns m times ten to the exponent, correctly rounded.
func power(m float64, exponent int) float64 {
	x, _ := strconv.ParseFloat(strconv.FormatFloat(m, 'f', -1, 64)+"e"+strconv.Itoa(exponent), 64)
	return x
}

// mark is a labelled instant of a time axis, as a number of steps from its start.
type mark struct {
	at    float64
	label string
}

// clockSteps and daySteps are the distances between the labels of a time axis.
var (
	clockSteps = [...]int{1, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720} // minutes
	daySteps   = [...]int{1, 2, 7, 14}
	monthSteps = [...]int{1, 2, 3, 6, 12, 24, 60, 120}
)

// timeMarks labels the time from from to to with at most most labels, at round
// hours, days or months of from's own clock.
func timeMarks(from, to time.Time, step time.Duration, most int) []mark {
	most = max(most, 2)
	span := to.Sub(from)
	var all []mark
	put := func(t time.Time, layout string) {
		label := t.Format(layout)
		if t.Equal(to) && label == "00:00" {
			label = "24:00"
		}
		all = append(all, mark{float64(t.Sub(from)) / float64(step), label})
	}
	y, m, d := from.Date()
	for _, minutes := range clockSteps {
		if span > 48*time.Hour || time.Duration(minutes)*time.Minute < step || int(span/(time.Duration(minutes)*time.Minute))+1 > most {
			continue
		}
		for i := 0; i <= 4*1440/minutes; i++ {
			t := time.Date(y, m, d, 0, i*minutes, 0, 0, from.Location())
			if t.After(to) {
				break
			}
			if !t.Before(from) {
				put(t, "15:04")
			}
		}
		return all
	}
	for _, days := range daySteps {
		if int(span/(time.Duration(days)*24*time.Hour))+1 > most {
			continue
		}
		layout := "2 Jan"
		if days < 7 && most <= 10 {
			layout = "Mon 2 Jan"
		}
		for i := range 4000 {
			t := time.Date(y, m, d+i*days, 0, 0, 0, 0, from.Location())
			if t.After(to) {
				break
			}
			if !t.Before(from) {
				put(t, layout)
			}
		}
		return all
	}
	for _, months := range monthSteps {
		if int(span/(time.Duration(months)*30*24*time.Hour))+1 > most && months < 120 {
			continue
		}
		for i := range 4000 {
			t := time.Date(y, time.January+time.Month(i*months), 1, 0, 0, 0, 0, from.Location())
			if t.After(to) {
				break
			}
			if !t.Before(from) {
				put(t, "Jan 2006")
			}
		}
		return all
	}
	return all
}
