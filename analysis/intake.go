package analysis

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/kafkanauts/kafkanauts/order"
)

// Intake decides which records are valid, by the rules of the system that this
// schema comes from: everything parses; identifiers, quantity and price are
// positive; no text but the failure reason is empty, and none is "null"; the
// category and the payment type are known; a failure reason stands beside a
// failed payment and only there. It needs no other record to decide, and finds
// only what breaks these rules; a Detector finds more.
//
// The zero value reads order.Pipe{} and takes any category. An Intake serves one
// goroutine.
type Intake struct {
	// Encoding parses; nil is order.Pipe{}. Lenient spellings are its own
	// affair (order.Pipe has a field for them).
	Encoding order.Encoding
	// Categories are the known ones; none: every category is taken. A Profile
	// can learn them: see Profile.Vocabulary.
	Categories []string
	// Countries are the known ones; none: every country is taken.
	Countries []string
	// Tally counts what was accepted so far.
	Tally IntakeTally

	complaints []Complaint
}

// viewer is what encodings have that can read a record without copying its texts.
type viewer interface {
	View(o *order.Order, b []byte, at *order.Spans) error
}

// IntakeTally is what an Intake has counted.
type IntakeTally struct {
	Valid, Rejected int64
	ByReason        map[Complaint]int64 // complaints; a record may have several
}

// Merge adds the counts of u.
func (t *IntakeTally) Merge(u *IntakeTally) {
	t.Valid += u.Valid
	t.Rejected += u.Rejected
	if t.ByReason == nil && len(u.ByReason) > 0 {
		t.ByReason = make(map[Complaint]int64)
	}
	for c, n := range u.ByReason {
		t.ByReason[c] += n
	}
}

// Field returns how many complaints there are about f.
func (t *IntakeTally) Field(f order.Field) (n int64) {
	for c, k := range t.ByReason {
		if c.Field == f {
			n += k
		}
	}
	return n
}

// Reason returns how many complaints have the reason r.
func (t *IntakeTally) Reason(r Reason) (n int64) {
	for c, k := range t.ByReason {
		if c.Reason == r {
			n += k
		}
	}
	return n
}

// Complaints returns the counted complaints, by field, then reason.
func (t *IntakeTally) Complaints() []Complaint {
	return slices.SortedFunc(maps.Keys(t.ByReason), func(a, b Complaint) int {
		if a.Field != b.Field {
			return int(a.Field) - int(b.Field)
		}
		return strings.Compare(string(a.Reason), string(b.Reason))
	})
}

// Accept reads one record into o and returns what is wrong with it; an empty
// result means that it is valid. Wrong fields of o are zero. For order.Pipe and
// order.CSV the texts in o are views of value, valid as long as it is, and a valid
// record allocates nothing. The complaints, at most one a field, in the order of
// fields, are valid until the next call. It never panics.
func (in *Intake) Accept(value []byte, o *order.Order) []Complaint {
	in.complaints = in.complaints[:0]
	var err error
	switch e := in.Encoding.(type) {
	case nil:
		err = order.Pipe{}.View(o, value, nil)
	case viewer:
		err = e.View(o, value, nil)
	default:
		err = e.Parse(o, value, nil)
	}
	if err == nil && in.sound(o) {
		in.Tally.Valid++
		return nil
	}
	var wrong *order.ParseError
	if err != nil {
		wrong = parseError(err)
	}
	if wrong != nil && wrong.Record != 0 {
		in.complain(order.None, Reason(wrong.Record.String()))
	} else {
		for f := order.ID; f < order.NumFields; f++ {
			if wrong != nil && wrong.Fields[f] != 0 {
				in.complain(f, in.formReason(wrong, f))
			} else if r := in.domain(o, f, wrong); r != "" {
				in.complain(f, r)
			}
		}
	}
	if len(in.complaints) == 0 {
		in.Tally.Valid++
		return nil
	}
	in.Tally.Rejected++
	return in.complaints
}

// sound is the fast way for most records: true if o, which could be parsed,
// breaks no rule. False says nothing yet.
func (in *Intake) sound(o *order.Order) bool {
	return o.ID > 0 && o.CustomerID > 0 && o.ProductID > 0 && o.TxnID > 0 && o.Qty > 0 && o.Price > 0 &&
		said(o.CustomerName) && said(o.ProductName) && said(o.Category) && said(o.Payment) &&
		said(o.Country) && said(o.City) && said(o.Site) &&
		(o.Success && o.Reason == "" || !o.Success && said(o.Reason)) &&
		(len(in.Categories) == 0 || slices.Contains(in.Categories, o.Category)) &&
		(len(in.Countries) == 0 || slices.Contains(in.Countries, o.Country)) &&
		slices.Contains(order.Payments[:], o.Payment)
}

// said says whether a text is not blank and, by its first letter, not null.
func said(text string) bool {
	if len(text) == 0 {
		return false
	}
	if c := text[0]; c < 0x80 {
		return c > ' ' && (len(text) != 4 || c|0x20 != 'n')
	}
	return strings.TrimSpace(text) != ""
}

// parseError returns what an encoding said of a record; an error of another type
// condemns it as a whole.
func parseError(err error) *order.ParseError {
	var wrong *order.ParseError
	if errors.As(err, &wrong) {
		return wrong
	}
	return &order.ParseError{Record: order.Malformed}
}

func (in *Intake) complain(f order.Field, r Reason) {
	c := Complaint{f, r}
	in.complaints = append(in.complaints, c)
	if in.Tally.ByReason == nil {
		in.Tally.ByReason = make(map[Complaint]int64)
	}
	in.Tally.ByReason[c]++
}

// formReason refines why a field could not be parsed.
func (in *Intake) formReason(e *order.ParseError, f order.Field) Reason {
	if s := e.Spans.Value[f]; s.Start >= 0 && s.End >= s.Start && int(s.End) <= len(e.Line) {
		value := e.Line[s.Start:s.End]
		if u, ok := in.Encoding.(order.Unquoter); ok {
			value = string(u.Unquote(f, []byte(value)))
		}
		switch text := strings.Trim(value, `"`); {
		case strings.TrimSpace(text) == "":
			return Empty
		case strings.EqualFold(text, "null"):
			return NullToken
		}
	}
	return Reason(e.Fields[f].String())
}

// domain returns what is wrong with the value of f, which could be parsed.
func (in *Intake) domain(o *order.Order, f order.Field, wrong *order.ParseError) Reason {
	switch f {
	case order.ID:
		return positive(o.ID > 0)
	case order.CustomerID:
		return positive(o.CustomerID > 0)
	case order.ProductID:
		return positive(o.ProductID > 0)
	case order.TxnID:
		return positive(o.TxnID > 0)
	case order.Qty:
		return positive(o.Qty > 0)
	case order.Price:
		return positive(o.Price > 0)
	case order.Time, order.Success:
		return ""
	}
	text := o.Text(f)
	if len(text) == 4 && strings.EqualFold(text, "null") {
		return NullToken
	}
	if f == order.Reason {
		switch blank := strings.TrimSpace(text) == ""; {
		case wrong != nil && wrong.Fields[order.Success] != 0: // nothing to compare with
		case o.Success && !blank:
			return ReasonOnY
		case !o.Success && blank:
			return ReasonMissing
		}
		return ""
	}
	if strings.TrimSpace(text) == "" {
		return Empty
	}
	if f == order.Category && len(in.Categories) > 0 && !slices.Contains(in.Categories, text) ||
		f == order.Country && len(in.Countries) > 0 && !slices.Contains(in.Countries, text) ||
		f == order.Payment && !slices.Contains(order.Payments[:], text) {
		return UnknownValue
	}
	return ""
}

func positive(yes bool) Reason {
	if yes {
		return ""
	}
	return NotPositive
}
