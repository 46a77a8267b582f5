package product

// index numbers a fixed set of names from 0. Its zero value is empty.
//
// It is a hash table that looks at a name's length and three of its bytes only,
// with a factor for which, as a rule, no two of the names collide: then a name
// is found at the first look, without a jump that the processor could mistake.
type index struct {
	slots  []entry // open addressing; at least half are free
	names  []string
	factor uint32
	shift  uint32
}

type entry struct {
	name string
	at   int // len(names) if the slot is free
}

// newIndex returns the index of names, in that order, leaving out repetitions.
func newIndex(names []string) index {
	var x index
	seen := map[string]bool{}
	for _, name := range names {
		if !seen[name] {
			seen[name] = true
			x.names = append(x.names, canonical(name))
		}
	}
	bits := uint32(3)
	for 1<<bits < 4*len(x.names) {
		bits++
	}
	x.shift = 32 - bits
	best := -1
	for try := uint32(0); try < 256 && best != 0; try++ {
		y := index{names: x.names, shift: x.shift, factor: 0x9e3779b1 + 2*try*0x85ebca77}
		if collisions := y.fill(1 << bits); best < 0 || collisions < best {
			x, best = y, collisions
		}
	}
	return x
}

// fill puts the names into a table of that many slots and returns how many of
// them did not find their slot free.
func (x *index) fill(slots int) int {
	x.slots = make([]entry, slots)
	for i := range x.slots {
		x.slots[i].at = len(x.names)
	}
	collisions := 0
	for i, name := range x.names {
		h := x.slot(name)
		for x.slots[h].at < len(x.names) {
			h = (h + 1) & (slots - 1)
			collisions++
		}
		x.slots[h] = entry{name, i}
	}
	return collisions
}

// slot returns where to look for s first.
func (x *index) slot(s string) int {
	h := uint32(len(s))
	if h > 0 {
		h += uint32(s[0])<<24 + uint32(s[h/2])<<16 + uint32(s[h-1])<<8
	}
	return int(h * x.factor >> (x.shift & 31))
}

// find returns the number of s, or len(x.names) if it has none.
func (x *index) find(s string) int {
	if h := x.slot(s); h < len(x.slots) {
		if e := &x.slots[h]; e.name == s {
			return e.at
		}
		return x.probe(s, h)
	}
	return 0 // there are no names at all
}

// probe is find where s does not stand in its first slot h.
func (x *index) probe(s string, h int) int {
	for {
		e := &x.slots[h]
		if e.name == s || e.at == len(x.names) {
			return e.at
		}
		h = (h + 1) & (len(x.slots) - 1)
	}
}

// canonical returns s as the program's own constants have it, where they do:
// comparing a string with itself is quicker than with another that reads the same.
func canonical(s string) string {
	for _, own := range [...]string{UnitedStates, Mexico, China, Spain, ECommerce, Gas, Groceries, Medicine, Music} {
		if s == own {
			return own
		}
	}
	return s
}

// grid has a cell for each of its countries and any other, and in each of these
// for each of its categories and any other. An empty grid has no cells at all.
type grid[T any] struct {
	countries, categories index
	cells                 []T
}

func newGrid[T any](countries, categories []string) grid[T] {
	g := grid[T]{countries: newIndex(countries), categories: newIndex(categories)}
	g.cells = make([]T, (len(g.countries.names)+1)*(len(g.categories.names)+1))
	return g
}

// at returns the cell of a country and a category; nil if the grid is empty.
func (g *grid[T]) at(country, category string) *T {
	i := g.countries.find(country)*(len(g.categories.names)+1) + g.categories.find(category)
	if i >= len(g.cells) {
		return nil
	}
	return &g.cells[i]
}

// each calls f for every cell; the country or category is "" for any other.
func (g *grid[T]) each(f func(country, category string, cell *T)) {
	name := func(names []string, i int) string {
		if i < len(names) {
			return names[i]
		}
		return ""
	}
	w := len(g.categories.names) + 1
	for i := range g.cells {
		f(name(g.countries.names, i/w), name(g.categories.names, i%w), &g.cells[i])
	}
}
