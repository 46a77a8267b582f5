package analysis

// best is what is known of one key of a link: how often it was seen with any
// value, and with the value that it was seen with most.
type best struct {
	key         uint64
	value       uint32
	most, total uint32
	second      uint32 // how often with the runner-up
}

// majority answers for one link of a group, which may no longer change. Of values
// seen equally often the one with the larger hash wins, so that the answer does
// not depend on which came first.
type majority struct {
	g    *group
	link int
	more map[uint64]best // of the keys that have several values
}

// majority returns the answers for a link.
func (g *group) majority(link int) *majority {
	m := &majority{g: g, link: link}
	t := g.others[link]
	m.more = make(map[uint64]best, t.used)
	for _, s := range t.slots {
		if s.key == 0 {
			continue
		}
		b, ok := m.more[s.key]
		if !ok {
			c := g.look(s.key)[1+link]
			n := uint32(c & cellCount)
			b = best{s.key, uint32(c >> 32), n, n, 0}
		}
		b.count(s.value, s.count)
		m.more[s.key] = b
	}
	for key, b := range m.more {
		cell := &g.look(key)[1+link]
		*cell &^= firstBest
		if uint32(*cell>>32) == b.value {
			*cell |= firstBest
		}
	}
	return m
}

// count adds the count of one more value.
func (b *best) count(value, n uint32) {
	b.total += n
	switch {
	case n > b.most || n == b.most && value > b.value:
		b.second = b.most
		b.most, b.value = n, value
	case n > b.second:
		b.second = n
	}
}

// of returns what is known of an entry of the group; nil is that of a key that
// was never seen. The total is 0 if nothing is known.
func (m *majority) of(e []uint64) best {
	if e == nil {
		return best{}
	}
	c := e[1+m.link]
	if level := m.g.others[m.link].level; c == 0 || level > 0 && !sampled(e[0], level) {
		return best{}
	}
	if c&hasOthers != 0 {
		return m.more[e[0]]
	}
	n := uint32(c & cellCount)
	return best{e[0], uint32(c >> 32), n, n, 0}
}

// at is of for a key.
func (m *majority) at(key uint64) best { return m.of(m.g.look(key)) }

// count returns how often a key was seen with a value.
func (m *majority) count(key uint64, value uint32) uint32 {
	e := m.g.look(key)
	if e == nil {
		return 0
	}
	if c := e[1+m.link]; c != 0 && uint32(c>>32) == value {
		return uint32(c & cellCount)
	}
	return m.g.others[m.link].count(key, value)
}

// all calls yield with what is known of each key, in no order.
func (m *majority) all(yield func(b best) bool) {
	for i := 0; i < len(m.g.slots); i += m.g.width {
		if m.g.slots[i] == 0 {
			continue
		}
		if b := m.of(m.g.slots[i : i+m.g.width]); b.total > 0 && !yield(b) {
			return
		}
	}
}
