package product

// Binder is an optional capability of a Generator: whatever depends on country,
// category and stream alone, it finds out once for all orders of a segment,
// instead of once for each.
type Binder interface {
	// Bind returns a Generator that does what the receiver does to orders of m's
	// Country, Category, Zone, Seed and Shards, to the bit, and nothing
	// sensible to others; nil if that is nothing at all. Time, Offset and Shard
	// of m are not set. What it returns keeps the receiver's randomness, whatever
	// its name.
	Bind(m *Moment) Generator
}

// Bind returns the line for orders of m's Country, Category, Zone, Seed and
// Shards, faster than l by what its stages find out beforehand. Stages that are
// no Binders run in it as they are. Fill does not look whether its orders are of
// that kind.
func (l *Line) Bind(m *Moment) *Line {
	bound := &Line{stages: l.stages}
	for _, s := range l.steps {
		if s.Generator = bind(s.Generator, m); s.Generator != nil {
			bound.steps = append(bound.steps, s)
		}
	}
	return bound
}

// bind binds a stage that can be. Those of this package are known by their types
// and are no Binders: a stage of a user's own that embeds one would be one without knowing
// it, and its own Generate would not run.
func bind(g Generator, m *Moment) Generator {
	switch g := g.(type) {
	case Customers:
		return g.bind(m)
	case Sites:
		return g.bind(m)
	case *Catalog:
		return g.bind(m)
	case Swap:
		return g.bind(m)
	case Basket:
		return g.bind(m)
	case Payment:
		return g.bind(m)
	case Outcome:
		return g.bind(m)
	case Binder:
		return g.Bind(m)
	}
	return g
}
