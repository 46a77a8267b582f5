package product

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
)

// When selects orders. All of its conditions must hold, and one that lists
// nothing always does: the zero When selects every order. Weekdays and hours are
// those of the clock of the order's segment.
type When struct {
	Countries, Categories []string
	Weekdays              []time.Weekday
	Hours                 []int // from 0 to 23
}

// Holds returns whether w selects o.
func (w *When) Holds(d *Draw, o *order.Order) bool {
	return w.selects(o.Country, o.Category) &&
		(len(w.Weekdays) == 0 || slices.Contains(w.Weekdays, d.Weekday())) &&
		(len(w.Hours) == 0 || slices.Contains(w.Hours, d.Hour()))
}

// selects returns whether w selects any orders of the country and category.
func (w *When) selects(country, category string) bool {
	return (len(w.Categories) == 0 || slices.Contains(w.Categories, category)) &&
		(len(w.Countries) == 0 || slices.Contains(w.Countries, country))
}

// Clauses returns the conditions as the answer key has them.
func (w When) Clauses() []truth.Clause {
	var all []truth.Clause
	add := func(field string, values []string) {
		if len(values) > 0 {
			all = append(all, truth.Clause{Field: field, Values: values})
		}
	}
	add("weekday", w.days())
	add("hour", w.hours())
	add(order.Country.String(), slices.Clone(w.Countries))
	add(order.Category.String(), slices.Clone(w.Categories))
	return all
}

func (w When) days() []string {
	var days []string
	for _, d := range w.Weekdays {
		days = append(days, d.String())
	}
	return days
}

func (w When) hours() []string {
	var hours []string
	for _, h := range w.Hours {
		hours = append(hours, fmt.Sprintf("%02d", h))
	}
	return hours
}

// String returns which orders w selects, such as "orders of Groceries from Spain
// on Tuesday".
func (w When) String() string {
	s := "orders"
	for _, part := range []struct {
		word   string
		values []string
	}{{"of", w.Categories}, {"from", w.Countries}, {"on", w.days()}, {"in hour", w.hours()}} {
		if len(part.values) > 0 {
			s += " " + part.word + " " + either(part.values)
		}
	}
	return s
}

// either joins values as alternatives: "a", "a or b", "a, b or c".
func either(values []string) string {
	if len(values) < 2 {
		return strings.Join(values, "")
	}
	last := len(values) - 1
	return strings.Join(values[:last], ", ") + " or " + values[last]
}

// check returns what is wrong with w, joined.
func (w When) check() error {
	var errs []error
	for _, d := range w.Weekdays {
		if d < time.Sunday || d > time.Saturday {
			errs = append(errs, fmt.Errorf("weekday %d is none; they are 0 (Sunday) to 6 (Saturday)", int(d)))
		}
	}
	for _, h := range w.Hours {
		if h < 0 || h > 23 {
			errs = append(errs, fmt.Errorf("hour %d is none; they are 0 to 23", h))
		}
	}
	for _, list := range [][]string{w.Countries, w.Categories} {
		for _, s := range list {
			if err := checkText(s); err != nil {
				errs = append(errs, fmt.Errorf("a country or category that no order can have: %w", err))
			}
		}
	}
	return errors.Join(errs...)
}
