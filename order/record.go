package order

import (
	"fmt"
	"slices"
	"time"
)

// Record is one order on its way: as generated, as sent, and what is true of it
// that the wire does not say. It and all that it points to are valid until the
// next record, or until the sink's Write returns; who keeps a part copies it.
type Record struct {
	Seq        uint64 // unique in the stream and ascending with event time; not dense; never on the wire
	Copy       int    // 0, or the number of the repetition
	Order      *Order // as generated, before any damage
	Key, Value []byte // as sent; Key is the text of the key field as it stands in Value, damaged or not
	Truth      *Truth // nil: neither tagged nor damaged; never inside Key, Value or headers
	At         Place  // where it landed; set by the sink
}

// Sent returns the order that the record's Value tells: its Order, if nothing was done
// to its bytes, else what enc reads in them, into o, where texts may be views of Value. The
// error is that of Parse.
func (r *Record) Sent(enc Encoding, o *Order) (*Order, error) {
	if r.Order != nil && !r.Truth.altered() {
		return r.Order, nil
	}
	if v, ok := enc.(Viewer); ok {
		return o, v.View(o, r.Value, nil)
	}
	return o, enc.Parse(o, r.Value, nil)
}

// altered returns whether bytes of the record may be others than its order's: also
// those of one to which another was joined, which has the only fault there is.
func (t *Truth) altered() bool {
	return t != nil && slices.ContainsFunc(t.Faults, func(f Fault) bool { return f.Op != Delayed && f.Op != Repeated })
}

// Truth is what is known of a record that a reader has to find out.
type Truth struct {
	Tags   []string // names of the patterns that acted on the order, in the order in which they acted
	Faults []Fault  // the damage, in the order in which it was done
}

// Place is where a record landed: partition and offset in a topic; in a file,
// Offset is the record's number, from 1, not counting a header.
type Place struct {
	Partition int32
	Offset    int64
}

// Op is what was done to a record.
type Op uint8

// The kinds of damage. The zero Op is none of them.
const (
	Edited   Op = 1 + iota // bytes of the value were replaced
	Dropped                // the record was not sent
	Repeated               // the record was sent again
	Delayed                // the record was sent later than its time
	Joined                 // two records lost the line end between them
)

var opNames = [...]string{"none", "edited", "dropped", "repeated", "delayed", "joined"}

// String returns the name of op in truth files, such as "edited".
func (op Op) String() string {
	if int(op) < len(opNames) {
		return opNames[op]
	}
	return fmt.Sprintf("op(%d)", uint8(op))
}

// Fault is one change that a strategy made to a record. The faults of a record
// stand in the order in which they were made, and the extents of each refer to
// the bytes right after it.
type Fault struct {
	Strategy   string
	Op         Op
	Field      Field         // None: the record as a whole
	Start, End int           // Value[Start:End] stands where Was stood
	Was        []byte        // what stood there before
	By         time.Duration // Delayed: by how much; Repeated: how long after the record before it
}

// Undo appends to dst the clean bytes of a record whose damaged bytes are value,
// by going through its faults backwards. A record that was dropped or joined
// to the next has an empty value; its faults hold all of it. Faults whose
// extents lie outside the value belong to another one: then Undo appends what it
// can make of them, and never panics.
func Undo(dst, value []byte, faults []Fault) []byte {
	base := len(dst)
	dst = append(dst, value...)
	for i := len(faults) - 1; i >= 0; i-- {
		f := &faults[i]
		n := len(dst) - base
		start, end := min(max(f.Start, 0), n), min(max(f.End, 0), n)
		if end < start || start == end && len(f.Was) == 0 {
			continue
		}
		dst = slices.Replace(dst, base+start, base+end, f.Was...)
	}
	return dst
}
