package truth

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/kafkanauts/kafkanauts/order"
)

// Record is all that a key says of one record.
type Record struct {
	Ref
	order.Truth
}

// ParseError says where a key cannot be read.
type ParseError struct {
	Line   int    // in the file of the key, from 1, its header included
	Column string // empty: the line as a whole
	Err    error
}

// Error names the line and the column.
func (e *ParseError) Error() string {
	if e.Column == "" {
		return fmt.Sprintf("truth: line %d: %v", e.Line, e.Err)
	}
	return fmt.Sprintf("truth: line %d: %s: %v", e.Line, e.Column, e.Err)
}

// Unwrap returns Err.
func (e *ParseError) Unwrap() error { return e.Err }

// Reader reads a key. It is for one goroutine. What it returns is the caller's.
type Reader struct {
	csv     *csv.Reader
	form    Form
	names   []string          // of the columns
	known   map[string]string // strategies and files, so that rows share them
	started bool
	err     error // of the header, or the first of the rows; then nothing more is read
}

// NewReader returns a Reader of the key that r holds. It reads ahead.
func NewReader(r io.Reader) *Reader {
	c := csv.NewReader(r)
	c.ReuseRecord = true
	return &Reader{csv: c, known: make(map[string]string)}
}

// Form returns the form that the first line declares. An error is a *ParseError,
// or that of the underlying reader, wrapped.
func (r *Reader) Form() (Form, error) {
	if !r.started {
		r.started = true
		r.start()
	}
	if len(r.names) == 0 {
		return 0, r.err
	}
	return r.form, nil
}

func (r *Reader) start() {
	cells, err := r.csv.Read()
	if err == io.EOF {
		r.err = &ParseError{1, "", errors.New("the file is empty; a key begins with the names of its columns")}
		return
	} else if err != nil {
		r.err = r.wrap(err)
		return
	}
	line, _ := r.csv.FieldPos(0)
	place, ok := strings.CutSuffix(strings.Join(cells, ","), ","+columns)
	if ok {
		r.form, err = ParseForm(place)
	}
	if !ok || err != nil {
		r.err = &ParseError{line, "", fmt.Errorf("%q are not the columns of a key; they are one of %q, then %s",
			strings.Join(cells, ","), forms, columns)}
		return
	}
	for _, c := range cells {
		r.names = append(r.names, strings.Clone(c))
	}
}

// wrap makes an error of the csv package one of this package.
func (r *Reader) wrap(err error) error {
	if e, ok := errors.AsType[*csv.ParseError](err); ok {
		if e.Err == csv.ErrFieldCount {
			return &ParseError{e.Line, "", fmt.Errorf("it has not the %d columns of the first line", len(r.names))}
		}
		return &ParseError{e.Line, "", e.Err}
	}
	return fmt.Errorf("truth: reading: %w", err)
}

// Rows are the rows, in order. An error comes last, with a zero Row: a
// *ParseError, or that of the underlying reader, wrapped. Rows and Records go on
// where an iteration before them ended; after an error they return it again.
func (r *Reader) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for {
			row, err := r.read()
			if err == io.EOF || !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// Records are the rows put together: consecutive ones with the same Ref are one
// Record. An error comes last, with a zero Record, after the
// rows before it; it is as that of Rows.
func (r *Reader) Records() iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		var rec Record
		for row, err := range r.Rows() {
			some := len(rec.Tags)+len(rec.Faults) > 0
			if some && (err != nil || row.Ref != rec.Ref) {
				if !yield(rec, nil) {
					return
				}
				rec = Record{}
			}
			if err != nil {
				yield(Record{}, err)
				return
			}
			rec.Ref = row.Ref
			if row.Tagged {
				rec.Tags = append(rec.Tags, row.Strategy)
			} else {
				rec.Faults = append(rec.Faults, row.Fault)
			}
		}
		if len(rec.Tags)+len(rec.Faults) > 0 {
			yield(rec, nil)
		}
	}
}

// read returns the next row; at the end of the file io.EOF.
func (r *Reader) read() (Row, error) {
	if _, err := r.Form(); err != nil {
		return Row{}, err
	}
	if r.err != nil {
		return Row{}, r.err
	}
	cells, err := r.csv.Read()
	if err == io.EOF {
		r.err = err
		return Row{}, err
	} else if err != nil {
		r.err = r.wrap(err)
		return Row{}, r.err
	}
	row, at, err := r.parse(cells)
	if err != nil {
		line, _ := r.csv.FieldPos(at)
		r.err = &ParseError{line, r.names[at], fmt.Errorf("%.60q: %w", cells[at], err)}
		return Row{}, r.err
	}
	return row, nil
}

// parse reads a row from its cells; with an error comes the cell that is wrong.
func (r *Reader) parse(cells []string) (row Row, at int, err error) {
	n := r.form.columns()
	if row.Lost = strings.Join(cells[:n], "") == ""; !row.Lost {
		if at, err = r.parsePlace(cells, &row.Ref); err != nil {
			return row, at, err
		}
	}
	what := cells[n:] // seq, copy, strategy, op, field, start, end, by, was
	if row.Seq, err = strconv.ParseUint(what[0], 10, 64); err != nil {
		return row, n, numberError(err)
	}
	if row.Copy, err = strconv.Atoi(what[1]); err != nil {
		return row, n + 1, numberError(err)
	}
	if row.Strategy, err = r.name(what[2]); err != nil {
		return row, n + 2, err
	}
	if what[3] == tagged {
		row.Tagged = true
		for i, cell := range what[4:] {
			if cell != "" {
				return row, n + 4 + i, errors.New("a tag has nothing here")
			}
		}
		return row, 0, nil
	}
	if row.Op, err = parseOp(what[3]); err != nil {
		return row, n + 3, err
	}
	if what[4] != "" {
		if row.Field, err = order.ParseField(what[4]); err != nil {
			return row, n + 4, errors.New("no field is called so")
		}
	}
	for i, to := range []*int{&row.Start, &row.End} {
		if what[5]+what[6] == "" {
			break
		}
		if *to, err = strconv.Atoi(what[5+i]); err != nil {
			return row, n + 5 + i, numberError(err)
		}
	}
	if row.By, err = parseSeconds(what[7]); err != nil {
		return row, n + 7, err
	}
	if what[8] != "" {
		was, err := parseQuoted(what[8])
		if err != nil {
			return row, n + 8, err
		}
		if was != "" {
			row.Was = []byte(was)
		}
	}
	return row, 0, nil
}

func (r *Reader) parsePlace(cells []string, ref *Ref) (at int, err error) {
	switch r.form {
	case Offsets:
		p, err := strconv.ParseInt(cells[0], 10, 32)
		if err != nil {
			return 0, numberError(err)
		}
		ref.At.Partition = int32(p)
		at = 1
	case Files:
		if ref.File, err = r.name(cells[0]); err != nil {
			return 0, err
		}
		at = 1
	}
	if ref.At.Offset, err = strconv.ParseInt(cells[at], 10, 64); err != nil {
		return at, numberError(err)
	}
	return at, nil
}

// name reads what appendName wrote and makes equal names share memory.
func (r *Reader) name(cell string) (string, error) {
	if s, ok := r.known[cell]; ok {
		return s, nil
	}
	s := strings.Clone(cell)
	if cell != "" && cell[0] == '"' {
		var err error
		if s, err = parseQuoted(cell); err != nil {
			return "", err
		}
	}
	if len(r.known) < 1<<12 { // a bound for files that only look like keys
		r.known[strings.Clone(cell)] = s
	}
	return s, nil
}

func parseOp(s string) (order.Op, error) {
	for op := order.Edited; op <= order.Joined; op++ {
		if op.String() == s {
			return op, nil
		}
	}
	return 0, errors.New("it is none of edited, dropped, repeated, delayed, joined, tagged")
}

// numberError says what is wrong with a number without the function's name.
func numberError(err error) error {
	if errors.Is(err, strconv.ErrRange) {
		return errors.New("the number is too large")
	}
	return errors.New("it is not a whole number")
}
