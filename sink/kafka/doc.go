// Package kafka delivers a stream to a topic and reads a topic back.
//
// A [Sink] writes shard i of a stream to partition i, in order, each record
// dated with its event time, and has it acknowledged by all in-sync replicas
// before Write returns. It makes the topic, or checks the one that there is:
// brokers delete old records by their dates, and a stream's dates may lie years
// back.
//
// With a [Config].Stream it writes exactly once. The records of a shard, how far it
// is (a [Checkpoint] on the stream's control topic) and its part of the answer key
// are committed in the same transactions, each shard under a transactional id of its
// own. Whoever takes a shard over first fences all others and only then reads how far
// it is. [Deliver] runs a stream again until all of it is there; [Work] is one of any
// number of workers that share one; [WriteTruth] makes a file of the answer key.
//
// A [Reader] reads the committed records of a topic, up to the end that it had
// when the reader began, or on and on. A [Consumer] does that as one of a group,
// and begins where it is told to. [DeadLetters] takes what is no good.
//
// [Security] is how to get in. All of them pass options of franz-go's kgo through,
// which is where everything else is set that this package does not decide.
package kafka
