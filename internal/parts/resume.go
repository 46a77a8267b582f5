package parts

import (
	"fmt"
	"time"
)

// schedule finds when the schedule of a paced stream began: with its first run, and
// unknown (zero) if not all its runs had the same speed.
func (h *Shard) schedule() {
	switch speed := h.store.cfg.Speed; {
	case h.last == nil && speed > 0:
		h.began = time.Now()
	case h.last != nil && h.last.Began != nil && h.last.Speed == speed:
		h.began = *h.last.Began
	}
}

// Resume returns where the shard goes on, after which it takes records; and when a
// paced stream began, zero if that is not known.
func (h *Shard) Resume() (Position, time.Time) {
	h.resumed = true
	if h.last == nil {
		return Position{}, time.Time{}
	}
	return h.last.Next, h.began
}

// Complete tells whether all of the shard is there.
func (h *Shard) Complete() bool { return h.last != nil && h.last.Done }

// Ready returns nil if the shard takes records: it does not if some are there already that
// whoever writes has not asked for.
func (h *Shard) Ready() error {
	if h.resumed && !h.Complete() {
		return nil
	}
	return fmt.Errorf("shard %d goes on after the %d records that are there, which Resume tells; a stream calls that by itself if the Sink is what it runs into, but not in a Tee",
		h.number, h.last.Totals.Records)
}
