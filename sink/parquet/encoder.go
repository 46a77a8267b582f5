package parquet

import (
	"bytes"
	"encoding/binary"
	"errors"

	pq "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// encoder turns the rows of a buffer into the bytes of a part file. It keeps its
// memory from file to file.
type encoder struct {
	out     bytes.Buffer
	rows    *pq.GenericWriter[row]    // one of these
	placed  *pq.GenericWriter[placed] // is nil
	scratch []row
	footer  format.FooterDecoder
}

// pageSize is the memory for a page of one column, before compression.
const pageSize = 128 << 10

func (e *encoder) init(cfg *Config) {
	options := []pq.WriterOption{
		pq.PageBufferSize(pageSize),
		pq.CreatedBy("kafkanauts", "1", "parquet-go"),
	}
	switch cfg.Compression {
	case Zstd:
		options = append(options, pq.Compression(&pq.Zstd))
	case Snappy:
		options = append(options, pq.Compression(&pq.Snappy))
	}
	if cfg.Places {
		e.placed = pq.NewGenericWriter[placed](&e.out, options...)
	} else {
		e.rows = pq.NewGenericWriter[row](&e.out, options...)
		e.scratch = make([]row, len(block{}))
	}
}

// encode returns the file of the rows that each hands over, some hundred at a
// time; it is valid until the next call.
func (e *encoder) encode(each func(func([]placed) error) error) ([]byte, error) {
	e.out.Reset()
	var err error
	if e.placed != nil {
		e.placed.Reset(&e.out)
		err = each(func(rows []placed) error {
			_, err := e.placed.Write(rows)
			return err
		})
		err = errors.Join(err, e.placed.Close())
	} else {
		e.rows.Reset(&e.out)
		err = each(func(rows []placed) error {
			for i := range rows {
				e.scratch[i] = rows[i].row
			}
			_, err := e.rows.Write(e.scratch[:len(rows)])
			return err
		})
		err = errors.Join(err, e.rows.Close())
		clear(e.scratch)
	}
	if err != nil {
		return nil, err
	}
	return e.mend(e.out.Bytes())
}

// each calls f with the rows in order, some hundred at a time.
func (b *buffer) each(f func(rows []placed) error) error {
	left := b.rows
	for _, c := range b.blocks {
		n := min(left, len(c))
		if err := f(c[:n]); err != nil {
			return err
		}
		left -= n
	}
	return nil
}

var errFooter = errors.New("the encoder made a file without a footer")

// mend rewrites the footer of a file without the type lengths that parquet-go
// gives to columns of any fixed width. They belong to FIXED_LEN_BYTE_ARRAY alone, and Hive's
// SerDe takes a column that has one for such an array. Offsets
// are counted from the beginning of the file, so they stay right.
func (e *encoder) mend(data []byte) ([]byte, error) {
	const tail = 8 // the footer's length and "PAR1"
	if len(data) < tail {
		return nil, errFooter
	}
	length := int(binary.LittleEndian.Uint32(data[len(data)-tail:]))
	start := len(data) - tail - length
	if start < 0 {
		return nil, errFooter
	}
	meta, _, err := e.footer.Decode(data[start : len(data)-tail])
	if err != nil {
		return nil, err
	}
	for i := range meta.Schema {
		s := &meta.Schema[i]
		if s.Type.Valid && s.Type.V != format.FixedLenByteArray {
			s.TypeLength.Reset()
		}
	}
	footer, err := thrift.Marshal(new(thrift.CompactProtocol), *meta)
	if err != nil {
		return nil, err
	}
	data = append(data[:start], footer...)
	data = binary.LittleEndian.AppendUint32(data, uint32(len(footer)))
	return append(data, "PAR1"...), nil
}
