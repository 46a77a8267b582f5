package order

import (
	"fmt"
	"strings"
)

// Layout is an order of columns: what stands in the first, the second … place.
// Its zero value is the order of the wire. Layouts are comparable with ==, but the
// zero Layout and the same order spelled out are two values.
type Layout [Columns]Field

// wire is the zero Layout, spelled out.
var wire = Layout{ID, CustomerID, CustomerName, ProductID, ProductName, Category, Payment, Qty,
	Price, Time, Country, City, Site, TxnID, Success, Reason}

// fields returns l, spelled out.
func (l *Layout) fields() *Layout {
	if l[0] == None {
		return &wire
	}
	return l
}

// At returns the field in column i, from 0 to 15.
func (l Layout) At(i int) Field { return l.fields()[i] }

// ParseLayout reads the names of sixteen fields, separated by commas.
func ParseLayout(s string) (Layout, error) {
	var l Layout
	names := strings.Split(s, ",")
	if len(names) != Columns {
		return l, fmt.Errorf("order: layout has %d columns, not %d: %q", len(names), Columns, s)
	}
	for i, name := range names {
		f, err := ParseField(strings.TrimSpace(name))
		if err != nil {
			return Layout{}, err
		}
		l[i] = f
	}
	return l, l.Check()
}

// Check returns nil if l is the zero Layout or holds each of the sixteen fields
// once, else an error that names the first that it does not.
func (l Layout) Check() error {
	var seen [NumFields]bool
	for i, f := range l.fields() {
		switch {
		case f == None || f >= NumFields:
			return fmt.Errorf("order: layout has no field in column %d", i+1)
		case seen[f]:
			return fmt.Errorf("order: layout has %s twice, the second time in column %d", f, i+1)
		}
		seen[f] = true
	}
	return nil
}

// String returns the fields' names, separated by commas.
func (l Layout) String() string {
	var b strings.Builder
	for i, f := range l.fields() {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(f.String())
	}
	return b.String()
}
