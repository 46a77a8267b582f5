package order

// Encoding writes orders as bytes and reads them back. The package has Pipe, CSV
// and JSON; users add their own. An Encoding is stateless and safe for
// concurrent use.
//
// Package ordertest tells whether an Encoding keeps what is said here.
//
// For every order that an encoding carries (see Carrier), Parse of what Append
// wrote gives back that order, and Append of what Parse read gives back those
// bytes.
type Encoding interface {
	// Append appends the record of o to dst, without a terminator, and returns
	// the longer slice. It is total: what it cannot carry it writes as it
	// stands. Unless at is nil, it is filled with the extents of every field,
	// counted from the record's first byte.
	Append(dst []byte, o *Order, at *Spans) []byte
	// Parse reads one record, without its terminator, into o. It is strict:
	// what Append would not have written (other than through the freedoms of
	// JSON) is a *ParseError, which names every wrong field; the others are
	// filled in all the same, and the wrong ones are zero. Text in o is copied,
	// never a view of b. Unless at is nil, it is filled as far as the record
	// can be taken apart; a field that is not there has Start < 0. It never
	// panics, whatever b holds.
	Parse(o *Order, b []byte, at *Spans) error
}

// Quoter is an optional capability of an Encoding.
type Quoter interface {
	// Quote appends text as a well-formed value of f and returns true, or
	// returns dst and false where the encoding cannot carry that text there.
	Quote(dst []byte, f Field, text string) ([]byte, bool)
}

// Viewer is an optional capability of an Encoding.
type Viewer interface {
	// View is Parse without the copy: text in o is a view of b, so o is valid as
	// long as nobody changes b. It allocates next to nothing.
	View(o *Order, b []byte, at *Spans) error
}

// Carrier is an optional capability of an Encoding that cannot carry every
// order.
type Carrier interface {
	// Carries returns nil if the encoding carries o, else an error that names
	// the first field that it cannot carry, its value and why.
	Carries(o *Order) error
}

// Binary is an optional capability of an Encoding whose records may hold any
// bytes: they are not lines of text. A stream hands them over one by one, without a line
// for each, and sinks of lines refuse them.
type Binary interface {
	// Binary returns whether it is so, always the same.
	Binary() bool
}

// IsBinary returns whether the records of enc may hold line ends.
func IsBinary(enc Encoding) bool {
	b, ok := enc.(Binary)
	return ok && b.Binary()
}

// Unquoter is an optional capability of an Encoding that puts something around
// texts other than quotation marks, such as a length before them.
type Unquoter interface {
	// Unquote returns the part of value, which stands for f in a record, that is
	// the text itself, or all of it where it is no text or damaged. A record's key is cut so.
	Unquote(f Field, value []byte) []byte
}

// Header is an optional capability of an Encoding whose files begin with a line
// that is no record.
type Header interface {
	// AppendHeader appends the line, without a terminator.
	AppendHeader(dst []byte) []byte
}

// Span is an extent of bytes in a record, from Start up to but not including
// End. Start < 0 says that there is no such field.
type Span struct{ Start, End int32 }

// Of returns the part of b that s spans, or nil if s spans none.
func (s Span) Of(b []byte) []byte {
	if s.Start < 0 {
		return nil
	}
	return b[s.Start:s.End]
}

// Spans are the extents of the fields of one record, by Field, whatever the
// layout. Value is what stands for the field's value, without quotation marks
// only where there are none: in CSV and JSON the marks belong to it, in Avro the length. Cell is
// what must go for the field to be gone and its neighbours to stay: the value
// with one separator (the one before it; for the first column the one after
// it) and, in JSON, the key.
type Spans struct{ Value, Cell [NumFields]Span }

// Clear makes every extent that of no field.
func (s *Spans) Clear() {
	for f := range s.Value {
		s.Value[f], s.Cell[f] = Span{-1, -1}, Span{-1, -1}
	}
}
