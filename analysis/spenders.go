package analysis

import (
	"cmp"
	"slices"

	"github.com/kafkanauts/kafkanauts/internal/keyed"
)

// mostCustomers is how many customers a Summary keeps: 24 bytes each in a table
// at most 5/8 full.
const mostCustomers = 4 << 20

// spenders sums what customers paid, like a tally: beyond mostCustomers it keeps
// exact sums of a part of them, chosen by hash.
type spenders struct {
	slots []Spender
	used  int
	level uint
}

// Spender is what one customer bought.
type Spender struct {
	Customer uint64
	Orders   int64 // 0: an empty slot
	Cents    int64 // sum of price times quantity
}

func (s *spenders) sampled(id uint64) bool { return keyed.Mix(id)&(1<<s.level-1) == 0 }

func (s *spenders) add(id uint64, orders, cents int64) {
	if !s.sampled(id) {
		return
	}
	if (s.used+1)*8 > len(s.slots)*5 {
		s.rebuild(max(64, 2*len(s.slots)))
	}
	e := s.at(id)
	if e.Orders == 0 {
		e.Customer = id
		s.used++
	}
	e.Orders += orders
	e.Cents += cents
	for s.used > mostCustomers {
		s.level++
		s.rebuild(len(s.slots))
	}
}

func (s *spenders) at(id uint64) *Spender {
	i := s.first(id)
	for s.slots[i].Orders != 0 && s.slots[i].Customer != id {
		i = (i + 1) & (len(s.slots) - 1)
	}
	return &s.slots[i]
}

// touch loads where the customer is whose number is written in text.
func (s *spenders) touch(text []byte) uint64 {
	id := uint64(0)
	for _, c := range text {
		id = id*10 + uint64(c-'0')
	}
	if len(s.slots) == 0 {
		return 0
	}
	return s.slots[s.first(id)].Customer
}

// first returns the slot where the search for id begins.
func (s *spenders) first(id uint64) int { return int(keyed.Mix(id) >> 20 & uint64(len(s.slots)-1)) }

func (s *spenders) rebuild(size int) {
	old := s.slots
	s.slots, s.used = make([]Spender, size), 0
	for _, e := range old {
		if e.Orders != 0 && s.sampled(e.Customer) {
			*s.at(e.Customer) = e
			s.used++
		}
	}
}

func (s *spenders) merge(t *spenders) {
	if t.level > s.level {
		s.level = t.level
		s.rebuild(max(64, len(s.slots)))
	}
	for _, e := range t.slots {
		if e.Orders != 0 {
			s.add(e.Customer, e.Orders, e.Cents)
		}
	}
}

// TopSpenders returns the n customers who spent most, by cents, then number.
// part is the share of customers that was looked at: 1 up to some four million
// of them, then a half, a quarter and so on.
func (s *Summary) TopSpenders(n int) (top []Spender, part float64) {
	for _, e := range s.spenders.slots {
		if e.Orders != 0 {
			top = append(top, e)
		}
	}
	slices.SortFunc(top, func(a, b Spender) int {
		if a.Cents != b.Cents {
			return cmp.Compare(b.Cents, a.Cents)
		}
		return cmp.Compare(a.Customer, b.Customer)
	})
	return slices.Clip(top[:min(n, len(top))]), 1 / float64(uint64(1)<<min(63, s.spenders.level))
}

// Customers returns how many different customers ordered; an estimate where not
// all were kept, with a relative standard error of about 1/1,400.
func (s *Summary) Customers() int64 { return int64(s.spenders.used) << s.spenders.level }
