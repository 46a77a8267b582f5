package parquet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"iter"

	pq "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// encoder turns rows into the bytes of a part file, column by column. It keeps
// its memory from file to file, but not the writer: one that was reset writes other
// bytes than a new one (of parquet-go v0.32.0 it forgets the names of the chunks' columns, by
// which Spark and Hive find them), and a file's must not depend on those before it.
type encoder struct {
	out     bytes.Buffer
	options []pq.WriterOption // nil: init was not called
	writer  *pq.GenericWriter[any]
	columns columns
	rows    [batch]ref
	values  [batch]pq.Value
	footer  format.FooterDecoder
}

// pageSize is the memory for a page of one column, before compression.
const pageSize = 128 << 10

func (e *encoder) init(c Compression, columns columns) {
	options := []pq.WriterOption{
		portable(columns.schema),
		pq.PageBufferSize(pageSize),
		pq.CreatedBy("kafkanauts", "1", "parquet-go"),
	}
	switch c {
	case Zstd:
		options = append(options, pq.Compression(&pq.Zstd))
	case Snappy:
		options = append(options, pq.Compression(&pq.Snappy))
	}
	e.options = options
	e.columns = columns
}

// encode returns the file of the rows; it is valid until the next call.
func (e *encoder) encode(rows iter.Seq[ref]) ([]byte, error) {
	e.out.Reset()
	e.writer = pq.NewGenericWriter[any](&e.out, e.options...)
	n := 0
	for r := range rows {
		e.rows[n] = r
		if n++; n == len(e.rows) {
			if err := e.put(n); err != nil {
				return nil, err
			}
			n = 0
		}
	}
	if err := errors.Join(e.put(n), e.writer.Close()); err != nil {
		return nil, err
	}
	return e.mend(e.out.Bytes())
}

// put writes the first n of the rows that are held.
func (e *encoder) put(n int) error {
	if e.columns.prepare != nil {
		e.columns.prepare(e.rows[:n])
	}
	for i, w := range e.writer.ColumnWriters() {
		e.columns.gather[i](e.values[:n], e.rows[:n])
		if _, err := w.WriteRowValues(e.values[:n]); err != nil {
			return err
		}
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
