package analysis

import (
	"fmt"
	"math"
)

// offsetOf is whole hours ahead of UTC.
type offsetOf struct {
	hours int
	gain  float64 // by how much its likelihood exceeds the second best's, in nats; 0: taken for granted
	known bool    // the country's standard time decided
}

// standard is the standard time of countries, as hours ahead of UTC. Where the
// stream does not tell offsets apart, they decide.
var standard = map[string]int{"United States": -5, "Mexico": -6, "China": 8, "Spain": 1}

// clocks infers each country's clock from its traffic. On the right clock days
// begin at midnight, so the orders of each category are a product of a factor a
// day of the week and one an hour of the day; on a wrong clock the first or last
// hours of a day follow their neighbour's factor. The offset with the largest Poisson
// likelihood of that product is chosen, unless the standard time of a known
// country is about as likely.
func (d *Decipherer) clocks() []offsetOf {
	exposure := d.exposure()
	grids := make(map[[2]int32]*[168]float64)
	for c := range d.hours.cells() {
		key := [2]int32{c.country, c.category}
		g := grids[key]
		if g == nil {
			g = new([168]float64)
			grids[key] = g
		}
		g[weekHour(c.hour*3600)] += float64(c.orders)
	}
	out := make([]offsetOf, len(d.lands.at))
	for land := range out {
		var fit [24]float64 // log likelihood by offset + 11
		for group := range d.groups.at {
			g := grids[[2]int32{int32(land), int32(group)}]
			if g == nil {
				continue
			}
			for i := range fit {
				fit[i] += product(g, &exposure, i-11)
			}
		}
		best, second := 0, math.Inf(-1)
		for i, l := range fit {
			if l > fit[best] {
				best = i
			}
		}
		for i, l := range fit {
			if i != best {
				second = max(second, l)
			}
		}
		o := offsetOf{hours: best - 11, gain: fit[best] - second}
		std, ok := standard[d.lands.at[land]]
		switch {
		case ok && fit[best]-fit[std+11] < 8:
			o = offsetOf{hours: std, known: true, gain: o.gain}
		case !ok && fit[best]-fit[11] < 3:
			o.hours = 0
		}
		out[land] = o
	}
	return out
}

// exposure counts how often each hour of the week lies between the first order and
// the last.
func (d *Decipherer) exposure() (e [168]float64) {
	for h := d.first; h <= d.last; h++ {
		e[weekHour(h*3600)]++
		if h-d.first >= 168*200 {
			break // the rest changes nothing that matters
		}
	}
	return
}

// product returns the log likelihood, but for a constant, of counts that are
// exposure times a factor a day times a factor an hour, on a clock that is so many
// hours ahead.
func product(g, exposure *[168]float64, ahead int) float64 {
	var day [7]float64
	var hour [24]float64
	var dayOf, hourOf [168]int
	for i := range g {
		local := (i + ahead + 336) % 168
		dayOf[i], hourOf[i] = local/24, local%24
		hour[hourOf[i]] += g[i]
	}
	for i := range day {
		day[i] = 1
	}
	for range 12 {
		var num, den [7]float64
		for i, n := range g {
			num[dayOf[i]] += n
			den[dayOf[i]] += exposure[i] * hour[hourOf[i]]
		}
		for j := range day {
			if den[j] > 0 {
				day[j] = num[j] / den[j]
			}
		}
		var nh, dh [24]float64
		for i, n := range g {
			nh[hourOf[i]] += n
			dh[hourOf[i]] += exposure[i] * day[dayOf[i]]
		}
		for j := range hour {
			if dh[j] > 0 {
				hour[j] = nh[j] / dh[j]
			}
		}
	}
	var l float64
	for i, n := range g {
		if mean := exposure[i] * day[dayOf[i]] * hour[hourOf[i]]; mean > 0 {
			l += n*math.Log(mean) - mean
		}
	}
	return l
}

func (o offsetOf) String() string {
	if o.hours == 0 {
		return "UTC"
	}
	return fmt.Sprintf("UTC%+d", o.hours)
}
