package corrupt

import (
	"math/rand/v2"
	"time"

	"github.com/kafkanauts/kafkanauts/order"
)

// Strategy is one way to damage a record.
type Strategy interface {
	// Name keys the strategy's randomness and stands in the answer key.
	Name() string
	// Corrupt damages the record through e, with randomness from r only. If it
	// returns false, it gave up, and what it did through e is undone. It is
	// safe for concurrent use and keeps neither e nor r.
	Corrupt(e *Edit, r *rand.Rand) bool
}

// Mechanism decides which records are damaged.
type Mechanism interface {
	// Chance returns the probability of damage given the clean order, in [0,1].
	// It is pure, so that it can be forecast, and safe for concurrent use.
	Chance(o *order.Order) float64
}

// Bounder is an optional capability of a Mechanism: no Chance exceeds Max, which
// lets the stream skip from hit to hit.
type Bounder interface{ Max() float64 }

// Reacher is an optional capability of a Strategy: the furthest by which it may
// delay or repeat a record. A strategy that is no Reacher cannot.
type Reacher interface{ Reach() time.Duration }

// Damage is a strategy and when it strikes.
type Damage struct {
	Strategy
	When Mechanism
}

// Mix is kinds of damage that strike independently of each other; a record that
// several strike is damaged by each, in this order.
type Mix []Damage

// Of returns s striking each record with probability p, completely at random.
func Of(s Strategy, p float64) Damage { return Damage{s, Uniform(p)} }

// Uniform is the mechanism of damage completely at random: the same probability
// for every record.
type Uniform float64

// Chance returns the probability.
func (u Uniform) Chance(*order.Order) float64 { return float64(u) }

// Max returns the probability.
func (u Uniform) Max() float64 { return float64(u) }
