package report

// Bars compares amounts by the length of bars, one for each item, in the order
// given. An item whose value is not finite has no bar.
type Bars struct {
	Title, Note string
	Unit        string // what is counted, such as "orders"; stands in tooltips
	Items       []Bar
	Upright     bool // columns instead of rows; rows are drawn all the same if the names would not fit
}

// Bar is one item of Bars.
type Bar struct {
	Name     string
	Value    float64
	Expected *float64 // if not nil, a thin mark at what was expected
}

func (b Bars) appendTo(p *printer) {
	p.picture(b.Title, b.Note, func(c *canvas) {
		if len(b.Items) == 0 {
			return
		}
		if slot := (c.width - 60) / float64(len(b.Items)); b.Upright && widest(b.names(), labelSize) <= slot-4 {
			b.upright(c)
			return
		}
		b.rows(c)
	})
}

func (b Bars) names() []string {
	names := make([]string, len(b.Items))
	for i := range b.Items {
		names[i] = b.Items[i].Name
	}
	return names
}

func (b Bars) extent() extent {
	e := extent{seen: true}
	for i := range b.Items {
		e.add(b.Items[i].Value)
		if b.Items[i].Expected != nil {
			e.add(*b.Items[i].Expected)
		}
	}
	return e
}

func (b Bars) tip(item *Bar) string {
	tip := item.Name + ": " + plain(item.Value)
	if b.Unit != "" {
		tip += " " + b.Unit
	}
	if item.Expected != nil {
		tip += ", expected " + plain(*item.Expected)
	}
	return tip
}

func (b Bars) rows(c *canvas) {
	const pitch, thick = 27, 17
	names := b.names()
	left := min(widest(names, labelSize)+10, 0.36*c.width)
	values := make([]string, len(b.Items))
	for i := range b.Items {
		values[i] = plain(b.Items[i].Value)
	}
	room := widest(values, labelSize) + 12
	e := b.extent()
	x := axis{e.low, e.high, left, c.width - room}
	if e.low < 0 {
		x.start += room
	}
	zero := x.at(0)
	y := 4.0
	for i := range b.Items {
		item := &b.Items[i]
		middle := y + thick/2
		c.label(left-10, middle+4.5, left-10, "end", item.Name)
		end := zero
		if finite(item.Value) {
			end = x.at(item.Value)
		}
		class := "pos"
		if end < zero {
			class = "neg"
		}
		c.rect(min(zero, end), y, max(zero, end)-min(zero, end), thick, class, b.tip(item))
		at := max(end, zero)
		if item.Expected != nil && finite(*item.Expected) {
			mark := x.at(*item.Expected)
			c.line(mark, y-3, mark, y+thick+3, "expected")
			if end >= zero && mark < end+room && mark+6 > at {
				at = max(at, mark)
			}
		}
		if end < zero {
			c.text(end-7, middle+4.5, "end", values[i])
		} else {
			c.text(at+7, middle+4.5, "", values[i])
		}
		y += pitch
	}
	c.line(zero, 0, zero, y-pitch+thick+4, "base")
	c.height = y - pitch + thick + 8
}

func (b Bars) upright(c *canvas) {
	const top, tall = 22, 200
	e := b.extent()
	scale := newGrid(e.low, e.high, 4)
	left := c.valueAxis(scale, top, top+tall, "")
	y := axis{scale.low, scale.high, top + tall, top}
	slot := (c.width - left) / float64(len(b.Items))
	thick := min(0.72*slot, 56)
	bottom := float64(top + tall)
	if e.low < 0 {
		bottom += 14 // for the value under the lowest
	}
	zero := y.at(0)
	for i := range b.Items {
		item := &b.Items[i]
		x := left + float64((float64(i)+0.5)*slot)
		end := zero
		if finite(item.Value) {
			end = y.at(item.Value)
		}
		class := "pos"
		if end > zero {
			class = "neg"
		}
		c.rect(x-thick/2, min(zero, end), thick, max(zero, end)-min(zero, end), class, b.tip(item))
		high, low := min(end, zero), max(end, zero)
		if item.Expected != nil && finite(*item.Expected) {
			mark := y.at(*item.Expected)
			c.line(x-thick/2-3, mark, x+thick/2+3, mark, "expected")
			high, low = min(high, mark-1), max(low, mark+1)
		}
		if value := plain(item.Value); textWidth(value, smallSize) <= slot-2 {
			at := high - 5
			if end > zero {
				at = low + 14
			}
			c.text(x, at, "mid small", value)
		}
		c.text(x, bottom+18, "mid", item.Name)
	}
	c.line(left, zero, c.width, zero, "base")
	c.height = bottom + 26
}

// valueAxis draws horizontal grid lines with their values at the left, the
// largest at top, and returns where the plot begins. The unit stands above.
func (c *canvas) valueAxis(scale grid, top, bottom float64, unit string) float64 {
	labels := make([]string, len(scale.ticks))
	for i, v := range scale.ticks {
		labels[i] = compact(v)
	}
	left := widest(labels, smallSize) + 9
	y := axis{scale.low, scale.high, bottom, top}
	for i, v := range scale.ticks {
		at := y.at(v)
		c.line(left, at, c.width, at, "grid")
		c.text(left-8, at+4, "end small soft", labels[i])
	}
	if unit != "" {
		c.text(0, top-11, "small soft", unit)
	}
	return left
}
