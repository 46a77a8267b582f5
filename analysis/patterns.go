package analysis

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/kafkanauts/kafkanauts/analysis/correlate"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
)

// theme is a value, or the values that share a word.
type theme struct {
	name    string
	word    bool
	members []int32
}

// hit is a theme that is more frequent in a window of a context than outside it.
type hit struct {
	field      int
	theme      int
	land       int // -1: all countries
	group      int // -1: all categories
	w          window
	k, n       float64 // in the window: of the theme, of all
	restK, all float64 // outside the window, same context
	root       float64 // signed root of the likelihood ratio
	lands      []int   // after merging
}

func (h *hit) score() float64 { return h.root*h.root - h.w.penalty() }

// Limits of what counts as a pattern: odds at least twice those elsewhere, on
// ten orders or more, and a share at least two points higher.
const (
	leastOdds  = 2.0
	leastOf    = 10
	leastShare = 0.02
	patternQ   = 1e-3
)

// hunt searches all patterns of one field.
type hunt struct {
	d      *Decipherer
	field  int
	clocks []offsetOf
	themes []theme
	of     [][]int32             // themes by value
	totals map[[2]int]*grid      // by land and group
	cubes  map[int]map[int]*grid // by value, then land<<16|group
	tests  *int
	taken  []hit
}

// patterns returns the patterns of all fields, the clearest first, with their
// q-values.
func (d *Decipherer) patterns(clocks []offsetOf) (hits []hit, themes [len(sought)][]theme, q []float64) {
	tests := 0
	for i := range sought {
		h := d.newHunt(i, clocks, &tests)
		themes[i] = h.themes
		for land := range d.lands.at {
			h.country(land)
		}
		hits = append(hits, h.merged()...)
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(b.score(), a.score()) })
	p := make([]float64, len(hits))
	for i := range hits {
		_, p[i] = correlate.TwoShares(hits[i].k, hits[i].n, hits[i].restK, hits[i].all)
	}
	q = correlate.BenjaminiHochbergOf(p, tests)
	var kept []hit
	var keptQ []float64
	for i := range hits {
		if q[i] <= patternQ {
			kept, keptQ = append(kept, hits[i]), append(keptQ, q[i])
		}
	}
	return kept, themes, keptQ
}

func (d *Decipherer) newHunt(field int, clocks []offsetOf, tests *int) *hunt {
	h := &hunt{d: d, field: field, clocks: clocks, tests: tests, totals: make(map[[2]int]*grid), cubes: make(map[int]map[int]*grid)}
	words := d.fields[field].words
	for i, w := range words {
		if sought[field] == order.Success && w != "N" {
			continue
		}
		h.themes = append(h.themes, theme{name: w, members: []int32{int32(i)}})
	}
	if sought[field] == order.ProductName {
		h.themes = append(h.themes, shared(words)...)
	}
	h.of = make([][]int32, len(words))
	for t := range h.themes {
		for _, v := range h.themes[t].members {
			h.of[v] = append(h.of[v], int32(t))
		}
	}
	for c := range d.hours.cells() {
		at := [2]int{int(c.country), int(c.category)}
		g := h.totals[at]
		if g == nil {
			g = new(grid)
			h.totals[at] = g
		}
		g.at[local(weekHour(c.hour*3600), clocks[c.country])] += float64(c.orders)
	}
	for k := range d.fields[field].cube.all() {
		byPlace := h.cubes[int(k.value)]
		if byPlace == nil {
			byPlace = make(map[int]*grid)
			h.cubes[int(k.value)] = byPlace
		}
		place := int(k.land)<<16 | int(k.group)
		g := byPlace[place]
		if g == nil {
			g = new(grid)
			byPlace[place] = g
		}
		g.at[local(k.hour, clocks[k.land])] += float64(k.n)
	}
	return h
}

func local(hour int, o offsetOf) int { return (hour + o.hours + 336) % 168 }

// shared returns the words that at least two of the texts hold, in lower case
// and without the s of a plural.
func shared(texts []string) (all []theme) {
	holders := make(map[string][]int32)
	for i, text := range texts {
		for _, w := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) }) {
			w = strings.ToLower(w)
			if len(w) > 3 {
				w = strings.TrimSuffix(w, "s")
			}
			if len(w) < 3 {
				continue
			}
			if v := holders[w]; len(v) == 0 || v[len(v)-1] != int32(i) {
				holders[w] = append(v, int32(i))
			}
		}
	}
	for w, v := range holders {
		if len(v) > 1 {
			all = append(all, theme{w, true, v})
		}
	}
	slices.SortFunc(all, func(a, b theme) int { return strings.Compare(a.name, b.name) })
	return all
}

// country searches one country: again and again the clearest pattern, then the
// rest without the orders that it explains.
func (h *hunt) country(land int) {
	for range 16 {
		best, ok := h.clearest(land)
		if !ok {
			return
		}
		h.taken = append(h.taken, best)
	}
}

// clearest returns the pattern of a country with the highest score.
func (h *hunt) clearest(land int) (best hit, ok bool) {
	groups := len(h.d.groups.at)
	// What earlier finds explain is taken out of the context.
	context := make([]grid, groups+1) // the last: all categories
	gone := make([]map[int32]bool, groups+1)
	for g := range gone {
		gone[g] = make(map[int32]bool)
	}
	for _, t := range h.taken {
		if t.land != land {
			continue
		}
		for _, v := range h.themes[t.theme].members {
			for g := range groups {
				if t.group < 0 || t.group == g {
					gone[g][v] = true
				}
			}
			gone[groups][v] = true
		}
	}
	for g := range groups {
		if t := h.totals[[2]int{land, g}]; t != nil {
			context[g] = *t
		}
		for v := range gone[g] {
			if k := h.cubes[int(v)][land<<16|g]; k != nil {
				for i := range context[g].at {
					context[g].at[i] -= k.at[i]
				}
			}
		}
		context[groups].add(&context[g])
	}
	for g := range context {
		context[g].sum()
	}
	for t := range h.themes {
		all := new(grid)
		some := 0
		for g := range groups {
			k := new(grid)
			found, blocked := false, false
			for _, v := range h.themes[t].members {
				if gone[g][v] {
					blocked = true
				}
				if c := h.cubes[int(v)][land<<16|g]; c != nil {
					k.add(c)
					found = true
				}
			}
			if !found || blocked {
				continue
			}
			some++
			all.add(k)
			k.sum()
			h.scan(land, g, t, k, &context[g], &best, &ok)
		}
		if some > 1 {
			blocked := false
			for _, v := range h.themes[t].members {
				blocked = blocked || gone[groups][v]
			}
			if !blocked {
				all.sum()
				h.scan(land, -1, t, all, &context[groups], &best, &ok)
			}
		}
	}
	return best, ok
}

// scan tries every window of one context.
func (h *hunt) scan(land, group, t int, k, n *grid, best *hit, ok *bool) {
	if k.total < leastOf || n.total <= k.total {
		return
	}
	*h.tests += len(windows)
	for _, w := range windows {
		kw := k.in(w)
		if kw < leastOf {
			continue
		}
		nw := n.in(w)
		kr, nr := k.total-kw, n.total-nw
		if nr < 2*leastOf || kw*nr < 1.5*kr*nw {
			continue
		}
		share, elsewhere := kw/nw, kr/nr
		if share-elsewhere < leastShare || share*(1-elsewhere) < leastOdds*elsewhere*(1-share) {
			continue
		}
		root, p := correlate.TwoShares(kw, nw, kr, nr)
		if p > 1e-7 { // no q-value of that many tests would be small
			continue
		}
		c := hit{field: h.field, theme: t, land: land, group: group, w: w, k: kw, n: nw, restK: kr, all: nr, root: root}
		if !*ok || c.score() > best.score()+1e-9 {
			*best, *ok = c, true
		}
	}
}

// merged joins finds that differ in the country only.
func (h *hunt) merged() (out []hit) {
	for _, t := range h.taken {
		joined := false
		for i := range out {
			o := &out[i]
			if o.theme != t.theme || o.group != t.group || !o.w.like(t.w) {
				continue
			}
			a, b := o.k/o.n, t.k/t.n
			if max(a, b) > 1.5*min(a, b) && math.Abs(a-b) > 0.1 {
				continue
			}
			if t.root > o.root {
				o.w = t.w
			}
			o.k += t.k
			o.n += t.n
			o.restK += t.restK
			o.all += t.all
			o.lands = append(o.lands, t.land)
			o.root, _ = correlate.TwoShares(o.k, o.n, o.restK, o.all)
			joined = true
			break
		}
		if !joined {
			t.lands = []int{t.land}
			out = append(out, t)
		}
	}
	return out
}

// like says whether two windows are the same but for a blurred end.
func (w window) like(v window) bool {
	if w.days != v.days {
		return false
	}
	both, either := 0, 0
	for h := range uint8(24) {
		a, b := (h+24-w.from)%24 < w.length, (h+24-v.from)%24 < v.length
		if a && b {
			both++
		}
		if a || b {
			either++
		}
	}
	return 3*both >= 2*either
}

// within counts the orders of one value in a hit's window.
func (d *Decipherer) within(h hit, value int32, clocks []offsetOf) (n float64) {
	for k := range d.fields[h.field].cube.all() {
		if k.value != value || h.group >= 0 && int(k.group) != h.group || !slices.Contains(h.lands, int(k.land)) {
			continue
		}
		var g grid
		g.at[local(k.hour, clocks[k.land])] = float64(k.n)
		g.sum()
		n += g.in(h.w)
	}
	return n
}

// days returns the share of a hit's theme in its category's orders, in every
// country and on every local weekday: where it holds, and where it does not.
func (d *Decipherer) days(h hit, t *theme, clocks []offsetOf) (out []Entry) {
	type share struct{ k, n float64 }
	cells := make([][7]share, len(d.lands.at))
	at := func(land int32, hour int) *share { return &cells[land][local(hour, clocks[land])/24] }
	for c := range d.hours.cells() {
		if h.group < 0 || int(c.category) == h.group {
			at(c.country, weekHour(c.hour*3600)).n += float64(c.orders)
		}
	}
	for k := range d.fields[h.field].cube.all() {
		if (h.group < 0 || int(k.group) == h.group) && slices.Contains(t.members, k.value) {
			at(k.land, k.hour).k += float64(k.n)
		}
	}
	for _, land := range d.lands.sorted() {
		for day, name := range weekdayNames {
			c := cells[land][day]
			lo, hi := correlate.Wilson(c.k, c.n, correlate.Z95)
			out = append(out, Entry{Of: d.lands.at[land], Name: name, Value: c.k / max(1, c.n), Lo: lo, Hi: hi})
		}
	}
	return out
}

// finding puts a hit into words.
func (d *Decipherer) finding(h hit, themes []theme, clocks []offsetOf, q float64) Finding {
	t := themes[h.theme]
	f := sought[h.field]
	lo, hi := correlate.Wilson(h.k, h.n, correlate.Z95)
	var lands []string
	for _, l := range h.lands {
		lands = append(lands, d.lands.at[l])
	}
	slices.Sort(lands)
	when := []truth.Clause{{Field: order.Country.String(), Values: lands}}
	what := "orders"
	fields := []string{f.String(), order.Country.String()}
	if h.group >= 0 {
		what = d.groups.at[h.group] + " orders"
		when = append(when, truth.Clause{Field: order.Category.String(), Values: []string{d.groups.at[h.group]}})
		fields = append(fields, order.Category.String())
	}
	when = append(when, h.w.clauses()...)
	for _, c := range h.w.clauses() {
		fields = append(fields, c.Field)
	}
	data := Data{Effect: "share", When: when, Field: f.String(), Value: t.name, Word: t.word, Elsewhere: h.restK / max(1, h.all),
		Days: d.days(h, &t, clocks)}
	is := fmt.Sprintf("have %s %q", f, t.name)
	if t.word {
		is = fmt.Sprintf("are products with %q in the name", t.name)
		for _, v := range t.members {
			name := d.fields[h.field].words[v]
			k := d.within(h, v, clocks)
			lo, hi := correlate.Wilson(k, h.n, correlate.Z95)
			data.Members = append(data.Members, name)
			data.Table = append(data.Table, Entry{Name: name, Value: k / h.n, Lo: lo, Hi: hi})
		}
		slices.Sort(data.Members)
		slices.SortFunc(data.Table, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	}
	adverb := h.w.String()
	return Finding{
		Kind: Pattern,
		Statement: fmt.Sprintf("%s (local time), %.0f %% of %s in %s %s, elsewhere in the week %.1f %%.",
			strings.ToUpper(adverb[:1])+adverb[1:], 100*h.k/h.n, what, strings.Join(lands, " and "), is, 100*data.Elsewhere),
		Fields: fields, Effect: h.k / h.n, Interval: [2]float64{lo, hi}, Support: int64(h.n), Q: q, Data: data,
	}
}
