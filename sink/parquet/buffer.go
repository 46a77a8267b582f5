package parquet

import (
	"fmt"
	"os"
)

// chunk is the unit in which memory for rows is handed out.
type chunk [512]placed

// buffer holds the rows of one partition that are not written yet.
type buffer struct {
	partition
	path   string // of the folder, below the data set's
	made   bool   // the folder is there
	parts  int    // files written
	rows   int
	chunks []*chunk
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
	i := b.rows % len(chunk{})
	if i == 0 {
		if n := len(d.free); n > 0 {
			b.chunks = append(b.chunks, d.free[n-1])
			d.free = d.free[:n-1]
		} else {
			b.chunks = append(b.chunks, new(chunk))
		}
	}
	b.rows++
	return &b.chunks[len(b.chunks)-1][i]
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
	data, err := d.enc.encode(b)
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
	for _, c := range b.chunks {
		clear(c[:]) // the texts go
	}
	d.free = append(d.free, b.chunks...)
	b.chunks = b.chunks[:0]
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
