// Package figures has what this module's speed is measured by: each figure is
// work of which one operation is, most often, one order, and the goals that it
// should meet against other figures of the same run, its yardsticks. Command bench
// measures them side by side; the root package's benchmark runs the same one by one.
package figures

import "strings"

// Figure is one thing to measure. A new one is an entry in All and a function
// that makes its Job.
type Figure struct {
	Name  string                       // unique, as in a benchmark: no spaces, no hyphen before a number at the end
	Op    string                       // what one operation is
	Setup func(x *Orders) (Job, error) // not timed
	Goals []Goal
	N     int // operations a round; 0: as many as fill the time of one
}

// Job is a figure's work, set up. One goroutine at a time calls it.
type Job struct {
	Ready func(n int) error // gets the next Run of n operations ready, not timed; nil: nothing to do
	Run   func(n int) error // does n operations
	Close func() error      // nil: nothing to do
}

// Prepare calls Ready, if there is one.
func (j *Job) Prepare(n int) error {
	if j.Ready == nil {
		return nil
	}
	return j.Ready(n)
}

// End calls Close, if there is one.
func (j *Job) End() error {
	if j.Close == nil {
		return nil
	}
	return j.Close()
}

// Measure is what of an operation is measured.
type Measure string

const (
	CPU    Measure = "cpu"    // the process's own CPU time, user and system
	Wall   Measure = "wall"   // time on the clock
	Allocs Measure = "allocs" // objects allocated
	Bytes  Measure = "bytes"  // bytes allocated
)

// Goal is what a figure should come to against its yardsticks in the same run.
// At most one of AtMost and AtLeast is given; with neither the ratio is shown
// for what it says.
type Goal struct {
	Of      Measure
	Against Sum     // nil: the figure's own value is what counts
	AtMost  float64 // the figure, in yardsticks
	AtLeast float64 // the yardsticks, in figures: how many times faster the figure is
	Stretch float64 // of the same kind as the bound that is given; 0: none
}

// Inverse reports whether the goal counts yardsticks in figures.
func (g *Goal) Inverse() bool { return g.AtLeast > 0 }

// Met reports whether v is within the goal, if it has a bound.
func (g *Goal) Met(v float64) bool {
	if g.Inverse() {
		return v >= g.AtLeast
	}
	return g.AtMost == 0 || v <= g.AtMost
}

// Sum is a weighted sum of figures, as a yardstick.
type Sum []Term

// Term is a figure's part in a Sum.
type Term struct {
	Times float64
	Name  string
}

// One is the figure of that name as a yardstick.
func One(name string) Sum { return Sum{{1, name}} }

// String reads as "a" or as "a + 1.2 b".
func (s Sum) String() string {
	var terms []string
	for _, t := range s {
		if t.Times == 1 {
			terms = append(terms, t.Name)
			continue
		}
		terms = append(terms, number(t.Times)+" "+t.Name)
	}
	return strings.Join(terms, " + ")
}
