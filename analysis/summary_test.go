package analysis

import (
	"math"
	"slices"
	"testing"
	"time"
)

func TestSummaryCountsEverything(t *testing.T) {
	s := maker{seed: 1, orders: 30000, customers: 500}.make()
	var sum Summary
	var cents, failed int64
	spent := map[uint64]int64{}
	for i := range s.clean {
		o := &s.clean[i]
		sum.Add(o)
		cents += o.Price * int64(o.Qty)
		spent[o.CustomerID] += o.Price * int64(o.Qty)
		if !o.Success {
			failed++
		}
	}
	if sum.Orders != 30000 || sum.Cents != cents || sum.Failed != failed || sum.Customers() != int64(len(spent)) {
		t.Errorf("%d orders, %d cents, %d failed, %d customers", sum.Orders, sum.Cents, sum.Failed, sum.Customers())
	}
	top, part := sum.TopSpenders(3)
	for _, n := range spent {
		if n > top[0].Cents {
			t.Errorf("a customer spent %d, the top spender %d", n, top[0].Cents)
		}
	}
	if part != 1 || top[0].Cents != spent[top[0].Customer] || top[0].Cents < top[1].Cents {
		t.Errorf("top spenders %v of %v", top, part)
	}
	total := func(n ...int64) (all int64) {
		for _, v := range n {
			all += v
		}
		return
	}
	hours, _ := sum.Hourly()
	var days, cross, prices, quantities int64
	for _, d := range sum.Daily() {
		days += total(d.Counts...)
	}
	for _, r := range sum.CountryCategory() {
		cross += total(r...)
	}
	for _, b := range sum.Prices() {
		prices += b.Orders
	}
	for _, b := range sum.Quantities() {
		quantities += b.Orders
	}
	for name, n := range map[string]int64{"hours": total(hours[:]...), "days": days, "cross": cross, "prices": prices, "quantities": quantities,
		"series": total(sum.HourSeries().Counts...)} {
		if n != sum.Orders {
			t.Errorf("%s sum to %d", name, n)
		}
	}
	if f := sum.Failures(); f[0].Lo > 0.1 || f[0].Hi < 0.1 || f[0].Of != failed || len(f) != 1+4+4+16 {
		t.Errorf("failures %+v", f[0])
	}
}

func TestSpikes(t *testing.T) {
	chance := 0
	for seed := range uint64(5) {
		s := maker{seed: seed, orders: 60000, customers: 500}.make()
		var sum Summary
		for i := range s.clean {
			sum.Add(&s.clean[i])
		}
		chance += len(sum.Spikes(0.001))
		if seed > 0 {
			continue
		}
		o := s.clean[20000]
		at := o.Time.Truncate(time.Hour)
		for i := range 400 {
			o.ID = uint64(i + 1)
			sum.Add(&o)
		}
		spikes := sum.Spikes(0.001)
		if !slices.ContainsFunc(spikes, func(s Spike) bool { return s.Hour.Equal(at) && float64(s.Orders) > s.Expected+200 }) {
			t.Errorf("400 more orders at %v are no spike: %+v", at, spikes)
		}
	}
	// Five streams of 336 hours at a false discovery rate of 0.001: in one set of
	// such streams in a hundred at most there is more than one.
	if chance > 1 {
		t.Errorf("%d spikes in streams without any", chance)
	}
}

func TestBinsHoldTheirBorders(t *testing.T) {
	for cents := int64(1); cents < 2_000_000; cents += 1 + cents/1000 {
		b := PriceBin(cents)
		if float64(cents) < PriceFrom(b) || float64(cents) >= PriceFrom(b+1) {
			t.Fatalf("%d cents in bin %d from %v to %v", cents, b, PriceFrom(b), PriceFrom(b+1))
		}
	}
	if PriceBin(0) != -1 || PriceBin(math.MaxInt64) < 180 {
		t.Error("the ends have no bins")
	}
	for qty, want := range map[int]int{-3: 0, 0: 0, 1: 1, 32: 32, 33: 32, 63: 32, 64: 64, 100: 64, math.MaxInt: 1 << 62} {
		if got := QuantityBin(qty); got != want {
			t.Errorf("quantity %d in bin %d, want %d", qty, got, want)
		}
	}
}

func TestCalendar(t *testing.T) {
	for d := time.Date(1899, 12, 25, 5, 6, 7, 0, time.UTC); d.Year() < 2105; d = d.AddDate(0, 0, 13) {
		s, ok := second([]byte(d.Format("2006-01-02T15:04:05")))
		if !ok || s != d.Unix() {
			t.Fatalf("%v read as %d, %v", d, s, ok)
		}
		if h := weekHour(d.Unix()); h != (int(d.Weekday())+6)%7*24+d.Hour() {
			t.Fatalf("%v is hour %d of the week", d, h)
		}
	}
	for _, s := range []string{"2022-02-29T00:00:00", "2022-13-01T00:00:00", "2022-00-01T00:00:00", "2022-01-00T00:00:00", "2022-01-01T24:00:00", "2022-01-01T00:60:00"} {
		if _, ok := second([]byte(s)); ok {
			t.Errorf("%s exists", s)
		}
	}
}

func TestAbsurdTimesMakeNoEndlessSeries(t *testing.T) {
	s := maker{seed: 1, orders: 500, customers: 50}.make()
	var sum Summary
	for i := range s.clean {
		sum.Add(&s.clean[i])
	}
	o := s.clean[0]
	o.Time = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	sum.Add(&o)
	o.Time = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	sum.Add(&o)
	var n int64
	series := sum.HourSeries()
	for _, c := range series.Counts {
		n += c
	}
	if len(series.Counts) > mostSteps || n != 500 {
		t.Errorf("%d hours with %d orders", len(series.Counts), n)
	}
	if len(sum.Daily()) != 4 {
		t.Error("no days")
	}
}
