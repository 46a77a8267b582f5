package corrupt

import (
	"math/rand/v2"

	"github.com/kafkanauts/kafkanauts/order"
)

// bag holds the sixteen fields, to be drawn one after the other. The first of
// those drawn that a strategy applies to is uniform among all it applies to.
type bag struct {
	fields [order.Columns]order.Field
	n      int
}

func allFields() bag {
	return bag{[order.Columns]order.Field{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, order.Columns}
}

// draw takes a field out of b. It returns false if b is empty.
func (b *bag) draw(r *rand.Rand) (order.Field, bool) {
	if b.n == 0 {
		return order.None, false
	}
	i := r.IntN(b.n)
	f := b.fields[i]
	b.n--
	b.fields[i] = b.fields[b.n]
	return f, true
}

// setAny puts text into one field, any but not.
func (e *Edit) setAny(r *rand.Rand, not order.Field, text string) bool {
	fields := allFields()
	for {
		f, ok := fields.draw(r)
		if !ok || f != not && e.Set(f, text) {
			return ok
		}
	}
}
