// Package kafka delivers a stream to a topic and reads a topic back.
//
// A [Sink] writes shard i of a stream to partition i, in order, each record
// dated with its event time, and has it acknowledged by all in-sync replicas
// before Write returns. It makes the topic, or checks the one that there is:
// brokers delete old records by their dates, and a stream's dates may lie years
// back.
//
// A [Reader] reads the committed records of a topic, up to the end that it had
// when the reader began, or on and on.
//
// [Security] has TLS, mutual TLS, SASL PLAIN and SCRAM. Both pass options of
// franz-go's kgo through, which is where all other things are set that this
// package does not decide.
package kafka
