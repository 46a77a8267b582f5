package product_test

import (
	"fmt"
	"slices"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/kafkanauts/kafkanauts/product"
)

// On the country's own Tuesday, half of the groceries of three countries are tacos;
// at any other time and place, none. The instants lie within minutes of local and
// of UTC midnight, over the changes of the clocks in spring and autumn.
func TestTacosOnLocalTuesdays(t *testing.T) {
	zones := map[string]string{
		product.UnitedStates: "America/New_York", product.Mexico: "America/Mexico_City",
		product.China: "Asia/Shanghai", product.Spain: "Europe/Madrid",
	}
	l := line(t, product.World())
	var d product.Draw
	hits, chances, key := 0, 0, uint64(0)
	for _, country := range []string{product.UnitedStates, product.Mexico, product.China, product.Spain} {
		zone, err := time.LoadLocation(zones[country])
		if err != nil {
			t.Fatal(err)
		}
		for _, start := range []time.Time{
			time.Date(2022, 3, 7, 0, 0, 0, 0, time.UTC), time.Date(2022, 3, 21, 0, 0, 0, 0, time.UTC),
			time.Date(2022, 10, 24, 0, 0, 0, 0, time.UTC), time.Date(1969, 12, 22, 0, 0, 0, 0, time.UTC),
		} {
			for day := range 16 {
				utc := start.AddDate(0, 0, day)
				local := time.Date(utc.Year(), utc.Month(), utc.Day(), 0, 0, 0, 0, zone)
				for _, at := range []time.Time{utc, local} {
					for seconds := -90; seconds <= 90; seconds += 3 {
						when := at.Add(time.Duration(seconds) * time.Second)
						_, offset := when.In(zone).Zone()
						for _, category := range []string{product.Groceries, product.Music} {
							key++
							o := fill(l, &d, key, product.Moment{
								Time: when.UTC(), Country: country, Category: category, Zone: zone, Offset: offset,
							})
							tuesday := when.In(zone).Weekday() == time.Tuesday
							tacos := o.ProductName == "Tacos"
							if tagged := slices.Contains(d.Tags(), "tuesday-tacos"); tagged != tacos {
								t.Fatalf("%+v has tags %q", o, d.Tags())
							}
							if !tuesday || category != product.Groceries || country == product.China {
								if tacos {
									t.Fatalf("tacos on %v in %v: %+v", when.In(zone).Weekday(), country, o)
								}
								continue
							}
							chances++
							if tacos {
								hits++
							}
						}
					}
				}
			}
		}
	}
	near(t, "tacos", hits, chances, 0.5)
}

func TestTacosDeclared(t *testing.T) {
	got := fmt.Sprintf("%+v", product.Tacos().Declare())
	want := "[{Name:tuesday-tacos Statement:Of the orders of Groceries from United States, Mexico or Spain on Tuesday, 50 % are Tacos. " +
		"When:[{Field:weekday Values:[Tuesday]} {Field:country Values:[United States Mexico Spain]} {Field:product_category Values:[Groceries]}] " +
		"Field:product_name Value:Tacos Share:0.5 Decoy:false}]"
	if got != want {
		t.Errorf("declared\n%s, want\n%s", got, want)
	}
	for _, f := range product.DefaultCatalog().Offers() {
		if f.Name == "Tacos" || f.ProductID == product.Tacos().Offers[0].ProductID {
			t.Errorf("the catalog sells %+v", f)
		}
	}
}

// Several offers are chosen by weight, those of the country before general ones.
func TestSwapChoosesByWeight(t *testing.T) {
	s := product.Swap{
		Label: "night", When: product.When{Hours: []int{22, 23}}, Share: 0.8,
		Offers: []product.Offer{
			{ProductID: 1, Name: "A", Category: "X", Price: 100, Weight: 3},
			{ProductID: 2, Name: "B", Category: "X", Price: 200, Weight: 1},
			{ProductID: 2, Name: "B", Category: "X", Country: "Y", Price: 300, Weight: 5},
		},
	}
	l := line(t, s)
	var d product.Draw
	count := map[string]int{}
	const n = 40_000
	for i := range n {
		m := product.Moment{Time: time.Unix(22*3600, 0), Country: []string{"Y", "Z"}[i%2], Category: "X"}
		o := fill(l, &d, uint64(i), m)
		count[fmt.Sprint(o.Country, o.ProductName, o.Price)]++
	}
	near(t, "Y, A", count["YA100"], n/2, 0.8*3/8)
	near(t, "Y, B", count["YB300"], n/2, 0.8*5/8)
	near(t, "Z, A", count["ZA100"], n/2, 0.8*3/4)
	near(t, "Z, B", count["ZB200"], n/2, 0.8/4)
	s.Decoy = true
	if o := fill(line(t, s), &d, 1, product.Moment{Time: time.Unix(22*3600, 0), Country: "Y", Category: "X"}); o.ProductID != 0 || len(d.Tags()) != 0 {
		t.Errorf("a decoy acted: %+v", o)
	}
	if p := s.Declare(); len(p) != 4 || !p[0].Decoy {
		t.Errorf("declared %+v", p)
	}
}
