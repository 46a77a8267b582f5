// Package correlate measures association between columns of any kind, with
// p-values, and says how many false discoveries a list of tests may hold.
//
// Numbers are float64 slices in which NaN stands for a missing value: a pair
// with a NaN is left out, and N says how many pairs were used. Ties get the mean
// of the ranks that they span. Categories are small integers from 0; a negative one is
// missing. A measure that its data do not define (fewer than three pairs, a
// constant column) is NaN, and so is its p-value.
//
// All functions are pure, allocate what they need, leave their arguments as they
// were and are safe for concurrent use.
package correlate

// Result is a measure of association.
type Result struct {
	Value float64 // the coefficient
	P     float64 // two-sided p-value against no association; NaN if undefined
	N     int     // how many pairs had both values
}
