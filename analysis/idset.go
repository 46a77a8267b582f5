package analysis

// idset tells which identifiers come more than once, in four bytes each: the
// hashes are dealt to 256 tables, which keep 31 more bits of them. Two identifiers may
// be taken for one, so "more than once" is a suspicion, one in about 2^39 divided
// by their number. It keeps at most limit of them by distinct sampling; which
// depends only on the set of identifiers, so sets of parts merge to that of the
// whole.
type idset struct {
	parts [256]idpart
	used  int
	limit int
	level uint // identifiers with level zero bits at the end of what is kept are
}

type idpart struct {
	slots []uint32 // twice what is kept of the hash, one more if it came again; 0: empty
	used  int
}

func newIDSet(limit int) *idset { return &idset{limit: max(limit, 16)} }

// keptOf returns the bits of a hash that are kept, which are never all zero.
func keptOf(h uint64) uint32 { return max(1, uint32(h>>8)&(1<<31-1)) }

func (s *idset) sampled(id uint32) bool { return id&(1<<s.level-1) == 0 }

// add notes one more identifier with the hash h.
func (s *idset) add(h uint64) { s.note(byte(h), keptOf(h), 0) }

// note adds an identifier to a part; again is 1 if it has come more than once.
func (s *idset) note(part byte, id, again uint32) {
	if !s.sampled(id) {
		return
	}
	p := &s.parts[part]
	i, ok := p.find(id)
	if ok {
		p.slots[i] |= 1
		return
	}
	for s.used >= s.limit && s.level < 31 {
		s.raise(s.level + 1)
		if !s.sampled(id) {
			return
		}
	}
	if (p.used+1)*4 > len(p.slots)*3 {
		p.rebuild(max(8, len(p.slots)*3/2))
	}
	i, _ = p.find(id)
	p.slots[i] = id<<1 | again
	p.used++
	s.used++
}

// again says whether an identifier with the hash h came more than once.
func (s *idset) again(h uint64) bool {
	p := &s.parts[byte(h)]
	i, ok := p.find(keptOf(h))
	return ok && p.slots[i]&1 == 1
}

// find returns the slot of id, or the empty one where it belongs, and whether it
// is there.
func (p *idpart) find(id uint32) (int, bool) {
	n := len(p.slots)
	if n == 0 {
		return 0, false
	}
	for i := int(uint64(id) * uint64(n) >> 31); ; {
		switch s := p.slots[i]; {
		case s>>1 == id:
			return i, true
		case s == 0:
			return i, false
		}
		if i++; i == n {
			i = 0
		}
	}
}

func (p *idpart) rebuild(size int) {
	old := p.slots
	p.slots = make([]uint32, size)
	for _, s := range old {
		if s != 0 {
			i, _ := p.find(s >> 1)
			p.slots[i] = s
		}
	}
}

// raise keeps only what the level keeps.
func (s *idset) raise(level uint) {
	s.level, s.used = level, 0
	for k := range s.parts {
		p := &s.parts[k]
		p.used = 0
		for i, id := range p.slots {
			if id == 0 {
				continue
			}
			if s.sampled(id >> 1) {
				p.used++
			} else {
				p.slots[i] = 0
			}
		}
		p.rebuild(max(8, p.used*3/2))
		s.used += p.used
	}
}

// merge adds what t has noted; t stays as it is.
func (s *idset) merge(t *idset) {
	if t.level > s.level {
		s.raise(t.level)
	}
	for k := range t.parts {
		for _, id := range t.parts[k].slots {
			if id != 0 {
				s.note(byte(k), id>>1, id&1)
			}
		}
	}
}
