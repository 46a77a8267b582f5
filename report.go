package kafkanauts

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kafkanauts/kafkanauts/corrupt"
)

// Report says what a run delivered.
type Report struct {
	Records  int64   // delivered, copies included; of a sink with transactions, accepted: what its last one did not commit comes again in the run that goes on
	Copies   int64   // of them, repetitions
	Lost     int64   // made but not delivered by themselves: dropped, or joined to the next
	Bytes    int64   // of the values and a line end each
	Damaged  int64   // records, lost ones included, with at least one fault
	Expected float64 // orders that the recipe expects in this window, before any is dropped or repeated, or Limit if that is less

	Countries  []Count // records by country, in the order of the names
	Categories []Count // records by category, in the order of the names
	Faults     []Count // faults by strategy, in the order of the names; also those of strategies that struck nothing
	Patterns   []Count // records on which a pattern acted, by pattern, in the order of the names

	Elapsed time.Duration // from the first step until all sinks are closed
	Rate    float64       // records a second of Elapsed
	Lag     Lag           // of a paced run
}

// Lag is how far delivery was behind the schedule of a paced run: the time
// between when a record was due and when the sink was given it. None is given
// before it is due; those of about a tenth of a second are given together, when the
// last of them is due, so a mean of 0.05 s is on time.
type Lag struct {
	Mean, Max time.Duration // over all records
}

// Progress says how far a run has come. It is told when something is delivered,
// not while nothing is.
type Progress struct {
	Records  int64
	Bytes    int64
	Expected float64       // records in the whole run, roughly: what Limit allows, or the orders to expect
	Event    time.Time     // up to where event time is delivered, by all shards
	Elapsed  time.Duration // since the first step
}

// String returns the report as a small table.
func (r Report) String() string {
	var b strings.Builder
	row := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-12s %s\n", name, fmt.Sprintf(format, args...))
	}
	row("records", "%d (%.0f orders expected)", r.Records, r.Expected)
	if r.Copies > 0 {
		row("copies", "%d", r.Copies)
	}
	if r.Lost > 0 {
		row("lost", "%d", r.Lost)
	}
	row("bytes", "%d", r.Bytes)
	row("damaged", "%d (%.2f %%)", r.Damaged, 100*float64(r.Damaged)/max(1, float64(r.Records-r.Copies+r.Lost)))
	list := func(name string, counts []Count) {
		for _, c := range counts {
			row(name, "%-24s %d", c.Name, c.N)
			name = ""
		}
	}
	list("country", r.Countries)
	list("category", r.Categories)
	list("faults", r.Faults)
	list("patterns", r.Patterns)
	row("elapsed", "%v", r.Elapsed.Round(time.Millisecond))
	row("rate", "%.0f records a second", r.Rate)
	if r.Lag != (Lag{}) {
		row("lag", "mean %v, at most %v", r.Lag.Mean.Round(time.Microsecond), r.Lag.Max.Round(time.Microsecond))
	}
	return b.String()
}

// report makes the Report of counts.
func (s *Stream) report(c *counts) Report {
	r := Report{Records: c.records, Copies: c.copies, Lost: c.lost, Bytes: c.bytes, Damaged: c.damaged,
		Faults: slices.Clone(c.faults), Patterns: sorted(c.tags)}
	for _, d := range s.cfg.Faults { // also those that struck nothing
		names := []string{d.Name()}
		if one, ok := d.Strategy.(corrupt.OneOf); ok {
			names = names[:0]
			for _, a := range one.Among {
				names = append(names, a.Strategy.Name())
			}
		}
		for _, name := range names {
			r.Faults = increment(r.Faults, name, 0)
		}
	}
	r.Faults = sorted(r.Faults)
	for i, n := range c.segments {
		r.Countries = increment(r.Countries, s.segments[i].Country, n)
		r.Categories = increment(r.Categories, s.segments[i].Category, n)
	}
	r.Countries, r.Categories = slices.Clip(sorted(r.Countries)), slices.Clip(sorted(r.Categories))
	return r
}
