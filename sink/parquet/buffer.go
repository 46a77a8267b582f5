package parquet

import (
	"fmt"
	"os"
)

// block is the unit in which memory for rows is handed out.
type block [512]placed

// buffer holds the rows of one partition that are not written yet.
type buffer struct {
	partition
	path   string // of the folder, below the data set's
	made   bool   // the folder is there
	parts  int    // files written
	rows   int
	blocks []*block
}

// buffer returns that of the partition.
func (d *Dataset) buffer(p partition) (*buffer, error) {
	if d.last != nil && d.last.partition == p {
		return d.last, nil
	}
	b := d.parts[p]
	if b == nil {
		b = &buffer{partition: p, path: p.path()}
		d.parts[p] = b
		d.order = append(d.order, b)
	}
	return b, nil
}

// next returns a place for one more row.
func (b *buffer) next(d *Dataset) *placed {
	i := b.rows % len(block{})
	if i == 0 {
		if n := len(d.free); n > 0 {
			b.blocks = append(b.blocks, d.free[n-1])
			d.free = d.free[:n-1]
		} else {
			b.blocks = append(b.blocks, new(block))
		}
	}
	b.rows++
	return &b.blocks[len(b.blocks)-1][i]
}

// largest returns the buffer with the most rows, the first of equals.
func (d *Dataset) largest() *buffer {
	most := d.order[0]
	for _, b := range d.order {
		if b.rows > most.rows {
			most = b
		}
	}
	return most
}

// flush writes the rows of b as one part file and gives their memory back.
func (d *Dataset) flush(b *buffer) error {
	if b.rows == 0 {
		return nil
	}
	if !b.made {
		if err := os.MkdirAll(d.path(b.path), 0o777); err != nil {
			return err
		}
		b.made = true
	}
	data, err := d.enc.encode(b.each)
	if err != nil {
		return err
	}
	name := d.path(b.path, fmt.Sprintf("part-%05d-%s.parquet", b.parts, d.cfg.Name))
	if err := d.put(name, data); err != nil {
		return err
	}
	b.parts++
	d.files++
	d.held -= b.rows
	b.rows = 0
	for _, c := range b.blocks {
		clear(c[:]) // the texts go
	}
	d.free = append(d.free, b.blocks...)
	b.blocks = b.blocks[:0]
	return nil
}

// put writes a whole file and makes it durable.
func (d *Dataset) put(name string, data []byte) error {
	f, err := d.create(name)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}
