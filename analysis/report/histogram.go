package report

import (
	"math"
	"slices"
	"strconv"
)

// Histogram shows how values are distributed.
type Histogram struct {
	Title, Note string
	Unit        string // of the values, such as "€"; stands under the axis
	Bins        Bins
}

// Bins are counts of values by size: Counts[i] is how many lie in
// [Edges[i], Edges[i+1]), the last bin including its end. Edges ascend, one more
// than Counts. Bins are drawn equally wide, whatever their extent.
type Bins struct {
	Edges, Counts []float64
}

// LinearBins counts values in about n bins of the same round width. Values that
// are not finite are left out.
func LinearBins(values []float64, n int) Bins {
	var e extent
	e.add(values...)
	if !e.seen {
		return Bins{}
	}
	return count(values, ticks(e.low, e.high, max(n, 1)))
}

// LogBins counts the positive values in bins that grow with the values: between
// powers of ten, the edges are 1, 2 and 5 or, where that makes fewer than ten bins, 1, 1.5, 2, 3, 5 and 7. Values
// that are not positive and finite are left out.
func LogBins(values []float64) Bins {
	var e extent
	for _, x := range values {
		if x > 1e-100 {
			e.add(x)
		}
	}
	if !e.seen {
		return Bins{}
	}
	coarse := logEdges(e.low, e.high, 1, 2, 5)
	if len(coarse) < 11 {
		return count(values, logEdges(e.low, e.high, 1, 1.5, 2, 3, 5, 7))
	}
	return count(values, coarse)
}

// logEdges returns the multiples of powers of ten that cover low to high.
func logEdges(low, high float64, multiples ...float64) []float64 {
	edges := []float64{}
	for exponent := -101; exponent <= 101; exponent++ {
		for _, m := range multiples {
			x := power(m, exponent)
			if x <= low {
				edges = edges[:0]
			}
			edges = append(edges, x)
			if x > high {
				return edges
			}
		}
	}
	return edges
}

func count(values, edges []float64) Bins {
	counts := make([]float64, len(edges)-1)
	for _, x := range values {
		if !finite(x) || x < edges[0] || x > edges[len(edges)-1] {
			continue
		}
		i, found := slices.BinarySearch(edges, x)
		if !found {
			i--
		}
		counts[min(i, len(counts)-1)]++
	}
	return Bins{edges, counts}
}

func (h Histogram) appendTo(p *printer) {
	p.picture(h.Title, h.Note, h.draw)
}

func (h Histogram) draw(c *canvas) {
	n := min(len(h.Bins.Counts), len(h.Bins.Edges)-1)
	if n < 1 {
		return
	}
	e := extent{seen: true}
	for _, k := range h.Bins.Counts[:n] {
		e.add(max(k, 0))
	}
	if e.high == 0 {
		return
	}
	const top, tall = 12, 180
	scale := newGrid(0, e.high, 4)
	left := c.valueAxis(scale, top, top+tall, "")
	y := axis{scale.low, scale.high, top + tall, top}
	slot := (c.width - left - 14) / float64(n)
	left += 2
	gap := min(1.5, slot/4)
	for i, k := range h.Bins.Counts[:n] {
		if !finite(k) || k <= 0 {
			continue
		}
		at := min(y.at(k), top+tall-1) // few are not none
		tip := plain(h.Bins.Edges[i]) + " to " + plain(h.Bins.Edges[i+1]) + ": " + plain(k)
		c.rect(left+float64(float64(i)*slot), at, slot-gap, top+tall-at, "pos", tip)
	}
	c.line(left, top+tall, left+float64(float64(n)*slot), top+tall, "base")
	labels := make([]string, n+1)
	for i := range labels {
		labels[i] = compact(h.Bins.Edges[i])
	}
	every := max(1, int(math.Ceil((widest(labels, smallSize)+14)/slot)))
	for i := 0; i <= n; i += every {
		x := left + float64(float64(i)*slot)
		half := textWidth(labels[i], smallSize) / 2
		if x+half > c.width {
			x = c.width - half
		}
		c.line(left+float64(float64(i)*slot), top+tall, left+float64(float64(i)*slot), top+tall+4, "tick")
		c.text(x, top+tall+18, "mid small soft", labels[i])
	}
	c.height = top + tall + 24
	if h.Unit != "" {
		c.text(c.width, top+tall+36, "end small soft", h.Unit)
		c.height += 18
	}
}

// String returns how many values are counted in how many bins.
func (b Bins) String() string {
	sum := 0.0
	for _, k := range b.Counts {
		sum += k
	}
	return plain(sum) + " in " + strconv.Itoa(len(b.Counts)) + " bins"
}
