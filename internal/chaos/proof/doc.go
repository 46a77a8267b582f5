// Package proof compares what arrived in a topic, and the answer key beside it,
// with an uninterrupted run, record by record. It reads with franz-go itself and
// shares no code with the sink and the reader that it judges.
package proof
