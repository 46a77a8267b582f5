package product

import (
	"errors"
	"fmt"

	"github.com/kafkanauts/kafkanauts/internal/alias"
)

// Share is one row of Shares: in this country and category, Value occurs in
// proportion to Weight. An empty Country or Category is any that has no rows of
// its own.
type Share struct {
	Country, Category string
	Value             string
	Weight            float64 // positive
}

// Shares is which text occurs how often, by country and category. It never
// changes and is safe for concurrent use.
type Shares struct {
	cells grid[shareCell]
}

type shareCell struct {
	table  alias.Table
	values []string
}

// NewShares returns the Shares of rows. The rows of the most specific kind that
// there are for an order are the ones that count, by themselves: those of its country
// and category, else of its country, else of its category, else of any. The
// error joins everything that is wrong with the rows.
func NewShares(rows ...Share) (*Shares, error) {
	var errs []error
	if len(rows) == 0 {
		errs = append(errs, errors.New("product: shares without rows"))
	}
	type place struct{ country, category string }
	sets := map[place][]Share{}
	seen := map[Share]int{}
	var countries, categories []string
	for i, r := range rows {
		if err := checkText(r.Value); err != nil {
			errs = append(errs, fmt.Errorf("product: shares: row %d: value: %w", i+1, err))
		}
		if err := checkWeight(r.Weight); err != nil {
			errs = append(errs, fmt.Errorf("product: shares: row %d: %q: %w", i+1, r.Value, err))
		}
		same := r
		same.Weight = 0
		if j, twice := seen[same]; twice {
			errs = append(errs, fmt.Errorf("product: shares: row %d: %q for country %q and category %q stands in row %d already", i+1, r.Value, r.Country, r.Category, j))
		}
		seen[same] = i + 1
		sets[place{r.Country, r.Category}] = append(sets[place{r.Country, r.Category}], r)
		if r.Country != "" {
			countries = append(countries, r.Country)
		}
		if r.Category != "" {
			categories = append(categories, r.Category)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	s := &Shares{newGrid[shareCell](countries, categories)}
	built := map[place]shareCell{}
	s.cells.each(func(country, category string, cell *shareCell) {
		for _, p := range []place{{country, category}, {country, ""}, {"", category}, {"", ""}} {
			set := sets[p]
			if len(set) == 0 {
				continue
			}
			if _, ok := built[p]; !ok {
				c, err := newShareCell(set)
				if err != nil {
					errs = append(errs, fmt.Errorf("product: shares for country %q and category %q: %w", p.country, p.category, err))
				}
				built[p] = c
			}
			*cell = built[p]
			return
		}
	})
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return s, nil
}

func newShareCell(rows []Share) (shareCell, error) {
	var c shareCell
	var weights []float64
	for _, r := range rows {
		c.values = append(c.values, r.Value)
		weights = append(weights, r.Weight)
	}
	var err error
	c.table, err = alias.New(weights)
	return c, err
}

// Pick returns the value that a word uniform on the 64-bit words falls on, such
// as Draw.Uint64 returns; "" where no row applies.
func (s *Shares) Pick(country, category string, word uint64) string {
	return s.cells.at(country, category).pick(word)
}

func (c *shareCell) pick(word uint64) string {
	if c == nil || len(c.values) == 0 {
		return ""
	}
	return c.values[c.table.Pick(word)]
}

// Covers returns nil if some row applies to the country and category, else an
// error that says so.
func (s *Shares) Covers(country, category string) error {
	if c := s.cells.at(country, category); c == nil || len(c.values) == 0 {
		return fmt.Errorf("product: the shares have no row for country %q and category %q; add one, or one for any country", country, category)
	}
	return nil
}
