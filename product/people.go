package product

import (
	"errors"
	"fmt"
	"sync"

	"github.com/kafkanauts/kafkanauts/internal/alias"
)

// Country is a part of the population: how many of the customers live there,
// what they are called and in which cities they live.
type Country struct {
	Name   string
	Weight float64  // of its part of the population; 0 is 1
	Names  []string // full names, all equally frequent; nil: English ones
	Cities []City   // nil: cities that could be anywhere
}

// City is where customers live.
type City struct {
	Name   string
	Weight float64 // of its part of the country's customers; 0 is 1
}

// People is what customers are called and where they live. It never changes and
// is safe for concurrent use.
type People struct {
	names     map[string]int
	places    []place // by number of the name
	elsewhere place
	spread    float64 // the whole population divided by its smallest country
}

type place struct {
	names    texts
	cities   []string
	table    alias.Table // of the cities
	from, to float64     // of the population, in [0,1]
	listed   bool
}

// NewPeople returns the People of these countries, which number their customers
// in this order; a country that is not among them has English names and cities that
// could be anywhere. The error joins everything that is wrong.
func NewPeople(countries ...Country) (*People, error) {
	var errs []error
	if len(countries) == 0 {
		errs = append(errs, errors.New("product: people of no country"))
	}
	sum := 0.0
	names := make([]string, len(countries))
	for i, c := range countries {
		names[i] = c.Name
		for j := range i {
			if names[j] == c.Name {
				errs = append(errs, fmt.Errorf("product: people: %q is country %d and country %d", c.Name, j+1, i+1))
			}
		}
		sum += orOne(c.Weight)
	}
	p := &People{spread: 1, names: numbered(names)}
	cum := 0.0
	for i, c := range countries {
		bad := func(err error) {
			errs = append(errs, fmt.Errorf("product: people: country %d (%q): %w", i+1, c.Name, err))
		}
		if err := checkText(c.Name); err != nil {
			bad(fmt.Errorf("name: %w", err))
		}
		if err := checkWeight(orOne(c.Weight)); err != nil {
			bad(err)
		}
		if part := orOne(c.Weight) / sum; part < 1e-6 {
			bad(fmt.Errorf("its part of the population is %.2g; a country needs at least a millionth", part))
		} else {
			p.spread = max(p.spread, 1/part)
		}
		home := newPlace(c, bad)
		home.listed = true
		home.from = cum / sum
		cum += orOne(c.Weight)
		home.to = cum / sum
		p.places = append(p.places, home)
	}
	p.elsewhere = newPlace(Country{}, func(err error) { errs = append(errs, err) })
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return p, nil
}

func newPlace(c Country, bad func(error)) place {
	if len(c.Names) == 0 {
		c.Names = englishNames()
	}
	for i, n := range c.Names {
		if err := checkText(n); err != nil {
			bad(fmt.Errorf("full name %d: %w", i+1, err))
		}
	}
	home := place{names: newTexts(c.Names)}
	if len(c.Cities) == 0 {
		c.Cities = anyCities
	}
	var weights []float64
	for i, city := range c.Cities {
		if err := checkText(city.Name); err != nil {
			bad(fmt.Errorf("city %d: %w", i+1, err))
		}
		if err := checkWeight(orOne(city.Weight)); err != nil {
			bad(fmt.Errorf("city %d (%q): %w", i+1, city.Name, err))
		}
		home.cities = append(home.cities, city.Name)
		weights = append(weights, orOne(city.Weight))
	}
	table, err := alias.New(weights)
	if err != nil {
		bad(fmt.Errorf("cities: %w", err))
	}
	home.table = table
	return home
}

func orOne(w float64) float64 {
	if w == 0 {
		return 1
	}
	return w
}

// find returns the place of a country, or what stands for any other.
func (p *People) find(country string) *place {
	if i, ok := p.names[country]; ok {
		return &p.places[i]
	}
	return &p.elsewhere
}

// DefaultPeople returns the people of the default world.
func DefaultPeople() *People { return defaultPeople() }

var defaultPeople = sync.OnceValue(func() *People {
	p, err := NewPeople(
		Country{UnitedStates, 3, englishNames(), americanCities},
		Country{Mexico, 2.5, spanishNames("mexico", mexicanGiven, mexicanFamily), mexicanCities},
		Country{China, 5, chineseNames(), chineseCities},
		Country{Spain, 2.5, spanishNames("spain", iberianGiven, iberianFamily), iberianCities},
	)
	if err != nil {
		panic(err) // our own data, which the tests load
	}
	return p
})
