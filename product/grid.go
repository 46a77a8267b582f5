package product

// numbered numbers names from 0, leaving out repetitions.
func numbered(names []string) map[string]int {
	numbers := make(map[string]int, len(names))
	for _, name := range names {
		if _, twice := numbers[name]; !twice {
			numbers[name] = len(numbers)
		}
	}
	return numbers
}

// grid has a cell for each of its countries and any other, and in each of these
// for each of its categories and any other. An empty grid has no cells at all.
type grid[T any] struct {
	countries, categories           []string
	countryNumbers, categoryNumbers map[string]int
	cells                           []T
}

func newGrid[T any](countries, categories []string) grid[T] {
	g := grid[T]{countryNumbers: numbered(countries), categoryNumbers: numbered(categories)}
	g.countries, g.categories = listed(g.countryNumbers), listed(g.categoryNumbers)
	g.cells = make([]T, (len(g.countries)+1)*(len(g.categories)+1))
	return g
}

// listed is numbered, backwards.
func listed(numbers map[string]int) []string {
	names := make([]string, len(numbers))
	for name, i := range numbers {
		names[i] = name
	}
	return names
}

// at returns the cell of a country and a category; nil if the grid is empty.
func (g *grid[T]) at(country, category string) *T {
	if len(g.cells) == 0 {
		return nil
	}
	i, ok := g.countryNumbers[country]
	if !ok {
		i = len(g.countries)
	}
	j, ok := g.categoryNumbers[category]
	if !ok {
		j = len(g.categories)
	}
	return &g.cells[i*(len(g.categories)+1)+j]
}

// each calls f for every cell; the country or category is "" for any other.
func (g *grid[T]) each(f func(country, category string, cell *T)) {
	name := func(names []string, i int) string {
		if i < len(names) {
			return names[i]
		}
		return ""
	}
	w := len(g.categories) + 1
	for i := range g.cells {
		f(name(g.countries, i/w), name(g.categories, i%w), &g.cells[i])
	}
}
