package analysis

import (
	"fmt"

	"github.com/kafkanauts/kafkanauts/order"
)

// Settings of a whole analysis. The zero value reads order.Pipe{}.
type Settings struct {
	Encoding order.Encoding
	Keys     int // see Profile; 0: DefaultKeys
	Workers  int // how many look at records at the same time; 0: GOMAXPROCS
	// Reject is called for each record that Intake rejects, if it is not nil: by the
	// caller's goroutine, in the order of the stream. What it is given is valid
	// until it returns.
	Reject func(at order.Place, complaints []Complaint, value []byte)
}

// Result is what a whole analysis found.
type Result struct {
	Overview Overview
	Model    *Model
	Intake   IntakeTally
	Summary  *Summary // of the orders that are valid and not flagged
	Flags    []Flag   // in the order of the stream; a record's surest first
	Findings []Finding
	Examples []Example // of every reason the first flagged records
}

// Example is a flagged record as it came.
type Example struct {
	Flag  Flag // its surest
	Value string
}

// examplesEach is how many examples there are of a reason.
const examplesEach = 2

// Analyse reads src twice and does everything that needs no key: it learns what
// the stream looks like, then takes in, flags, counts and deciphers its records.
// The result is the same for any number of workers, each of which holds what a
// part of the stream makes known.
// An error is that of the source; the Result then covers what was read.
func Analyse(src Source, s Settings) (*Result, error) {
	workers := workersOf(s.Workers)
	p := profileOf(src, s, workers)
	if err := src.Err(); err != nil {
		return &Result{Model: p.Learn(), Summary: new(Summary)}, fmt.Errorf("analysis: first pass: %w", err)
	}
	a := newSecondPass(p.Learn(), s, p.Vocabulary(order.Category), workers)
	inBatches(src, workers, a.look, a.collect)
	r := a.result()
	if err := src.Err(); err != nil {
		return r, fmt.Errorf("analysis: second pass: %w", err)
	}
	return r, nil
}

// profileOf is the first pass.
func profileOf(src Source, s Settings, workers int) *Profile {
	parts := make([]*Profile, workers)
	for w := range parts {
		parts[w] = NewProfile(s.Encoding, s.Keys)
	}
	inBatches(src, workers, func(worker int, b *batch) {
		parts[worker].addBatch(b)
	}, nil)
	for w := 1; w < workers; w++ {
		parts[0].Merge(parts[w])
		parts[w] = nil
	}
	return parts[0]
}

// Findings states what the orders say of how they were made: patterns first,
// the clearest of them first; then surges, constants, rates and trends, traffic,
// mixes, and the dependencies.
func (d *Decipherer) Findings() []Finding {
	if d.orders == 0 {
		return nil
	}
	d = d.canonical()
	clocks := d.clocks()
	hits, themes, q := d.patterns(clocks)
	var out []Finding
	for i, h := range hits {
		out = append(out, d.finding(h, themes[h.field], clocks, q[i]))
	}
	related := d.relations()
	out = append(out, d.traffic(clocks)...)
	return append(out, related...)
}

// canonical returns d with countries and categories numbered by name, so that no
// sum depends on the order in which they came.
func (d *Decipherer) canonical() *Decipherer {
	c := NewDecipherer(d.m)
	for _, id := range d.lands.sorted() {
		c.lands.id(d.lands.at[id])
	}
	for _, id := range d.groups.sorted() {
		c.groups.id(d.groups.at[id])
	}
	c.Merge(d)
	return c
}
