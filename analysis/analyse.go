package analysis

import (
	"fmt"

	"github.com/kafkanauts/kafkanauts/order"
)

// Settings of a whole analysis. The zero value reads order.Pipe{}.
type Settings struct {
	Encoding order.Encoding
	Keys     int // see Profile; 0: DefaultKeys
	// Reject is called for each record that Intake rejects, if it is not nil.
	// What it is given is valid until it returns.
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
// An error is that of the source; the Result then covers what was read.
func Analyse(src Source, s Settings) (*Result, error) {
	p := NewProfile(s.Encoding, s.Keys)
	for _, value := range src.Records() {
		p.Add(value)
	}
	if err := src.Err(); err != nil {
		return &Result{Model: p.Learn(), Summary: new(Summary)}, fmt.Errorf("analysis: first pass: %w", err)
	}
	m := p.Learn()
	r := &Result{Model: m, Summary: new(Summary)}
	in := Intake{Encoding: s.Encoding, Categories: p.Vocabulary(order.Category)}
	detector, decipherer := NewDetector(m), NewDecipherer(m)
	seen := map[Reason]int{}
	var o order.Order
	for at, value := range src.Records() {
		r.Overview.Records++
		complaints := in.Accept(value, &o)
		if len(complaints) > 0 && s.Reject != nil {
			s.Reject(at, complaints, value)
		}
		flags := detector.Inspect(at, value)
		if len(flags) > 0 {
			r.Overview.Flagged++
			r.Flags = append(r.Flags, flags...)
			if why := flags[0].Reason; seen[why] < examplesEach {
				seen[why]++
				r.Examples = append(r.Examples, Example{flags[0], string(value)})
			}
		} else if len(complaints) == 0 {
			r.Summary.Add(&o)
			decipherer.Add(&o)
		}
	}
	r.Intake = in.Tally
	r.Overview.Valid = in.Tally.Valid
	r.Overview.Damage = m.DamageRate()
	if r.Summary.Orders > 0 {
		r.Overview.From, r.Overview.To = utc(r.Summary.first*3600), utc(r.Summary.last*3600+3600)
	}
	r.Findings = decipherer.Findings()
	if err := src.Err(); err != nil {
		return r, fmt.Errorf("analysis: second pass: %w", err)
	}
	return r, nil
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
