// Package kafkanauts makes order streams with an answer key: millions of
// e-commerce orders whose traffic, contents, hidden patterns and damage are all
// known in advance, for those who build or teach data pipelines.
//
// A Config composes demand (when orders happen, see package demand), a chain of
// product stages (what is ordered), a mix of damage (package corrupt) and an
// encoding (package order). New checks all of it at once and returns a Stream,
// which Run writes to a sink (package sink: files, channels, topics) and Records
// iterates over:
//
//	s, err := kafkanauts.New(kafkanauts.Config{}) // the default world
//	if err != nil {
//		return err
//	}
//	for r := range s.Records() {
//		fmt.Printf("%s\n", r.Value)
//	}
//	return s.Err()
//
// # What is promised
//
// The same version of this module makes the same bytes of the same recipe,
// whatever the number of workers, the speed or the machine. All randomness is
// keyed by what it is for: adding a stage or a kind of damage changes neither the
// draws of the others nor the clean data of the rest.
//
// Any window of a stream can be made alone and equals that part of the whole.
//
// A stream is the sum of Shards independent streams, each with its share of the
// rate and its own customers. A shard is one partition of a topic; within it event time
// never goes back, unless damage says so.
//
// Every record knows its truth: the patterns that acted on it, and every edit
// that damage made, so that order.Undo restores the clean bytes. Nothing in
// ids, order, timing or keys gives a damaged or planted record away.
//
// On the other side, package analysis finds out what bytes alone can tell, and
// scores it against the truth.
package kafkanauts
