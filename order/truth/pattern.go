// Package truth is the answer key as it lies beside a stream: the rows that say
// what was done to which record, and the manifest that says what was planted and
// how much of everything there is. Generators write it; analysis reads it to
// score what was found. It needs only the standard library.
package truth

// Pattern is a rule that a generator planted: in the orders that When selects,
// Field has Value with probability Share. It is what a reader has to find.
type Pattern struct {
	Name      string   `json:"name"`            // the tag of the orders on which it acted
	Statement string   `json:"statement"`       // the rule as one sentence for people
	When      []Clause `json:"when"`            // all must hold; none: every order
	Field     string   `json:"field"`           // what it acts on: a field's name on the wire
	Value     string   `json:"value"`           // what it makes of it
	Share     float64  `json:"share"`           // of the orders that When selects, in [0,1]
	Decoy     bool     `json:"decoy,omitempty"` // declared, but without any effect: finding it is a mistake
}

// Clause is one condition of a Pattern: a field has one of these values, or one
// of the fields that follow from the time on the clock of the order's country:
// "weekday" (Monday …), "hour" (00 … 23), "day" (of the month, 01 … 31).
type Clause struct {
	Field  string   `json:"field"`
	Values []string `json:"values"`
}
