package sink

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/kafkanauts/kafkanauts/order"
)

const (
	bufferSize = 128 << 10 // of an output
	directSize = 64 << 10  // what is as large goes around the buffer
)

// output is a buffer before a writer.
type output struct {
	w      io.Writer
	buf    []byte
	broken bool // w failed: what it holds may end within a line
}

// write takes p. A small one waits in the buffer.
func (o *output) write(ctx context.Context, p []byte) error {
	if len(o.buf)+len(p) > bufferSize || len(p) >= directSize {
		if err := o.flush(ctx); err != nil {
			return err
		}
	}
	if len(p) >= directSize {
		return o.pass(ctx, p)
	}
	if o.buf == nil {
		o.buf = make([]byte, 0, bufferSize)
	}
	o.buf = append(o.buf, p...)
	return nil
}

// flush passes on what waits. If that fails, it waits no longer: a part of it may
// have gone through.
func (o *output) flush(ctx context.Context) error {
	if len(o.buf) == 0 {
		return nil
	}
	err := o.pass(ctx, o.buf)
	o.buf = o.buf[:0]
	return err
}

// room flushes if the buffer, to which the caller appends by itself, is full.
func (o *output) room(ctx context.Context) error {
	if len(o.buf) < directSize {
		return nil
	}
	return o.flush(ctx)
}

// writeLines takes the lines of b, from Lines or, where it has none, from the
// Values, which must then be lines.
func (o *output) writeLines(ctx context.Context, b *Batch) error {
	if len(b.Lines) > 0 {
		return o.write(ctx, b.Lines)
	}
	for i := range b.Records {
		r := &b.Records[i]
		if at := bytes.IndexByte(r.Value, '\n'); at >= 0 {
			return fmt.Errorf("the value of the record with seq %d has a line end at byte %d: "+
				"lines cannot hold this encoding", r.Seq, at)
		}
		if err := o.write(ctx, r.Value); err != nil {
			return err
		}
		if err := o.write(ctx, newline); err != nil {
			return err
		}
	}
	return nil
}

var newline = []byte{'\n'}

// addAll takes what p makes of the records.
func (o *output) addAll(ctx context.Context, p Packer, records []order.Record) error {
	for i := range records {
		buf, err := p.Add(o.buf, &records[i])
		if err != nil {
			return err
		}
		o.buf = buf
		if err := o.room(ctx); err != nil {
			return err
		}
	}
	return nil
}

// endAll takes what p ends a file with.
func (o *output) endAll(p Packer) error {
	buf, err := p.End(o.buf)
	if err == nil {
		o.buf = buf
	}
	return err
}

// pass writes p to w, until ctx ends if w knows deadlines.
func (o *output) pass(ctx context.Context, p []byte) error {
	if d, ok := o.w.(interface{ SetWriteDeadline(time.Time) error }); ok && ctx.Done() != nil {
		moved := make(chan struct{})
		stop := context.AfterFunc(ctx, func() {
			d.SetWriteDeadline(time.Unix(1, 0)) // without deadlines after all, the write takes as long as it takes
			close(moved)
		})
		defer func() {
			if !stop() {
				<-moved
				d.SetWriteDeadline(time.Time{})
			}
		}()
	}
	n, err := o.w.Write(p)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	if err != nil {
		o.broken = true
		if ended := ctx.Err(); ended != nil {
			return fmt.Errorf("%w: %w", ended, err)
		}
	}
	return err
}

// lines is a sink of lines, or of what a Container makes of records, without an
// end of its own: Writer, File and the shards of Dir have one.
type lines struct {
	state
	out       output
	packer    Packer // nil: lines
	count     int64  // of records accepted
	partition int32  // for At
	paced     bool
}

// head puts what a file begins with into the buffer, if there is such: with a
// Container what that wants for the shard, else the encoding's header.
func (l *lines) head(s *Session, c Container, shard int) (err error) {
	l.paced = s.Paced()
	l.packer, l.out.buf, err = beginFile(l.out.buf, s, c, shard)
	return l.fail(err)
}

// beginFile appends what a file begins with, and returns what packs its records,
// if that is not nil.
func beginFile(dst []byte, s *Session, c Container, shard int) (Packer, []byte, error) {
	if c != nil {
		p, err := c.Packer(s, shard)
		if err != nil {
			return nil, dst, err
		}
		return p, p.Begin(dst), nil
	}
	return nil, appendHead(dst, s), nil
}

// appendHead appends the first line of a file of lines, if it has one.
func appendHead(dst []byte, s *Session) []byte {
	if h, ok := s.Encoding.(order.Header); ok {
		dst = append(h.AppendHeader(dst), '\n')
	}
	return dst
}

// holds returns an error if the stream's values are not lines of text, and there
// is no container for them.
func holds(s *Session, c Container) error {
	if c != nil || !order.IsBinary(s.Encoding) {
		return nil
	}
	return fmt.Errorf("lines of text cannot hold %v, whose records may have line ends in them: "+
		"take another encoding, a Container, or a sink that keeps records apart, such as a topic: %w", s.Encoding, errors.ErrUnsupported)
}

func (l *lines) write(ctx context.Context, b *Batch) error {
	if err := l.begin(ctx); err != nil {
		return err
	}
	var err error
	if l.packer != nil {
		err = l.pack(ctx, b)
	} else {
		err = l.out.writeLines(ctx, b)
	}
	if err == nil && l.paced {
		err = l.out.flush(ctx)
	}
	if err != nil {
		return l.fail(err)
	}
	l.count = number(b, l.partition, l.count)
	return nil
}

// pack appends what the packer makes of the records.
func (l *lines) pack(ctx context.Context, b *Batch) error {
	if err := l.out.addAll(ctx, l.packer, b.Records); err != nil {
		l.packer = nil // done for
		return err
	}
	return nil
}

// flush passes on all that was accepted, also when an error ended the sink; after
// one of the output itself nothing waits any more. It returns that error, or its
// own.
func (l *lines) flush(ctx context.Context) error {
	if l.packer != nil && !l.out.broken {
		l.fail(l.out.endAll(l.packer))
		l.packer = nil
	}
	return l.fail(l.out.flush(ctx))
}
