package report

import "strconv"

// Heat shows a grid of values by shade, such as hours against weekdays. Row 0 is
// at the top. A value that is not finite, or is not there, leaves its cell empty.
type Heat struct {
	Title, Note string
	Unit        string      // of the values; stands beside the scale
	Rows        []string    // names, from the top
	Columns     []string    // names, from the left
	Values      [][]float64 // by row and column
	Low, High   float64     // the ends of the scale; if Low >= High they are taken from the values, and from 0 if none is negative
	Labels      bool        // writes the values into the cells, where they fit
}

// shades is how many steps the scales of the style sheet have.
const shades = 9

// shade returns the step of x on a scale from low to high.
func shade(x, low, high float64) int {
	if !(high > low) {
		return 0
	}
	return min(max(int((x-low)/(high-low)*shades), 0), shades-1)
}

func (h Heat) appendTo(p *printer) {
	p.picture(h.Title, h.Note, h.draw)
}

func (h Heat) draw(c *canvas) {
	low, high, seen := h.scale()
	if !seen || len(h.Rows) == 0 || len(h.Columns) == 0 {
		return
	}
	left := min(widest(h.Rows, labelSize)+10, 0.3*c.width)
	slot := (c.width - left) / float64(len(h.Columns))
	x := func(j int) float64 { return left + float64(float64(j)*slot) }
	top := 20.0
	if long := widest(h.Columns, smallSize); long > slot && long > 40 {
		heads := c.fitHeads(h.Columns, left)
		slot, top = heads.slot, heads.room+10
		heads.draw(c, left, top)
	} else {
		every := 1
		for _, n := range [...]int{1, 2, 3, 4, 6, 12, 24, 48, 96, 192} {
			if every = n; long+5 <= slot*float64(n) {
				break
			}
		}
		for j := 0; j < len(h.Columns); j += every {
			c.text(x(j)+slot/2, 12, "mid small soft", fit(h.Columns[j], slot*float64(every), smallSize))
		}
	}
	tall := min(max(0.7*slot, 20), 30)
	gap := 1.5
	if slot < 8 {
		gap = 0
	}
	for i, name := range h.Rows {
		y := top + float64(float64(i)*tall)
		c.label(left-10, y+tall/2+4, left-10, "end", name)
		for j, column := range h.Columns {
			if i >= len(h.Values) || j >= len(h.Values[i]) || !finite(h.Values[i][j]) {
				c.rect(x(j)+0.5, y+0.5, slot-gap-1, tall-gap-1, "void", name+" "+column+": no value")
				continue
			}
			v := h.Values[i][j]
			tip := name + " " + column + ": " + plain(v)
			step := strconv.Itoa(shade(v, low, high))
			c.rect(x(j), y, slot-gap, tall-gap, "q"+step, tip)
			if text := plain(v); h.Labels && textWidth(text, smallSize)+6 <= slot {
				c.text(x(j)+(slot-gap)/2, y+(tall-gap)/2+4, "mid small on-q"+step, text)
			}
		}
	}
	bottom := top + float64(float64(len(h.Rows))*tall) + 14
	c.shades("q", low, high, h.Unit, x(len(h.Columns)), bottom)
	c.height = bottom + 18
}

func (h Heat) scale() (low, high float64, seen bool) {
	var e extent
	for _, row := range h.Values {
		e.add(row...)
	}
	if h.Low < h.High && finite(h.Low) && finite(h.High) {
		return h.Low, h.High, e.seen
	}
	return min(e.low, 0), e.high, e.seen
}

// shades draws the legend of a scale so that it ends at right.
func (c *canvas) shades(class string, low, high float64, unit string, right, y float64) {
	const w, tall = 18, 10
	from, to := plain(low), plain(high)
	if unit != "" {
		to += " " + unit
	}
	to = fit(to, right-w*shades-textWidth(from, smallSize)-20, smallSize)
	x := right - textWidth(to, smallSize) - 8 - w*shades
	c.text(x-8, y+9, "end small soft", from)
	for i := range shades {
		c.rect(x+float64(i*w), y, w, tall, class+strconv.Itoa(i), "")
	}
	c.text(x+w*shades+8, y+9, "small soft", to)
}
