package analysis

import (
	"iter"

	"github.com/kafkanauts/kafkanauts/internal/keyed"
)

// counts is counters by key, which is not 0, in an open-addressing table at most
// five eighths full. Its zero value is empty.
type counts struct {
	slots []counter
	used  int
}

// counter is how many orders there are of a key, and what they cost where that
// is asked for.
type counter struct {
	key       uint64 // 0: an empty slot
	n, amount int64
}

// at returns the counter of key, made if need be. It is valid until the next
// call.
func (c *counts) at(key uint64) *counter {
	if len(c.slots) > 0 {
		if e := c.slot(key); e.key != 0 {
			return e
		}
	}
	if (c.used+1)*8 > len(c.slots)*5 {
		old := c.slots
		c.slots = make([]counter, max(16, 2*len(old)))
		for _, e := range old {
			if e.key != 0 {
				*c.slot(e.key) = e
			}
		}
	}
	e := c.slot(key)
	e.key = key
	c.used++
	return e
}

// look returns the counter of key, or nil if there is none.
func (c *counts) look(key uint64) *counter {
	if len(c.slots) > 0 {
		if e := c.slot(key); e.key != 0 {
			return e
		}
	}
	return nil
}

func (c *counts) slot(key uint64) *counter {
	mask := uint64(len(c.slots) - 1)
	for i := keyed.Mix(key) & mask; ; i = (i + 1) & mask {
		if e := &c.slots[i]; e.key == key || e.key == 0 {
			return e
		}
	}
}

// all returns the counters, in no order.
func (c *counts) all() iter.Seq[counter] {
	return func(yield func(counter) bool) {
		for _, e := range c.slots {
			if e.key != 0 && !yield(e) {
				return
			}
		}
	}
}

// merge adds the counters of d, whose keys of turns into those of c.
func (c *counts) merge(d *counts, of func(key uint64) uint64) {
	for e := range d.all() {
		to := c.at(of(e.key))
		to.n += e.n
		to.amount += e.amount
	}
}
