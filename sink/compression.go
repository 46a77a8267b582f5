package sink

import "io"

// Compression packs a file while it is written; package sink/compress has gzip
// and Zstandard. It is safe for concurrent use.
type Compression interface {
	// Ext returns what is put behind a file's extension, such as ".gz".
	Ext() string
	// Writer returns a writer that writes to w what it takes, packed. The same
	// writes give the same bytes. Its Close ends the packed stream, and leaves w
	// open. If it has the method Flush() error, that passes on all that it has
	// taken, so that a reader of w can have it; a paced stream uses it.
	//
	// A writer that has the method Reset(io.Writer) may be used again after its Close.
	Writer(w io.Writer) (io.WriteCloser, error)
	// String names the compression with all settings that decide the bytes:
	// files of one directory agree in it.
	String() string
}
