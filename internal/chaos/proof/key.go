package proof

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"reflect"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
)

// Key is an answer key with the manifest beside it.
type Key struct {
	rows     []truth.Row                   // the partition of a file is its number
	faults   map[order.Place][]order.Fault // of the records that were delivered
	lost     map[lostRecord][]order.Fault
	undone   map[order.Place]Sum // the records as they were before any damage, once their values were seen
	manifest *truth.Manifest
	sum      string // SHA-256 of the file
}

type lostRecord struct {
	seq  uint64
	copy int
}

// ReadKey reads the key at path and its manifest.
func ReadKey(path string) (*Key, error) {
	k := &Key{faults: map[order.Place][]order.Fault{}, lost: map[lostRecord][]order.Fault{}, undone: map[order.Place]Sum{}}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(content)
	k.sum = hex.EncodeToString(sum[:])
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for row, err := range truth.NewReader(f).Rows() {
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if row.File != "" {
			if row.At.Partition, err = shardOf(row.File); err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			row.File = ""
		}
		k.add(row)
	}
	m, err := os.Open(truth.ManifestPath(path))
	if err != nil {
		return nil, err
	}
	defer m.Close()
	if k.manifest, err = truth.ReadManifest(m); err != nil {
		return nil, fmt.Errorf("%s: %w", m.Name(), err)
	}
	return k, nil
}

func (k *Key) add(row truth.Row) {
	k.rows = append(k.rows, row)
	faults := k.faultsOf(row)
	if !row.Tagged {
		faults = append(faults, row.Fault)
	}
	if row.Lost {
		k.lost[lostRecord{row.Seq, row.Copy}] = faults
	} else {
		k.faults[row.At] = faults
	}
}

func (k *Key) faultsOf(row truth.Row) []order.Fault {
	if row.Lost {
		return k.lost[lostRecord{row.Seq, row.Copy}]
	}
	return k.faults[row.At]
}

// see takes the value at a place, if the key speaks of it.
func (k *Key) see(partition int32, offset int64, value []byte) {
	at := order.Place{Partition: partition, Offset: offset}
	if faults, ok := k.faults[at]; ok {
		k.undone[at] = sumOf(order.Undo(nil, value, faults))
	}
}

// Rows is how many rows the key has.
func (k *Key) Rows() int { return len(k.rows) }

// clean returns what the record of a row was before any damage; false: no record
// is at its place.
func (k *Key) clean(row truth.Row) (Sum, bool) {
	if row.Lost {
		return sumOf(order.Undo(nil, nil, k.faultsOf(row))), true
	}
	s, ok := k.undone[row.At]
	return s, ok
}

// placed returns the rows as sums, each with its record's place in the reference
// instead of its offset or line, and how many rows name one where no record is.
func (k *Key) placed(parts []Partition) (sums []Sum, nowhere int) {
	var line []byte
	for _, row := range k.rows {
		if !row.Lost {
			var there bool
			if row.At, there = placeOf(parts, row.At); !there {
				nowhere++
			}
		}
		line = truth.AppendRow(line[:0], truth.Offsets, &row)
		sums = append(sums, sumOf(line))
	}
	return sums, nowhere
}

// placeOf returns the place in the reference of the record at a place; false: no
// record is there.
func placeOf(parts []Partition, at order.Place) (order.Place, bool) {
	if at.Partition < 0 || int(at.Partition) >= len(parts) {
		return order.Place{Partition: at.Partition}, false
	}
	n, there := parts[at.Partition].place(at.Offset)
	return order.Place{Partition: at.Partition, Offset: n}, there
}

// compareManifests says in what got differs, apart from how records are named.
func compareManifests(want, got *Key) (wrong []string) {
	if got.manifest.Place != truth.Offsets {
		wrong = append(wrong, fmt.Sprintf("the manifest names records by %v", got.manifest.Place))
	}
	if got.manifest.Truth != got.sum {
		wrong = append(wrong, fmt.Sprintf("the manifest gives the key's SHA-256 as %s, it is %s", got.manifest.Truth, got.sum))
	}
	a, b := *want.manifest, *got.manifest
	if !reflect.DeepEqual(a.Totals, b.Totals) {
		wrong = append(wrong, fmt.Sprintf("the manifest's totals are %+v, not %+v", b.Totals, a.Totals))
	}
	if a.Version != b.Version || !reflect.DeepEqual(a.Recipe, b.Recipe) {
		wrong = append(wrong, fmt.Sprintf("the manifest's recipe is %s %v, not %s %v", b.Version, b.Recipe, a.Version, a.Recipe))
	}
	if !reflect.DeepEqual(a.Patterns, b.Patterns) {
		wrong = append(wrong, "the manifest declares other patterns")
	}
	return wrong
}
