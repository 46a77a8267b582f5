package report

import "strconv"

// Shares shows how wholes divide into parts: one full-width bar for each row,
// cut in proportion to its values. Values that are negative or not finite count as 0. After
// the sixth part the rest are shown together.
type Shares struct {
	Title, Note string
	Parts       []string // names, in the order in which they are drawn
	Rows        []Share
}

// Share is one whole of Shares; its Name may be empty.
type Share struct {
	Name   string
	Values []float64 // by part
}

func (s Shares) appendTo(p *printer) {
	p.picture(s.Title, s.Note, s.draw)
}

// merged returns the parts that are drawn and, for each row, their shares of 1.
func (s Shares) merged() (names []string, rows [][]float64, some bool) {
	n := len(s.Parts)
	names = s.Parts
	if n > hues {
		n = hues
		names = append(append([]string(nil), s.Parts[:hues-1]...), strconv.Itoa(len(s.Parts)-hues+1)+" others")
	}
	for _, row := range s.Rows {
		shares, sum := make([]float64, n), 0.0
		for i, v := range row.Values {
			if i < len(s.Parts) && finite(v) && v > 0 {
				shares[min(i, n-1)] += v
				sum += v
			}
		}
		for i := range shares {
			if sum > 0 {
				shares[i] /= sum
				some = true
			}
		}
		rows = append(rows, shares)
	}
	return names, rows, some
}

func (s Shares) draw(c *canvas) {
	names, rows, some := s.merged()
	if !some {
		return
	}
	labels := make([]string, len(s.Rows))
	for i := range s.Rows {
		labels[i] = s.Rows[i].Name
	}
	left := min(widest(labels, labelSize), 0.3*c.width)
	if left > 0 {
		left += 10
	}
	y := c.legend(names, func(i int, x, y float64) {
		c.rect(x, y+1, 12, 12, "fill"+hue(i), "")
	}, 0, 2)
	const tall, pitch = 26, 34
	for i, shares := range rows {
		c.label(left-10, y+tall/2+4.5, left-10, "end", labels[i])
		x := left
		for k, share := range shares {
			w := float64(share * (c.width - left))
			if w <= 0 {
				continue
			}
			tip := names[k] + ": " + percent(share)
			if labels[i] != "" {
				tip = labels[i] + ", " + tip
			}
			gap := min(1.5, w/3)
			c.rect(x, y, w-gap, tall, "fill"+hue(k), tip)
			if text := fixed(100*share, 0) + "%"; textWidth(text, smallSize)+8 <= w {
				c.text(x+(w-gap)/2, y+tall/2+4, "mid small on-fill"+hue(k), text)
			}
			x += w
		}
		y += pitch
	}
	c.height = y - pitch + tall + 4
}
