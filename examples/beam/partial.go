package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/corrupt"
	"github.com/kafkanauts/kafkanauts/demand"
	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/compress"
)

// Recipe is what a worker must know to make a shard: all of it travels with the
// pipeline, so it is plain data.
type Recipe struct {
	Seed    uint64
	From    time.Time
	Days    int
	Scale   float64
	Corrupt float64
	Shards  int
	Out     string // a directory for the records, which all workers reach; empty: they are only counted
}

// Stream returns the stream of the recipe.
func (r *Recipe) Stream() (*kafkanauts.Stream, error) {
	return kafkanauts.New(kafkanauts.Config{Seed: r.Seed, From: r.From, To: r.From.AddDate(0, 0, r.Days), Shards: r.Shards,
		Market: demand.World().Scale(r.Scale), Faults: corrupt.OriginalAt(r.Corrupt)})
}

// Cell is what there is of one country and category.
type Cell struct {
	Country, Category    string
	Orders, Units, Cents int64
}

// Partial is what some shards came to. Two of them make one, in any order.
type Partial struct {
	Hashes  map[int]string // by shard, of its lines
	Records int64
	Lost    int64
	Bytes   int64
	Invalid int64 // records that Parse refuses, of those delivered
	Cells   []Cell
}

// Make makes one shard, and returns what it came to.
func (r *Recipe) Make(ctx context.Context, shard int) (*Partial, error) {
	s, err := r.Stream()
	if err != nil {
		return nil, err
	}
	s = s.Only(shard)
	if r.Out != "" {
		// Made again by another worker, the files are the same, under the same names.
		if _, err := s.Run(ctx, &sink.Files{Path: r.Out, Stream: "beam", Records: 1_000_000, Compression: compress.Gzip{}}); err != nil {
			return nil, err
		}
	}
	c := newCounter(s.Config().Market)
	report, err := s.Run(ctx, c)
	if err != nil {
		return nil, err
	}
	p := &Partial{Hashes: map[int]string{shard: hex.EncodeToString(c.hash.Sum(nil))},
		Records: report.Records, Bytes: report.Bytes, Lost: c.lost, Invalid: c.invalid}
	for _, cell := range c.cells {
		p.Cells = append(p.Cells, *cell)
	}
	p.sort()
	return p, nil
}

func (p *Partial) sort() {
	slices.SortFunc(p.Cells, func(a, b Cell) int {
		return slices.Compare([]string{a.Country, a.Category}, []string{b.Country, b.Category})
	})
}

// Add makes p what both came to.
func (p *Partial) Add(q *Partial) {
	if p.Hashes == nil {
		p.Hashes = map[int]string{}
	}
	maps.Copy(p.Hashes, q.Hashes)
	p.Records += q.Records
	p.Lost += q.Lost
	p.Bytes += q.Bytes
	p.Invalid += q.Invalid
	for _, c := range q.Cells {
		i := slices.IndexFunc(p.Cells, func(d Cell) bool { return d.Country == c.Country && d.Category == c.Category })
		if i < 0 {
			p.Cells = append(p.Cells, c)
			continue
		}
		p.Cells[i].Orders += c.Orders
		p.Cells[i].Units += c.Units
		p.Cells[i].Cents += c.Cents
	}
	p.sort()
}

// Hash is one hash of all shards' hashes: it does not depend on who made them.
func (p *Partial) Hash() string {
	h := sha256.New()
	for _, shard := range slices.Sorted(maps.Keys(p.Hashes)) {
		fmt.Fprintf(h, "%d %s\n", shard, p.Hashes[shard])
	}
	return hex.EncodeToString(h.Sum(nil))
}
