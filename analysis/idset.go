package analysis

import "slices"

// idset finds out which identifiers come more than once, in four bytes each.
// Their hashes are dealt to 256 parts, which write 31 more bits of them down, one after
// the other, and are sorted when it is asked, or when they grow beyond their limit. Two identifiers may
// be taken for one, so "more than once" is a suspicion; among n there are about
// n²/2^40 such pairs. An idset keeps at most limit of them by distinct sampling; which
// depends only on the set of identifiers, so sets of parts merge to that of the
// whole.
type idset struct {
	parts [256]idpart
	limit int
	level uint // identifiers with level zero bits at the end of what is kept are
}

// idpart is what is kept of identifiers, twice, and one more if it came again:
// the first sorted of them ascend and differ.
type idpart struct {
	ids    []uint32
	sorted int
}

func newIDSet(limit int) *idset { return &idset{limit: max(limit, 1<<12)} }

// keptOf returns the bits of a hash that are kept.
func keptOf(h uint64) uint32 { return uint32(h>>8) & (1<<31 - 1) }

// add notes one more identifier with the hash h.
func (s *idset) add(h uint64) { s.note(byte(h), keptOf(h)<<1) }

func (s *idset) note(part byte, id uint32) {
	if id>>1&(1<<s.level-1) != 0 {
		return
	}
	p := &s.parts[part]
	if len(p.ids) == cap(p.ids) {
		if len(p.ids) > 2*p.sorted && len(p.ids) > s.limit/256 {
			s.settle()
		}
		p.ids = slices.Grow(p.ids, len(p.ids)/4+16)
		if id>>1&(1<<s.level-1) != 0 {
			return
		}
	}
	p.ids = append(p.ids, id)
}

// settle sorts what was noted, drops what came again, and raises the level
// until no more than limit are kept.
func (s *idset) settle() {
	for {
		n := 0
		var scratch []uint32
		for i := range s.parts {
			scratch = s.parts[i].settle(s.level, scratch)
			n += s.parts[i].sorted
		}
		if n <= s.limit || s.level == 30 {
			return
		}
		s.level++
	}
}

// settle sorts one part and drops what came again or is not kept at the level.
func (p *idpart) settle(level uint, scratch []uint32) []uint32 {
	kept := p.ids
	if level > 0 {
		kept = slices.DeleteFunc(kept, func(id uint32) bool { return id>>1&(1<<level-1) != 0 })
	}
	if p.sorted < len(p.ids) {
		scratch = sortIDs(kept, scratch)
	}
	n := 0
	for _, id := range kept {
		if n > 0 && kept[n-1]>>1 == id>>1 {
			kept[n-1] |= 1
			continue
		}
		kept[n] = id
		n++
	}
	p.ids, p.sorted = kept[:n], n
	return scratch
}

// sortIDs sorts by radix, with scratch to lay things out in, and returns it for
// the next time.
func sortIDs(ids, scratch []uint32) []uint32 {
	if len(ids) < 1<<10 {
		slices.Sort(ids)
		return scratch
	}
	const width = 11
	var counts [3][1 << width]uint32
	for _, id := range ids {
		for k := range counts {
			counts[k][id>>(width*k)&(1<<width-1)]++
		}
	}
	if cap(scratch) < len(ids) {
		scratch = make([]uint32, len(ids)+len(ids)/8)
	}
	from, to := ids, scratch[:len(ids)]
	for k := range counts {
		sum := uint32(0)
		for i, n := range counts[k] {
			counts[k][i] = sum
			sum += n
		}
		for _, id := range from {
			at := &counts[k][id>>(width*k)&(1<<width-1)]
			to[*at] = id
			*at++
		}
		from, to = to, from
	}
	copy(ids, from)
	return scratch
}

// merge adds what t has noted; t stays as it is.
func (s *idset) merge(t *idset) {
	s.level = max(s.level, t.level)
	for k := range t.parts {
		s.parts[k].ids = slices.Grow(s.parts[k].ids, len(t.parts[k].ids))
		for _, id := range t.parts[k].ids {
			s.note(byte(k), id)
		}
	}
}

// again returns the identifiers that came more than once.
func (s *idset) again() suspicion {
	s.settle()
	found := make(suspicion)
	for k := range s.parts {
		for _, id := range s.parts[k].ids {
			if id&1 == 1 {
				found[uint64(id>>1)<<8|uint64(k)] = struct{}{}
			}
		}
	}
	return found
}

// suspicion is identifiers that came more than once, as far as is known.
type suspicion map[uint64]struct{}

// has says whether an identifier with the hash h is one of them.
func (s suspicion) has(h uint64) bool {
	if len(s) == 0 {
		return false
	}
	_, ok := s[h&(1<<39-1)]
	return ok
}
