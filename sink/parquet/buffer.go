package parquet

import (
	"fmt"
	"os"
)

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
		p = p.clone()
		b = &buffer{partition: p, path: p.path()}
		d.parts[p] = b
		d.order = append(d.order, b)
	}
	return b, nil
}

// add returns where the next row is to be put.
func (b *buffer) add(d *Dataset) (*block, int) {
	var at int
	b.blocks, at = d.memory.place(b.blocks, b.rows)
	b.rows++
	return b.blocks[len(b.blocks)-1], at
}

// each yields the rows in order.
func (b *buffer) each(yield func(ref) bool) {
	for i := range b.rows {
		if !yield(b.blocks[i/len(block{}.rows)].ref(i % len(block{}.rows))) {
			return
		}
	}
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
	d.memory.put(b.blocks)
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
