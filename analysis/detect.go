package analysis

import (
	"cmp"
	"slices"

	"github.com/kafkanauts/kafkanauts/order"
)

// Flag says that a field of a record is damaged.
type Flag struct {
	Place  order.Place
	Field  order.Field // None: the record as a whole
	Reason Reason
	Score  float64 // how sure, from 0 to 1
}

// Detector judges records by a Model: the second pass. It serves one goroutine;
// any number of them may share a Model. Only the search for repeated identifiers
// depends on which records the same Detector has seen before.
type Detector struct {
	m        *Model
	cut      *cutter
	frames   [ahead]frame
	f        *frame // the record's
	wrong    [order.NumFields]bool
	shape    []byte
	flags    []Flag
	today    [10]byte // a day, as it stands in times, and when it begins
	midnight int64
	seen     seen
	at       [len(families)][]uint64 // what the families' groups say of the record
}

// NewDetector returns a detector that judges by m.
func NewDetector(m *Model) *Detector {
	return &Detector{m: m, cut: newCutter(m.enc), seen: make(seen)}
}

// Inspect returns what is wrong with one record, the surest first; nothing, if
// it looks right. The result is valid until the next call; value is not kept. It
// never panics, whatever value holds.
func (d *Detector) Inspect(at order.Place, value []byte) []Flag {
	d.frames[0].fill(d.cut, value)
	d.inspect(value, &d.frames[0])
	if s, ok := d.suspected(value); ok {
		d.flags = d.seen.judge(s, d.flags)
	}
	for i := range d.flags {
		d.flags[i].Place = at
	}
	sortFlags(d.flags)
	return d.flags
}

// sortFlags puts the surest first.
func sortFlags(flags []Flag) {
	if len(flags) > 1 {
		slices.SortStableFunc(flags, func(a, b Flag) int { return cmp.Compare(b.Score, a.Score) })
	}
}

// inspect flags all that can be said of a record without the others, in the order found.
func (d *Detector) inspect(value []byte, x *frame) {
	d.f, d.flags = x, d.flags[:0]
	if x.short && d.m.short {
		x.count = order.Columns
	}
	if x.count != order.Columns {
		d.cut.cut(value, &x.cells)
		d.width()
	} else {
		d.cells()
		d.outcome()
		d.bonds()
	}
}

func (d *Detector) flag(f order.Field, r Reason, score float64) {
	d.wrong[f] = true
	d.flags = append(d.flags, Flag{Field: f, Reason: r, Score: score})
}

// cells judges every cell by itself.
func (d *Detector) cells() {
	d.wrong = [order.NumFields]bool{}
	for f := order.ID; f < order.NumFields; f++ {
		v := d.f.text[f]
		if d.f.hash[f] == 0 {
			if !d.m.rules[f].blank {
				d.flag(f, Empty, 0.999)
			}
			continue
		}
		if r, score := d.judge(f, v); r != "" {
			d.flag(f, r, score)
		}
	}
}

// judge says what is wrong with a cell that is not blank, or "".
func (d *Detector) judge(f order.Field, v []byte) (Reason, float64) {
	r := &d.m.rules[f]
	if isNull(v) && !r.null {
		return NullToken, 0.999
	}
	if r.words == nil {
		return d.number(f, f.Kind(), r, v)
	}
	h := d.f.hash[f]
	n, known := r.words.count(h)
	if r.closed {
		if known && n < r.least {
			return d.strange(f, v), 0.99
		}
		return "", 0
	}
	if r.spell == nil || known && n >= 2 && !d.isStray(h, n) {
		return "", 0
	}
	if d.isStray(h, n) {
		return StrayValue, 0.98
	}
	if odd := r.spell.oddity(v); odd > r.spell.limit {
		return OddText, min(0.99, 0.8+0.05*(odd-r.spell.limit))
	}
	return "", 0
}

// strange tells apart why a value is none of a closed column.
func (d *Detector) strange(f order.Field, v []byte) Reason {
	for g := order.ID; g < order.NumFields; g++ {
		if g != f && len(v) > 1 && string(d.f.text[g]) == string(v) {
			return CopiedValue
		}
	}
	if d.m.stray.count(d.f.hash[f], 0) > 1 {
		return StrayValue
	}
	return UnknownValue
}

// isStray says whether a text that was seen n times in its column was seen so
// often in columns of numbers that it belongs to neither.
func (d *Detector) isStray(h uint64, n uint32) bool {
	elsewhere := d.m.stray.count(h, 0)
	return elsewhere > 1 && float64(n) <= 4*float64(elsewhere)/numberColumns+2
}

// number judges a cell of a column of numbers or times.
func (d *Detector) number(f order.Field, k order.Kind, r *rule, v []byte) (Reason, float64) {
	if !r.plain || !plain(k, v) {
		d.shape = shapeOf(d.shape[:0], k, v)
		if !r.shapes[string(d.shape)] {
			if len(d.shape) > 0 && d.shape[0] == '-' && numeric(string(d.shape)) {
				return NotPositive, 0.99
			}
			return BadShape, 0.99
		}
		return "", 0
	}
	switch k {
	case order.Instant:
		s, ok := d.second(v)
		if !ok {
			return NotADate, 0.999
		}
		if d.m.first < d.m.last && (s < d.m.first || s >= d.m.last) {
			return OutOfRange, 0.95
		}
	default:
		if zero(v) && !r.minus {
			return NotPositive, 0.95
		}
		if k == order.Identity && len(v) > 20 {
			return BadShape, 0.99
		}
	}
	return "", 0
}

// second is that of a plain time, which is mostly on the day of the one before.
func (d *Detector) second(v []byte) (int64, bool) {
	if [10]byte(v) == d.today && clockTime(v) {
		return d.midnight + int64(two(v, 11)*3600+two(v, 14)*60+two(v, 17)), true
	}
	s, ok := second(v)
	if ok {
		d.today, d.midnight = [10]byte(v), s-s%86400
		if s%86400 < 0 {
			d.midnight -= 86400
		}
	}
	return s, ok
}

func zero(v []byte) bool {
	for _, c := range v {
		if c != '0' && c != '.' {
			return false
		}
	}
	return true
}

// width judges a record with too few or too many columns: which is missing, or
// where the surplus lies.
func (d *Detector) width() {
	n := d.f.count
	switch {
	case d.cut.delim == 0 && n > 0:
		for f := order.ID; f < order.NumFields; f++ {
			if !d.f.have[f] {
				d.flag(f, ColumnMissing, 0.999)
				return
			}
		}
	case n == order.Columns-1:
		d.flag(d.cut.layout.At(d.gap()), ColumnMissing, 0.999)
		return
	case n > order.Columns:
		d.flag(order.None, ColumnSurplus, 0.999)
		return
	case n > 1 && d.cut.delim != 0:
		d.flag(order.None, ColumnMissing, 0.999)
		return
	}
	d.flag(order.None, Unreadable, 0.999)
}

// gap returns the column without which the others fit best.
func (d *Detector) gap() int {
	fits := func(col, part int) float64 {
		f, v := d.cut.layout.At(col), d.cut.part[part]
		if blank(v) {
			if d.m.rules[f].blank {
				return 0.9
			}
			return 0
		}
		d.f.hash[f] = hashOf(v)
		if r, _ := d.judge(f, v); r != "" {
			return 0
		}
		// Identifiers look alike; those of customers and products come again.
		for _, b := range d.m.links {
			if b != nil && b.from[0] == f && b.from[1] == order.None && f.Kind() == order.Identity {
				if b.majority.at(d.f.hash[f]).total > 1 {
					return 1.1
				}
				return 1
			}
		}
		return 1
	}
	// Columns before the gap stand in their place, those behind it one earlier.
	sum := 0.0
	for col := 1; col < order.Columns; col++ {
		sum += fits(col, col-1)
	}
	best, most := 0, sum
	for col := 1; col < order.Columns; col++ {
		sum += fits(col-1, col-1) - fits(col, col-1)
		if sum > most {
			best, most = col, sum
		}
	}
	return best
}
