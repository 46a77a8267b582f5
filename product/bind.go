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
		if b, ok := s.Generator.(Binder); ok {
			if s.Generator = b.Bind(m); s.Generator == nil {
				continue
			}
		}
		bound.steps = append(bound.steps, s)
	}
	return bound
}
