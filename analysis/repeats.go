package analysis

import "github.com/kafkanauts/kafkanauts/order"

// onceFields are the identifiers that no two records share.
var onceFields = [...]order.Field{order.ID, order.TxnID}

// suspect is a record with an identifier that may be another's.
type suspect struct {
	keys [len(onceFields)]uint64 // hashes of such identifiers, 0 for the others
	line uint64                  // hash of the whole record
}

// suspected returns what seen needs to know of a record after its inspection, or
// false if none of its identifiers comes more than once in the profile.
func (d *Detector) suspected(value []byte) (s suspect, ok bool) {
	if d.f.count != order.Columns {
		return s, false
	}
	for i, f := range onceFields {
		if d.wrong[f] || d.f.hash[f] == 0 || !d.m.rules[f].again.has(d.f.hash[f]) {
			continue
		}
		s.keys[i], ok = pairOf(d.f.hash[f], uint64(f)), true
	}
	if ok {
		s.line = hashOf(value)
	}
	return s, ok
}

// seen is the suspects' identifiers that came so far, with the hash of the first
// record that had each.
type seen map[uint64]uint64

// judge appends a flag if one of the identifiers came before. Suspects are judged
// in the order of the stream.
func (m seen) judge(s suspect, flags []Flag) []Flag {
	for i, key := range s.keys {
		if key == 0 {
			continue
		}
		switch was, ok := m[key]; {
		case !ok:
			m[key] = s.line
			continue
		case was == s.line:
			return append(flags, Flag{Field: order.None, Reason: RepeatedRecord, Score: 0.99})
		default:
			return append(flags, Flag{Field: onceFields[i], Reason: RepeatedID, Score: 0.9})
		}
	}
	return flags
}
