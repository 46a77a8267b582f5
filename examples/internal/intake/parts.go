package intake

import (
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/kafkanauts/kafkanauts/analysis"
	"github.com/kafkanauts/kafkanauts/order"
)

// Opener returns what a file holds.
type Opener func(path string) analysis.Source

// Parts is the records of a directory with a file a shard as a source for
// analysis: one file after the other, a record's partition being the place of
// its file among Names.
type Parts struct {
	Names []string
	files []analysis.Source
	err   error
}

// NewParts finds the files part-… of a directory.
func NewParts(dir string, open Opener) (*Parts, error) {
	entries, err := os.ReadDir(dir) // in the order of their names
	if err != nil {
		return nil, err
	}
	p := &Parts{}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "part-") && e.Type().IsRegular() {
			p.Names = append(p.Names, e.Name())
			p.files = append(p.files, open(filepath.Join(dir, e.Name())))
		}
	}
	if len(p.Names) == 0 {
		return nil, fmt.Errorf("%s holds no files that begin with part-", dir)
	}
	return p, nil
}

// Records implements analysis.Source.
func (p *Parts) Records() iter.Seq2[order.Place, []byte] {
	return func(yield func(order.Place, []byte) bool) {
		p.err = nil
		for i, f := range p.files {
			for at, value := range f.Records() {
				at.Partition = int32(i)
				if !yield(at, value) {
					return
				}
			}
			if p.err = f.Err(); p.err != nil {
				return
			}
		}
	}
}

// Err implements analysis.Source.
func (p *Parts) Err() error { return p.err }
