package parquet

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"path/filepath"

	"github.com/kafkanauts/kafkanauts/internal/durable"
	"github.com/kafkanauts/kafkanauts/order"
)

// Chunk is the records of a partition of a topic from one offset to another, on
// their way into a Growing data set. It holds its rows in memory: about 120 bytes each and
// their texts, however many folders they go to.
type Chunk struct {
	g         *Growing
	partition int32
	from      Position
	pile      pile
}

// Rest is what a Chunk is committed with, besides its rows.
type Rest struct {
	// End is the first offset after the chunk's records, which may lie any number
	// of offsets after the last: transactions' ends have offsets too.
	End int64
	// Rejects is a file of the records that are not rows, whole; none: no file.
	Rejects  []byte
	Rejected int64 // how many they are
	// State is kept with the position, for whoever goes on from there; JSON.
	State json.RawMessage
}

// Chunk begins a chunk where a partition has come to: at what Take or the last
// Commit of it returned.
func (g *Growing) Chunk(partitionNumber int32, from Position) *Chunk {
	return &Chunk{g: g, partition: partitionNumber, from: from, pile: pile{memory: &g.memory}}
}

// Start returns the offset at which the chunk starts.
func (c *Chunk) Start() int64 { return c.from.Next }

// Rows returns how many orders were written.
func (c *Chunk) Rows() int { return c.pile.rows() }

// Folders returns into how many folders they go, a file each.
func (c *Chunk) Folders() int { return len(c.pile.names) }

// Write adds an order, which it copies. An order that a data set cannot carry is refused
// with a *ValueError and leaves the chunk as it was.
func (c *Chunk) Write(o *order.Order, offset int64) error {
	p, err := check(o)
	if err != nil {
		return err
	}
	rows, i := c.pile.add(p)
	rows.setOrder(i, o, order.Place{Partition: c.partition, Offset: offset})
	return nil
}

// Discard gives the chunk's memory back. After Commit it does nothing.
func (c *Chunk) Discard() { c.pile.clear() }

// Commit makes the chunk a part of the data set, durably, and returns the position
// after it. The chunk is over then, whatever happens. ErrTaken says that
// another process has gone on with the partition: nothing of the chunk is in the data set, unless
// that process found it committed. After any other error it may be in it or
// not. Take tells, either way, from where on there is more to do.
func (c *Chunk) Commit(b Rest) (Position, error) {
	defer c.Discard()
	if b.End <= c.from.Next {
		return Position{}, fmt.Errorf("sink/parquet: partition %d: a chunk from offset %d cannot end at %d", c.partition, c.from.Next, b.End)
	}
	r, err := c.stage(&b)
	out := true
	if err == nil {
		out, err = c.g.enter(r)
	}
	if err == nil {
		err = c.g.settle(r)
	}
	if err == nil {
		return r.position(), nil
	}
	if out {
		c.g.clear(r.Staged)
		if head, e := c.g.head(c.partition); e == nil && head.End > c.from.Next {
			return Position{}, ErrTaken // which may be why what was staged is no longer there
		}
	}
	return Position{}, fmt.Errorf("sink/parquet: partition %d: %w", c.partition, err)
}

// stage writes the chunk's files where nobody looks, and makes them durable.
func (c *Chunk) stage(b *Rest) (*record, error) {
	g := c.g
	if g.enc.options == nil {
		g.enc.init(g.cfg.Compression, typedColumns(placedSchema))
	}
	g.tries++
	r := &record{
		Partition: c.partition, Start: c.from.Next, End: b.End,
		Staged: fmt.Sprintf("%05d-%020d-%s-%d", c.partition, c.from.Next, g.token, g.tries),
		Totals: c.from.Totals, State: b.State,
	}
	r.Totals.Rows += int64(c.Rows())
	r.Totals.Rejects += b.Rejected
	r.Totals.Files += int64(c.Folders())
	r.Totals.Chunks++
	dir := g.path(stagingName, r.Staged)
	if err := g.steps.Mkdir(dir); err != nil {
		return r, err
	}
	var s durable.Syncing
	put := func(name, place string, rows int, data []byte) error {
		r.Files = append(r.Files, staged{name, filepath.ToSlash(place), rows})
		return g.steps.Write(filepath.Join(dir, name), data, &s)
	}
	base := fmt.Sprintf("part-%05d-%020d", c.partition, c.from.Next)
	err := c.pile.each(func(p partition, n int, rows iter.Seq[ref]) error {
		data, err := g.enc.encode(rows)
		if err != nil {
			return err
		}
		// Without the ending: patterns such as **/*.parquet look everywhere.
		return put(fmt.Sprintf("%05d.rows", len(r.Files)), filepath.Join(p.path(), base+".parquet"), n, data)
	})
	if err == nil && len(b.Rejects) > 0 {
		err = put("rejects", filepath.Join(rejectsName, base+".csv"), 0, b.Rejects)
	}
	if err = errors.Join(err, s.Done()); err != nil {
		return r, err
	}
	return r, g.steps.SyncDir(dir)
}
