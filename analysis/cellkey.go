package analysis

import "iter"

// Orders are counted by cell: an hour since 1970, a country and a category, of
// which names hold the texts. As a key, a cell takes 29 bits for the hour, which reach
// thirty thousand years in both directions, and 17 for each number.

// cell is what was counted of one.
type cell struct {
	hour              int64
	country, category int32
	orders, cents     int64
}

const (
	hourBits = 29
	nameBits = 17
	nameMask = 1<<nameBits - 1
)

// place is the part of a key that says country and category.
func place(country, category int32) uint64 {
	return uint64(country&nameMask)<<nameBits | uint64(category&nameMask)
}

func cellKey(hour int64, place uint64) uint64 {
	return 1<<63 | uint64(hour+1<<(hourBits-1))&(1<<hourBits-1)<<(2*nameBits) | place
}

// placeOf returns the country and the category of a key.
func placeOf(key uint64) (country, category int32) {
	return int32(key >> nameBits & nameMask), int32(key & nameMask)
}

// cells returns what was counted by cellKey, in no order.
func (c *counts) cells() iter.Seq[cell] {
	return func(yield func(cell) bool) {
		for e := range c.all() {
			country, category := placeOf(e.key)
			hour := int64(e.key>>(2*nameBits)&(1<<hourBits-1)) - 1<<(hourBits-1)
			if !yield(cell{hour, country, category, e.n, e.amount}) {
				return
			}
		}
	}
}

// moved returns keys with their places renumbered.
func moved(countries, categories []int32) func(key uint64) uint64 {
	return func(key uint64) uint64 {
		country, category := placeOf(key)
		return key&^(1<<(2*nameBits)-1) | place(countries[country], categories[category])
	}
}

// cube is the orders by hour of the week, UTC, and by place and number of a value:
// orders come in the order of time, so one small table is in use at a time.
type cube [week]counts

// cubeCell is what was counted of one.
type cubeCell struct {
	hour        int
	land, group int32
	value       int32
	n           int64
}

func cubeKey(place uint64, value int32) uint64 { return 1<<63 | uint64(value)<<(2*nameBits) | place }

// all returns what was counted, in no order.
func (c *cube) all() iter.Seq[cubeCell] {
	return func(yield func(cubeCell) bool) {
		for hour := range c {
			for e := range c[hour].all() {
				land, group := placeOf(e.key)
				if !yield(cubeCell{hour, land, group, int32(e.key &^ (1 << 63) >> (2 * nameBits)), e.n}) {
					return
				}
			}
		}
	}
}
