package demand

import (
	"fmt"
	"time"
)

// World returns the default market: the United States, Mexico, China and Spain,
// each with E-Commerce, Gas, Groceries, Medicine and Music, in this order, on
// their own clocks.
//
// Heights are those of the contest that the schema comes from, in orders in five
// minutes where a curve's density is 1: 300, 250, 698 and 250, times 0.2 for
// all. Every country is busiest at the weekend and on Monday. Americans buy around
// noon; Chinese in four waves, each higher, from eight to four; Mexicans and
// Spaniards before and after a siesta. On Tuesday all but the Chinese buy twice the
// groceries, and the siesta is short and deep. In the 14 days from 2022-01-31 that
// is 5.21 million orders.
func World() Market {
	week := [7]float64{
		time.Monday: 1.1, time.Tuesday: 0.6, time.Wednesday: 0.7, time.Thursday: 0.8,
		time.Friday: 0.9, time.Saturday: 1.2, time.Sunday: 1.3,
	}
	tuesday := DaysOf(time.Tuesday)

	hill := Normal{Mu: 0.5, SD: 0.25, Scale: 1}
	waves := FourPeak{Peak: Normal{Mu: 0, SD: 0.1, Scale: 0.4}, From: 8 * Hour, To: 16 * Hour, EndScale: 0.85}
	rest := func(first, dip, second, sd, depth float64) Curve {
		return Siesta{
			First:  Normal{Mu: first * Hour, SD: 0.1, Scale: 0.6},
			Second: Normal{Mu: second * Hour, SD: 0.1, Scale: 0.6},
			Dip:    Normal{Mu: dip * Hour, SD: sd, Scale: depth},
			Floor:  0.01,
		}
	}

	type shape struct {
		factor float64
		curve  Curve
	}
	all := func(usual, tuesdays Curve) [5]shape {
		s := shape{1, usual}
		return [5]shape{s, s, {1, OnDays{Days: tuesday, Then: Scaled{By: 2, Of: tuesdays}, Else: usual}}, s, s}
	}
	categories := [5]string{"E-Commerce", "Gas", "Groceries", "Medicine", "Music"}
	var m Market
	for _, c := range []struct {
		name, zone string
		height     float64
		shapes     [5]shape
	}{
		{"United States", "America/New_York", 300, all(hill, hill)},
		{"Mexico", "America/Mexico_City", 250, all(rest(13, 15.5, 18, 0.1, 0.6), rest(13, 15.5, 18, 0.05, 1))},
		{"China", "Asia/Shanghai", 698, [5]shape{{1.3, waves}, {1, waves}, {1, waves}, {0.8, waves}, {0.3, waves}}},
		{"Spain", "Europe/Madrid", 250, all(rest(14, 15.5, 17, 0.1, 0.6), rest(14, 15.5, 17, 0.05, 1))},
	} {
		zone, err := Zone(c.zone)
		if err != nil {
			panic(fmt.Sprintf("demand: the embedded zone data is damaged: %v", err))
		}
		for i, s := range c.shapes {
			m = append(m, Segment{
				Country: c.name, Category: categories[i], Zone: zone,
				Curve: Scaled{By: c.height * 0.2 * s.factor * PerFiveMinutes, Of: Weekly{Factors: week, Of: s.curve}},
			})
		}
	}
	return m
}
