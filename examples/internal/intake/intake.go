// Package intake reads a topic for the example programs: valid orders go into a
// Hive-partitioned Parquet data set, the others aside with what is wrong with
// them.
package intake

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/kafkanauts/kafkanauts/analysis"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
	"github.com/kafkanauts/kafkanauts/product"
	"github.com/kafkanauts/kafkanauts/sink/kafka"
	"github.com/kafkanauts/kafkanauts/sink/parquet"
)

// Job is one reading of a topic.
type Job struct {
	Source   kafka.ReadConfig
	Encoding order.Encoding
	Dir      string // of the data set
	Rejects  string // a file; "": _rejects.csv in the data set

	// What the data set may have; none: anything.
	Categories, Countries []string

	Total    func(n int64)                                            // told once how many records there are about; may be nil
	Progress func(done int64)                                         // told now and then; may be nil
	Each     func(at order.Place, value []byte, o *order.Order) error // of every record, o nil if it was rejected; may be nil
}

// What the default world has.
var (
	Categories = []string{product.ECommerce, product.Gas, product.Groceries, product.Medicine, product.Music}
	Countries  = []string{product.China, product.Mexico, product.Spain, product.UnitedStates}
)

// chunk is how much memory the texts of orders share.
const chunk = 1 << 18

// Run reads the topic to its end and publishes the data set only if all of it
// was read.
func (j *Job) Run(ctx context.Context) (tally analysis.IntakeTally, err error) {
	in := analysis.Intake{Encoding: j.Encoding, Categories: j.Categories, Countries: j.Countries}
	reader, err := kafka.NewReader(ctx, j.Source)
	if err != nil {
		return in.Tally, err
	}
	defer reader.Close()
	data, err := parquet.New(parquet.Config{Dir: j.Dir, Places: true})
	if err != nil {
		return in.Tally, err
	}
	defer data.Abort()
	rejects, done, err := j.rejects(data)
	if err != nil {
		return in.Tally, err
	}
	defer func() { err = errors.Join(err, done(err == nil)) }()
	if j.Total != nil {
		j.Total(reader.Total())
	}
	var o order.Order
	var texts []byte // the data set keeps the orders' texts, which are views of this
	for m, err := range reader.Messages(ctx) {
		if err != nil {
			return in.Tally, err
		}
		at := order.Place{Partition: m.Partition, Offset: m.Offset}
		if cap(texts)-len(texts) < len(m.Value) {
			texts = make([]byte, 0, max(chunk, len(m.Value)))
		}
		n := len(texts)
		texts = append(texts, m.Value...)
		value := texts[n:len(texts):len(texts)]
		accepted := &o
		if complaints := in.Accept(value, &o); len(complaints) > 0 {
			accepted = nil
			err = rejects.write(at, complaints, value)
		} else if err = data.Write(&o, at); err != nil {
			var refused *parquet.ValueError
			if errors.As(err, &refused) {
				in.Tally.Valid--
				in.Tally.Rejected++
				accepted = nil
				err = rejects.write(at, []analysis.Complaint{{Field: refused.Field, Reason: unstorable}}, value)
			}
		}
		if err == nil && j.Each != nil {
			err = j.Each(at, value, accepted)
		}
		if err != nil {
			return in.Tally, err
		}
		if seen := in.Tally.Valid + in.Tally.Rejected; j.Progress != nil && seen%4096 == 0 {
			j.Progress(reader.Done())
		}
	}
	if err := rejects.buf.Flush(); err != nil {
		return in.Tally, err
	}
	return in.Tally, data.Close()
}

// rejects opens the file of the rejects. The function it returns ends it; a
// file of its own is put in place only if all went well.
func (j *Job) rejects(data *parquet.Dataset) (*rejects, func(ok bool) error, error) {
	if j.Rejects == "" {
		w, err := data.Aside("_rejects.csv")
		if err != nil {
			return nil, nil, err
		}
		r, err := newRejects(w)
		return r, func(bool) error { return nil }, err
	}
	aside := j.Rejects + ".partial"
	f, err := os.Create(aside)
	if err != nil {
		return nil, nil, err
	}
	r, err := newRejects(f)
	return r, func(ok bool) error {
		if !ok {
			return errors.Join(f.Close(), os.Remove(aside))
		}
		return errors.Join(f.Sync(), f.Close(), os.Rename(aside, j.Rejects))
	}, err
}

// rejects is the file of the rejected records.
type rejects struct {
	buf  *bufio.Writer
	line []byte
}

func newRejects(w io.Writer) (*rejects, error) {
	r := &rejects{buf: bufio.NewWriterSize(w, 1<<16)}
	_, err := r.buf.Write(analysis.AppendRejectHeader(nil, truth.Offsets))
	return r, err
}

func (r *rejects) write(at order.Place, complaints []analysis.Complaint, value []byte) error {
	r.line = analysis.AppendReject(r.line[:0], truth.Offsets, at, complaints, value)
	_, err := r.buf.Write(r.line)
	return err
}

// Table returns what an intake counted, as a table for people: the failures by
// field and reason.
func Table(t *analysis.IntakeTally) string {
	var s strings.Builder
	all := max(1, t.Valid+t.Rejected)
	fmt.Fprintf(&s, "accepted     %d\nrejected     %d (%.2f %%)\n", t.Valid, t.Rejected, 100*float64(t.Rejected)/float64(all))
	for _, c := range t.Complaints() {
		field := "(record)"
		if c.Field != order.None {
			field = c.Field.String()
		}
		fmt.Fprintf(&s, "  %-24s %-24s %d\n", field, c.Reason, t.ByReason[c])
	}
	return s.String()
}
