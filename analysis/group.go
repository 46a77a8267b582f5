package analysis

import "math/bits"

// group counts what stands beside the keys of one determinant: for each key and each
// of its links, how often which value. The value that came first lies beside the
// key, the rare others in a tally a link. Like a tally, it keeps at most limit keys
// by distinct sampling, and of a link fewer where its others become too many, so
// groups of parts merge to that of the whole: what is said of a key does not
// depend on which value came first.
type group struct {
	slots  []uint64 // of width words: a key, 0 for none, and a cell a link
	width  int
	size   int // slots: not a power of two
	used   int
	limit  int
	level  uint
	others []*tally // by link; their levels are not below the group's
}

// A cell is a value, how often the key has it, whether it has others, and whether
// none of them is more frequent, which is said by majority; 0 if none was seen.
const (
	hasOthers = 1 << 31
	firstBest = 1 << 30
	cellCount = 1<<30 - 1 // a count does not grow beyond it
)

func newGroup(links, limit int) *group {
	g := &group{width: 1 + links, limit: max(limit, 16), others: make([]*tally, links)}
	for i := range g.others {
		g.others[i] = newTally(limit / 4)
	}
	return g
}

// first returns where in slots the search for key begins.
func (g *group) first(key uint64) int {
	hi, _ := bits.Mul64(key<<1, uint64(g.size))
	return int(hi) * g.width
}

// find returns where in slots key is, or the empty slot where it belongs. There
// is at least one empty slot.
func (g *group) find(key uint64) int {
	for i := g.first(key); ; {
		if k := g.slots[i]; k == key || k == 0 {
			return i
		}
		if i += g.width; i == len(g.slots) {
			i = 0
		}
	}
}

// entry returns the slot of key, made if need be, or nil if it is not kept. It is
// valid until the next call.
func (g *group) entry(key uint64) []uint64 {
	if g.level > 0 && !sampled(key, g.level) {
		return nil
	}
	if g.size > 0 {
		if i := g.find(key); g.slots[i] == key {
			return g.slots[i : i+g.width]
		}
	}
	for g.used >= g.limit && g.level < 63 {
		g.raise(g.level + 1)
		if !sampled(key, g.level) {
			return nil
		}
	}
	if (g.used+1)*4 > g.size*3 {
		g.rebuild(max(16, g.size*3/2))
	}
	i := g.find(key)
	g.slots[i] = key
	g.used++
	return g.slots[i : i+g.width]
}

// look returns the slot of key, or nil if it is not kept or was never seen.
func (g *group) look(key uint64) []uint64 {
	if g.size == 0 {
		return nil
	}
	if i := g.find(key); g.slots[i] == key {
		return g.slots[i : i+g.width]
	}
	return nil
}

// add counts n more of a value of a link in the entry e.
func (g *group) add(e []uint64, link int, value, n uint32) {
	c := e[1+link]
	switch {
	case c == 0:
		e[1+link] = uint64(value)<<32 | uint64(n)
	case uint32(c>>32) == value:
		e[1+link] = c + uint64(min(n, uint32(cellCount-c&cellCount)))
	default:
		e[1+link] = c | hasOthers
		g.others[link].add(e[0], value, n)
	}
}

// raise keeps only what the level keeps.
func (g *group) raise(level uint) {
	g.level = level
	for _, t := range g.others {
		t.raise(level)
	}
	g.rebuild(g.size)
}

func (g *group) rebuild(size int) {
	old := g.slots
	g.slots, g.size, g.used = make([]uint64, size*g.width), size, 0
	for i := 0; i < len(old); i += g.width {
		if old[i] != 0 && sampled(old[i], g.level) {
			copy(g.slots[g.find(old[i]):], old[i:i+g.width])
			g.used++
		}
	}
}

// merge adds the counts of h, which has the same links and limit; h stays as it
// is.
func (g *group) merge(h *group) {
	if h.level > g.level {
		g.raise(h.level)
	}
	for j, t := range h.others {
		g.others[j].raise(t.level)
	}
	for i := 0; i < len(h.slots); i += h.width {
		if h.slots[i] == 0 {
			continue
		}
		e := g.entry(h.slots[i])
		if e == nil {
			continue
		}
		for j, c := range h.slots[i+1 : i+h.width] {
			if c != 0 {
				g.add(e, j, uint32(c>>32), uint32(c&cellCount))
				e[1+j] |= c & hasOthers
			}
		}
	}
	for j, t := range h.others {
		for _, s := range t.slots {
			if s.key != 0 && sampled(s.key, g.level) {
				if e := g.look(s.key); e != nil {
					g.add(e, j, s.value, s.count)
				}
			}
		}
	}
}
