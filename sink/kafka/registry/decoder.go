package registry

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/avro"
)

// Decoder is the order.Encoding of a topic whose values are framed: it reads each by
// the number in its frame, if that is of a schema that reads like one of order/avro's, typed or
// text, under whatever subject or version. A value without a frame is a *order.ParseError
// with order.NoFrame, and one whose number the registry does not know with order.UnknownSchema.
//
// Which numbers there are, Parse does not ask the registry: Learn does, before it. A Decoder is safe
// for concurrent use, and goes on learning.
type Decoder struct {
	client *client
	own    avro.Encoding           // of the latest version that can be read
	known  sync.Map                // from the number in a frame, a uint32, to its *meaning
	last   atomic.Pointer[meaning] // that was asked for, as most records have the same
}

// meaning is what a number stands for.
type meaning struct {
	id  uint32
	enc avro.Encoding // without SchemaID: the registry does not know it
	err error         // a *SchemaError
}

// meaning returns what a number stands for; nil: that is not known yet.
func (d *Decoder) meaning(id uint32) *meaning {
	if m := d.last.Load(); m != nil && m.id == id {
		return m
	}
	known, ok := d.known.Load(id)
	if !ok {
		return nil
	}
	m := known.(*meaning)
	d.last.Store(m)
	return m
}

var (
	_ order.Encoding = (*Decoder)(nil)
	_ order.Viewer   = (*Decoder)(nil)
	_ order.Quoter   = (*Decoder)(nil)
	_ order.Carrier  = (*Decoder)(nil)
	_ order.Binary   = (*Decoder)(nil)
	_ order.Unquoter = (*Decoder)(nil)
)

// NewDecoder returns a Decoder of c's topic, whose subject must have a version that it
// can read; else the error is an *UnregisteredError, which says what is different.
// It writes as that version, the latest of them, has it.
func NewDecoder(ctx context.Context, c Config) (*Decoder, error) {
	cl, err := c.client()
	if err != nil {
		return nil, err
	}
	d := &Decoder{client: cl}
	enc, err := d.latest(ctx)
	if err != nil {
		return nil, err
	}
	d.own = enc
	d.known.Store(enc.SchemaID, &meaning{id: enc.SchemaID, enc: enc})
	return d, nil
}

// forms are what is read: typed records, and texts.
var forms = []avro.Encoding{{}, {Text: true}}

// latest returns the encoding of the latest version that can be read.
func (d *Decoder) latest(ctx context.Context) (avro.Encoding, error) {
	var (
		version int
		best    avro.Encoding
		none    *UnregisteredError // the nearest
	)
	for _, enc := range forms {
		found, err := d.client.find(ctx, enc.Schema())
		var e *UnregisteredError
		switch {
		case errors.As(err, &e):
			if none == nil || len(e.Differences) < len(none.Differences) {
				none = e
			}
		case err != nil:
			return best, err
		case found.Version > version:
			version = found.Version
			if best, err = numbered(d.client, enc, found.ID); err != nil {
				return best, err
			}
		}
	}
	if version == 0 {
		return best, none
	}
	return best, nil
}

// SchemaError says that a value is written in a schema that is not one of order/avro's.
type SchemaError struct {
	URL         string
	ID          uint32   // the registry's number of it
	Differences []string // from that of typed records, or of texts if it is more like that, field by field
}

// Error says in what the schema differs.
func (e *SchemaError) Error() string {
	return fmt.Sprintf("registry: %s: records are written in schema %d, in which %s; they are not read as orders: a program that knows that schema can, or a topic without them",
		e.URL, e.ID, strings.Join(e.Differences, "; "))
}

// Learn makes sure that Parse knows what the number in the value's frame stands for, and asks
// the registry once for each number. A value without a frame, or of a number
// that the registry does not have, is no error: Parse refuses it. A schema that does not
// read like one of order/avro's is a *SchemaError, and a registry that does not answer
// an *AccessError.
func (d *Decoder) Learn(ctx context.Context, value []byte) error {
	id, framed := number(value)
	if !framed {
		return nil
	}
	if m := d.meaning(id); m != nil {
		return m.err
	}
	m := &meaning{id: id}
	if err := d.ask(ctx, m); err != nil {
		return err
	}
	d.known.Store(id, m)
	return m.err
}

// number returns the number in a value's frame.
func number(value []byte) (id uint32, framed bool) {
	if len(value) < frame || value[0] != 0 {
		return 0, false
	}
	return binary.BigEndian.Uint32(value[1:]), true
}

const frame = 5 // bytes

// ask asks the registry what m's number stands for.
func (d *Decoder) ask(ctx context.Context, m *meaning) error {
	if m.id < 1 || m.id > math.MaxInt32 {
		return nil
	}
	schema, err := d.client.SchemaByID(ctx, int(m.id))
	if missing(err) {
		return nil
	}
	if err != nil {
		return d.client.failed(ctx, err)
	}
	var fewest []string
	for _, enc := range forms {
		ours, err := parse(enc.Schema())
		if err != nil {
			return err
		}
		differences := differ(ours, schema)
		if len(differences) == 0 {
			m.enc = enc
			m.enc.SchemaID = m.id
			return nil
		}
		if fewest == nil || len(differences) < len(fewest) {
			fewest = differences
		}
	}
	m.err = &SchemaError{URL: d.client.url, ID: m.id, Differences: fewest}
	return nil
}

// of returns the encoding of a value, or why there is none.
func (d *Decoder) of(value []byte) (avro.Encoding, order.Cause) {
	id, framed := number(value)
	if !framed {
		return avro.Encoding{}, order.NoFrame
	}
	m := d.meaning(id)
	if m == nil || m.enc.SchemaID == 0 {
		return avro.Encoding{}, order.UnknownSchema
	}
	return m.enc, 0
}

// String returns "avro registered as " and the subject: it is the same whatever versions
// there are.
func (d *Decoder) String() string { return "avro registered as " + d.client.subject }

// Append implements order.Encoding.
func (d *Decoder) Append(dst []byte, o *order.Order, at *order.Spans) []byte {
	return d.own.Append(dst, o, at)
}

// Parse implements order.Encoding.
func (d *Decoder) Parse(o *order.Order, b []byte, at *order.Spans) error {
	return d.View(o, bytes.Clone(b), at)
}

// View implements order.Viewer.
func (d *Decoder) View(o *order.Order, b []byte, at *order.Spans) error {
	enc, cause := d.of(b)
	if cause == 0 {
		return enc.View(o, b, at)
	}
	*o = order.Order{}
	e := &order.ParseError{Record: cause, Line: string(b)}
	e.Spans.Clear()
	if at != nil {
		at.Clear()
	}
	return e
}

// Quote implements order.Quoter.
func (d *Decoder) Quote(dst []byte, f order.Field, text string) ([]byte, bool) {
	return d.own.Quote(dst, f, text)
}

// Carries implements order.Carrier.
func (d *Decoder) Carries(o *order.Order) error { return d.own.Carries(o) }

// Binary implements order.Binary.
func (d *Decoder) Binary() bool { return true }

// Unquote implements order.Unquoter.
func (d *Decoder) Unquote(f order.Field, value []byte) []byte { return d.own.Unquote(f, value) }
