package demand

import (
	"bytes"
	"encoding/binary"
	"time"
)

// lastWritten is the year up to which written writes transitions out.
const lastWritten = 2200

// written returns zone data in the format of RFC 9636 in which the transitions
// that follow from the rule at its end are written out, up to lastWritten; a rule
// that nothing follows from is left out. Package time finds a transition that is
// written ten times as fast as it works one out. loc is what the data say. Data in
// which there is nothing to write out come back as they are.
func written(data []byte, loc *time.Location) []byte {
	const header = 44
	first, ok := parseCounts(data)
	if !ok || data[4] < '2' {
		return data
	}
	begin := header + first.size(4)
	if len(data) < begin {
		return data
	}
	n, ok := parseCounts(data[begin:])
	end := begin + header + n.size(8)
	if !ok || len(data) < end || n.transitions == 0 {
		return data
	}
	times := data[begin+header:][:8*n.transitions]
	kinds := data[begin+header+8*n.transitions:][:n.transitions]
	types := data[begin+header+9*n.transitions:][:6*n.types]
	names := data[begin+header+9*n.transitions+6*n.types:][:n.chars]

	var moreTimes, moreKinds []byte
	last := int(kinds[n.transitions-1])
	for at := time.Unix(int64(binary.BigEndian.Uint64(times[8*(n.transitions-1):])), 0).In(loc); ; {
		_, next := at.ZoneBounds()
		if next.IsZero() {
			break
		}
		if !next.After(at) { // the last day of a leap year, which package time leaves out
			next = at.Add(day)
		}
		if next.Year() > lastWritten {
			break
		}
		at = next
		kind := kindOf(types, names, at)
		if kind < 0 {
			return data
		}
		if kind != last { // not a bound that is only a year's end
			moreTimes = binary.BigEndian.AppendUint64(moreTimes, uint64(at.Unix()))
			moreKinds = append(moreKinds, byte(kind))
			last = kind
		}
	}
	if len(moreKinds) == 0 && bytes.IndexByte(data[end:], ',') < 0 {
		return append(bytes.Clone(data[:end]), "\n\n"...) // the rule is that nothing changes any more
	}
	out := bytes.Clone(data[:begin+header])
	binary.BigEndian.PutUint32(out[begin+32:], uint32(n.transitions+len(moreKinds)))
	out = append(append(out, times...), moreTimes...)
	out = append(append(out, kinds...), moreKinds...)
	return append(out, data[begin+header+9*n.transitions:]...)
}

// counts are the lengths that a header of zone data tells.
type counts struct{ universal, standard, leaps, transitions, types, chars int }

func parseCounts(b []byte) (n counts, ok bool) {
	if len(b) < 44 || string(b[:4]) != "TZif" {
		return n, false
	}
	for i, p := range []*int{&n.universal, &n.standard, &n.leaps, &n.transitions, &n.types, &n.chars} {
		*p = int(binary.BigEndian.Uint32(b[20+4*i:]))
	}
	return n, true
}

// size returns how many bytes follow the header, with times of so many bytes.
func (n *counts) size(width int) int {
	return n.transitions*(width+1) + n.types*6 + n.chars + n.leaps*(width+4) + n.standard + n.universal
}

// kindOf returns which of the types t has: its offset, name and summer time; -1 if none.
func kindOf(types, names []byte, t time.Time) int {
	name, offset := t.Zone()
	for i := 0; i < len(types); i += 6 {
		at := int(types[i+5])
		if int32(binary.BigEndian.Uint32(types[i:])) == int32(offset) && (types[i+4] != 0) == t.IsDST() &&
			at <= len(names) && bytes.HasPrefix(names[at:], append([]byte(name), 0)) {
			return i / 6
		}
	}
	return -1
}
