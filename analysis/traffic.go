package analysis

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/kafkanauts/kafkanauts/analysis/correlate"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
)

// traffic states what orders depend on in time: clocks, surges of categories,
// weekdays, hours.
func (d *Decipherer) traffic(clocks []offsetOf) (out []Finding) {
	lands := d.lands.sorted()
	exposure := d.exposure()
	if d.last-d.first < 7*24 {
		return nil
	}
	var week, day []Entry
	var surges []surge
	tests := 0
	var total int64
	var hourWords []string
	var byHour [24]float64
	least, most := math.Inf(1), 0.0
	for _, land := range lands {
		byGroup := make([][7]float64, len(d.groups.at))
		var hours [24]float64
		var n float64
		for c := range d.hours.cells() {
			if c.country != land {
				continue
			}
			h := local(weekHour(c.hour*3600), clocks[land])
			byGroup[c.category][h/24] += float64(c.orders)
			hours[h%24] += float64(c.orders)
			n += float64(c.orders)
		}
		if n < 200 {
			continue
		}
		total += int64(n)
		var covered [7]float64
		for h, e := range exposure {
			covered[local(h, clocks[land])/24] += e / 24
		}
		factors, found, tried := weekdays(byGroup, &covered)
		tests += tried
		name := d.lands.at[land]
		for _, s := range found {
			s.lands = []string{name}
			surges = append(surges, s)
		}
		for i, f := range factors {
			e := 1.96 * math.Sqrt(f*7/n)
			week = append(week, Entry{name, weekdayNames[i], f, f - e, f + e})
			least, most = min(least, f), max(most, f)
		}
		for i, c := range hours {
			byHour[i] += c
			lo, hi := correlate.Wilson(c, n, correlate.Z95)
			day = append(day, Entry{name, fmt.Sprintf("%02d", i), c / n, lo, hi})
		}
		hourWords = append(hourWords, peaksOf(name, &hours))
	}
	if total == 0 {
		return nil
	}
	out = append(out, d.surgeFindings(surges, tests)...)
	out = append(out, weekFinding(week, least, most, total))
	// The effect is the busiest local hour over the mean of all; the table has shares.
	busiest := 24 * slices.Max(byHour[:]) / float64(total)
	lo, hi := correlate.Wilson(slices.Max(byHour[:]), float64(total), correlate.Z95)
	out = append(out, Finding{Kind: Hours, Statement: "Orders by local hour: " + strings.Join(hourWords, "; ") + ".",
		Fields: []string{"hour", order.Country.String()}, Effect: busiest, Interval: [2]float64{24 * lo, 24 * hi}, Support: total, Data: Data{Effect: "ratio", Field: "hour", Table: day}})
	var clock []Entry
	var words []string
	east, west := -12, 14
	for _, land := range lands {
		o := clocks[land]
		east, west = max(east, o.hours), min(west, o.hours)
		clock = append(clock, Entry{Of: d.lands.at[land], Name: o.String(), Value: float64(o.hours), Lo: float64(o.hours), Hi: float64(o.hours)})
		words = append(words, d.lands.at[land]+" "+o.String())
	}
	out = append(out, Finding{Kind: Clock, Statement: "Days begin at midnight on these clocks: " + strings.Join(words, ", ") + ".",
		Fields: []string{order.Country.String(), order.Time.String()}, Effect: float64(east - west), Interval: [2]float64{float64(east - west), float64(east - west)},
		Support: total, Data: Data{Effect: "hours", Table: clock}})
	return out
}

// surge is a category on a weekday that is out of proportion.
type surge struct {
	group, day int
	ratio, k   float64
	p          float64
	lands      []string
}

// weekdays fits counts by category and weekday as the product of both margins,
// and sets aside, one by one, the cells that are far from it. It returns the factors of
// the weekdays relative to their mean, Monday first, without those cells.
func weekdays(byGroup [][7]float64, covered *[7]float64) (factors [7]float64, surges []surge, tests int) {
	groups := len(byGroup)
	aside := make([][7]bool, groups)
	tests = 7 * groups
	row := make([]float64, groups)
	var col [7]float64
	fit := func() {
		for d := range col {
			col[d] = 1
		}
		for range 20 {
			for g := range byGroup {
				var n, e float64
				for d := range 7 {
					if !aside[g][d] {
						n += byGroup[g][d]
						e += col[d] * covered[d]
					}
				}
				row[g] = n / max(1e-9, e)
			}
			for d := range 7 {
				var n, e float64
				for g := range byGroup {
					if !aside[g][d] {
						n += byGroup[g][d]
						e += row[g] * covered[d]
					}
				}
				col[d] = n / max(1e-9, e)
			}
		}
	}
	for len(surges) < groups {
		fit()
		best, at := 0.0, surge{}
		for g := range byGroup {
			for d := range 7 {
				e := row[g] * col[d] * covered[d]
				k := byGroup[g][d]
				if aside[g][d] || e < 20 {
					continue
				}
				z := 2 * (math.Sqrt(k) - math.Sqrt(e))
				if ratio := k / e; math.Abs(math.Log(ratio)) > math.Log(1.25) && math.Abs(z) > math.Abs(best) {
					best, at = z, surge{group: g, day: d, ratio: ratio, k: k}
				}
			}
		}
		if math.Abs(best) < 4 {
			break
		}
		aside[at.group][at.day] = true
		surges = append(surges, at)
	}
	fit()
	// What a cell that was set aside is compared with is what all others say.
	for i := range surges {
		s := &surges[i]
		e := row[s.group] * col[s.day] * covered[s.day]
		s.ratio = s.k / e
		z := 2 * (math.Sqrt(s.k) - math.Sqrt(e)) / math.Sqrt2 // the expectation has an error too
		s.p = math.Erfc(math.Abs(z) / math.Sqrt2)
	}
	sum := 0.0
	for _, f := range col {
		sum += f / 7
	}
	for d, f := range col {
		factors[d] = f / max(1e-12, sum)
	}
	return factors, surges, tests
}

// surgeFindings joins the surges of countries and puts them into words.
func (d *Decipherer) surgeFindings(all []surge, tests int) (out []Finding) {
	p := make([]float64, len(all))
	for i := range all {
		p[i] = all[i].p
	}
	q := correlate.BenjaminiHochbergOf(p, tests)
	used := make([]bool, len(all))
	for i, s := range all {
		if used[i] || q[i] > 0.01 {
			continue
		}
		logs, k, worst := s.k*math.Log(s.ratio), s.k, q[i]
		for j := i + 1; j < len(all); j++ {
			t := all[j]
			if !used[j] && q[j] <= 0.01 && t.group == s.group && t.day == s.day && math.Abs(math.Log(t.ratio/s.ratio)) < 0.4 {
				used[j] = true
				s.lands = append(s.lands, t.lands...)
				logs += t.k * math.Log(t.ratio)
				k += t.k
				worst = max(worst, q[j])
			}
		}
		ratio := math.Exp(logs / k)
		e := math.Exp(1.96 * math.Sqrt(2/k))
		group, weekday := d.groups.at[s.group], weekdayNames[s.day]
		slices.Sort(s.lands)
		out = append(out, Finding{Kind: Surge,
			Statement: fmt.Sprintf("On %ss (local time), %s orders in %s come %.2f times as often as weekday and category by themselves explain.", weekday, group, strings.Join(s.lands, " and "), ratio),
			Fields:    []string{order.Category.String(), "weekday", order.Country.String()},
			Effect:    ratio, Interval: [2]float64{ratio / e, ratio * e}, Support: int64(k), Q: worst,
			Data: Data{Effect: "ratio", Field: order.Category.String(), Value: group, Elsewhere: 1,
				When: []truth.Clause{{Field: order.Country.String(), Values: s.lands}, {Field: "weekday", Values: []string{weekday}}}}})
	}
	return out
}

func weekFinding(week []Entry, least, most float64, total int64) Finding {
	// The typical factor of each weekday is the median over countries.
	var words []string
	for _, name := range weekdayNames {
		var v []float64
		for _, e := range week {
			if e.Name == name {
				v = append(v, e.Value)
			}
		}
		words = append(words, fmt.Sprintf("%s %.2f", name[:3], median(v)))
	}
	ratio := most / max(1e-9, least)
	e := math.Exp(1.96 * math.Sqrt(7/float64(total)*(1/max(1e-9, most)+1/max(1e-9, least))))
	return Finding{Kind: Weekdays, Statement: "Traffic by local weekday, relative to the mean: " + strings.Join(words, ", ") + ".",
		Fields: []string{"weekday"}, Effect: ratio, Interval: [2]float64{ratio / e, ratio * e},
		Support: total, Data: Data{Effect: "ratio", Field: "weekday", Table: week}}
}

// peaksOf describes a profile of hours: its peaks and the dips between them that
// are deeper than a tenth of the lower peak and than three standard errors.
func peaksOf(name string, hours *[24]float64) string {
	top := 0
	for h := range hours {
		if hours[h] > hours[top] {
			top = h
		}
	}
	// From the highest peak around the clock: a peak is confirmed when the
	// profile has fallen far enough below it, a dip when it has risen again.
	peaks, dips := []int{top}, []int{}
	low := top
	high := -1
	for i := 1; i < 24; i++ {
		h := (top + i) % 24
		if high < 0 {
			if hours[h] < hours[low] {
				low = h
			}
			if above(hours[h], hours[low]) && above(hours[peaks[len(peaks)-1]], hours[low]) {
				high = h
			}
			continue
		}
		if hours[h] > hours[high] {
			high = h
		}
		if above(hours[high], hours[h]) {
			peaks, dips = append(peaks, high), append(dips, low)
			low, high = h, -1
		}
	}
	slices.Sort(peaks)
	s := name + " peaks at"
	for i, p := range peaks {
		if i > 0 {
			s += " and"
		}
		s += fmt.Sprintf(" %02d:00", p)
	}
	// The deepest valley is night; only those by day are worth words.
	day := dips[:0]
	for _, v := range dips {
		if hours[v] > 0.25*hours[top] {
			day = append(day, v)
		}
	}
	slices.Sort(day)
	for i, v := range day {
		if i == 0 {
			s += " with a dip at"
		} else {
			s += " and"
		}
		s += fmt.Sprintf(" %02d:00 (%.0f %% of the highest)", v, 100*hours[v]/hours[top])
	}
	return s
}

// above says whether a count is above another by more than a tenth and by more
// than three standard errors.
func above(a, b float64) bool { return a-b > 0.1*a && a-b > 3*math.Sqrt(a+b) }
