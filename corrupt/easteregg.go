package corrupt

import (
	"errors"
	"math/rand/v2"
)

// EasterEgg puts a text that somebody might have hidden for fun in the place of
// one field. Fields and texts are equally likely.
type EasterEgg struct {
	Texts []string // to draw from; nil: a few of the package's own
}

var easterEggs = []string{
	"Somebody must have slandered Josef K.",
	"One morning Gregor Samsa woke from uneasy dreams",
	"All your base are belong to us",
	"Houston we have a problem",
	"So long and thanks for all the fish",
	"The cake is a lie",
	"Here be dragons",
	"Hello from the other team",
}

// Name returns "easter_egg".
func (EasterEgg) Name() string { return "easter_egg" }

// Check implements Checker: Texts is nil or holds something.
func (s EasterEgg) Check() error {
	if s.Texts != nil && len(s.Texts) == 0 {
		return errors.New("no texts to draw from; give some, or nil for the package's own")
	}
	return nil
}

// Corrupt implements Strategy.
func (s EasterEgg) Corrupt(e *Edit, r *rand.Rand) bool {
	texts := s.Texts
	if texts == nil {
		texts = easterEggs
	}
	if len(texts) == 0 {
		return false
	}
	return e.setAny(r, 0, texts[r.IntN(len(texts))])
}
