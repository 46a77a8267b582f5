package sink

import "github.com/kafkanauts/kafkanauts/order"

// Container is how records lie in files that are not lines of text. It is
// stateless and safe for concurrent use.
type Container interface {
	// Ext returns what the files' names end with, such as ".avro".
	Ext() string
	// Packer returns what packs the records of a shard, of -1 if they are all
	// shards', merged. An error refuses the stream.
	Packer(s *Session, shard int) (Packer, error)
	// String names the container with all settings that decide the bytes: files
	// of one directory agree in it.
	String() string
}

// Packer turns the records of one shard into the bytes of files, one file after
// the other: Begin, Add for each record, End. The same records give the same bytes. One goroutine
// at a time calls it. After an error it is done for.
type Packer interface {
	// Begin appends what a file begins with.
	Begin(dst []byte) []byte
	// Add takes a record, of which it keeps nothing that points to it, and
	// appends what is ready of the records so far, perhaps nothing yet. An error
	// names the record.
	Add(dst []byte, r *order.Record) ([]byte, error)
	// End appends what still waits, and what a file ends with.
	End(dst []byte) ([]byte, error)
}
