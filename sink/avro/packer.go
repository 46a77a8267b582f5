package avro

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"

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
	pipe      order.Pipe // of a stream whose records are texts
	pack      func(dst, block []byte) ([]byte, error)

	sync  [syncSize]byte
	block []byte
	n     int // records in block
	ready []byte
	order order.Order
	at    order.Spans
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
		p.block = p.appendTexts(p.block, r.Value)
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
	o, err := r.Sent(p.encoding, &p.order)
	if err != nil {
		return nil, refused(r, err)
	}
	if err := (avro.Encoding{}).Carries(o); err != nil {
		return nil, refused(r, err)
	}
	return o, nil
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

// appendTexts appends a pipe record as a datum of schema.Damaged.
func (p *packer) appendTexts(dst, value []byte) []byte {
	if p.pipe.Columns(value, &p.at) {
		for f := order.ID; f < order.NumFields; f++ {
			text := p.at.Value[f].Of(value)
			dst = append(binary.AppendVarint(append(dst, some), int64(len(text))), text...)
		}
		return append(dst, null)
	}
	for range order.Columns {
		dst = append(dst, null)
	}
	return append(binary.AppendVarint(append(dst, some), int64(len(value))), value...)
}
