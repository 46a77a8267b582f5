package parquet

import (
	"encoding/binary"
	"errors"
	"math/bits"

	pq "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"
	"github.com/parquet-go/parquet-go/format"
)

// The indexes into dictionaries are encoded here, because what parquet-go v0.32.0 makes
// of them depends on the processor: its search for eight equal ones takes two
// fours for them where there is AVX2, and so ends runs elsewhere than it does on other processors.
// The types here lead parquet-go to appendIndexes: it takes the encoding from a page's
// type, the page from a column's buffer, that from the dictionary, and that from the type of a field.

// portable returns a schema whose files are the same on all processors.
func portable(s *pq.Schema) *pq.Schema {
	root := rootNode{Node: s}
	for _, f := range s.Fields() {
		if f.Encoding() != nil && f.Encoding().Encoding() == format.RLEDictionary {
			f = dictionaryField{f}
		}
		root.fields = append(root.fields, f)
	}
	return pq.NewSchema(s.Name(), root)
}

type rootNode struct {
	pq.Node
	fields []pq.Field
}

func (n rootNode) Fields() []pq.Field { return n.fields }

type dictionaryField struct{ pq.Field }

func (f dictionaryField) Type() pq.Type { return valueType{f.Field.Type()} }

// valueType is that of a column's values.
type valueType struct{ pq.Type }

func (t valueType) NewDictionary(column, n int, data encoding.Values) pq.Dictionary {
	return dictionary{t.Type.NewDictionary(column, n, data)}
}

type dictionary struct{ pq.Dictionary }

func (d dictionary) Type() pq.Type { return indexType{d.Dictionary.Type(), new(distinct)} }

// indexType is that of a column's buffers.
type indexType struct {
	pq.Type
	distinct *distinct
}

func (t indexType) NewColumnBuffer(column, n int) pq.ColumnBuffer {
	return indexBuffer{t.Type.NewColumnBuffer(column, n), t.distinct}
}

type indexBuffer struct {
	pq.ColumnBuffer
	distinct *distinct
}

func (b indexBuffer) Page() pq.Page { return indexPage{b.ColumnBuffer.Page(), b.distinct} }

type indexPage struct {
	pq.Page
	distinct *distinct
}

// Bounds implements pq.Page. It looks at each text once, not at each row's.
func (p indexPage) Bounds() (least, greatest pq.Value, ok bool) {
	data := p.Data()
	few := p.distinct.of(data.Int32(), p.Dictionary().Len())
	if len(few) == 0 {
		return pq.Value{}, pq.Value{}, false
	}
	least, greatest = p.Dictionary().Bounds(few)
	return least.Level(0, 0, p.Column()), greatest.Level(0, 0, p.Column()), true
}

func (p indexPage) Type() pq.Type { return pageType{p.Page.Type()} }

// pageType is that of a page of indexes.
type pageType struct{ pq.Type }

// errDictionary is for what parquet-go would go on with without the dictionary,
// and with another type of pages.
var errDictionary = errors.New("a column of one file has more than a gibibyte of different texts; let files have fewer rows")

// Encode implements pq.Type.
func (t pageType) Encode(dst []byte, src encoding.Values, enc encoding.Encoding) ([]byte, error) {
	if enc.Encoding() != format.RLEDictionary {
		return nil, errDictionary
	}
	return appendIndexes(dst[:0], src.Int32()), nil
}

// distinct finds the indexes into a dictionary that a page has.
type distinct struct {
	seen []bool
	few  []int32
}

// of returns each of the indexes once; they are below n.
func (d *distinct) of(indexes []int32, n int) []int32 {
	if n > len(d.seen) {
		d.seen = make([]bool, 2*n)
	}
	d.few = d.few[:0]
	for _, i := range indexes {
		if !d.seen[i] {
			d.seen[i] = true
			d.few = append(d.few, i)
		}
	}
	for _, i := range d.few {
		d.seen[i] = false
	}
	return d.few
}

// appendIndexes appends values as RLE_DICTIONARY has them: how many bits the largest takes; then
// runs of eight, sixteen … equal values, and in between all others packed, eight by eight; and at the end less than eight as runs.
// See https://parquet.apache.org/docs/file-format/data-pages/encodings/.
func appendIndexes(dst []byte, values []int32) []byte {
	all := int32(0)
	for _, v := range values {
		all |= v
	}
	width := bits.Len32(uint32(all))
	dst = append(dst, byte(width))
	if width == 0 {
		return binary.AppendUvarint(dst, uint64(len(values))<<1)
	}
	run := func(n int, v int32) {
		dst = binary.AppendUvarint(dst, uint64(n)<<1)
		for b := 0; b < width; b += 8 {
			dst = append(dst, byte(v>>b))
		}
	}
	whole := len(values) &^ 7
	for i := 0; i < whole; {
		j := i
		for j < whole && same(values[j:j+8], values[i]) {
			j += 8
		}
		if j > i {
			run(j-i, values[i])
		} else {
			for j += 8; j < whole && !same(values[j:j+8], values[j]); {
				j += 8
			}
			dst = binary.AppendUvarint(dst, uint64(j-i)>>3<<1|1)
			dst = appendPacked(dst, values[i:j], width)
		}
		i = j
	}
	for i := whole; i < len(values); {
		j := i + 1
		for j < len(values) && values[j] == values[i] {
			j++
		}
		run(j-i, values[i])
		i = j
	}
	return dst
}

// same tells whether eight values are all v.
func same(eight []int32, v int32) bool {
	e := (*[8]int32)(eight)
	return (e[0]^v)|(e[1]^v)|(e[2]^v)|(e[3]^v)|(e[4]^v)|(e[5]^v)|(e[6]^v)|(e[7]^v) == 0
}

// appendPacked appends the low bits of so many times eight values, the first ones lowest.
func appendPacked(dst []byte, values []int32, width int) []byte {
	var held uint64
	n := 0
	for _, v := range values {
		held |= uint64(uint32(v)) << n
		if n += width; n >= 32 {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(held))
			held >>= 32
			n -= 32
		}
	}
	for ; n > 0; n -= 8 {
		dst = append(dst, byte(held))
		held >>= 8
	}
	return dst
}
