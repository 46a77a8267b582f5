package corrupt

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/kafkanauts/kafkanauts/internal/dmath"
	"github.com/kafkanauts/kafkanauts/internal/keyed"
	"github.com/kafkanauts/kafkanauts/order"
)

// Checker is an optional capability of a Strategy or a Mechanism: everything
// that is wrong with it, joined, or nil. It is asked once, before the first
// record.
type Checker interface{ Check() error }

// Process is a Mix made ready for an encoding. It is immutable and safe for
// concurrent use, as far as its strategies and mechanisms are.
type Process struct {
	encoding order.Encoding
	damages  []damage
	reach    time.Duration
}

// damage is one Damage of a Process.
type damage struct {
	Strategy
	when  Mechanism
	name  string
	hash  uint64
	reach int64   // in seconds; -1: moves nothing
	every bool    // when has no bound: ask for every record
	sure  bool    // Chance is the bound: nothing to ask
	bound float64 // no Chance exceeds it
	scale float64 // a gap is scale times the logarithm of a uniform number
}

// NewProcess returns m ready for enc, or everything that is wrong with m, joined
// with errors.Join, each part naming the damage by its number from 1 and its
// name: no strategy or mechanism, a probability outside [0,1], a name that is
// empty or not unique, alternatives of OneOf included, and what a Checker says.
func NewProcess(m Mix, enc order.Encoding) (*Process, error) {
	p := &Process{encoding: enc, damages: make([]damage, 0, len(m))}
	var errs []error
	if enc == nil {
		errs = append(errs, errors.New("corrupt: no encoding; give the one in which the records are written"))
	}
	seen := map[string]int{}
	for i, d := range m {
		c := checker{damage: i + 1, seen: seen}
		c.strategy(d.Strategy)
		c.mechanism(d.When)
		if errs = append(errs, c.errs...); len(c.errs) == 0 {
			x := newDamage(d)
			p.damages = append(p.damages, x)
			if r, ok := d.Strategy.(Reacher); ok {
				p.reach = max(p.reach, r.Reach())
			}
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return p, nil
}

func newDamage(d Damage) damage {
	x := damage{Strategy: d.Strategy, when: d.When, name: d.Name(), reach: reachOf(d.Strategy)}
	x.hash = keyed.Hash(x.name)
	if b, ok := d.When.(Bounder); ok {
		_, x.sure = d.When.(Uniform)
		x.bound = b.Max()
		x.scale = 1 / dmath.Log1p(-x.bound)
	} else {
		x.every = true
		x.bound = 1
	}
	return x
}

// Reach returns the furthest by which a record may be moved.
func (p *Process) Reach() time.Duration { return p.reach }

// Rate returns the share of records that are struck at least once, and true; or
// false if some mechanism is not Uniform, for then it depends on the orders. A
// strategy that gives up leaves a record clean that counts as struck.
func (p *Process) Rate() (float64, bool) {
	spared := 1.0
	for _, d := range p.damages {
		if !d.sure {
			return 0, false
		}
		spared = float64(spared * (1 - d.bound))
	}
	return 1 - spared, true
}

// checker collects what is wrong with one damage.
type checker struct {
	damage int
	name   string
	seen   map[string]int // the damage that has the name
	errs   []error
}

func (c *checker) wrong(format string, args ...any) {
	where := fmt.Sprintf("corrupt: damage %d", c.damage)
	if c.name != "" {
		where += " (" + c.name + ")"
	}
	c.errs = append(c.errs, fmt.Errorf(where+": "+format, args...))
}

func (c *checker) strategy(s Strategy) {
	switch s.(type) {
	case nil:
		c.wrong("no strategy; name one, such as Blank{}")
		return
	case Damage:
		c.wrong("a Damage is no strategy; its mechanism would be lost, so give its Strategy")
		return
	}
	name := s.Name()
	c.name = name
	if name == "" || strings.ContainsAny(name, ",\"\r\n") {
		c.wrong("strategy %T is called %q; a name stands in the answer key and keys the randomness, so give it a word", s, name)
	} else if at, twice := c.seen[name]; twice {
		c.wrong("damage %d has a strategy of that name already; names key the randomness, so give each its own", at)
	}
	c.seen[name] = c.damage
	if k, ok := s.(Checker); ok {
		if err := k.Check(); err != nil {
			c.wrong("%w", err)
		}
	}
	if r, ok := s.(Reacher); ok && r.Reach() < 0 {
		c.wrong("Reach is %v; it is how far a record may move forward in time", r.Reach())
	}
	if one, ok := s.(OneOf); ok {
		for _, a := range one.Among {
			c.strategy(a.Strategy)
			c.name = name
		}
	}
}

func (c *checker) mechanism(m Mechanism) {
	if m == nil {
		c.wrong("no mechanism; say when it strikes, such as Uniform(0.03)")
		return
	}
	if k, ok := m.(Checker); ok {
		if err := k.Check(); err != nil {
			c.wrong("%w", err)
		}
	}
	if b, ok := m.(Bounder); ok {
		if p := b.Max(); !(p >= 0 && p <= 1) {
			c.wrong("a probability of %v; it must lie in [0,1]", p)
		}
	}
}
