package product

import (
	"errors"
	"fmt"
)

// Offer is a product at its price in a country.
type Offer struct {
	ProductID uint64  // from 1; the same product has the same name and category everywhere
	Name      string  // names may be shared by products of one category, not of several
	Category  string  // for which orders it is sold
	Country   string  // where; empty: in every country for which the product has no offer of its own
	Price     int64   // of one unit, in cents; positive
	Weight    float64 // how often it is chosen among the offers for an order; positive
}

// problem is something that is wrong with one of a list of offers.
type problem struct {
	at    int
	err   error
	other int // the offer that it collides with, or -1
}

// error returns the problem; number says what offer i is called in messages.
func (p problem) error(kind string, number func(i int) int) error {
	if p.other < 0 {
		return p.err
	}
	return fmt.Errorf("%w in %s %d", p.err, kind, number(p.other))
}

// problems returns everything that is wrong with the offers, in their order.
func problems(offers []Offer) []problem {
	type place struct {
		id      uint64
		country string
	}
	var all []problem
	ids, names, places := map[uint64]int{}, map[string]int{}, map[place]int{}
	for i, f := range offers {
		for _, err := range f.problems() {
			all = append(all, problem{i, err, -1})
		}
		if j, twice := places[place{f.ProductID, f.Country}]; twice {
			all = append(all, problem{i, fmt.Errorf("product id %d stands for country %q already", f.ProductID, f.Country), j})
		} else {
			places[place{f.ProductID, f.Country}] = i
		}
		if j, known := ids[f.ProductID]; !known {
			ids[f.ProductID] = i
		} else if g := offers[j]; g.Name != f.Name || g.Category != f.Category {
			all = append(all, problem{i, fmt.Errorf("product id %d is %q of category %q here, but %q of category %q", f.ProductID, f.Name, f.Category, g.Name, g.Category), j})
		}
		if j, known := names[f.Name]; !known {
			names[f.Name] = i
		} else if g := offers[j]; g.ProductID != f.ProductID && g.Category != f.Category {
			all = append(all, problem{i, fmt.Errorf("product name %q is of category %q here, but of category %q", f.Name, f.Category, g.Category), j})
		}
	}
	return all
}

// problems returns what is wrong with one offer by itself.
func (f *Offer) problems() []error {
	var errs []error
	if f.ProductID == 0 {
		errs = append(errs, errors.New("the product id is 0; ids start from 1"))
	}
	if err := checkText(f.Name); err != nil {
		errs = append(errs, fmt.Errorf("product name: %w", err))
	}
	if err := checkText(f.Category); err != nil {
		errs = append(errs, fmt.Errorf("category: %w", err))
	}
	if f.Country != "" {
		if err := checkText(f.Country); err != nil {
			errs = append(errs, fmt.Errorf("country: %w", err))
		}
	}
	if f.Price <= 0 || f.Price > maxPrice {
		errs = append(errs, fmt.Errorf("a price of %d cents; prices are positive, at most %d", f.Price, int64(maxPrice)))
	}
	if err := checkWeight(f.Weight); err != nil {
		errs = append(errs, fmt.Errorf("weight: %w", err))
	}
	return errs
}

// maxPrice leaves factors and sums room in whole numbers that are exact in a
// float64.
const maxPrice = 1e12
