package product

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/kafkanauts/kafkanauts/order"
)

// Swap is a planted pattern: of the orders that When selects, Share, chosen at
// random, are of one of the Offers instead of what the catalog chose. It stands
// after the catalog and before the basket, which reads its price.
//
// Of the Offers, those of the order's category and country count, as in a
// Catalog: an offer for any country gives way to one of the same product for the
// order's. Where none counts, the Swap leaves the order alone.
type Swap struct {
	Label  string // the stage's name, and the tag of the orders on which it acted
	When   When
	Share  float64 // in [0,1]
	Offers []Offer // a handful: they are gone through for every order that is swapped
	Decoy  bool    // declared, but without any effect
}

// Tacos returns the pattern of the original contest: on Tuesday, half of the
// grocery orders of the United States, Mexico and Spain are tacos, which are not
// sold on any other day.
func Tacos() Swap {
	const id, name = 3018, "Tacos" // an id from among the groceries'
	return Swap{
		Label: "tuesday-tacos",
		When: When{
			Countries:  []string{UnitedStates, Mexico, Spain},
			Categories: []string{Groceries},
			Weekdays:   []time.Weekday{time.Tuesday},
		},
		Share: 0.5,
		Offers: []Offer{
			{id, name, Groceries, UnitedStates, 399, 1},
			{id, name, Groceries, Mexico, 250, 1},
			{id, name, Groceries, Spain, 375, 1},
		},
	}
}

// Name returns the label.
func (s Swap) Name() string { return s.Label }

// String returns the pattern as a sentence, or as several where the offers differ.
func (s Swap) String() string {
	text := ""
	for _, p := range s.Declare() {
		if text != "" {
			text += " "
		}
		text += p.Statement
	}
	return text
}

// Reads returns country, category, and the product and price that may be
// replaced.
func (s Swap) Reads() []order.Field {
	return []order.Field{order.Country, order.Category, order.ProductID, order.ProductName, order.Price}
}

// Writes returns product id, product name and price.
func (s Swap) Writes() []order.Field {
	return []order.Field{order.ProductID, order.ProductName, order.Price}
}

// Generate replaces the product of an order on which the pattern acts.
func (s Swap) Generate(d *Draw, o *order.Order) { s.act(d, o) }

// bind is Bind of Binder: what is left of s for one country and category.
func (s Swap) bind(m *Moment) Generator {
	left := s
	left.Offers = nil
	for i, f := range s.Offers {
		if s.counts(i, m.Country, m.Category) {
			left.Offers = append(left.Offers, f)
		}
	}
	if s.Decoy || len(left.Offers) == 0 || !s.When.selects(m.Country, m.Category) {
		return nil
	}
	left.When.Countries, left.When.Categories = nil, nil
	return (*boundSwap)(&left)
}

// boundSwap is a Swap for one country and category.
type boundSwap Swap

func (s *boundSwap) Name() string                     { return s.Label }
func (s *boundSwap) Generate(d *Draw, o *order.Order) { (*Swap)(s).act(d, o) }

func (s *Swap) act(d *Draw, o *order.Order) {
	if s.Decoy || !s.When.Holds(d, o) || !d.Chance(s.Share) {
		return
	}
	sum := 0.0
	for i := range s.Offers {
		if s.counts(i, o.Country, o.Category) {
			sum += s.Offers[i].Weight
		}
	}
	at := float64(d.Float64() * sum)
	last := -1
	for i := range s.Offers {
		if !s.counts(i, o.Country, o.Category) {
			continue
		}
		last = i
		if at -= s.Offers[i].Weight; at < 0 {
			break
		}
	}
	if last < 0 {
		return
	}
	f := &s.Offers[last]
	o.ProductID, o.ProductName, o.Price = f.ProductID, f.Name, f.Price
	d.Tag(s.Label)
}

// counts returns whether offer i may be chosen for this country and category.
func (s *Swap) counts(i int, country, category string) bool {
	f := &s.Offers[i]
	if f.Category != category || f.Country != country && f.Country != "" {
		return false
	}
	if f.Country == "" {
		for j := range s.Offers {
			if s.Offers[j].ProductID == f.ProductID && s.Offers[j].Country == country {
				return country == ""
			}
		}
	}
	return true
}

// Declare returns the pattern: one for each product and each share that it has
// in some countries, all of the same name, which is the tag. Where a catalog
// sells a product too, the share is what the pattern adds.
func (s Swap) Declare() []Pattern {
	type part struct {
		category, name string
		share          float64
		countries      []string
	}
	var parts []part
	for _, category := range s.categories() {
		for _, country := range s.countries() {
			sum := 0.0
			for i := range s.Offers {
				if s.counts(i, country, category) {
					sum += s.Offers[i].Weight
				}
			}
			for i, f := range s.Offers {
				if !s.counts(i, country, category) {
					continue
				}
				share := s.Share * (f.Weight / sum)
				at := slices.IndexFunc(parts, func(p part) bool {
					return p.category == category && p.name == f.Name && p.share == share
				})
				if at < 0 {
					at = len(parts)
					parts = append(parts, part{category, f.Name, share, nil})
				}
				parts[at].countries = append(parts[at].countries, country)
			}
		}
	}
	var all []Pattern
	for _, p := range parts {
		when := s.When
		when.Categories, when.Countries = []string{p.category}, p.countries
		if slices.Contains(p.countries, "") {
			when.Countries = nil
		}
		all = append(all, Pattern{
			Name:      s.Label,
			Statement: fmt.Sprintf("Of the %v, %.3g %% are %s.", when, 100*p.share, p.name),
			When:      when.Clauses(),
			Field:     order.ProductName.String(),
			Value:     p.name,
			Share:     p.share,
			Decoy:     s.Decoy,
		})
	}
	return all
}

// countries returns those that When names, else "" for any and those that the
// offers name.
func (s Swap) countries() []string {
	if len(s.When.Countries) > 0 {
		return s.When.Countries
	}
	var all []string
	for _, f := range s.Offers {
		if !slices.Contains(all, f.Country) {
			all = append(all, f.Country)
		}
	}
	return all
}

// categories returns those that When names, else those of the offers.
func (s Swap) categories() []string {
	if len(s.When.Categories) > 0 {
		return s.When.Categories
	}
	var all []string
	for _, f := range s.Offers {
		if !slices.Contains(all, f.Category) {
			all = append(all, f.Category)
		}
	}
	return all
}

// Check returns everything that is wrong with the pattern.
func (s Swap) Check() error {
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf(format, args...))
	}
	if err := checkText(s.Label); err != nil {
		bad("label: %w", err)
	}
	if !(s.Share >= 0 && s.Share <= 1) {
		bad("the share is %v; it is a probability", s.Share)
	}
	if err := s.When.check(); err != nil {
		bad("%w", err)
	}
	for _, p := range problems(s.Offers) {
		bad("offer %d: %w", p.at+1, p.error("offer", func(i int) int { return i + 1 }))
	}
	for _, category := range s.categories() {
		for _, country := range s.countries() {
			some := false
			for i := range s.Offers {
				some = some || s.counts(i, country, category)
			}
			if !some {
				bad("it has no offer of category %q for country %q, which it selects", category, country)
			}
		}
	}
	if len(s.Offers) == 0 {
		bad("it has no offers")
	}
	return errors.Join(errs...)
}
