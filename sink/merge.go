package sink

import (
	"bufio"
	"bytes"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/kafkanauts/kafkanauts/order/truth"
)

// mergeKeys writes the keys of shards, each a file of its own, as one: always
// the row whose Seq is least among the next ones of the shards.
func mergeKeys(ctx context.Context, out *output, form truth.Form, parts []*keyPart) error {
	out.buf = truth.AppendHeader(out.buf, form)
	var rows rowHeap
	for shard, p := range parts {
		if p == nil {
			continue
		}
		if _, err := p.file.file.Seek(0, io.SeekStart); err != nil {
			return err
		}
		r := &rowReader{shard: shard, form: form, torn: p.out.broken, in: bufio.NewReaderSize(p.file.file, 32<<10)}
		err := r.next() // the header
		if err == nil {
			err = r.nextRow()
		}
		if err == nil {
			rows = append(rows, r)
		} else if err != io.EOF {
			return err
		}
	}
	heap.Init(&rows)
	for len(rows) > 0 {
		r := rows[0]
		if err := out.write(ctx, r.row); err != nil {
			return err
		}
		switch err := r.nextRow(); err {
		case nil:
			heap.Fix(&rows, 0)
		case io.EOF:
			heap.Pop(&rows)
		default:
			return err
		}
	}
	return out.flush(ctx)
}

// rowReader reads a key that this package wrote: one row a line.
type rowReader struct {
	shard int
	form  truth.Form
	in    *bufio.Reader
	row   []byte // the line, with its end; valid until the next
	long  []byte // memory for a row that is longer than in's buffer
	seq   uint64
	torn  bool // the last line may lack its end, and is then left out
}

// next reads a line.
func (r *rowReader) next() (err error) {
	r.row, err = r.in.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		r.long = r.long[:0]
		for err == bufio.ErrBufferFull {
			r.long = append(r.long, r.row...)
			r.row, err = r.in.ReadSlice('\n')
		}
		r.long = append(r.long, r.row...)
		r.row = r.long
	}
	if err == io.EOF && len(r.row) > 0 && !r.torn {
		return io.ErrUnexpectedEOF
	}
	return err
}

// nextRow reads a row and its Seq.
func (r *rowReader) nextRow() error {
	if err := r.next(); err != nil {
		return err
	}
	rest := r.row
	if r.form == truth.Files && rest[0] == '"' {
		rest = rest[1:] // a quoted name: a lone quotation mark ends it
		for {
			i := bytes.IndexByte(rest, '"')
			if i < 0 {
				return errRow
			}
			if rest = rest[i+1:]; rest[0] != '"' {
				break
			}
			rest = rest[1:]
		}
	}
	columns := 1
	if r.form != truth.Lines {
		columns = 2
	}
	for range columns {
		_, rest, _ = bytes.Cut(rest, []byte{','})
	}
	digits, _, ok := bytes.Cut(rest, []byte{','})
	var err error
	if r.seq, err = strconv.ParseUint(string(digits), 10, 64); err != nil || !ok {
		return fmt.Errorf("%w: %.80q", errRow, r.row)
	}
	return nil
}

var errRow = errors.New("a shard's part of the key was changed by somebody else")

// rowHeap has the reader with the least Seq first.
type rowHeap []*rowReader

func (h rowHeap) Len() int { return len(h) }
func (h rowHeap) Less(i, j int) bool {
	return h[i].seq < h[j].seq || h[i].seq == h[j].seq && h[i].shard < h[j].shard
}
func (h rowHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *rowHeap) Push(x any)   { *h = append(*h, x.(*rowReader)) }
func (h *rowHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}
