package product

import (
	"fmt"

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

// Reader is an optional capability of a Generator: the fields that it reads. A
// chain in which it stands before any stage that writes them is refused, as far as that
// stage is a Writer.
type Reader interface{ Reads() []order.Field }

// Writer is an optional capability of a Generator: the fields that it fills in.
type Writer interface{ Writes() []order.Field }

// Pattern is a rule that a stage plants, as the answer key has it.
type Pattern = truth.Pattern

// Declarer is an optional capability of a Generator: the patterns that it
// plants, for the forecast, the answer key and the audit.
type Declarer interface{ Declare() []Pattern }

// Checker is an optional capability of a Generator: everything that is wrong
// with it, joined, or nil. A stream asks once, before the first record.
type Checker interface{ Check() error }

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
	d.src.Reset(d.key.With(hash))
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
	hashes []uint64
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
		if j, twice := seen[name]; twice {
			errs = append(errs, fmt.Errorf("product: stages %d and %d are both called %q; a name keys a stage's randomness, so give each its own", j+1, i+1, name))
		}
		seen[name] = i
		l.hashes = append(l.hashes, keyed.Hash(name))
		if c, ok := s.(Checker); ok {
			if err := c.Check(); err != nil {
				errs = append(errs, fmt.Errorf("product: stage %q: %w", name, err))
			}
		}
		r, ok := s.(Reader)
		if !ok {
			continue
		}
		for _, f := range r.Reads() {
			if w := l.writer(f, i); w > i && l.writer(f, 0) == w {
				errs = append(errs, fmt.Errorf("product: stage %q reads %s, which only stage %q after it fills in; move it behind", name, f, l.stages[w].Name()))
			}
		}
	}
	if len(l.stages) == 0 {
		errs = append(errs, fmt.Errorf("product: the chain has no stages"))
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

// writer returns the first stage from i on that says it writes f, or -1.
func (l *Line) writer(f order.Field, i int) int {
	for ; i < len(l.stages); i++ {
		if w, ok := l.stages[i].(Writer); ok {
			for _, x := range w.Writes() {
				if x == f {
					return i
				}
			}
		}
	}
	return -1
}

// Fill runs the stages on o with the randomness of d.
func (l *Line) Fill(d *Draw, o *order.Order) {
	for i, g := range l.stages {
		d.src.Reset(d.key.With(l.hashes[i]))
		g.Generate(d, o)
	}
}

// Stages returns the stages in the order in which they run.
func (l *Line) Stages() []Generator { return append([]Generator(nil), l.stages...) }
