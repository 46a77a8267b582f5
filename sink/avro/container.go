// Package avro has Avro object container files for the sinks of package sink, and
// reads them back. Avro's libraries, Spark, Hive and DuckDB read them as they are.
//
//	&sink.Files{Path: "orders", Container: avro.Container{}} // orders/part-00000-00000.avro and so on
//
// Single records, as they stand in a topic, are order/avro's.
package avro

import (
	"fmt"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/schema"
	"github.com/kafkanauts/kafkanauts/sink"
)

var _ sink.Container = Container{}

// Container is a sink.Container. The same version of this module and of
// github.com/klauspost/compress gives the same bytes, whatever the machine. Its zero value is
// typed, in blocks of 1000 records that are packed by Deflate.
//
// Typed files have the schema of schema.Typed and take a stream in any encoding: a
// record that is not damaged is its order, and a damaged one what it parses as. One that does
// not parse, or of which no typed value can tell, ends the run with an error that
// names it.
type Container struct {
	// Text makes files of the schema of schema.Damaged, which hold every record, whatever
	// its damage: the sixteen texts as they stand, or, if it has not sixteen or is not UTF-8, its bytes. Joined
	// by '|' again, they are the record. The stream must be in order.Pipe.
	Text    bool
	Codec   Codec
	Records int // of a block, in which they are packed together: up to 1 << 20; 0: 1000
}

const (
	defaultRecords = 1000
	mostRecords    = 1 << 20
)

// Ext returns ".avro".
func (Container) Ext() string { return ".avro" }

// String returns, for example, "avro typed, deflate, in blocks of 1000".
func (c Container) String() string {
	return fmt.Sprintf("avro %v, %v, in blocks of %d", c.form(), c.Codec, c.records())
}

func (c Container) records() int {
	if c.Records == 0 {
		return defaultRecords
	}
	return c.Records
}

func (c Container) form() schema.Form {
	if c.Text {
		return schema.Damaged
	}
	return schema.Typed
}

// Packer returns what packs the records of a shard. It refuses settings that
// there are not and, with Text, encodings other than order.Pipe.
func (c Container) Packer(s *sink.Session, shard int) (sink.Packer, error) {
	if c.Records < 0 || c.Records > mostRecords {
		return nil, fmt.Errorf("avro: blocks cannot have %d records: 1 to %d, or 0 for %d", c.Records, mostRecords, defaultRecords)
	}
	p := &packer{container: c, shard: shard, records: c.records(), encoding: s.Encoding}
	if c.Text {
		pipe, ok := s.Encoding.(order.Pipe)
		if !ok {
			return nil, fmt.Errorf("avro: the text mode takes records apart at each '|', and cannot do so in %v: take the encoding pipe, or files that are typed", s.Encoding)
		}
		p.pipe = pipe
	} else if s.Encoding == nil {
		return nil, fmt.Errorf("avro: the encoding of the records is not known, and damaged ones have to be parsed")
	}
	var err error
	if p.pack, err = c.Codec.packer(); err != nil {
		return nil, err
	}
	return p, nil
}
