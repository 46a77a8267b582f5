package proof

import (
	"context"
	"fmt"

	"github.com/kafkanauts/kafkanauts/order"
)

// Reference is an uninterrupted run: what all others are compared with.
type Reference struct {
	Parts []Partition
	Key   *Key

	rows  []Sum
	clean map[cleanOf]Sum
}

// cleanOf names a record that the key speaks of, whatever holds it.
type cleanOf struct {
	at   order.Place // Offset: the ordinal, from 1; zero: lost
	lost lostRecord
}

// ReadReference reads a directory with a file a shard, and its key. If undamaged
// is not "", it is a directory with the same stream without damage, in which each
// record that the key speaks of must be found once it is undone.
func ReadReference(dir, key, undamaged string) (*Reference, error) {
	r := &Reference{clean: map[cleanOf]Sum{}}
	var err error
	if r.Key, err = ReadKey(key); err != nil {
		return nil, err
	}
	if r.Parts, err = ReadDir(dir, r.Key.see); err != nil {
		return nil, err
	}
	if len(r.Parts) == 0 || r.Records() == 0 {
		return nil, errEmpty
	}
	wanted := map[Sum]bool{}
	for _, row := range r.Key.rows {
		sum, ok := r.Key.clean(row)
		if !ok {
			return nil, fmt.Errorf("proof: the reference has no record at %v, of which its key speaks", row.At)
		}
		name := cleanOf{at: row.At}
		if row.Lost {
			name = cleanOf{lost: lostRecord{row.Seq, row.Copy}}
		}
		r.clean[name] = sum
		wanted[sum] = true
	}
	var nowhere int
	if r.rows, nowhere = r.Key.placed(r.Parts); nowhere > 0 {
		return nil, fmt.Errorf("proof: %d rows of the reference's key name no record", nowhere)
	}
	if undamaged == "" {
		return r, nil
	}
	_, err = ReadDir(undamaged, func(_ int32, _ int64, value []byte) { delete(wanted, sumOf(value)) })
	if err == nil && len(wanted) > 0 {
		err = fmt.Errorf("proof: %d records of the reference, undone, are not in the stream without damage", len(wanted))
	}
	return r, err
}

// Records is how many records the run has.
func (r *Reference) Records() (n int) {
	for _, p := range r.Parts {
		n += len(p.Sums)
	}
	return n
}

// Verdict says how what arrived differs from the reference.
type Verdict struct {
	Parts    []Partition // what arrived
	Partings []Diff      // by partition
	Data     Diff        // their sum
	Keyed    KeyVerdict
	Wrong    []string // whatever else is not as it should be
}

// KeyVerdict says how an answer key differs from the reference's.
type KeyVerdict struct {
	Rows    int
	Diff    Diff // of the rows, each with the place of its record in the reference instead of its offset
	Nowhere int  // rows whose offset holds no record
	Unclean int  // rows whose record, undone, is not the clean one
}

// Holds reports whether nothing differs.
func (v *Verdict) Holds() bool {
	return v.Data == (Diff{}) && v.Keyed.Diff == (Diff{}) && v.Keyed.Nowhere == 0 && v.Keyed.Unclean == 0 && len(v.Wrong) == 0
}

// Judge compares a topic, and the key at the path, with the reference.
func (r *Reference) Judge(ctx context.Context, brokers []string, topic, key string) (*Verdict, error) {
	k, err := ReadKey(key)
	if err != nil {
		return nil, err
	}
	parts, err := ReadTopic(ctx, brokers, topic, k.see)
	if err != nil {
		return nil, err
	}
	v := &Verdict{Parts: parts}
	r.judgeData(v)
	r.judgeKey(v, k)
	return v, nil
}

func (r *Reference) judgeData(v *Verdict) {
	if len(v.Parts) != len(r.Parts) {
		v.Wrong = append(v.Wrong, fmt.Sprintf("there are %d partitions, not %d", len(v.Parts), len(r.Parts)))
	}
	for i := range max(len(r.Parts), len(v.Parts)) {
		var want, got Partition
		if i < len(r.Parts) {
			want = r.Parts[i]
		}
		if i < len(v.Parts) {
			got = v.Parts[i]
		}
		d, places := Compare(want.Sums, got.Sums)
		if i < len(v.Parts) {
			v.Parts[i].Places = places
		}
		if d == (Diff{}) && want.Values != got.Values {
			v.Wrong = append(v.Wrong, fmt.Sprintf("partition %d: the SHA-256 is %s, not %s", i, got.Values, want.Values))
		}
		v.Partings = append(v.Partings, d)
		v.Data.Add(d)
	}
}

func (r *Reference) judgeKey(v *Verdict, k *Key) {
	rows, nowhere := k.placed(v.Parts)
	d, _ := Compare(r.rows, rows)
	v.Keyed = KeyVerdict{Rows: len(rows), Diff: d, Nowhere: nowhere}
	for _, row := range k.rows {
		name := cleanOf{lost: lostRecord{row.Seq, row.Copy}}
		if !row.Lost {
			name = cleanOf{}
			name.at, _ = placeOf(v.Parts, row.At)
		}
		got, there := k.clean(row)
		if want, known := r.clean[name]; there && (!known || got != want) {
			v.Keyed.Unclean++
		}
	}
	v.Wrong = append(v.Wrong, compareManifests(r.Key, k)...)
}

// SameMessages returns the partitions in which the keys, values, headers and times
// of the records are not those of another topic.
func SameMessages(a, b []Partition) (differ []int) {
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || a[i].Messages != b[i].Messages {
			differ = append(differ, i)
		}
	}
	return differ
}
