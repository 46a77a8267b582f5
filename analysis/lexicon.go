package analysis

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/kafkanauts/kafkanauts/internal/keyed"
)

// lexicon counts texts. Like tally, it keeps at most limit of them by distinct
// sampling, with exact counts, so that lexicons of parts merge to that of the whole.
type lexicon struct {
	words map[string]*uint32
	limit int
	level uint
	total int64 // of everything counted, kept or not
}

func newLexicon(limit int) *lexicon { return &lexicon{words: make(map[string]*uint32), limit: limit} }

// add counts b, whose hash is h.
func (l *lexicon) add(b []byte, h uint64) {
	l.total++
	if !l.sampled(h) {
		return
	}
	if n := l.words[string(b)]; n != nil {
		*n++
		return
	}
	n := uint32(1)
	l.words[string(b)] = &n
	l.shrink()
}

func (l *lexicon) sampled(h uint64) bool { return l.level == 0 || keyed.Mix(h)&(1<<l.level-1) == 0 }

func (l *lexicon) shrink() {
	for len(l.words) > l.limit && l.level < 64 {
		l.level++
		maps.DeleteFunc(l.words, func(s string, _ *uint32) bool { return !l.sampled(hashOf([]byte(s))) })
	}
}

// count returns how often b was seen; known is false if texts of that hash are
// not kept.
func (l *lexicon) count(b []byte, h uint64) (n uint32, known bool) {
	if !l.sampled(h) {
		return 0, false
	}
	if p := l.words[string(b)]; p != nil {
		return *p, true
	}
	return 0, true
}

func (l *lexicon) merge(m *lexicon) {
	l.total += m.total
	if m.level > l.level {
		l.level = m.level
		maps.DeleteFunc(l.words, func(s string, _ *uint32) bool { return !l.sampled(hashOf([]byte(s))) })
	}
	for s, n := range m.words {
		if !l.sampled(hashOf([]byte(s))) {
			continue
		}
		if p := l.words[s]; p != nil {
			*p += *n
			continue
		}
		k := *n
		l.words[s] = &k
	}
	l.shrink()
}

// word is a text and how often it was seen.
type word struct {
	text  string
	count uint32
}

// ranked returns all texts, the most frequent first; ties by text.
func (l *lexicon) ranked() []word {
	all := make([]word, 0, len(l.words))
	for s, n := range l.words {
		all = append(all, word{s, *n})
	}
	slices.SortFunc(all, func(a, b word) int {
		if a.count != b.count {
			return cmp.Compare(b.count, a.count)
		}
		return strings.Compare(a.text, b.text)
	})
	return all
}
