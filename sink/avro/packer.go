package avro

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/avro"
	"github.com/kafkanauts/kafkanauts/order/schema"
)

// What a file is made of:
//
//	magic, metadata, sync
//	records of a block, its bytes, the block, sync
//	…
const (
	magic    = "Obj\x01"
	syncSize = 16
)

// packer is a sink.Packer.
type packer struct {
	container Container
	shard     int
	records   int
	encoding  order.Encoding
	layout    order.Layout // spelled out
	pack      func(dst, block []byte) ([]byte, error)

	sync  [syncSize]byte
	block []byte
	n     int // records in block
	ready []byte
	order order.Order
}

// Begin appends a file's header.
func (p *packer) Begin(dst []byte) []byte {
	p.block, p.n = p.block[:0], 0
	meta := [][2]string{
		{"avro.schema", schema.Avro(p.container.form())},
		{"avro.codec", p.container.Codec.String()},
		{"kafkanauts.shard", strconv.Itoa(p.shard)},
	}
	sum := sha256.New()
	dst = append(dst, magic...)
	dst = binary.AppendVarint(dst, int64(len(meta)))
	for _, m := range meta {
		for _, s := range m {
			fmt.Fprintf(sum, "%d %s", len(s), s)
			dst = append(binary.AppendVarint(dst, int64(len(s))), s...)
		}
	}
	dst = append(dst, 0)
	copy(p.sync[:], sum.Sum(nil))
	return append(dst, p.sync[:]...)
}

// Add appends a block once it is full.
func (p *packer) Add(dst []byte, r *order.Record) ([]byte, error) {
	if p.container.Text {
		p.block = appendTexts(p.block, r.Value, &p.layout)
	} else {
		o, err := p.read(r)
		if err != nil {
			return dst, err
		}
		p.block = avro.Encoding{}.Append(p.block, o, nil)
	}
	if p.n++; p.n < p.records {
		return dst, nil
	}
	return p.flush(dst)
}

// read returns the order that a record tells.
func (p *packer) read(r *order.Record) (*order.Order, error) {
	o := r.Order
	if o == nil || altered(r.Truth) {
		o = &p.order
		var err error
		if v, ok := p.encoding.(order.Viewer); ok {
			err = v.View(o, r.Value, nil)
		} else {
			err = p.encoding.Parse(o, r.Value, nil)
		}
		if err != nil {
			return nil, refused(r, err)
		}
	}
	if err := (avro.Encoding{}).Carries(o); err != nil {
		return nil, refused(r, err)
	}
	return o, nil
}

// altered returns whether a record's bytes are not those of its order.
func altered(t *order.Truth) bool {
	if t == nil {
		return false
	}
	for i := range t.Faults {
		if op := t.Faults[i].Op; op != order.Delayed && op != order.Repeated {
			return true
		}
	}
	return false
}

func refused(r *order.Record, why error) error {
	return fmt.Errorf("avro: typed files cannot hold the record with seq %d: %w; with Container.Text they hold it as it stands", r.Seq, why)
}

// End appends the last block, if there is one.
func (p *packer) End(dst []byte) ([]byte, error) {
	if p.n == 0 {
		return dst, nil
	}
	return p.flush(dst)
}

func (p *packer) flush(dst []byte) ([]byte, error) {
	if len(p.block) > mostBlock {
		return dst, fmt.Errorf("avro: %w: %d records have %d bytes; take fewer a block", errLarge, p.n, len(p.block))
	}
	var err error
	if p.ready, err = p.pack(p.ready[:0], p.block); err != nil {
		return dst, fmt.Errorf("avro: a block cannot be packed by %v: %w", p.container.Codec, err)
	}
	dst = binary.AppendVarint(dst, int64(p.n))
	dst = binary.AppendVarint(dst, int64(len(p.ready)))
	dst = append(append(dst, p.ready...), p.sync[:]...)
	p.block, p.n = p.block[:0], 0
	return dst, nil
}

// The two branches of a union with null.
const (
	null = 0
	some = 1 << 1
)

// appendTexts appends a pipe record whose columns stand in layout, as a datum of
// schema.Damaged.
func appendTexts(dst, value []byte, layout *order.Layout) []byte {
	var at [order.NumFields][]byte
	if split(&at, value, layout) {
		for f := order.ID; f < order.NumFields; f++ {
			dst = append(binary.AppendVarint(append(dst, some), int64(len(at[f]))), at[f]...)
		}
		return append(dst, null)
	}
	for range order.Columns {
		dst = append(dst, null)
	}
	return append(binary.AppendVarint(append(dst, some), int64(len(value))), value...)
}

// split takes a record apart. It returns false if it has not sixteen columns or
// is not UTF-8.
func split(at *[order.NumFields][]byte, value []byte, layout *order.Layout) bool {
	if !utf8.Valid(value) {
		return false
	}
	for i, f := range layout {
		n := bytes.IndexByte(value, '|')
		if last := i == order.Columns-1; last != (n < 0) {
			return false
		} else if last {
			at[f] = value
			break
		}
		at[f], value = value[:n], value[n+1:]
	}
	return true
}
