package demand_test

import (
	"fmt"
	"log"
	"time"

	"github.com/kafkanauts/kafkanauts/demand"
)

// Rush is a shop's curve of its own: Base orders a second, and Extra more from
// eleven to two. It reads the wall clock, so that it is right in any zone.
type Rush struct{ Base, Extra float64 }

// Rate is all that a Curve must have.
func (r Rush) Rate(t time.Time) float64 {
	if h := t.Hour(); h >= 11 && h < 14 {
		return r.Base + r.Extra
	}
	return r.Base
}

// String is for forecasts and errors.
func (r Rush) String() string { return fmt.Sprintf("rush(%v, %v)", r.Base, r.Extra) }

// A type of one's own becomes a Curve by its method Rate, and takes part in all
// that the package's own curves do.
func Example_curve() {
	madrid, err := demand.Zone("Europe/Madrid")
	if err != nil {
		log.Fatal(err)
	}
	quietTuesday := demand.OnDays{
		Days: demand.DaysOf(time.Tuesday),
		Then: demand.Constant(0.01),
		Else: Rush{Base: 0.05, Extra: 0.2},
	}
	fmt.Println(quietTuesday)

	monday := time.Date(2022, time.January, 31, 0, 0, 0, 0, madrid)
	fmt.Println(quietTuesday.Rate(monday.Add(12*time.Hour)), "orders a second on Monday at noon")
	for range 3 {
		next := monday.AddDate(0, 0, 1)
		fmt.Printf("%s %.0f orders\n", monday.Weekday(), demand.Expect(quietTuesday, monday, next))
		monday = next
	}

	// Output:
	// ondays(Tue: constant(0.01); else rush(0.05, 0.2))
	// 0.25 orders a second on Monday at noon
	// Monday 6480 orders
	// Tuesday 864 orders
	// Wednesday 6480 orders
}
