package analysis

import (
	"github.com/kafkanauts/kafkanauts/order"
)

// Model is what a Profile has learned: what belongs into each column and which
// dependencies hold. It does not change and is safe for concurrent use.
type Model struct {
	enc     order.Encoding
	records int64
	short   bool // records may lack an empty failure reason at their end
	rules   [order.NumFields]rule
	links   [len(links)]*bond // nil: does not hold
	stray   *tally
	outcome outcome
	groups  [len(families)]*group
	live    [len(families)]bool // families of which a link holds
	first   int64
	last    int64 // seconds: times beyond first and last are out of range; equal: no bounds
	rate    float64
	cell    float64
}

// rule is what belongs into one column.
type rule struct {
	blank  bool            // nothing may stand there
	null   bool            // the word null may
	shapes map[string]bool // other than the plain one
	plain  bool
	minus  bool // zero and less may
	words  *lexicon
	least  uint32 // of a closed column: words seen less often are none of it
	closed bool
	spell  *speller  // of an open column
	again  suspicion // of identifiers
}

// bond is a dependency that holds, with what was counted of it.
type bond struct {
	link
	majority *majority
	family   int
	rate     float64 // share of records, where it can be judged, that break it
	size     int64   // how many records it could be judged on
	keys     int64   // how many keys were seen twice or more
}

// Learn returns the model of what was added so far. The model refers to the
// profile's tables: add nothing to it as long as the model is in use.
func (p *Profile) Learn() *Model {
	m := &Model{enc: p.cut.enc, records: p.records, stray: p.stray, groups: p.groups}
	whole := float64(max(1, p.widths[order.Columns]))
	odd := p.records - p.widths[order.Columns]
	if p.short*10 > 9*p.widths[order.Columns-1] && p.short*100 > p.records {
		m.short = true
		odd -= p.short
	}
	clean := 1 - float64(odd)/float64(max(1, p.records))
	for f := order.ID; f < order.NumFields; f++ {
		bad := m.learnColumn(f, &p.columns[f], p.runes) / whole
		m.cell = max(m.cell, bad)
		clean *= 1 - bad
	}
	m.rate = 1 - clean
	for k, family := range families {
		for j, i := range family {
			if i < reasonPayment {
				m.links[i] = learnBond(links[i], p.groups[k].majority(j), m.cell)
				if m.links[i] != nil {
					m.links[i].family = k
				}
				m.live[k] = m.live[k] || m.links[i] != nil
			}
		}
	}
	m.outcome = p.learnOutcome(m.cell)
	m.learnTimes(p.days)
	return m
}

// DamageRate estimates the share of records that are damaged in their form:
// those that an Inspect of single cells would flag. It is what thresholds
// follow.
func (m *Model) DamageRate() float64 { return m.rate }

// numberColumns is how many columns hold numbers or times.
const numberColumns = 7

// learnColumn learns the rule of one column and returns how many cells break it.
func (m *Model) learnColumn(f order.Field, c *column, runes map[rune]int64) (bad float64) {
	r := &m.rules[f]
	n := float64(c.filled + c.blank + c.null)
	r.blank = f == order.Reason || float64(c.blank) > 0.15*n
	r.null = float64(c.null) > 0.15*n
	if c.once != nil {
		r.again = c.once.again()
	}
	if !r.blank {
		bad += float64(c.blank)
	}
	if !r.null {
		bad += float64(c.null)
	}
	if c.shapes != nil {
		r.plain = c.plain > 0
		r.shapes = make(map[string]bool)
		for _, w := range c.shapes.ranked() {
			share := float64(w.count) / max(1, float64(c.filled))
			negative := w.text[0] == '-'
			if share > 0.2 || numeric(w.text) && (share > 0.01 && !negative || share > 0.1) {
				r.shapes[w.text] = true
				r.minus = r.minus || negative
			} else {
				bad += float64(w.count)
			}
		}
		if float64(c.plain) < 0.01*float64(c.filled) && len(r.shapes) > 0 {
			r.plain = false
			bad += float64(c.plain)
		}
		return bad
	}
	r.words = c.words
	if r.least, r.closed = vocabulary(c.words, m.records); r.closed {
		for _, w := range c.words.slots {
			if w.count < r.least {
				bad += float64(w.count)
			}
		}
	} else if len(c.words.ends) > 0 {
		ranked := c.words.ranked()
		r.spell = newSpeller(ranked, func(r rune) float64 {
			return float64(runes[r]) / numberColumns / float64(uint64(1)<<c.words.level)
		})
		scale := float64(c.words.total)
		var sum, kept float64
		for _, w := range ranked {
			kept += float64(w.count)
			if w.count < 3 && r.spell.oddity([]byte(w.text)) > r.spell.limit {
				sum += float64(w.count)
			}
		}
		bad += sum * scale / max(1, kept)
	}
	return bad
}

// learnBond decides whether a dependency holds: where a key was seen three
// times or more, its majority value stands beside it but for as many records as
// the damage of cells explains, and the values that break it are single ones,
// not second habits.
func learnBond(l link, m *majority, cell float64) *bond {
	b := &bond{link: l, majority: m}
	var breaks, habits float64
	for e := range m.all {
		if e.total < 2 {
			continue
		}
		b.keys++
		if e.total < 3 {
			continue
		}
		b.size += int64(e.total)
		breaks += float64(e.total - e.most)
		if e.second > 1 && float64(e.second) > 6*cell*float64(e.total)+2 {
			habits += float64(e.second)
		}
	}
	if b.size < 50 {
		return nil
	}
	b.rate = breaks / float64(b.size)
	if b.rate > min(0.25, max(0.015, 8*cell)) || habits > 0.3*breaks && habits > 0.002*float64(b.size) {
		return nil
	}
	return b
}

// learnTimes sets bounds as far beyond the middle 96 % of the days as that is
// long, and a week more.
func (m *Model) learnTimes(t *tally) {
	lo, hi, n := int64(0), int64(0), int64(0)
	counts := make(map[int64]int64)
	for _, s := range t.slots {
		if s.key != 0 {
			d := int64(s.key&^(1<<63)) - 1
			counts[d] += int64(s.count)
			if n == 0 || d < lo {
				lo = d
			}
			if n == 0 || d > hi {
				hi = d
			}
			n += int64(s.count)
		}
	}
	if n < 50 {
		return
	}
	cut := max(1, n/50)
	for sum := counts[lo]; sum < cut; sum += counts[lo] {
		lo++
	}
	for sum := counts[hi]; sum < cut; sum += counts[hi] {
		hi--
	}
	span := hi - lo + 8
	m.first, m.last = (lo-span)*86400, (hi+span+1)*86400
}
