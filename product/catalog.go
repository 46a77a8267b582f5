package product

import (
	"embed"
	"errors"
	"fmt"
	"sync"

	"github.com/kafkanauts/kafkanauts/internal/alias"
	"github.com/kafkanauts/kafkanauts/order"
)

// Catalog is the stage that chooses the product: what is sold, by country and
// category. It fills in product id, name and the price of the offer, exactly;
// the Basket bends that price if something asks it to. A Catalog never changes.
// The zero Catalog, or a nil one, sells nothing: see DefaultCatalog, NewCatalog
// and LoadCatalog.
type Catalog struct {
	offers []Offer
	cells  grid[catalogCell]
}

type catalogCell struct {
	table alias.Table
	items []item
}

// item is what an Offer fills in.
type item struct {
	name  string
	id    uint64
	price int64
}

// NewCatalog returns the catalog of these offers. For an order, the offers of its
// category count: those for its country, and those for any country of products
// that have none for its own. The error joins everything that is wrong.
func NewCatalog(offers ...Offer) (*Catalog, error) {
	var errs []error
	if len(offers) == 0 {
		errs = append(errs, errors.New("product: a catalog without offers"))
	}
	for _, p := range problems(offers) {
		errs = append(errs, fmt.Errorf("product: catalog: offer %d: %w", p.at+1, p.error("offer", func(i int) int { return i + 1 })))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return build(offers)
}

// build returns the catalog of offers that have no problems.
func build(offers []Offer) (*Catalog, error) {
	c := &Catalog{offers: append([]Offer(nil), offers...)}
	var countries, categories []string
	inCountry := map[string]map[uint64]bool{} // which products have an offer of their own
	byCategory := map[string][]Offer{}
	for _, f := range offers {
		if f.Country != "" {
			if inCountry[f.Country] == nil {
				countries = append(countries, f.Country)
				inCountry[f.Country] = map[uint64]bool{}
			}
			inCountry[f.Country][f.ProductID] = true
		}
		if byCategory[f.Category] == nil {
			categories = append(categories, f.Category)
		}
		byCategory[f.Category] = append(byCategory[f.Category], f)
	}
	c.cells = newGrid[catalogCell](countries, categories)
	var errs []error
	c.cells.each(func(country, category string, cell *catalogCell) {
		var weights []float64
		for _, f := range byCategory[category] {
			if f.Country == country || f.Country == "" && !inCountry[country][f.ProductID] {
				cell.items = append(cell.items, item{f.Name, f.ProductID, f.Price})
				weights = append(weights, f.Weight)
			}
		}
		if len(weights) == 0 {
			return
		}
		var err error
		if cell.table, err = alias.New(weights); err != nil {
			errs = append(errs, fmt.Errorf("product: catalog: category %q in country %q: %w", category, country, err))
		}
	})
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return c, nil
}

// Name returns "catalog".
func (c *Catalog) Name() string { return "catalog" }

// Reads returns country and category.
func (c *Catalog) Reads() []order.Field { return []order.Field{order.Country, order.Category} }

// Writes returns product id, product name and price.
func (c *Catalog) Writes() []order.Field {
	return []order.Field{order.ProductID, order.ProductName, order.Price}
}

// Check returns an error if the catalog is empty.
func (c *Catalog) Check() error {
	if c == nil || len(c.offers) == 0 {
		return errors.New("the catalog sells nothing; use DefaultCatalog, NewCatalog or LoadCatalog")
	}
	return nil
}

// Offers returns what the catalog was made of, in that order.
func (c *Catalog) Offers() []Offer { return append([]Offer(nil), c.offers...) }

// Covers returns nil if the catalog sells something for orders of this country
// and category, else an error that says so.
func (c *Catalog) Covers(country, category string) error {
	if err := c.Check(); err != nil {
		return fmt.Errorf("product: %w", err)
	}
	if cell := c.cells.at(country, category); len(cell.items) == 0 {
		return fmt.Errorf("product: the catalog sells nothing of category %q in country %q; add offers, or use its categories: %q", category, country, c.cells.categories)
	}
	return nil
}

// Generate fills in the product. Where the catalog sells nothing (see Covers) it
// leaves the order as it is.
func (c *Catalog) Generate(d *Draw, o *order.Order) {
	c.cells.at(o.Country, o.Category).fill(d, o)
}

func (c *catalogCell) fill(d *Draw, o *order.Order) {
	if c == nil || len(c.items) == 0 {
		return
	}
	it := &c.items[c.table.Pick(d.Uint64())]
	o.ProductID, o.ProductName, o.Price = it.id, it.name, it.price
}

// bind is Bind of Binder.
func (c *Catalog) bind(m *Moment) Generator {
	return &boundCatalog{c, c.cells.at(m.Country, m.Category)}
}

// boundCatalog is a Catalog for one country and category.
type boundCatalog struct {
	*Catalog
	cell *catalogCell
}

func (c *boundCatalog) Generate(d *Draw, o *order.Order) { c.cell.fill(d, o) }

//go:embed data/*.csv
var data embed.FS

// DefaultCatalog returns the catalog of the default world: some 200 products of
// five categories, each at its price in the United States, Mexico, China and
// Spain; in other countries, at the price in the United States.
func DefaultCatalog() *Catalog { return defaultCatalog() }

var defaultCatalog = sync.OnceValue(func() *Catalog {
	var all []Offer
	for _, name := range []string{"ecommerce", "gas", "groceries", "medicine", "music"} {
		c, err := LoadCatalog(data, "data/"+name+".csv")
		if err != nil {
			panic(err) // our own data, which the tests load
		}
		all = append(all, c.offers...)
	}
	c, err := NewCatalog(all...)
	if err != nil {
		panic(err)
	}
	return c
})
