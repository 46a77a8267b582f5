package demand

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestZone(t *testing.T) {
	t.Setenv("ZONEINFO", "/nowhere")
	t.Setenv("TZ", "Asia/Tokyo")
	for _, c := range []struct {
		name, at string
		offset   int
	}{
		{"Europe/Madrid", "2022-03-27T00:59:59Z", 3600},
		{"Europe/Madrid", "2022-03-27T01:00:00Z", 7200},
		{"America/New_York", "2022-02-01T00:00:00Z", -5 * 3600},
		{"America/Mexico_City", "2022-07-01T00:00:00Z", -5 * 3600}, // the last summer time
		{"America/Mexico_City", "2023-07-01T00:00:00Z", -6 * 3600},
		{"Asia/Shanghai", "2022-07-01T00:00:00Z", 8 * 3600},
		{"Europe/Madrid", "2050-07-01T00:00:00Z", 7200}, // beyond the tables, by the rule
		{"UTC", "2022-07-01T00:00:00Z", 0},
		{"", "2022-07-01T00:00:00Z", 0},
	} {
		zone, err := Zone(c.name)
		if err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if _, offset := at.In(zone).Zone(); offset != c.offset {
			t.Errorf("%s at %s is %d s ahead, want %d", c.name, c.at, offset, c.offset)
		}
	}
	for _, name := range []string{"Local", "Europe/Madird", "Europe/", "Europe", "../zoneinfo.zip"} {
		if _, err := Zone(name); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("Zone(%q): error %v", name, err)
		}
	}
}

func TestAllZonesLoad(t *testing.T) {
	files, err := zones()
	if err != nil {
		t.Fatal(err)
	}
	var n int
	for name := range files {
		if strings.HasSuffix(name, "/") {
			continue
		}
		zone, err := Zone(name)
		if err != nil {
			t.Fatal(err)
		}
		if zone.String() != name {
			t.Errorf("zone %s calls itself %s", name, zone)
		}
		n++
	}
	if n < 500 {
		t.Errorf("%d zones", n)
	}
}

func TestWorld(t *testing.T) {
	w := World()
	if err := w.Check(); err != nil {
		t.Fatal(err)
	}
	if len(w) != 20 {
		t.Fatalf("%d segments", len(w))
	}
	countries := map[string]float64{}
	for _, s := range w {
		countries[s.Country] += s.Expect(start, start.AddDate(0, 0, 14))
	}
	for country, want := range map[string]float64{"United States": 1108380, "Mexico": 467782, "China": 3344028, "Spain": 291008} {
		if got := countries[country]; math.Abs(got-want) > 1 {
			t.Errorf("%s: %.1f orders in 14 days, want %.0f", country, got, want)
		}
	}
	// Twice the groceries on an American Tuesday, by the American clock.
	zone := w[2].Zone
	noon := time.Date(2022, 2, 1, 12, 0, 0, 0, zone)
	if got := w[2].Rate(noon) / w[0].Rate(noon); math.Abs(got-2) > 1e-12 {
		t.Errorf("groceries are %v of e-commerce", got)
	}
	if want := 60 * 0.6 / math.Sqrt(2*math.Pi) / 0.25 * PerFiveMinutes; math.Abs(w[0].Rate(noon.UTC())-want) > 1e-12 {
		t.Errorf("rate at noon %v, want %v", w[0].Rate(noon), want)
	}
}

func TestMarketSums(t *testing.T) {
	w := World()
	now := start.Add(123 * time.Hour)
	var rate, expect float64
	for _, s := range w {
		rate += s.Rate(now)
		expect += s.Expect(start, now)
	}
	if got := w.Rate(now); math.Abs(got-rate) > 1e-12*rate {
		t.Errorf("rate %v, sum of the segments' %v", got, rate)
	}
	if got := Expect(w, start, now); math.Abs(got-expect) > 1e-9*expect {
		t.Errorf("Expect %v, sum of the segments' %v", got, expect)
	}
	for _, x := range []float64{0, 0.5, 3} {
		scaled := w.Scale(x).Scale(2)
		if got := scaled.Rate(now); math.Abs(got-2*x*rate) > 1e-12*rate {
			t.Errorf("scaled by %v twice: rate %v, want %v", x, got, 2*x*rate)
		}
	}
	if got := w.Rate(now); got != rate {
		t.Error("Scale has changed its receiver")
	}
	if err := w.Scale(-1).Check(); err == nil {
		t.Error("a negative scale passes Check")
	}
}

// Segments of the same names add up; everything that is wrong is said at once.
func TestCheck(t *testing.T) {
	one := Segment{Country: "Spain", Category: "Gas", Curve: Constant(1)}
	if err := (Market{one, one}).Check(); err != nil {
		t.Errorf("two alike: %v", err)
	}
	noon := CurveFunc(func(t time.Time) float64 {
		if t.Hour() == 12 {
			return math.NaN()
		}
		return 1
	})
	err := Market{
		{Category: "Gas", Curve: Constant(1)},
		{Country: "Spain", Curve: Constant(1)},
		{Country: "Spain", Category: "None"},
		{Country: "Spain", Category: "Less", Curve: Constant(-1)},
		{Country: "Spain", Category: "Endless", Curve: Constant(math.Inf(1))},
		{Country: "Spain", Category: "Noon", Curve: noon},
		{Country: "Spain", Category: "Flat", Curve: Normal{Mu: 0.5, Scale: 1}},
	}.Check()
	if err == nil {
		t.Fatal("all of it passes")
	}
	for _, want := range []string{"segment 1 has no country", "segment 2 has no category", "segment 3 (Spain, None) has no curve",
		"segment 4 (Spain, Less) has a rate of -1 ", "segment 5 (Spain, Endless) has a rate of +Inf", "segment 6 (Spain, Noon) has a rate of NaN at 2024-01-01T12:00:00Z",
		"segment 7 (Spain, Flat) has a rate of NaN"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in:\n%v", want, err)
		}
	}
	if (Market{}).Check() == nil {
		t.Error("no segments pass Check")
	}
}
