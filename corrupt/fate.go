package corrupt

import (
	"time"

	"github.com/kafkanauts/kafkanauts/order"
)

// fate is what becomes of a record as a whole.
type fate struct {
	lost     order.Op // Dropped or Joined; 0: neither
	delay    int64    // seconds
	after    int64    // seconds from one copy to the next
	copies   int      // beside the record itself
	repeater string   // the strategy that made them
}

// A record is lost or moved, not both, and not twice: what is done to it as a
// whole can be told from the answer key without knowing in which order.

// Drop makes the record one that is not sent. It returns false if the record is
// delayed or repeated, or another is joined to it and none follows that could
// take over.
func (e *Edit) Drop() bool { return e.lose(order.Dropped) }

// Join takes the record's line end away, so that its bytes, as they stand, stand
// in front of the next record's in its shard. It returns false if the record is
// delayed or repeated, or none follows in its step.
func (e *Edit) Join() bool { return !e.last && e.lose(order.Joined) }

func (e *Edit) lose(op order.Op) bool {
	if e.fate.lost != 0 || e.fate.delay > 0 || e.fate.copies > 0 || e.last && e.fronted {
		return false
	}
	e.log(order.Fault{Op: op, Was: e.keep(e.buf[e.start:])})
	e.buf = e.buf[:e.start]
	e.at.Clear()
	e.fate.lost = op
	return true
}

// Delay sends the record later than its time, by whole seconds: by is rounded
// down. It returns false if that is none, the record was delayed before, or it
// would move further than the strategy's Reach.
func (e *Edit) Delay(by time.Duration) bool {
	s := int64(by / time.Second)
	if e.fate.lost != 0 || e.fate.delay > 0 || s <= 0 || s > e.reach-e.fate.after*int64(e.fate.copies) {
		return false
	}
	e.log(order.Fault{Op: order.Delayed, By: time.Duration(s) * time.Second})
	e.fate.delay = s
	return true
}

// Repeat sends the record n times more, each after the one before it, in whole
// seconds: after is rounded down, and 0 is at once. All that is done to the
// record, before or after this call, is done to the copies too. It returns false if n or after is
// negative or n is 0, the record was repeated before, or the last copy would
// come later than the strategy's Reach.
func (e *Edit) Repeat(n int, after time.Duration) bool {
	s := int64(after / time.Second)
	room := e.reach - e.fate.delay
	if e.fate.lost != 0 || e.fate.copies > 0 || n <= 0 || after < 0 || room < 0 || s > 0 && int64(n) > room/s {
		return false
	}
	e.fate.copies, e.fate.after, e.fate.repeater = n, s, e.by
	return true
}

// reachOf returns how far s may move a record, in seconds; -1 if not at all.
func reachOf(s Strategy) int64 {
	if r, ok := s.(Reacher); ok {
		return int64(r.Reach() / time.Second)
	}
	return -1
}
