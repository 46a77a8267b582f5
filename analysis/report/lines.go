package report

import (
	"math"
	"strconv"
	"time"
)

// Lines shows series over time: value i of each stands for the instant (or the
// interval that begins) at From + i*Step. The axis is labelled on From's own clock. With Step 0 the axis
// counts 0, 1, 2, … instead.
type Lines struct {
	Title, Note string
	Unit        string // of the values, such as "orders an hour"
	From        time.Time
	Step        time.Duration
	Series      []Series
	Panels      bool // a panel for each series on the same scales, instead of all in one
}

// Series is one line of Lines. A value that is not finite interrupts it.
type Series struct {
	Name      string
	Values    []float64
	Expected  []float64 // dashed overlay, such as a forecast; may be nil or of any length
	Low, High []float64 // a band, drawn as far as both reach; may be nil
	Spikes    []Spike
}

// Spike marks value At of a Series, if there is one, with a ring and a label,
// which may be empty.
type Spike struct {
	At    int
	Label string
}

// hues is how many colours the style sheet has for series; after these, lines are
// dashed and the colours begin again.
const hues = 7

func hue(i int) string { return strconv.Itoa(i % hues) }

func (l Lines) appendTo(p *printer) {
	p.picture(l.Title, l.Note, func(c *canvas) {
		frame := l.measure()
		if !frame.values.seen {
			return
		}
		if l.Panels && len(l.Series) > 1 {
			l.panels(c, frame)
			return
		}
		l.together(c, frame)
	})
}

// frame is what the pictures of a Lines have in common.
type frame struct {
	values extent
	n      int // the length of the longest series
}

func (l Lines) measure() frame {
	var f frame
	for i := range l.Series {
		s := &l.Series[i]
		f.values.add(s.Values...)
		f.values.add(s.Expected...)
		band := min(len(s.Low), len(s.High))
		f.values.add(s.Low[:band]...)
		f.values.add(s.High[:band]...)
		f.n = max(f.n, len(s.Values), len(s.Expected), band)
	}
	if f.values.seen {
		f.values.add(0)
	}
	return f
}

// together draws all series in one plot, named at their ends or, where there is
// no room for that, above.
func (l Lines) together(c *canvas, f frame) {
	names := make([]string, len(l.Series))
	for i := range l.Series {
		names[i] = l.Series[i].Name
	}
	right, top := 10.0, 14.0
	named := len(names) > 1 && !c.slim && len(names) <= 12
	if l.Unit != "" {
		top = 28
	}
	if named {
		right = min(widest(names, labelSize), 150) + 24
	} else if len(names) > 1 {
		top += c.legend(names, func(i int, x, y float64) {
			c.line(x, y+7, x+13, y+7, lineClass(i))
		}, 0, 0)
	}
	tall := 280.0
	if c.slim {
		tall = 210
	}
	d := l.plot(c, f, top, tall, right, true)
	for i := range l.Series {
		d.band(&l.Series[i], i)
	}
	for i := range l.Series {
		d.curve(l.Series[i].Expected, "line dashed s"+hue(i))
		d.curve(l.Series[i].Values, lineClass(i))
	}
	for i := range l.Series {
		d.spikes(&l.Series[i], i)
	}
	if named {
		d.ends(l.Series)
	}
	c.height = d.bottom + 28
}

// panels draws each series in a plot of its own.
func (l Lines) panels(c *canvas, f frame) {
	y := 0.0
	for i := range l.Series {
		top := y + 26
		if i == 0 && l.Unit != "" {
			c.text(c.width, y+12, "end small soft", l.Unit)
		}
		c.line(0, y+8, 14, y+8, lineClass(i))
		c.label(20, y+12.5, c.width-180, "strong", l.Series[i].Name)
		d := l.plot(c, f, top, 108, 10, i == len(l.Series)-1)
		d.band(&l.Series[i], i)
		d.curve(l.Series[i].Expected, "line dashed s"+hue(i))
		d.curve(l.Series[i].Values, lineClass(i))
		d.spikes(&l.Series[i], i)
		y = d.bottom + 20
	}
	c.height = y + 8
}

func lineClass(i int) string {
	if i >= hues {
		return "line again s" + hue(i)
	}
	return "line s" + hue(i)
}

// plot is the drawing area of one coordinate system.
type plot struct {
	c      *canvas
	x, y   axis
	bottom float64
	taken  []box // labels that stand already
}

// plot draws axes and grid. The unit is written if there is room above, the time
// axis if labelled.
func (l Lines) plot(c *canvas, f frame, top, tall, right float64, labelled bool) *plot {
	count := 5
	if tall < 150 {
		count = 3
	}
	scale := newGrid(f.values.low, f.values.high, count)
	bottom := top + tall
	was := c.width
	c.width -= right - 4
	unit := l.Unit
	if l.Panels && len(l.Series) > 1 {
		unit = ""
	}
	left := c.valueAxis(scale, top, bottom, unit)
	c.width = was
	last := float64(max(f.n-1, 1))
	marks, to := l.marks(c, f, c.width-left-right)
	if to > last {
		last = to
	}
	d := &plot{
		c:      c,
		x:      axis{0, last, left + 2, c.width - right},
		y:      axis{scale.low, scale.high, bottom, top},
		bottom: bottom,
	}
	for _, m := range marks {
		x := d.x.at(m.at)
		if !labelled {
			c.line(x, bottom, x, bottom+3, "tick")
			continue
		}
		c.line(x, bottom, x, bottom+4, "tick")
		class, half := "mid small soft", textWidth(m.label, smallSize)/2
		switch {
		case x-half < 0:
			class, x = "small soft", 0
		case x+half > c.width:
			class, x = "end small soft", c.width
		}
		c.text(x, bottom+18, class, m.label)
	}
	return d
}

// marks returns the labels of the horizontal axis and where it ends, in steps. A
// time axis ends a step after the last value if that completes a day.
func (l Lines) marks(c *canvas, f frame, width float64) ([]mark, float64) {
	if l.Step <= 0 || float64(l.Step)*float64(f.n) > math.MaxInt64/2 {
		var all []mark
		for _, v := range ticks(0, float64(max(f.n-1, 1)), int(width/90)) {
			if v == math.Trunc(v) && v <= float64(max(f.n-1, 1)) {
				all = append(all, mark{v, compact(v)})
			}
		}
		return all, 0
	}
	steps := max(f.n-1, 1)
	to := l.From.Add(time.Duration(steps) * l.Step)
	if next := to.Add(l.Step); next.Hour() == 0 && next.Minute() == 0 && next.Second() == 0 {
		to, steps = next, steps+1
	}
	room := 78.0 // for a label
	if to.Sub(l.From) <= 48*time.Hour {
		room = 56
	}
	return timeMarks(l.From, to, l.Step, int(width/room)), float64(steps)
}

// curve draws values as a line. Where they are denser than the picture, it keeps
// the least and the greatest of each half unit of width.
func (d *plot) curve(values []float64, class string) {
	c := d.c
	stride := max(1, int(2*float64(len(values))/max(d.x.end-d.x.start, 1)))
	began := false
	run, last := 0, 0 // points since the last gap, and the last of them
	var alone []int
	put := func(i int) {
		letter := "L"
		if run == 0 {
			letter = "M"
		}
		if !began {
			c.raw("<path class=\"" + class + "\" d=\"")
			began = true
		}
		c.raw(letter)
		c.buf = appendCoordinate(c.buf, d.x.at(float64(i)))
		c.raw(" ")
		c.buf = appendCoordinate(c.buf, d.y.at(values[i]))
		run++
		last = i
	}
	pause := func() {
		if run == 1 {
			alone = append(alone, last)
		}
		run = 0
	}
	for i := 0; i < len(values); i += stride {
		low, high := -1, -1
		for j := i; j < min(i+stride, len(values)); j++ {
			switch {
			case !finite(values[j]):
			case low < 0:
				low, high = j, j
			case values[j] < values[low]:
				low = j
			case values[j] > values[high]:
				high = j
			}
		}
		if low < 0 {
			pause()
			continue
		}
		put(min(low, high))
		if low != high {
			put(max(low, high))
		}
	}
	pause()
	if began {
		c.raw("\"/>\n")
	}
	for _, i := range alone {
		c.circle(d.x.at(float64(i)), d.y.at(values[i]), 1.2, class, "")
	}
}

// band fills between Low and High.
func (d *plot) band(s *Series, i int) {
	n := min(len(s.Low), len(s.High))
	c := d.c
	for from := 0; from < n; {
		if !finite(s.Low[from]) || !finite(s.High[from]) {
			from++
			continue
		}
		to := from
		for to < n && finite(s.Low[to]) && finite(s.High[to]) {
			to++
		}
		c.raw("<path class=\"band s" + hue(i) + "\" d=\"M")
		for j := from; j < to; j++ {
			c.buf = appendCoordinate(c.buf, d.x.at(float64(j)))
			c.raw(" ")
			c.buf = appendCoordinate(c.buf, d.y.at(s.High[j]))
			c.raw("L")
		}
		for j := to - 1; j >= from; j-- {
			c.buf = appendCoordinate(c.buf, d.x.at(float64(j)))
			c.raw(" ")
			c.buf = appendCoordinate(c.buf, d.y.at(s.Low[j]))
			if j > from {
				c.raw("L")
			}
		}
		c.raw("Z\"/>\n")
		from = to
	}
}

// box is where a label stands.
type box struct{ left, top, right, bottom float64 }

func (b box) meets(o box) bool {
	return b.left < o.right && o.left < b.right && b.top < o.bottom && o.top < b.bottom
}

// spikes rings the marked values and labels them where there is room.
func (d *plot) spikes(s *Series, i int) {
	for _, spike := range s.Spikes {
		if spike.At < 0 || spike.At >= len(s.Values) || !finite(s.Values[spike.At]) {
			continue
		}
		x, y := d.x.at(float64(spike.At)), d.y.at(s.Values[spike.At])
		tip := s.Name + ": " + plain(s.Values[spike.At])
		if spike.Label != "" {
			tip += " (" + spike.Label + ")"
		}
		d.c.circle(x, y, 4.5, "ring s"+hue(i), tip)
		d.taken = append(d.taken, box{x - 5, y - 5, x + 5, y + 5})
		if spike.Label == "" {
			continue
		}
		label := fit(spike.Label, 0.6*d.c.width, smallSize)
		w := textWidth(label, smallSize)
		for _, at := range [...]struct{ x, y float64 }{
			{x - w/2, y - 9}, {x + 8, y + 4}, {x - 8 - w, y + 4}, {x - w/2, y + 18}, {x + 8, y - 7}, {x - 8 - w, y - 7},
		} {
			b := box{at.x, at.y - 10, at.x + w, at.y + 3}
			if b.left < d.x.start || b.right > d.x.end+4 || b.top < d.y.end-14 || b.bottom > d.bottom || d.occupied(b) {
				continue
			}
			d.taken = append(d.taken, b)
			d.c.text(at.x, at.y, "small halo", label)
			break
		}
	}
}

func (d *plot) occupied(b box) bool {
	for _, t := range d.taken {
		if t.meets(b) {
			return true
		}
	}
	return false
}

// ends writes the name of each series at the right, at the height of its last
// value, moved apart where names would overlap.
func (d *plot) ends(series []Series) {
	const pitch = 16
	type end struct {
		i       int
		x, y, t float64 // of the line's end; t: the height of the name
	}
	var all []end
	for i := range series {
		values := series[i].Values
		if len(values) == 0 {
			values = series[i].Expected
		}
		for j := len(values) - 1; j >= 0; j-- {
			if finite(values[j]) {
				y := d.y.at(values[j])
				all = append(all, end{i, d.x.at(float64(j)), y, y})
				break
			}
		}
	}
	for i := 1; i < len(all); i++ { // by height
		for j := i; j > 0 && all[j].y < all[j-1].y; j-- {
			all[j], all[j-1] = all[j-1], all[j]
		}
	}
	for i := range all { // down, as far as need be
		if i > 0 {
			all[i].t = max(all[i].t, all[i-1].t+pitch)
		}
	}
	for i := len(all) - 1; i >= 0; i-- { // and up again from the bottom
		limit := d.bottom - 2
		if i < len(all)-1 {
			limit = all[i+1].t - pitch
		}
		all[i].t = min(all[i].t, limit)
	}
	x := d.x.end + 20
	for _, e := range all {
		d.c.raw("<path class=\"lead-line s" + hue(e.i) + "\" d=\"M")
		for k, at := range [...]float64{max(e.x, d.x.end-1), e.y, d.x.end + 8, e.t, x - 4, e.t} {
			if k > 0 {
				d.c.raw(" ")
			}
			d.c.buf = appendCoordinate(d.c.buf, at)
		}
		d.c.raw("\"/>\n")
		d.c.label(x, e.t+4.5, d.c.width-x, "", series[e.i].Name)
	}
}
