package analysis

import (
	"bytes"
	"unicode/utf8"

	"github.com/kafkanauts/kafkanauts/order"
)

// Profile accumulates what the columns of a stream look like and how they depend
// on each other: the first pass of Detect. Feed it with Add, merge the profiles of
// parts with Merge, then ask Learn for the Model.
//
// It holds, for each of about a dozen dependencies, at most Keys pairs of 16
// bytes in a table at most 8/5 full (64 bytes a pair while it grows), and for each text
// column at most 131,072 distinct texts: below 100 MB for a million orders,
// about 1 GB at worst. Beyond Keys it keeps all observations of a part of the keys,
// chosen by hash: the records of the others are judged without that dependency.
type Profile struct {
	keys    int
	cut     *cutter
	cell    cells
	hash    [order.NumFields]uint64
	shape   []byte
	records int64
	widths  [order.Columns + 4]int64 // records by column count; the last: as many or more
	short   int64                    // records with one column too few, that could be an empty reason at the end
	columns [order.NumFields]column
	links   [len(links)]*tally
	stray   *tally         // texts in columns of numbers
	runes   map[rune]int64 // beyond ASCII, in columns of numbers
	days    *tally
}

// column is what is counted of one field.
type column struct {
	filled int64    // records in which something stands there
	blank  int64    // nothing, or white space
	null   int64    // the word null
	plain  int64    // written as order.Pipe would, for kinds other than text
	shapes *lexicon // other shapes
	words  *lexicon // the values of texts, flags and quantities
	once   *tally   // identifiers of records
}

// link is a dependency that is looked for: from one or two fields to another.
type link struct {
	from [2]order.Field
	to   order.Field
}

// links are those looked for. Learn keeps those that hold.
var links = [...]link{
	{[2]order.Field{order.CustomerID}, order.CustomerName},
	{[2]order.Field{order.CustomerID}, order.Country},
	{[2]order.Field{order.CustomerID}, order.City},
	{[2]order.Field{order.ProductID}, order.ProductName},
	{[2]order.Field{order.ProductID}, order.Category},
	{[2]order.Field{order.ProductName}, order.ProductID},
	{[2]order.Field{order.ProductName}, order.Category},
	{[2]order.Field{order.ProductID}, order.Price},
	{[2]order.Field{order.ProductID, order.Country}, order.Price},
	{[2]order.Field{order.City}, order.Country},
	{[2]order.Field{order.Site}, order.Country},
	{[2]order.Field{order.Site}, order.Category},
	{[2]order.Field{order.Reason}, order.Payment},
	{[2]order.Field{order.Success}, order.Reason},
}

const (
	reasonPayment = len(links) - 2
	successReason = len(links) - 1
)

// DefaultKeys is how many pairs of a dependency a Profile keeps unless told
// otherwise.
const DefaultKeys = 4 << 20

// mostWords is how many distinct texts of a column are kept.
const mostWords = 1 << 17

// NewProfile returns an empty profile of records in enc; nil is order.Pipe{}.
// keys is the limit described at Profile; 0 is DefaultKeys. Profiles that are to be
// merged have the same.
func NewProfile(enc order.Encoding, keys int) *Profile {
	if keys <= 0 {
		keys = DefaultKeys
	}
	p := &Profile{keys: keys, cut: newCutter(enc), stray: newTally(mostWords), runes: make(map[rune]int64), days: newTally(mostWords)}
	for f := order.ID; f < order.NumFields; f++ {
		c := &p.columns[f]
		switch {
		case f == order.ID || f == order.TxnID:
			c.once = newTally(keys)
		case f.Kind() == order.Text || f.Kind() == order.Flag:
			c.words = newLexicon(mostWords)
		}
		if f.Kind() != order.Text && f.Kind() != order.Flag {
			c.shapes = newLexicon(1 << 12)
		}
	}
	for i := range p.links {
		p.links[i] = newTally(keys)
	}
	return p
}

// Records returns how many records were added.
func (p *Profile) Records() int64 { return p.records }

// Add counts one record. It keeps nothing of value.
func (p *Profile) Add(value []byte) {
	c := &p.cell
	p.cut.cut(value, c)
	p.records++
	p.widths[min(c.count, len(p.widths)-1)]++
	if c.count != order.Columns {
		if p.cut.trailing(c) {
			p.short++
		}
		return
	}
	for f := order.ID; f < order.NumFields; f++ {
		p.addCell(f, c.text[f])
	}
	for i := range links {
		l := &links[i]
		from, to := p.hash[l.from[0]], p.hash[l.to]
		if i == successReason {
			if to == 0 {
				to = 1 // an empty reason is a value like any other
			}
		} else if i == reasonPayment && from == 0 {
			continue
		}
		if l.from[1] != order.None {
			if p.hash[l.from[1]] == 0 {
				continue
			}
			if from != 0 {
				from = pairOf(from, p.hash[l.from[1]])
			}
		}
		if from != 0 && to != 0 {
			p.links[i].add(from, uint32(to), 1)
		}
	}
}

func (p *Profile) addCell(f order.Field, v []byte) {
	col := &p.columns[f]
	p.hash[f] = 0
	if blank(v) {
		col.blank++
		return
	}
	if isNull(v) {
		col.null++
		return
	}
	h := hashOf(v)
	p.hash[f] = h
	col.filled++
	if col.words != nil {
		col.words.add(v, h)
	}
	if col.shapes == nil {
		if f == order.Success && len(v) > 1 {
			p.stray.add(h, 0, 1)
		}
		return
	}
	k := f.Kind()
	if plain(k, v) {
		col.plain++
		if f == order.Time {
			if s, ok := second(v); ok {
				p.days.add(uint64(s/86400+1)|1<<63, 0, 1)
			}
		}
		if col.once != nil {
			col.once.add(h, 0, 1)
		}
		return
	}
	p.shape = shapeOf(p.shape[:0], k, v)
	col.shapes.add(p.shape, hashOf(p.shape))
	if !numeric(string(p.shape)) {
		p.stray.add(h, 0, 1)
		for i := 0; i < len(v); {
			r, size := utf8.DecodeRune(v[i:])
			if r >= utf8.RuneSelf {
				p.runes[r]++
			}
			i += size
		}
	}
}

// Merge adds what q has counted; q stays as it is.
func (p *Profile) Merge(q *Profile) {
	p.records += q.records
	p.short += q.short
	for i := range p.widths {
		p.widths[i] += q.widths[i]
	}
	for f := range p.columns {
		a, b := &p.columns[f], &q.columns[f]
		a.filled += b.filled
		a.blank += b.blank
		a.null += b.null
		a.plain += b.plain
		if a.shapes != nil {
			a.shapes.merge(b.shapes)
		}
		if a.words != nil {
			a.words.merge(b.words)
		}
		if a.once != nil {
			a.once.merge(b.once)
		}
	}
	for i := range p.links {
		p.links[i].merge(q.links[i])
	}
	p.stray.merge(q.stray)
	for r, n := range q.runes {
		p.runes[r] += n
	}
	p.days.merge(q.days)
}

// Vocabulary returns the values of a text column that a reader may take for its
// whole vocabulary, the most frequent first, or nil if the column is open.
func (p *Profile) Vocabulary(f order.Field) []string {
	if f >= order.NumFields || p.columns[f].words == nil {
		return nil
	}
	words := p.columns[f].words
	least, closed := vocabulary(words, p.records)
	if !closed {
		return nil
	}
	var v []string
	for _, w := range words.ranked() {
		if w.count >= least {
			v = append(v, w.text)
		}
	}
	return v
}

// trailing says whether a record that is one column short is whole but for an
// empty failure reason at its end.
func (c *cutter) trailing(x *cells) bool {
	if c.delim == 0 || x.count != order.Columns-1 || c.layout.At(order.Columns-1) != order.Reason {
		return false
	}
	for i := range order.Columns - 1 {
		if c.layout.At(i) == order.Success {
			return len(c.part[i]) == 1 && c.part[i][0] == 'Y'
		}
	}
	return false
}

func blank(v []byte) bool {
	for len(v) > 0 && (v[0] == ' ' || v[0] == '\t') {
		v = v[1:]
	}
	return len(v) == 0
}

func isNull(v []byte) bool { return len(v) == 4 && bytes.EqualFold(v, nullWord) }

var nullWord = []byte("null")
