package analysis

import (
	"cmp"
	"math"
	"slices"
	"unicode"
	"unicode/utf8"
)

// speller knows how the texts of an open column are written: a Markov chain over
// characters, smoothed towards their frequency. Frequent characters are symbols
// of their own, the others one symbol a script or class. The oddity of a text is
// the mean surprise of its characters in bits.
type speller struct {
	own   map[rune]uint8 // beyond ASCII
	cost  []float32      // of symbol b after a: cost[a<<8|b]
	limit float64        // oddities above it do not belong to the column
	usual float64        // the median oddity
}

// Symbols: 0 the border of a text, 1 to 127 ASCII, then classes, then own ones.
const (
	firstClass = 128
	firstOwn   = firstClass + 20
)

var scripts = [...]*unicode.RangeTable{unicode.Latin, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana,
	unicode.Cyrillic, unicode.Greek, unicode.Arabic, unicode.Hebrew, unicode.Devanagari, unicode.Thai,
	unicode.Letter, unicode.Mark, unicode.Number, unicode.Punct, unicode.Symbol, unicode.Space, unicode.Co, unicode.C}

func (s *speller) symbol(r rune, size int) uint8 {
	if r < 128 {
		return uint8(max(r, 1))
	}
	if own, ok := s.own[r]; ok {
		return own
	}
	if r == utf8.RuneError && size <= 1 {
		return firstClass + uint8(len(scripts))
	}
	for i, t := range scripts {
		if unicode.Is(t, r) {
			return firstClass + uint8(i)
		}
	}
	return firstClass + uint8(len(scripts))
}

// newSpeller learns from the words of a column. Damage hardly repeats, so where
// repeated words make up a good part of the column only they teach; else all do, and
// one sighting of everything is taken off, so that no text vouches for itself.
// stray counts characters in a column of numbers, where they are damage for certain:
// what is not clearly more frequent here is not a character of this column.
func newSpeller(words []word, stray func(rune) float64) *speller {
	s := &speller{own: make(map[rune]uint8), cost: make([]float32, 1<<16)}
	var mass, repeated float64
	for _, w := range words {
		mass += float64(w.count)
		if w.count > 1 {
			repeated += float64(w.count)
		}
	}
	off := 0.0
	weight := func(w word) float64 { return float64(min(w.count, 3) - 1) }
	if repeated < 0.3*mass {
		off = 1
		weight = func(w word) float64 { return float64(min(w.count, 3)) }
	}
	runes := make(map[rune]float64)
	for _, w := range words {
		for _, r := range w.text {
			if r >= 128 {
				runes[r] += weight(w)
			}
		}
	}
	frequent := make([]rune, 0, len(runes))
	for r, n := range runes {
		if n >= 8+4*stray(r) {
			frequent = append(frequent, r)
		}
	}
	slices.SortFunc(frequent, func(a, b rune) int {
		if c := cmp.Compare(runes[b], runes[a]); c != 0 {
			return c
		}
		return int(a - b)
	})
	for i, r := range frequent[:min(len(frequent), 256-firstOwn)] {
		s.own[r] = uint8(firstOwn + i)
	}
	var members [256]float64 // how many characters share a symbol
	for r := range runes {
		members[s.symbol(r, 2)]++
	}

	pair := make([]float64, 1<<16)
	var after, of [256]float64
	var total float64
	for _, w := range words {
		n := weight(w)
		if n == 0 {
			continue
		}
		s.walk([]byte(w.text), func(a, b uint8) {
			pair[int(a)<<8|int(b)] += n
			after[a] += n
			of[b] += n
			total += n
		})
	}
	const strength, floor = 4.0, 0.2
	cost := func(a, b uint8, off float64) float64 {
		unigram := (max(0, of[b]-off) + floor) / (total + 256*floor)
		p := (max(0, pair[int(a)<<8|int(b)]-off) + strength*unigram) / (after[a] + strength)
		return math.Log2(max(1, members[b]) / p)
	}
	for a := range 256 {
		for b := range 256 {
			s.cost[a<<8|b] = float32(cost(uint8(a), uint8(b), off))
		}
	}
	// For the limit, each text is judged as if it had not been learned from.
	s.calibrate(words, func(w word) float64 {
		var sum, n float64
		own := max(off, weight(w))
		s.walk([]byte(w.text), func(a, b uint8) {
			sum += cost(a, b, own)
			n++
		})
		return sum / n
	})
	return s
}

func (s *speller) walk(text []byte, step func(a, b uint8)) {
	last := uint8(0)
	for i := 0; i < len(text); {
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(text[i:])
		}
		sym := s.symbol(r, size)
		step(last, sym)
		last = sym
		i += size
	}
	step(last, 0)
}

// oddity returns the mean surprise of text in bits.
func (s *speller) oddity(text []byte) float64 {
	var sum float32
	n, last := 1, uint8(0)
	for i := 0; i < len(text); n++ {
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(text[i:])
		}
		sym := s.symbol(r, size)
		sum += s.cost[int(last)<<8|int(sym)]
		last = sym
		i += size
	}
	return float64(sum+s.cost[int(last)<<8]) / float64(n)
}

// calibrate sets the limit from the bulk of the column, which damage hardly
// reaches: as far beyond the median as four times the way from it to the quantile
// of 95 % of the records. For an exponential tail that leaves 5e-5 of true texts
// above it, for a normal one far less.
func (s *speller) calibrate(words []word, oddity func(word) float64) {
	type scored struct {
		oddity float64
		count  uint32
	}
	all := make([]scored, len(words))
	var total int64
	for i, w := range words {
		all[i] = scored{oddity(w), w.count}
		total += int64(w.count)
	}
	slices.SortFunc(all, func(a, b scored) int {
		switch {
		case a.oddity < b.oddity:
			return -1
		case a.oddity > b.oddity:
			return 1
		}
		return int(a.count) - int(b.count)
	})
	quantile := func(p float64) float64 {
		var sum int64
		for _, x := range all {
			if sum += int64(x.count); float64(sum) >= p*float64(total) {
				return x.oddity
			}
		}
		return 0
	}
	s.usual = quantile(0.5)
	s.limit = s.usual + max(2, 4*(quantile(0.95)-s.usual))
}
