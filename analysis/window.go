package analysis

import (
	"fmt"
	"math/bits"

	"github.com/kafkanauts/kafkanauts/order/truth"
)

// window is a set of weekdays and a stretch of hours, both local. Over all days
// the stretch may cross midnight.
type window struct {
	days   uint8 // bit 0 is Monday
	from   uint8 // hour
	length uint8 // hours; 24: the whole day
}

const everyDay = 1<<7 - 1

// penalty is what a window must gain in likelihood over a simpler one, on the
// scale of chi-square: about twice the logarithm of how many of its sort are tried.
func (w window) penalty() float64 {
	switch {
	case w.length == 24:
		return 0
	case w.days == everyDay:
		return 14
	}
	return 24
}

// windows are those tried, the simple ones first.
var windows = func() (all []window) {
	const weekend, friday = 1<<5 | 1<<6, 1<<4 | 1<<5
	for d := range 7 {
		all = append(all, window{1 << d, 0, 24})
	}
	all = append(all, window{weekend, 0, 24}, window{friday, 0, 24})
	for length := uint8(2); length <= 12; length++ {
		for from := uint8(0); from < 24; from++ {
			all = append(all, window{everyDay, from, length})
			if from+length <= 24 {
				for d := range 7 {
					all = append(all, window{1 << d, from, length})
				}
			}
		}
	}
	return
}()

// grid is counts by local weekday and hour, and their running sums.
type grid struct {
	at    [168]float64
	upTo  [7][25]float64 // of a day, before that hour
	hours [49]float64    // of all days, before that hour, twice around
	total float64
}

func (g *grid) sum() {
	var hour [24]float64
	g.total = 0
	for d := range 7 {
		for h := range 24 {
			n := g.at[d*24+h]
			g.upTo[d][h+1] = g.upTo[d][h] + n
			hour[h] += n
			g.total += n
		}
	}
	for i := range 48 {
		g.hours[i+1] = g.hours[i] + hour[i%24]
	}
}

// in returns the count within a window.
func (g *grid) in(w window) (n float64) {
	if w.days == everyDay {
		return g.hours[w.from+w.length] - g.hours[w.from]
	}
	for days := w.days; days != 0; days &= days - 1 {
		d := bits.TrailingZeros8(days)
		n += g.upTo[d][w.from+w.length] - g.upTo[d][w.from]
	}
	return n
}

func (g *grid) add(h *grid) {
	for i, n := range h.at {
		g.at[i] += n
	}
}

// clauses says w as conditions.
func (w window) clauses() (c []truth.Clause) {
	if w.days != everyDay {
		var names []string
		for d, name := range weekdayNames {
			if w.days>>d&1 == 1 {
				names = append(names, name)
			}
		}
		c = append(c, truth.Clause{Field: "weekday", Values: names})
	}
	if w.length < 24 {
		var names []string
		for i := range w.length {
			names = append(names, fmt.Sprintf("%02d", (w.from+i)%24))
		}
		c = append(c, truth.Clause{Field: "hour", Values: names})
	}
	return c
}

// String says w as the adverbial of a sentence.
func (w window) String() string {
	s := ""
	if w.days != everyDay {
		for d, name := range weekdayNames {
			if w.days>>d&1 == 1 {
				if s != "" {
					s += " and "
				}
				s += name + "s"
			}
		}
		s = "on " + s
	}
	if w.length < 24 {
		if s != "" {
			s += " "
		}
		s += fmt.Sprintf("from %02d:00 to %02d:00", w.from, (w.from+w.length)%24)
	}
	return s
}
