package demand_test

import (
	"fmt"
	"log"
	"time"

	"github.com/kafkanauts/kafkanauts/demand"
)

// launch is a function as a curve: nothing before the opening, then a trade that
// doubles every week until it is at 0.08 orders a second.
func launch(t time.Time) float64 {
	opening := time.Date(2022, time.January, 31, 9, 0, 0, 0, time.UTC)
	if t.Before(opening) {
		return 0
	}
	week := int(t.Sub(opening) / (7 * 24 * time.Hour))
	return 0.01 * float64(int(1)<<min(week, 3))
}

// A market of two segments, its forecast, and the first orders of the first of
// two shards.
func Example_market() {
	tokyo, err := demand.Zone("Asia/Tokyo")
	if err != nil {
		log.Fatal(err)
	}
	m := demand.Market{
		{Country: "Japan", Category: "Music", Zone: tokyo, Curve: demand.Normal{Mu: 20 * demand.Hour, SD: 0.1, Scale: 0.01}},
		{Country: "Japan", Category: "Gas", Zone: tokyo, Curve: demand.CurveFunc(launch)},
	}
	from := time.Date(2022, time.January, 30, 0, 0, 0, 0, time.UTC)
	p, err := demand.NewPlan(m, from, from.AddDate(0, 0, 3), 2)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(p.Forecast(p.From(), p.To()))

	fmt.Println()
	s := p.NewSampler()
	var arrivals []demand.Arrival
	for step := int64(0); len(arrivals) < 3; step++ {
		if err := s.Load(step); err != nil {
			log.Fatal(err)
		}
		arrivals = s.Draw(arrivals, uint64(step)) // a key for each step and shard
	}
	for _, a := range arrivals[:3] {
		local := time.Unix(a.Unix, 0).In(p.Segment(int(a.Segment)).Zone)
		fmt.Println(local.Format("Mon 15:04:05 MST"), p.Segment(int(a.Segment)).Category)
	}

	// Output:
	// orders from 2022-01-30 00:00:00 to 2022-02-02 00:00:00 UTC
	//                  expected       sd   99 % band
	// total                3997       63   3835 to 4162
	//
	// Japan                3997       63   3835 to 4162
	//
	// Music                2592       51   2461 to 2725
	// Gas                  1406       37   1309 to 1504
	//
	// 2022-01-30            864       29   789 to 941
	// 2022-01-31           1405       37   1309 to 1504
	// 2022-02-01           1728       42   1621 to 1837
	//
	// Sun 12:09:25 JST Music
	// Sun 12:18:26 JST Music
	// Sun 12:34:55 JST Music
}
