package analysis

import "github.com/kafkanauts/kafkanauts/order"

// frame is one record taken apart: its cells and their hashes, 0 for a blank one.
type frame struct {
	cells
	hash  hashes // of times and quantities 1: nobody asks for them
	short bool   // one column too few, which is an empty failure reason at the end; text and hash are filled
}

// fill takes a record apart. The frame is valid as long as value is.
func (x *frame) fill(c *cutter, value []byte) {
	c.cut(value, &x.cells)
	if x.short = c.trailing(&x.cells); x.short {
		for i, f := range c.at[:order.Columns-1] {
			x.text[f] = c.part[i]
		}
		x.text[order.Reason] = nil
	} else if x.count != order.Columns {
		return
	}
	for f := order.ID; f < order.NumFields; f++ {
		switch v := x.text[f]; {
		case blank(v):
			x.hash[f] = 0
		case f == order.Time || f == order.Qty:
			x.hash[f] = 1
		default:
			x.hash[f] = hashOf(v)
		}
	}
}

// ahead is how many records of a batch are taken apart before the first is
// looked at. Tables that are larger than the processor's caches are touched for
// all of them in a row, so that it waits for memory once and not for each.
const ahead = 16

// inFrames takes the records of a batch apart and calls touch for every ahead of
// them, then look for each.
func (b *batch) inFrames(c *cutter, frames *[ahead]frame, touch func(frames []frame), look func(i int, x *frame)) {
	for i := 0; i < len(b.ends); i += ahead {
		n := min(ahead, len(b.ends)-i)
		for j := range n {
			frames[j].fill(c, b.value(i+j))
		}
		touch(frames[:n])
		for j := range n {
			look(i+j, &frames[j])
		}
	}
}

// touch loads where h is in a lexicon.
func (l *lexicon) touch(h uint64) uint64 {
	if len(l.slots) == 0 {
		return 0
	}
	return l.slots[h&uint64(len(l.slots)-1)].hash
}

// touch loads where key is in a group.
func (g *group) touch(key uint64) uint64 {
	if g.size == 0 {
		return 0
	}
	return g.slots[g.first(key)]
}
