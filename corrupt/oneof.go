package corrupt

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// OneOf is the strategy of applying exactly one of several, drawn by weight. If
// the one that was drawn gives up, or changes nothing, another of the rest is
// drawn. In the answer key stands the name of the one that was applied.
type OneOf struct {
	As    string // its own name, which keys the draw; empty: "one_of"
	Among []Weighted
}

// Weighted is a strategy and its weight, positive and relative to the others'.
type Weighted struct {
	Weight   float64
	Strategy Strategy
}

// Name returns As, or "one_of".
func (s OneOf) Name() string {
	if s.As == "" {
		return "one_of"
	}
	return s.As
}

// Corrupt implements Strategy.
func (s OneOf) Corrupt(e *Edit, r *rand.Rand) bool {
	var few [32]bool
	spent := few[:]
	if len(s.Among) > len(few) {
		spent = make([]bool, len(s.Among))
	}
	for range s.Among {
		total := 0.0
		for i, a := range s.Among {
			if !spent[i] {
				total += a.Weight
			}
		}
		x := float64(r.Float64() * total)
		drawn := -1
		for i, a := range s.Among {
			if spent[i] {
				continue
			}
			drawn = i
			if x -= a.Weight; x < 0 {
				break
			}
		}
		a := s.Among[drawn].Strategy
		if e.try(a, a.Name(), reachOf(a), r) {
			return true
		}
		spent[drawn] = true
	}
	return false
}

// Reach returns the furthest that any of the strategies reaches. Each may use no
// more than its own.
func (s OneOf) Reach() time.Duration {
	var reach time.Duration
	for _, a := range s.Among {
		if r, ok := a.Strategy.(Reacher); ok {
			reach = max(reach, r.Reach())
		}
	}
	return reach
}

// Check implements Checker: there is something to draw from, and every weight is
// positive and finite.
func (s OneOf) Check() error {
	if len(s.Among) == 0 {
		return errors.New("nothing to draw from; give OneOf at least one strategy")
	}
	var errs []error
	for i, a := range s.Among {
		if !(a.Weight > 0) || math.IsInf(a.Weight, 1) {
			errs = append(errs, fmt.Errorf("alternative %d has a weight of %v; it must be positive and finite", i+1, a.Weight))
		}
	}
	return errors.Join(errs...)
}

// String returns the recipe, such as "one of 10 blank, 1 drop_field".
func (s OneOf) String() string {
	var b strings.Builder
	b.WriteString("one of")
	for i, a := range s.Among {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte(' ')
		b.WriteString(strconv.FormatFloat(a.Weight, 'g', -1, 64))
		b.WriteByte(' ')
		b.WriteString(describe(a.Strategy))
	}
	return b.String()
}
