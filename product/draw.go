package product

import (
	"math"
	"time"

	"github.com/kafkanauts/kafkanauts/internal/keyed"
)

// Draw is all that one order may depend on: when and where it happens, who
// orders, and an endless supply of random numbers that belong to this order and
// to the stage that is running. It implements math/rand/v2's Source, so
// rand.New(d) costs nothing and has all distributions.
//
// A Draw is good for one order and one goroutine: a stage keeps nothing of it.
type Draw struct {
	Moment
	Customer Customer // zero until the customers' stage
	Odds     Odds     // factors that later stages apply

	src  keyed.Source
	key  keyed.Key
	tags []string
}

// Moment is what demand decides about an order before the first stage.
type Moment struct {
	Time              time.Time      // the instant, UTC, whole seconds
	Country, Category string         // of the segment that fired
	Zone              *time.Location // the segment's clock; nil is UTC
	Offset            int            // what that clock is ahead of UTC at Time, in seconds
	Shard, Shards     int            // which of how many independent streams the order belongs to; Shards 0 is 1
	Seed              uint64         // the stream's: keys what is fixed for a stream, such as the name of customer 7
}

// Customer is who orders.
type Customer struct {
	Index uint64  // from 0 in the population
	Group string  // of customers who behave alike; may be empty
	Spend float64 // factor on what the customer pays for a unit; 1 is usual
	Taste float64 // in [0,1): where in a category's range the customer's liking lies

	rank, among float64 // by how often they order, from 0, in the customer's country and shard
}

// Frequency returns how often the customer orders, as a factor; 1 is usual.
func (c Customer) Frequency() float64 {
	if c.among == 0 {
		return 1
	}
	return math.Sqrt(c.among) / (math.Sqrt(c.rank+1) + math.Sqrt(c.rank))
}

// Odds are factors by which earlier stages bend what later stages do. At the
// start of an order all are 1.
type Odds struct {
	Price, Qty, Failure float64
	Payment             [4]float64 // in the order of order.Payments
}

// Reset makes d the draw of another order, whose randomness key names. m may be
// d's own Moment, changed in its place. Streams call it; a user's program does so
// only to try stages by itself.
func (d *Draw) Reset(key uint64, m *Moment) {
	if m != &d.Moment {
		d.Moment = *m
	}
	d.Customer = Customer{}
	d.Odds = Odds{1, 1, 1, [4]float64{1, 1, 1, 1}}
	d.key = keyed.Key(key)
	d.src.Reset(d.key)
	d.tags = d.tags[:0]
}

// Uint64 returns a number uniform on the 64-bit words.
func (d *Draw) Uint64() uint64 { return d.src.Uint64() }

// Float64 returns a number uniform on [0,1).
func (d *Draw) Float64() float64 { return d.src.Float64() }

// IntN returns a number uniform on [0,n). For n < 1 it returns 0.
func (d *Draw) IntN(n int) int {
	if n < 1 {
		return 0
	}
	return d.src.IntN(n)
}

// Chance returns true with probability p; never for p <= 0, always for p >= 1.
func (d *Draw) Chance(p float64) bool { return d.src.Float64() < p }

// Local returns the instant on the segment's clock.
func (d *Draw) Local() time.Time {
	if d.Zone == nil {
		return d.Time
	}
	return d.Time.In(d.Zone)
}

// Hour returns the hour of the segment's clock, 0 to 23.
func (d *Draw) Hour() int { return int(floorMod(d.Time.Unix()+int64(d.Offset), 86400) / 3600) }

// Weekday returns the day of the week on the segment's clock.
func (d *Draw) Weekday() time.Weekday {
	days := (d.Time.Unix() + int64(d.Offset) - floorMod(d.Time.Unix()+int64(d.Offset), 86400)) / 86400
	return time.Weekday(floorMod(days+4, 7)) // the first of January 1970 was a Thursday
}

func floorMod(a, b int64) int64 {
	m := a % b
	if m < 0 {
		m += b
	}
	return m
}

// Tag notes in the answer key that the pattern of this name acted on the order.
// A name that was noted already is not noted again.
func (d *Draw) Tag(name string) {
	for _, t := range d.tags {
		if t == name {
			return
		}
	}
	d.tags = append(d.tags, name)
}

// Tags returns the names that were noted, in that order. The slice is valid
// until the next Reset.
func (d *Draw) Tags() []string { return d.tags }
