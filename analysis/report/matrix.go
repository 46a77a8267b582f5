package report

import (
	"strconv"
	"strings"
)

// Matrix shows how strongly columns go together: a square of values between
// -Limit and Limit, coloured from one hue through neutral at 0 to another. Row 0 is at
// the top. A value that is not finite, or is not there, leaves its cell empty.
type Matrix struct {
	Title, Note string
	Names       []string
	Values      [][]float64 // by row and column, as Names
	Limit       float64     // what has the strongest colour; 0: 1
}

func (m Matrix) appendTo(p *printer) {
	p.picture(m.Title, m.Note, m.draw)
}

func (m Matrix) draw(c *canvas) {
	n := len(m.Names)
	if n == 0 || len(m.Values) == 0 {
		return
	}
	limit := m.Limit
	if !(limit > 0) || !finite(limit) {
		limit = 1
	}
	left := min(widest(m.Names, labelSize), 0.24*c.width) + 10
	heads := c.fitHeads(m.Names, left)
	cell := min(heads.slot, 46)
	top := heads.room + 10
	x := func(j int) float64 { return left + float64(float64(j)*cell) }
	y := func(i int) float64 { return top + float64(float64(i)*cell) }
	heads.slot = cell
	heads.draw(c, left, top)
	for i, name := range m.Names {
		c.label(left-10, y(i)+cell/2+4, left-10, "end", name)
		for j, other := range m.Names {
			if i >= len(m.Values) || j >= len(m.Values[i]) || !finite(m.Values[i][j]) {
				c.rect(x(j), y(i), cell-1, cell-1, "void", name+" × "+other+": no value")
				continue
			}
			v := m.Values[i][j]
			// The middle of the shades is centred at 0: scale so that it is neutral.
			step := strconv.Itoa(shade(v, -limit, limit))
			if i == j {
				c.rect(x(j), y(i), cell-1, cell-1, "self", name)
				continue
			}
			c.rect(x(j), y(i), cell-1, cell-1, "d"+step, name+" × "+other+": "+coefficient(v))
			if cell >= 30 {
				c.text(x(j)+(cell-1)/2, y(i)+(cell-1)/2+4, "mid small on-d"+step, coefficient(v))
			}
		}
	}
	bottom := y(n) + 14
	c.shades("d", -limit, limit, "", max(x(n), left+200), bottom)
	c.height = bottom + 18
}

// coefficient writes x with two decimals and without the zero before the point.
func coefficient(x float64) string {
	s := fixed(x, 2)
	switch {
	case s == "0.00":
		return "0"
	case strings.HasPrefix(s, "0."):
		return s[1:]
	case strings.HasPrefix(s, "−0."):
		return "−" + s[len("−0"):]
	}
	return s
}
