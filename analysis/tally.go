package analysis

import "github.com/kafkanauts/kafkanauts/internal/keyed"

// tally counts pairs (key, value) in an open-addressing table of 16 bytes a
// pair. It keeps at most limit pairs: when it would grow beyond, it keeps only
// the half of the keys whose mixed hash ends in one more zero bit (distinct
// sampling, Gibbons 2001). Which keys are kept depends only on the set of pairs
// ever seen, and all counts of a kept key are exact, so tallies of parts merge
// to the tally of the whole, in any order.
type tally struct {
	slots []pairCount
	used  int
	limit int
	level uint // keys with level zero bits at the end of their mix are kept
}

type pairCount struct {
	key   uint64 // hash of the determinant; 0: empty
	value uint32 // of the dependent
	count uint32
}

func newTally(limit int) *tally { return &tally{limit: max(limit, 16)} }

// sampled says whether key is kept at the present level.
func (t *tally) sampled(key uint64) bool { return sampled(key, t.level) }

// slot hashes a pair to its first slot.
func (t *tally) slot(key uint64, value uint32) int {
	return int(keyed.Mix(key^uint64(value)*0x9e3779b97f4a7c15) >> 1 & uint64(len(t.slots)-1))
}

// add counts n more of a pair.
func (t *tally) add(key uint64, value uint32, n uint32) {
	if t.level > 0 && !t.sampled(key) {
		return
	}
	if (t.used+1)*8 > len(t.slots)*5 {
		t.grow()
		if !t.sampled(key) {
			return
		}
	}
	for i := t.slot(key, value); ; i = (i + 1) & (len(t.slots) - 1) {
		s := &t.slots[i]
		if s.key == 0 {
			*s = pairCount{key, value, n}
			t.used++
			break
		}
		if s.key == key && s.value == value {
			s.count += n
			return
		}
	}
	for t.used > t.limit {
		t.level++
		t.rebuild(len(t.slots))
	}
}

// count returns how often a pair was seen, or 0 if its key is not kept.
func (t *tally) count(key uint64, value uint32) uint32 {
	if len(t.slots) == 0 {
		return 0
	}
	for i := t.slot(key, value); ; i = (i + 1) & (len(t.slots) - 1) {
		s := &t.slots[i]
		if s.key == 0 {
			return 0
		}
		if s.key == key && s.value == value {
			return s.count
		}
	}
}

func (t *tally) grow() { t.rebuild(max(64, len(t.slots)*2)) }

// rebuild copies what the level keeps into a table of the given size.
func (t *tally) rebuild(size int) {
	old := t.slots
	t.slots = make([]pairCount, size)
	t.used = 0
	for _, s := range old {
		if s.key == 0 || !t.sampled(s.key) {
			continue
		}
		i := t.slot(s.key, s.value)
		for t.slots[i].key != 0 {
			i = (i + 1) & (size - 1)
		}
		t.slots[i] = s
		t.used++
	}
}

// raise keeps only what the level keeps, if that is higher than the present one.
func (t *tally) raise(level uint) {
	if level > t.level {
		t.level = level
		t.rebuild(len(t.slots))
	}
}

// merge adds the counts of u, whose limit is the same.
func (t *tally) merge(u *tally) {
	t.raise(u.level)
	for _, s := range u.slots {
		if s.key != 0 {
			t.add(s.key, s.value, s.count)
		}
	}
}
