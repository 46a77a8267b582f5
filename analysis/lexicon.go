package analysis

import (
	"cmp"
	"slices"
	"strings"
)

// lexicon counts texts, told apart by their hashes. Like tally, it keeps at most
// limit of them by distinct sampling, with exact counts, so that lexicons of
// parts merge to that of the whole.
type lexicon struct {
	slots []lexeme // a power of two of them, at most 5/8 used
	text  []byte   // the texts, one after the other
	ends  []int    // where they end, by number
	limit int
	level uint
	total int64 // of everything counted, kept or not
}

// lexeme is one text: its hash, 0 for none, its number, and how often it was seen.
type lexeme struct {
	hash  uint64
	id    uint32
	count uint32
}

func newLexicon(limit int) *lexicon { return &lexicon{limit: limit} }

// add counts b, whose hash is h.
func (l *lexicon) add(b []byte, h uint64) { l.addMany(b, h, 1) }

func (l *lexicon) addMany(b []byte, h uint64, n uint32) {
	l.total += int64(n)
	if len(l.slots) > 0 {
		if e := l.at(h); e.hash == h {
			e.count += n
			return
		}
	}
	if !sampled(h, l.level) {
		return
	}
	if (len(l.ends)+1)*8 > len(l.slots)*5 {
		l.rebuild(max(16, 2*len(l.slots)))
	}
	*l.at(h) = lexeme{h, uint32(len(l.ends)), n}
	l.text = append(l.text, b...)
	l.ends = append(l.ends, len(l.text))
	for len(l.ends) > l.limit && l.level < 63 {
		l.raise(l.level + 1)
	}
}

// at returns the slot of h, or the empty one where it belongs.
func (l *lexicon) at(h uint64) *lexeme {
	mask := uint64(len(l.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		if e := &l.slots[i]; e.hash == h || e.hash == 0 {
			return e
		}
	}
}

// rebuild puts the lexemes into so many slots.
func (l *lexicon) rebuild(size int) {
	old := l.slots
	l.slots = make([]lexeme, size)
	for _, e := range old {
		if e.hash != 0 {
			*l.at(e.hash) = e
		}
	}
}

// raise keeps only what the level keeps.
func (l *lexicon) raise(level uint) {
	l.level = level
	old := *l
	l.slots, l.text, l.ends = make([]lexeme, len(old.slots)), nil, nil
	for _, e := range old.slots {
		if e.hash == 0 || !sampled(e.hash, level) {
			continue
		}
		l.text = append(l.text, old.of(e.id)...)
		*l.at(e.hash) = lexeme{e.hash, uint32(len(l.ends)), e.count}
		l.ends = append(l.ends, len(l.text))
	}
}

// of returns the text with a number.
func (l *lexicon) of(id uint32) []byte {
	start := 0
	if id > 0 {
		start = l.ends[id-1]
	}
	return l.text[start:l.ends[id]]
}

// count returns how often the text of a hash was seen; known is false if texts
// of that hash are not kept.
func (l *lexicon) count(h uint64) (n uint32, known bool) {
	if len(l.slots) > 0 {
		if e := l.at(h); e.hash == h {
			return e.count, true
		}
	}
	return 0, sampled(h, l.level)
}

// merge adds what m has counted; m stays as it is.
func (l *lexicon) merge(m *lexicon) {
	if m.level > l.level {
		l.raise(m.level)
	}
	total := l.total + m.total
	for _, e := range m.slots {
		if e.hash != 0 {
			l.addMany(m.of(e.id), e.hash, e.count)
		}
	}
	l.total = total
}

// word is a text and how often it was seen.
type word struct {
	text  string
	count uint32
}

// ranked returns all texts, the most frequent first; ties by text.
func (l *lexicon) ranked() []word {
	all := make([]word, 0, len(l.ends))
	texts := string(l.text)
	for _, e := range l.slots {
		if e.hash != 0 {
			end := l.ends[e.id]
			all = append(all, word{texts[end-len(l.of(e.id)) : end], e.count})
		}
	}
	slices.SortFunc(all, func(a, b word) int {
		if a.count != b.count {
			return cmp.Compare(b.count, a.count)
		}
		return strings.Compare(a.text, b.text)
	})
	return all
}
