package product

import (
	"errors"
	"fmt"
	"slices"

	"github.com/kafkanauts/kafkanauts/internal/keyed"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
)

// Generator is one stage in the making of an order. Before the first stage, the
// order has its ID, TxnID, Time, Country and Category; each stage fills in its
// part, reading what earlier stages filled in. It depends on nothing but *d and
// *o and is safe for concurrent use.
type Generator interface {
	// Name keys the stage's randomness, so that adding, moving or removing a
	// stage changes no other's draws. No two stages of a chain have the same.
	Name() string
	Generate(d *Draw, o *order.Order)
}

// Reader is an optional capability of a Generator: the fields that it reads, or
// that it replaces where others filled them in. A chain in which another stage writes
// one of them, but only after it, is refused, as far as the other is a Writer.
type Reader interface{ Reads() []order.Field }

// Writer is an optional capability of a Generator: the fields that it fills in.
type Writer interface{ Writes() []order.Field }

// Pattern is a rule that a stage plants, as the answer key has it.
type Pattern = truth.Pattern

// Declarer is an optional capability of a Generator: the patterns that it
// plants, for the forecast, the answer key and the audit.
type Declarer interface{ Declare() []Pattern }

// Checker is an optional capability of a Generator: everything that is wrong
// with it, joined with errors.Join, or nil. NewLine asks once, before the first
// record, and puts the stage's name before each part.
type Checker interface{ Check() error }

// Coverer is an optional capability of a Generator: why it cannot fill in orders
// of this country and category, or nil. Streams ask about each segment of their
// market.
type Coverer interface {
	Covers(country, category string) error
}

// Chain is stages in the order in which they run. It is causal: customers,
// catalog, basket, payment, outcome; a pattern stands before the stage whose odds it
// bends, or after the stage whose fields it rewrites. A Chain within a Chain is
// the same as its stages in its place.
type Chain []Generator

// Name returns "chain". A Chain draws nothing itself.
func (c Chain) Name() string { return "chain" }

// Generate runs the stages, each with its own randomness.
func (c Chain) Generate(d *Draw, o *order.Order) {
	for _, g := range c {
		run(g, keyed.Hash(g.Name()), d, o)
	}
}

func run(g Generator, hash uint64, d *Draw, o *order.Order) {
	was := d.src
	d.src.Reset(d.key.Part(hash))
	g.Generate(d, o)
	d.src = was
}

// Declare returns the patterns of all stages.
func (c Chain) Declare() []Pattern {
	var all []Pattern
	for _, g := range c {
		if p, ok := g.(Declarer); ok {
			all = append(all, p.Declare()...)
		}
	}
	return all
}

// Line is a chain made ready to run millions of times: flattened, its names
// hashed. It is safe for concurrent use.
type Line struct {
	stages []Generator
	steps  []step
}

// step is what there is to do of a stage.
type step struct {
	hash uint64 // of the stage's name
	Generator
}

// NewLine returns g ready to run, with everything wrong with the chain, joined
// with errors.Join, each part naming the stage; only without errors is the Line usable.
func NewLine(g Generator) (*Line, []error) {
	var l Line
	var errs []error
	l.add(g, &errs)
	seen := map[string]int{}
	for i, s := range l.stages {
		name := s.Name()
		if name == "" {
			errs = append(errs, fmt.Errorf("product: stage %d (%T) has no name", i+1, s))
		}
		if j, twice := seen[name]; twice {
			errs = append(errs, fmt.Errorf("product: stages %d and %d are both called %q; a name keys a stage's randomness, so give each its own", j+1, i+1, name))
		}
		seen[name] = i
		l.steps = append(l.steps, step{keyed.Hash(name), s})
		if c, ok := s.(Checker); ok {
			for _, err := range parts(c.Check()) {
				errs = append(errs, fmt.Errorf("product: stage %d (%q): %w", i+1, name, err))
			}
		}
		r, ok := s.(Reader)
		if !ok {
			continue
		}
		for _, f := range r.Reads() {
			if given(f) {
				continue
			}
			if w := l.writer(f, i); w > i {
				errs = append(errs, fmt.Errorf("product: stage %d (%q) reads %s, which nothing before it fills in, only stage %d (%q); move it behind that", i+1, name, f, w+1, l.stages[w].Name()))
			}
		}
	}
	if len(l.stages) == 0 {
		errs = append(errs, errors.New("product: the chain has no stages"))
	}
	return &l, errs
}

func (l *Line) add(g Generator, errs *[]error) {
	switch g := g.(type) {
	case nil:
		*errs = append(*errs, fmt.Errorf("product: stage %d is nil", len(l.stages)+1))
	case Chain:
		for _, s := range g {
			l.add(s, errs)
		}
	default:
		l.stages = append(l.stages, g)
	}
}

// parts returns what err joins, or err itself; nothing for nil.
func parts(err error) []error {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

// given returns whether an order has f before the first stage.
func given(f order.Field) bool {
	switch f {
	case order.ID, order.TxnID, order.Time, order.Country, order.Category:
		return true
	}
	return false
}

// writer returns the first stage other than number i that says it writes f, or -1.
func (l *Line) writer(f order.Field, i int) int {
	for j, s := range l.stages {
		if w, ok := s.(Writer); ok && j != i && slices.Contains(w.Writes(), f) {
			return j
		}
	}
	return -1
}

// Fill runs the stages on o with the randomness of d.
func (l *Line) Fill(d *Draw, o *order.Order) {
	key := d.key
	for i := range l.steps {
		s := &l.steps[i]
		d.src.Reset(key.Part(s.hash))
		s.Generate(d, o)
	}
}

// Stages returns the stages in the order in which they run.
func (l *Line) Stages() []Generator { return append([]Generator(nil), l.stages...) }
