// Package analysis finds out what a reader of an order stream can find out from
// its bytes alone: which records are valid, what the traffic looks like, which
// records are damaged and where, and which rules the stream was made by. With an
// answer key it says how much of that is right.
//
// The layers stand by themselves:
//
//   - Intake parses records and applies the domain's rules: valid, or rejected
//     with reasons.
//   - InferLayout finds the order of columns by their content.
//   - Summary counts: by hour, weekday, country and category; money; spikes; spenders;
//     rates of failure; histograms; a correlation matrix.
//   - Profile learns what the columns and their dependencies look like (first
//     pass), and a Detector flags the records that do not (second pass).
//   - Decipher states the rules of the stream as findings, with intervals and
//     q-values.
//   - ScoreFlags and ScorePatterns compare with an answer key.
//
// Nothing here sees labels before scoring. What is accumulated is mergeable: parts
// of a stream may be read by different goroutines or machines, each with its own
// state, and merged in any order, with the same result as one that read it all.
// Unless a comment says otherwise a value is not safe for concurrent use.
//
// Memory is bounded whatever the stream's length: tables that would grow with the
// number of customers or orders keep at most a given number of keys, chosen by
// hash (see Profile.Keys), so that all observations of a kept key are there and
// results stay the same for any split.
package analysis
