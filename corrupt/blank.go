package corrupt

import (
	"math/rand/v2"

	"github.com/kafkanauts/kafkanauts/order"
)

// Blank empties one field, each that is not empty being as likely.
type Blank struct{}

// Name returns "blank".
func (Blank) Name() string { return "blank" }

// Corrupt implements Strategy.
func (Blank) Corrupt(e *Edit, r *rand.Rand) bool { return e.setAny(r, order.None, "") }

// NullToken puts the word null in the place of one field, each being as likely.
type NullToken struct {
	Not order.Field // this one stays as it is; zero: none does
}

// Name returns "null_token".
func (NullToken) Name() string { return "null_token" }

// Corrupt implements Strategy.
func (s NullToken) Corrupt(e *Edit, r *rand.Rand) bool { return e.setAny(r, s.Not, "null") }

// DropField removes one field with its separator, each being as likely.
type DropField struct{}

// Name returns "drop_field".
func (DropField) Name() string { return "drop_field" }

// Corrupt implements Strategy.
func (DropField) Corrupt(e *Edit, r *rand.Rand) bool {
	fields := allFields()
	for {
		f, ok := fields.draw(r)
		if !ok || e.Cut(f) {
			return ok
		}
	}
}
