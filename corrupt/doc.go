// Package corrupt damages the records of a stream and keeps the account of it.
//
// A [Strategy] is one way to damage a record, a [Mechanism] decides which
// records, and a [Mix] is any number of both. A strategy has no other way to a
// record than its [Edit], and every method of Edit that changes something logs
// what it changed: so the answer key is complete whoever wrote the strategy, and
// order.Undo restores the clean bytes.
//
// A Mix is declared in a stream's configuration; [Process] and [Worker] are the
// machinery with which a stream applies it.
//
// All randomness is a function of a key, the strategy's name and the record's
// index. Adding, moving or removing a strategy changes neither which records
// the others strike nor what they draw there; only on a record that several
// strike does a later one find what an earlier one left.
package corrupt
