package product

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// RowError is something that is wrong with one line of a catalog's file.
type RowError struct {
	File string
	Line int // from 1
	Err  error
}

// Error returns the file, the line and what is wrong there.
func (e *RowError) Error() string {
	return fmt.Sprintf("product: %s:%d: %v", e.File, e.Line, e.Err)
}

// Unwrap returns what is wrong.
func (e *RowError) Unwrap() error { return e.Err }

// LoadCatalog reads a catalog from a file whose name ends in .csv, or in .jsonl
// or .ndjson. It is UTF-8 text; each record is an Offer:
//
//	product_id        a whole number from 1
//	product_name      text
//	product_category  text
//	price             of one unit, in units of money with at most two decimals: 12.5
//	weight            a positive number; may be missing: 1
//	country           text; may be missing or empty: any country
//
// A CSV file starts with a line of these names, in any order. A JSONL file has
// an object a line with these members; numbers may be strings. Nothing else may
// stand there, so that a misspelt column is found. Text holds neither | nor line
// ends nor other control characters; a product has the same name and category in
// all of its records; a name belongs to one category.
//
// The error joins a *RowError for everything that is wrong in the file; an error
// of reading itself is returned as it is.
func LoadCatalog(fsys fs.FS, name string) (*Catalog, error) {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("product: catalog: %w", err)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	l := loader{file: name}
	switch ext := strings.ToLower(path.Ext(name)); ext {
	case ".csv":
		l.csv(text)
	case ".jsonl", ".ndjson":
		l.jsonl(text)
	default:
		return nil, fmt.Errorf("product: catalog %s: the name ends in %q; a catalog is a .csv or a .jsonl file", name, ext)
	}
	if len(l.offers) == 0 && len(l.errs) == 0 {
		l.bad(1, errors.New("no products"))
	}
	for _, p := range problems(l.offers) {
		l.bad(l.lines[p.at], p.error("line", func(i int) int { return l.lines[i] }))
	}
	if len(l.errs) > 0 {
		slices.SortStableFunc(l.errs, func(a, b *RowError) int { return a.Line - b.Line })
		errs := make([]error, len(l.errs))
		for i, e := range l.errs {
			errs[i] = e
		}
		return nil, errors.Join(errs...)
	}
	return build(l.offers)
}

// loader collects offers and what is wrong with them. An offer that could not be
// read is left out of offers.
type loader struct {
	file   string
	offers []Offer
	lines  []int // of the offers
	errs   []*RowError
}

func (l *loader) bad(line int, err error) {
	l.errs = append(l.errs, &RowError{l.file, line, err})
}

var columns = []string{"product_id", "product_name", "product_category", "price", "weight", "country"}

const required = 4 // of the columns

func (l *loader) csv(text []byte) {
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = -1
	r.ReuseRecord = true
	header, err := r.Read()
	if err != nil {
		if err == io.EOF {
			err = errors.New("the file is empty")
		}
		l.bad(1, err)
		return
	}
	header = slices.Clone(header)
	for i, name := range header {
		if !slices.Contains(columns, name) {
			l.bad(1, fmt.Errorf("no column is called %q; the columns are %q", name, columns))
		} else if slices.Index(header, name) != i {
			l.bad(1, fmt.Errorf("column %q stands twice", name))
		}
	}
	for _, name := range columns[:required] {
		if !slices.Contains(header, name) {
			l.bad(1, fmt.Errorf("column %q is missing", name))
		}
	}
	if len(l.errs) > 0 {
		return
	}
	row := map[string]string{}
	for {
		cells, err := r.Read()
		if err == io.EOF {
			return
		}
		if err != nil {
			line := 1
			if e := (*csv.ParseError)(nil); errors.As(err, &e) {
				line, err = e.StartLine, e.Err
			}
			l.bad(line, err)
			continue
		}
		line, _ := r.FieldPos(0)
		if len(cells) != len(header) {
			l.bad(line, fmt.Errorf("%d fields; the header has %d", len(cells), len(header)))
			continue
		}
		for i, name := range header {
			row[name] = cells[i]
		}
		l.row(line, row)
	}
}

func (l *loader) jsonl(text []byte) {
	s := bufio.NewScanner(bytes.NewReader(text))
	s.Buffer(nil, len(text)+1)
	for line := 1; s.Scan(); line++ {
		if len(bytes.TrimSpace(s.Bytes())) == 0 {
			continue
		}
		var members map[string]json.RawMessage
		if err := json.Unmarshal(s.Bytes(), &members); err != nil {
			l.bad(line, err)
			continue
		}
		row, ok := map[string]string{}, true
		for _, name := range columns {
			raw, is := members[name]
			delete(members, name)
			if !is {
				continue
			}
			var text string
			var number json.Number
			if json.Unmarshal(raw, &text) == nil && raw[0] == '"' {
				row[name] = text
			} else if json.Unmarshal(raw, &number) == nil && raw[0] != 'n' {
				row[name] = number.String()
			} else {
				l.bad(line, fmt.Errorf("%s is neither a string nor a number", name))
				ok = false
			}
		}
		if len(members) > 0 {
			var names []string
			for name := range members {
				names = append(names, name)
			}
			slices.Sort(names)
			l.bad(line, fmt.Errorf("no members are called %q; the members are %q", names, columns))
			ok = false
		}
		for _, name := range columns[:required] {
			if _, is := row[name]; !is && ok {
				l.bad(line, fmt.Errorf("%q is missing", name))
				ok = false
			}
		}
		if ok {
			l.row(line, row)
		}
	}
}

// row reads one offer.
func (l *loader) row(line int, row map[string]string) {
	before := len(l.errs)
	f := Offer{Name: row["product_name"], Category: row["product_category"], Country: row["country"], Weight: 1}
	var err error
	if f.ProductID, err = strconv.ParseUint(row["product_id"], 10, 64); err != nil {
		l.bad(line, fmt.Errorf("product_id %q is not a whole number from 1 to 2^64-1", row["product_id"]))
	}
	if f.Price, err = parseCents(row["price"]); err != nil {
		l.bad(line, err)
	}
	if w := row["weight"]; w != "" {
		if f.Weight, err = strconv.ParseFloat(w, 64); err != nil {
			l.bad(line, fmt.Errorf("weight %q is not a number", w))
		}
	}
	if len(l.errs) > before {
		// What could not be read is reported; the rest is still worth checking
		// by itself.
		whole := Offer{1, f.Name, f.Category, f.Country, 1, 1}
		for _, err := range whole.problems() {
			l.bad(line, err)
		}
		return
	}
	l.offers = append(l.offers, f)
	l.lines = append(l.lines, line)
}

// parseCents reads an amount with at most two decimals, exactly.
func parseCents(s string) (int64, error) {
	whole, part, point := strings.Cut(s, ".")
	digits := func(s string) bool {
		return s != "" && strings.Trim(s, "0123456789") == ""
	}
	if !digits(whole) || point && (!digits(part) || len(part) > 2) {
		return 0, fmt.Errorf("price %q is not an amount with at most two decimals, such as 12.50", s)
	}
	cents, err := strconv.ParseInt(whole+(part + "00")[:2], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("price %q is too large", s)
	}
	return cents, nil
}
