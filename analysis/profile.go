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
// It holds four bytes for each identifier of a record, eight and eight more a
// dependency for each key of one, in tables a half to three quarters full, and for
// each text column at most 131,072 distinct texts: some tens of megabytes for
// millions of orders. Beyond Keys it keeps all observations of a part of the keys,
// chosen by hash: the records of the others are judged without that dependency.
// Of identifiers it keeps at most twice as many.
type Profile struct {
	keys    int
	cut     *cutter
	frames  [ahead]frame
	touched uint64 // whatever was loaded
	shape   []byte
	records int64
	widths  [order.Columns + 4]int64 // records by column count; the last: as many or more
	short   int64                    // records with one column too few, that could be an empty reason at the end
	columns [order.NumFields]column
	groups  [len(families)]*group
	stray   *tally         // texts in columns of numbers
	runes   map[rune]int64 // beyond ASCII, in columns of numbers
	days    *tally
	today   [10]byte // the last day counted, as it stands in times, and its number
	number  int64
}

// column is what is counted of one field.
type column struct {
	filled int64    // records in which something stands there
	blank  int64    // nothing, or white space
	null   int64    // the word null
	plain  int64    // written as order.Pipe would, for kinds other than text
	shapes *lexicon // other shapes
	words  *lexicon // the values of texts, flags and quantities
	once   *idset   // identifiers of records
}

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
			c.once = newIDSet(2 * keys)
		case f.Kind() == order.Text || f.Kind() == order.Flag:
			c.words = newLexicon(mostWords)
		}
		if f.Kind() != order.Text && f.Kind() != order.Flag {
			c.shapes = newLexicon(1 << 12)
		}
	}
	for i, family := range families {
		p.groups[i] = newGroup(len(family), keys)
	}
	return p
}

// Records returns how many records were added.
func (p *Profile) Records() int64 { return p.records }

// Add counts one record. It keeps nothing of value.
func (p *Profile) Add(value []byte) {
	p.frames[0].fill(p.cut, value)
	p.add(&p.frames[0])
}

// addBatch adds the records of a batch.
func (p *Profile) addBatch(b *batch) {
	b.inFrames(p.cut, &p.frames, p.touch, func(_ int, x *frame) { p.add(x) })
}

// touch loads what add will need of the large tables.
func (p *Profile) touch(frames []frame) {
	names, customers := p.columns[order.CustomerName].words, p.groups[customerFamily]
	for i := range frames {
		p.touched ^= names.touch(frames[i].hash[order.CustomerName]) ^ customers.touch(frames[i].hash[order.CustomerID])
	}
}

func (p *Profile) add(x *frame) {
	p.records++
	p.widths[min(x.count, len(p.widths)-1)]++
	if x.count != order.Columns {
		if x.short {
			p.short++
		}
		return
	}
	for f := order.ID; f < order.NumFields; f++ {
		p.addCell(f, x)
	}
	for k, g := range p.groups {
		addLinks(g, families[k], &x.hash)
	}
}

// addLinks counts what stands beside the key of a family.
func addLinks(g *group, family []int, hash *hashes) {
	key := keyOf(family, hash)
	if key == 0 {
		return
	}
	e := g.entry(key)
	if e == nil {
		return
	}
	for j, i := range family {
		to := links[i].to
		value := hash[to]
		if value == 0 {
			if to != order.Reason {
				continue
			}
			value = noReason // an empty reason is a value like any other
		}
		g.add(e, j, uint32(value), 1)
	}
}

func (p *Profile) addCell(f order.Field, x *frame) {
	col, v, h := &p.columns[f], x.text[f], x.hash[f]
	if h == 0 {
		col.blank++
		return
	}
	if isNull(v) {
		col.null++
		x.hash[f] = 0
		return
	}
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
			p.addDay(v)
		}
		if col.once != nil {
			col.once.add(h)
		}
		return
	}
	p.shape = shapeOf(p.shape[:0], k, v)
	col.shapes.add(p.shape, hashOf(p.shape))
	if !numeric(string(p.shape)) {
		p.stray.add(hashOf(v), 0, 1)
		for i := 0; i < len(v); {
			r, size := utf8.DecodeRune(v[i:])
			if r >= utf8.RuneSelf {
				p.runes[r]++
			}
			i += size
		}
	}
}

// addDay counts the day of a plain time, if it exists.
func (p *Profile) addDay(v []byte) {
	if [10]byte(v) != p.today {
		s, ok := second(v)
		if !ok {
			return
		}
		p.today, p.number = [10]byte(v), s/86400+1
	} else if !clockTime(v) {
		return
	}
	p.days.add(uint64(p.number)|1<<63, 0, 1)
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
	for i := range p.groups {
		p.groups[i].merge(q.groups[i])
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
	if len(v) > 0 && v[0] > ' ' {
		return false
	}
	for len(v) > 0 && (v[0] == ' ' || v[0] == '\t') {
		v = v[1:]
	}
	return len(v) == 0
}

func isNull(v []byte) bool { return len(v) == 4 && v[0]|0x20 == 'n' && bytes.EqualFold(v, nullWord) }

var nullWord = []byte("null")
