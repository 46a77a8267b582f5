package product

import (
	"errors"
	"fmt"
	"math"

	"github.com/kafkanauts/kafkanauts/order"
)

// Basket fills in how much of the product is bought: less, the dearer a unit is.
// And it bends the price that the catalog set by Odds.Price and the customer's
// Spend, to whole cents and at least one; where both are 1, it leaves it alone.
//
// The zero Basket is the default world's: one song or record at a time; a tank of
// gas; of other things below 10.00 up to 30, with a long tail, and of dearer
// things mostly one.
type Basket struct {
	Bands []Band // the first that fits an order counts; nil: DefaultBands()
}

// Band is how much is bought of the products of a category in a range of prices.
// The quantity q follows a Lomax law of shape 1 (Lomax 1954), in whole units and
// cut off at Max:
//
//	P(q > k) = (s/(s+k) - s/(s+Max)) / (1 - s/(s+Max))    for k = 0 … Max
//
// where s is Scale times Odds.Qty. A small s is mostly one unit: without the cut,
// P(q = 1) = 1/(1+s). A large one has a long tail.
type Band struct {
	Category string  // empty: any
	Below    int64   // cents: fits units whose list price is lower; 0: any price
	Scale    float64 // at least 0; 0 is always one unit
	Max      int     // at least 1
}

// DefaultBands returns the bands of the zero Basket.
func DefaultBands() []Band { return append([]Band(nil), defaultBands[:]...) }

var defaultBands = [...]Band{
	{Category: Music, Max: 1},
	{Category: Gas, Below: 1000, Scale: 30, Max: 30},
	{Below: 1000, Scale: 3, Max: 30},
	{Below: 5000, Scale: 0.35, Max: 6},
	{Below: 10000, Scale: 0.15, Max: 4},
	{Scale: 0.05, Max: 3},
}

// Name returns "basket".
func (b Basket) Name() string { return "basket" }

// Reads returns category and price.
func (b Basket) Reads() []order.Field { return []order.Field{order.Category, order.Price} }

// Writes returns quantity and price.
func (b Basket) Writes() []order.Field { return []order.Field{order.Qty, order.Price} }

// Generate fills in the quantity and bends the price. Where no band fits, the
// quantity is 1.
func (b Basket) Generate(d *Draw, o *order.Order) {
	o.Qty = 1
	for _, band := range b.bands() {
		if (band.Category == "" || band.Category == o.Category) && (band.Below == 0 || o.Price < band.Below) {
			o.Qty = band.quantity(d)
			break
		}
	}
	bend(d, o)
}

func (b Basket) bands() []Band {
	if b.Bands == nil {
		return defaultBands[:]
	}
	return b.Bands
}

// bind is Bind of Binder.
func (b Basket) bind(m *Moment) Generator {
	bound := &boundBasket{Basket: b}
	for _, band := range append(b.bands()[:len(b.bands()):len(b.bands())], Band{Max: 1}) {
		if band.Category != "" && band.Category != m.Category {
			continue
		}
		if n := len(bound.below); n > 0 && band.Below != 0 && band.Below <= bound.below[n-1] {
			continue // a band for this category alone takes all that this one could have
		}
		bound.bands = append(bound.bands, newBoundBand(band))
		if band.Below == 0 {
			break
		}
		bound.below = append(bound.below, band.Below)
	}
	// Categories with other numbers of bands are as many steps in a loop, whose end
	// could not be foreseen otherwise.
	for len(bound.below)%4 != 0 || len(bound.below) == 0 {
		bound.below = append(bound.below, math.MaxInt64)
	}
	return bound
}

// boundBasket is Basket for one category.
type boundBasket struct {
	Basket
	bands []boundBand // the last one fits any price
	below []int64     // of the others, ascending; then no price's end
}

// boundBand is a Band with what its law comes to where Odds.Qty is 1.
type boundBand struct {
	Band
	scale       float64
	least, rest float64
}

func newBoundBand(band Band) boundBand {
	b := boundBand{Band: band, scale: min(band.Scale, 1e9)}
	if !(b.scale > 0) || b.Max <= 1 {
		b.Max, b.scale = 1, 1 // always one, by the same law
	}
	b.least = b.scale / (b.scale + float64(b.Max))
	b.rest = 1 - b.least
	return b
}

func (b *boundBasket) Generate(d *Draw, o *order.Order) {
	i := uint64(0) // how many bands' ends the price has reached
	price := min(max(o.Price, 0), math.MaxInt64-1)
	for _, below := range b.below {
		i += uint64(below-price-1) >> 63
	}
	band := &b.bands[i]
	if d.Odds.Qty == 1 {
		v := float64(band.rest*(1-d.Float64())) + band.least
		o.Qty = min(1+int(band.scale/v-band.scale), band.Max)
	} else {
		o.Qty = band.quantity(d)
	}
	bend(d, o)
}

// bend applies the odds and the customer's spending to the price.
func bend(d *Draw, o *order.Order) {
	factor := d.Odds.Price
	if spend := d.Customer.Spend; spend != 0 { // 0: the chain has no customers
		factor *= spend
	}
	if factor != 1 {
		cents := math.Floor(float64(float64(o.Price)*factor) + 0.5)
		if !(cents >= 1) {
			cents = 1
		}
		o.Price = int64(min(cents, maxPrice))
	}
}

// quantity draws from the law of the band, by inversion: the fraction that is
// bought in more than x units falls from 1 at x = 0 to nothing at x = Max.
func (b *Band) quantity(d *Draw) int {
	s := min(b.Scale*d.Odds.Qty, 1e9)
	if !(s > 0) || b.Max <= 1 {
		return 1
	}
	least := s / (s + float64(b.Max))
	v := float64((1-least)*(1-d.Float64())) + least // uniform on (least, 1]
	return min(1+int(s/v-s), b.Max)
}

// Declare returns the patterns that categories are always bought one by one, one
// for each such category. It tags no orders: their quantity says it.
func (b Basket) Declare() []Pattern {
	bands := b.bands()
	var all []Pattern
	for i, band := range bands {
		if band.Category == "" || band.Below != 0 || band.Scale > 0 && band.Max > 1 || b.earlier(bands[:i], band.Category) {
			continue
		}
		when := When{Categories: []string{band.Category}}
		all = append(all, Pattern{
			Name:      "one-by-one: " + band.Category,
			Statement: fmt.Sprintf("All %v are of one unit.", when),
			When:      when.Clauses(),
			Field:     order.Qty.String(),
			Value:     "1",
			Share:     1,
		})
	}
	return all
}

// earlier returns whether one of bands may take orders of the category.
func (b Basket) earlier(bands []Band, category string) bool {
	for _, band := range bands {
		if band.Category == "" || band.Category == category {
			return true
		}
	}
	return false
}

// Check returns everything that is wrong with the bands.
func (b Basket) Check() error {
	var errs []error
	bad := func(i int, format string, args ...any) {
		errs = append(errs, fmt.Errorf("band %d: "+format, append([]any{i + 1}, args...)...))
	}
	for i, band := range b.Bands {
		if band.Below < 0 {
			bad(i, "Below is %d cents; prices are positive, and 0 is no limit", band.Below)
		}
		if err := checkFactor(band.Scale); err != nil {
			bad(i, "scale: %w", err)
		}
		if band.Max < 1 {
			bad(i, "Max is %d; an order is of at least one unit", band.Max)
		}
		for j, other := range b.Bands[:i] {
			if (other.Category == "" || other.Category == band.Category) && (other.Below == 0 || band.Below != 0 && band.Below <= other.Below) {
				bad(i, "it is never reached, because band %d takes all its orders; move it before that", j+1)
				break
			}
		}
	}
	return errors.Join(errs...)
}
