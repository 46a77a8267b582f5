package truth

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/kafkanauts/kafkanauts/order"
)

// Manifest lies beside a key and says what was planted and how much of
// everything there is.
type Manifest struct {
	Version  string            `json:"version"`  // of the module that made the stream
	Recipe   map[string]string `json:"recipe"`   // the settings that make the same stream again, by name
	Place    Form              `json:"place"`    // how the key names records
	Patterns []Pattern         `json:"patterns"` // declared, decoys included
	Totals   Totals            `json:"totals"`
	Truth    string            `json:"truth_sha256"`   // SHA-256 of the key's file, in hexadecimal
	Data     map[string]string `json:"data,omitempty"` // SHA-256 of the files of the data, by name, where they are known
}

// Totals count what a stream holds. Repetitions count as records.
type Totals struct {
	Records int64            `json:"records"` // delivered
	Lost    int64            `json:"lost"`    // not delivered by themselves
	Bytes   int64            `json:"bytes"`   // of the values delivered, without line ends
	Damaged int64            `json:"damaged"` // of Records: those with at least one fault
	Faults  map[string]int64 `json:"faults"`  // by strategy, of Records and Lost
	Tagged  map[string]int64 `json:"tagged"`  // by pattern, of Records and Lost
}

// Add adds u to t, as if what u counts were part of what t counts. It keeps
// nothing of u.
func (t *Totals) Add(u *Totals) {
	t.Records += u.Records
	t.Lost += u.Lost
	t.Bytes += u.Bytes
	t.Damaged += u.Damaged
	t.Faults = addCounts(t.Faults, u.Faults)
	t.Tagged = addCounts(t.Tagged, u.Tagged)
}

// Count adds what is true of one record, which was delivered or lost, but for
// Records, Lost and Bytes.
func (t *Totals) Count(of *order.Truth, lost bool) {
	if len(of.Faults) > 0 && !lost {
		t.Damaged++
	}
	for i := range of.Faults {
		if t.Faults == nil {
			t.Faults = make(map[string]int64)
		}
		t.Faults[of.Faults[i].Strategy]++
	}
	for _, tag := range of.Tags {
		if t.Tagged == nil {
			t.Tagged = make(map[string]int64)
		}
		t.Tagged[tag]++
	}
}

func addCounts(to, from map[string]int64) map[string]int64 {
	if to == nil {
		to = make(map[string]int64, len(from))
	}
	for name, n := range from {
		to[name] += n
	}
	return to
}

// ManifestPath returns where the manifest of the key at path lies: beside it.
func ManifestPath(path string) string { return path + ".manifest.json" }

// WriteManifest writes m as indented JSON. Equal manifests give equal bytes:
// settings and counts are sorted by name.
func WriteManifest(w io.Writer, m *Manifest) error {
	full := *m
	if full.Recipe == nil {
		full.Recipe = map[string]string{}
	}
	full.Patterns = make([]Pattern, len(m.Patterns))
	for i, p := range m.Patterns {
		if p.When == nil {
			p.When = []Clause{}
		}
		full.Patterns[i] = p
	}
	full.Totals = Totals{}
	full.Totals.Add(&m.Totals)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(&full); err != nil {
		return fmt.Errorf("truth: writing the manifest: %w", err)
	}
	return nil
}

// ReadManifest reads what WriteManifest wrote, to the end of r. Members that it
// does not know are left out.
func ReadManifest(r io.Reader) (*Manifest, error) {
	d := json.NewDecoder(r)
	m := new(Manifest)
	if err := d.Decode(m); err != nil {
		return nil, fmt.Errorf("truth: reading the manifest: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		if err == nil {
			err = errors.New("there is something after its end")
		}
		return nil, fmt.Errorf("truth: reading the manifest: %w", err)
	}
	return m, nil
}
