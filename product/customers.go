package product

import (
	"errors"
	"fmt"
	"math"
	"math/bits"

	"github.com/kafkanauts/kafkanauts/internal/keyed"
	"github.com/kafkanauts/kafkanauts/order"
)

// DefaultPopulation is how many customers the zero Customers has.
const DefaultPopulation = 200_000

// Customers fills in who orders. A customer is a function of the stream's seed
// and the customer's index, so a population of any size takes no memory: id, name,
// city, taste and how often they order never change. Every customer lives in one
// country and orders from one shard.
//
// Activity is skewed: of the n customers of a country and shard, ranked by how
// often they order, number ⌊n·u²⌋ orders, with u uniform on [0,1). The r-th
// of n therefore has the share √((r+1)/n) - √(r/n) of the orders: the top hundredth of the
// customers make a tenth of them, the top quarter half.
//
// The zero Customers is DefaultPopulation customers of the default world.
type Customers struct {
	// Population is how many customers the countries of People have together, at
	// most 2^53; 0 is DefaultPopulation. A country has a part in proportion to its
	// weight, but never fewer than one customer a shard: where Population is too
	// small for that, it is raised. A country that People does not list has
	// a sixteenth of Population besides.
	Population uint64
	// People is what they are called and where they live; nil is DefaultPeople.
	People *People
}

// Name returns "customers".
func (c Customers) Name() string { return "customers" }

// Reads returns country.
func (c Customers) Reads() []order.Field { return []order.Field{order.Country} }

// Writes returns customer id, customer name and city.
func (c Customers) Writes() []order.Field {
	return []order.Field{order.CustomerID, order.CustomerName, order.City}
}

// Check returns what is wrong with c.
func (c Customers) Check() error {
	var errs []error
	if c.Population > 1<<53 {
		errs = append(errs, fmt.Errorf("a population of %d is above 2^53", c.Population))
	}
	if c.People != nil && len(c.People.places) == 0 {
		errs = append(errs, errors.New("People is empty; make it with NewPeople, or leave it nil for the default world's"))
	}
	return errors.Join(errs...)
}

// customerKey separates what is fixed for a customer from all other randomness.
var customerKey = keyed.Hash("customer")

// Generate fills in the customer, in the order and in the draw.
func (c Customers) Generate(d *Draw, o *order.Order) {
	l := c.locals(o.Country, d.Shards, d.Seed)
	l.Generate(d, o)
}

// bind is Bind of Binder.
func (c Customers) bind(m *Moment) Generator {
	l := c.locals(m.Country, m.Shards, m.Seed)
	return &l
}

// locals is the customers of one country in one stream.
type locals struct {
	Customers
	block
	home   *place
	key    keyed.Key
	shards int64
	least  int64 // how many a shard has; the first shards have one more
	more   int64 // how many shards have one more
}

func (c Customers) locals(country string, shards int, seed uint64) locals {
	people := c.People
	if people == nil {
		people = DefaultPeople()
	}
	l := locals{Customers: c, home: people.find(country), key: keyed.Key(seed).With(customerKey), shards: int64(max(shards, 1))}
	l.block = c.block(people, l.home, country, l.shards)
	l.least, l.more = l.size/l.shards, l.size%l.shards
	return l
}

// Generate fills in one of the customers of the order's shard. Those of a block
// belong to the shards in turn.
func (l *locals) Generate(d *Draw, o *order.Order) {
	shard := int64(d.Shard)
	if shard >= l.shards {
		shard = 0 // there is one shard
	}
	n := l.least + int64(uint64(shard-l.more)>>63)
	u := d.Float64()
	rank := int64(u * u * float64(n))

	within := uint64(l.start + rank*l.shards + shard)
	i := l.base + scatter(within, uint64(l.key), uint64(l.within))
	fixed := uint64(l.key.With(l.base + within)) // as good as i, and there sooner
	// What is left of a word when its upper part has chosen the name is as good
	// as another.
	at, rest := bits.Mul64(fixed, uint64(l.home.names.len()))
	o.CustomerID = i + 1
	o.CustomerName = l.home.names.at(int(at))
	o.City = l.home.cities[l.home.table.Pick(rest)]
	c := &d.Customer // one by one: as a whole it would be put together elsewhere first
	c.Index = i
	c.Group = ""
	c.Spend = 1
	c.Taste = float64(keyed.Mix(fixed)>>11) * 0x1p-53
	c.rank, c.among = float64(rank), float64(n)
}

// block is where the customers of a country lie: size of them from start on,
// within a range of numbers that are turned about among themselves and stand
// behind base.
type block struct {
	start, size, within int64
	base                uint64
}

func (c Customers) block(people *People, home *place, country string, shards int64) block {
	all := float64(int64(c.Population))
	if all == 0 {
		all = DefaultPopulation
	}
	// Rounding the ends of a block may cost a customer: with two to spare,
	// every listed country has one for each shard.
	if least := float64(shards+2) * people.spread; all < least {
		all = math.Ceil(least)
	}
	if home.listed {
		start := int64(home.from * all)
		return block{start, int64(home.to*all) - start, int64(all), 0}
	}
	// Countries that nobody listed have no number, so the hash of the name
	// stands for it: two of them meet with a probability of 2^-32.
	size := max(int64(all)/16, shards)
	number := keyed.Hash(country) >> 32
	if size > 1<<30 {
		number %= 1 << 62 / uint64(size)
	}
	return block{0, size, size, uint64(all) + number*uint64(size)}
}

// scatter is a bijection of the numbers below n > 0, another for each key: it
// keeps the index from telling who orders most, or in which country or shard. It
// mixes the words of as few bits as hold n-1, by steps that can each be
// undone, and again until the result is below n, which takes two rounds at most
// on average.
func scatter(i, key, n uint64) uint64 {
	width := bits.Len64(n - 1)
	mask, half := uint64(1)<<width-1, (width+1)/2
	i &= mask
	for {
		i = (i ^ key) * 0xbf58476d1ce4e5b9 & mask
		i = (i ^ i>>half) * 0x94d049bb133111eb & mask
		i = (i ^ i>>half) & mask
		if i < n {
			return i
		}
	}
}
