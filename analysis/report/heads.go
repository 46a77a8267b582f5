package report

import "math"

// heads are names above narrow columns. They lean by 45 degrees or, where that is too
// dense, stand upright.
type heads struct {
	names []string
	slot  float64 // the width of a column
	room  float64 // above the columns and, if leaning, at their right
	most  float64 // the length of a name
	lean  bool
}

// fitHeads divides the canvas right of left into a column for each name.
func (c *canvas) fitHeads(names []string, left float64) heads {
	h := heads{names: names, most: 0.24 * c.width, lean: true}
	long := min(widest(names, labelSize), h.most)
	h.room = float64(long*0.71) + 8
	h.slot = (c.width - left - h.room) / float64(len(names))
	if h.slot*0.71 < labelSize {
		h.lean = false
		h.room = long + 4
		h.slot = (c.width - left) / float64(len(names))
	}
	return h
}

// draw writes the names so that they end above top. If they are too many for
// every column it leaves some out.
func (h heads) draw(c *canvas, left, top float64) {
	every, turn, shift := 1, "-45", 2.0
	if !h.lean {
		every, turn, shift = max(1, int(math.Ceil(smallSize/h.slot))), "-90", 4
	}
	for j := 0; j < len(h.names); j += every {
		c.raw("<text class=\"small\" transform=\"translate(")
		c.buf = appendCoordinate(c.buf, left+float64((float64(j)+0.5)*h.slot)+shift)
		c.raw(" ")
		c.buf = appendCoordinate(c.buf, top-7)
		c.raw(") rotate(" + turn + ")\">")
		c.buf = appendEscaped(c.buf, fit(h.names[j], h.most, labelSize))
		c.raw("</text>\n")
	}
}
