package kafkanauts

import (
	"slices"
	"strings"
	"time"

	"github.com/kafkanauts/kafkanauts/order"
)

// Count is how often something of a name occurred.
type Count struct {
	Name string
	N    int64
}

// counts is what there is to tell of records, in numbers.
type counts struct {
	records  int64 // delivered, copies included
	copies   int64
	lost     int64
	bytes    int64   // of the values and their line ends
	segments []int64 // by segment
	damaged  int64   // records with a fault, lost ones included
	faults   []Count // by strategy
	tags     []Count // by pattern
	lagSum   float64 // nanoseconds
	lagMax   time.Duration
}

func (c *counts) init(segments int) { c.segments = make([]int64, segments) }

func (c *counts) reset() {
	clear(c.segments)
	*c = counts{segments: c.segments, faults: c.faults[:0], tags: c.tags[:0]}
}

// add counts a record of a segment.
func (c *counts) add(segment int32, r *order.Record, lost bool) {
	if lost {
		c.lost++
	} else {
		c.records++
		c.bytes += int64(len(r.Value)) + 1
		c.segments[segment]++
		if r.Copy > 0 {
			c.copies++
		}
	}
	if r.Truth != nil {
		c.truth(r.Truth)
	}
}

// truth counts what is true of a record.
func (c *counts) truth(t *order.Truth) {
	if len(t.Faults) > 0 {
		c.damaged++
	}
	for i := range t.Faults {
		c.faults = increment(c.faults, t.Faults[i].Strategy, 1)
	}
	for _, tag := range t.Tags {
		c.tags = increment(c.tags, tag, 1)
	}
}

// late counts by how much a record was sent after it was due.
func (c *counts) late(by time.Duration) {
	c.lagSum += float64(by)
	c.lagMax = max(c.lagMax, by)
}

// merge adds what d counted.
func (c *counts) merge(d *counts) {
	c.records += d.records
	c.copies += d.copies
	c.lost += d.lost
	c.bytes += d.bytes
	c.damaged += d.damaged
	c.lagSum += d.lagSum
	c.lagMax = max(c.lagMax, d.lagMax)
	for i, n := range d.segments {
		c.segments[i] += n
	}
	for _, f := range d.faults {
		c.faults = increment(c.faults, f.Name, f.N)
	}
	for _, t := range d.tags {
		c.tags = increment(c.tags, t.Name, t.N)
	}
}

func increment(list []Count, name string, n int64) []Count {
	for i := range list {
		if list[i].Name == name {
			list[i].N += n
			return list
		}
	}
	return append(list, Count{name, n})
}

// sorted returns a copy of list in the order of the names.
func sorted(list []Count) []Count {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b Count) int { return strings.Compare(a.Name, b.Name) })
	return list
}
