package report

import (
	"math"
	"time"

	"github.com/kafkanauts/kafkanauts/internal/keyed"
)

// wave is a day with two peaks, around 1.
func wave(hour, peak float64) float64 {
	bump := func(at, width float64) float64 {
		x := (hour - at) / width
		return 1 / (1 + x*x*x*x)
	}
	return 0.08 + bump(peak, 3.2) + 0.8*bump(peak+7, 2.4)
}

// samplePage uses every part, with names in several scripts.
func samplePage() *Page {
	src := keyed.New(keyed.Key(3))
	from := time.Date(2022, 1, 31, 0, 0, 0, 0, time.UTC)
	countries := []string{"United States", "中国", "Spain", "México"}
	var hourly, days []Series
	for k, name := range countries {
		s := Series{Name: name}
		for i := range 14 * 24 {
			e := float64([...]int{300, 700, 250, 250}[k]) * wave(float64(i%24), float64(6+k)) * [...]float64{1.1, 0.6, 0.7, 0.8, 0.9, 1.2, 1.3}[i/24%7]
			noise := 2*math.Sqrt(e)*(src.Float64()-0.5) + 0
			y := e + noise
			if k == 0 && i == 32+7*24 {
				y *= 2.4
			}
			if k == 2 && i/24 == 5 && i%24 > 3 && i%24 < 9 {
				y = math.NaN()
			}
			s.Values = append(s.Values, y)
			s.Expected = append(s.Expected, e)
			s.Low = append(s.Low, e-3*math.Sqrt(e))
			s.High = append(s.High, e+3*math.Sqrt(e))
		}
		if k == 0 {
			s.Spikes = []Spike{{32 + 7*24, "Tue 8 Feb, 08:00: 2.4 times the forecast"}}
		}
		if k == 1 {
			s.Spikes = []Spike{{31, "星期二高峰"}, {200, ""}}
		}
		hourly = append(hourly, s)
		day := Series{Name: name}
		for i := range 288 {
			day.Values = append(day.Values, float64([...]int{300, 700, 250, 250}[k])*wave(float64(i)/12, float64(6+k)))
		}
		days = append(days, day)
	}
	heat := Heat{Title: "Orders by hour and weekday", Unit: "orders", Note: "Local time of each country. Dashed: no value.",
		Rows: []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}}
	for h := range 24 {
		heat.Columns = append(heat.Columns, time.Date(2022, 1, 1, h, 0, 0, 0, time.UTC).Format("15"))
	}
	for i := range heat.Rows {
		var row []float64
		for h := range 24 {
			row = append(row, math.Round(1800*wave(float64(h), 8)*(0.6+0.1*float64(i))))
		}
		heat.Values = append(heat.Values, row)
	}
	heat.Values[3][4] = math.NaN()

	fields := []string{"customer_id", "product_name", "product_category", "payment_type", "qty", "price", "country", "city",
		"ecommerce_website_name", "payment_txn_success", "failure_reason"}
	m := Matrix{Title: "How strongly the columns go together", Names: fields, Note: "Bias-corrected Cramér’s V, signed where both columns have an order."}
	m.Values = make([][]float64, len(fields))
	for i := range m.Values {
		m.Values[i] = make([]float64, len(fields))
		for j := range i {
			x := src.Float64()*2 - 1
			x = x * x * x
			m.Values[i][j], m.Values[j][i] = x, x
		}
		m.Values[i][i] = 1
	}
	m.Values[2][5], m.Values[5][2] = math.NaN(), math.NaN()

	var prices, quantities []float64
	for range 20000 {
		x := 1 - src.Float64()
		prices = append(prices, 3/math.Sqrt(x)/x)
		quantities = append(quantities, src.Float64()+src.Float64()*14+src.Float64()*14)
	}
	expect := func(x float64) *float64 { return &x }
	ratio := func(hit, of int) Ratio {
		if of == 0 {
			return Ratio{}
		}
		p, n, z := float64(hit)/float64(of), float64(of), 1.96
		mid, half := (p+z*z/(2*n))/(1+z*z/n), z*math.Sqrt(p*(1-p)/n+z*z/(4*n*n))/(1+z*z/n)
		return Ratio{p, mid - half, mid + half, of}
	}
	return &Page{
		Title:    "What was found in “orders”",
		Subtitle: "200,114 records, 31 January to 13 February 2022, read blind",
		Footer:   "kafkanauts v1 · market: original × 0.031 · seed 0 · <damage> & \"patterns\" from the recipe",
		Sections: []Section{
			{Parts: []Part{
				Figures{
					{Count(200114), "records read", "4 partitions"},
					{Percent(0.0297), "damaged", "5,951 records"},
					{Percent(0.973), "found", "precision 99.1%"},
					{Count(6), "patterns found", "1 missed, 0 invented"},
				},
				Prose("The stream holds four countries with their own daily rhythm. Three in a hundred records are damaged, most of them in a single cell.\n\nEverything below was inferred from the records alone; the answer key served only to score it."),
				List{
					"On Tuesdays, half of all groceries in the United States are tacos (51%, elsewhere 4%).",
					"在中国，晚间订单比上午多 38%。",
					"Quantity falls with price: below 10 the median is 4, above it 1.",
				},
			}},
			{Title: "Traffic", Lead: "Orders an hour, with what the fitted curves expect.", Parts: []Part{
				Lines{Title: "Orders by country", Unit: "orders an hour", From: from, Step: time.Hour, Series: hourly, Panels: true,
					Note: "Line: observed. Dashes and band: expected, ± 3 standard deviations. Rings: hours far outside."},
				Lines{Title: "The configured day", Unit: "orders an hour", From: from, Step: 5 * time.Minute, Series: days, Note: "Each country in its own local time."},
				heat,
				Columns{
					Bars{Title: "Orders by weekday", Unit: "orders", Upright: true, Items: []Bar{{"Mon", 31112, expect(30500)}, {"Tue", 17104, expect(19000)}, {"Wed", 20011, expect(20000)}, {"Thu", 22840, expect(23000)}, {"Fri", 25730, nil}, {"Sat", 34310, nil}, {"Sun", 37222, nil}}},
					Bars{Title: "Largest deviations from the forecast", Unit: "orders", Items: []Bar{{"Groceries", 2210, nil}, {"Music", 312, nil}, {"医药", -480, nil}, {"E-Commerce", -1290, nil}, {"Gas", math.NaN(), nil}}},
				},
			}},
			{Title: "Contents", Parts: []Part{
				Shares{Title: "Payment by country", Parts: []string{"Card", "Internet Banking", "UPI", "Wallet"}, Rows: []Share{
					{"United States", []float64{61, 14, 3, 22}}, {"中国", []float64{11, 9, 2, 78}}, {"Spain", []float64{55, 25, 5, 15}}, {"México", []float64{48, 30, 6, 16}}}},
				Columns{
					Histogram{Title: "Unit prices", Unit: "US$, logarithmic", Bins: LogBins(prices)},
					Histogram{Title: "Quantities", Unit: "pieces", Bins: LinearBins(quantities, 24)},
				},
				m,
				Bars{Title: "Most frequent products", Unit: "orders", Items: []Bar{{"Tacos al pastor", 18312, expect(9000)}, {"Ibuprofen 200 mg, 50 tablets", 9120, expect(9300)}, {"无线蓝牙耳机（降噪）", 8311, nil}, {"Unleaded 95", 7200, nil}, {"A product whose name is so long that no reasonable margin could ever hold it", 1203, nil}, {"LP", 12, nil}}},
				Table{Title: "Columns", Columns: []Column{{Name: "column"}, {Name: "type"}, {Name: "distinct"}, {Name: "invalid", Bar: true}, {Name: "share of records"}}, Show: 4, Rows: [][]Cell{
					{Text("order_id"), Text("identity"), Count(200114), Count(112), Percent(0.0006)},
					{Text("customer_name"), Text("text"), Count(48211), Count(1021), Percent(0.0051)},
					{Text("产品名称"), Text("text"), Count(412), Count(540), Percent(0.0027)},
					{Text("price"), Text("money"), Count(9120), Count(77), Percent(0.0004)},
					{Text("datetime"), Text("instant"), Missing(), Count(3), Number(math.NaN(), 2)},
					{Text("city"), Text("text"), Count(88), Count(12)},
				}},
			}},
			{Title: "Damage", Lead: "Scored against the answer key.", Parts: []Part{
				Scores{Title: "Detection by strategy", Note: "95% Wilson intervals.", Rows: []Score{
					{"blank", 2840, ratio(2838, 2841), ratio(2838, 2840)},
					{"random unicode", 1702, ratio(1702, 1702), ratio(1702, 1702)},
					{"printable garbage", 851, ratio(790, 815), ratio(790, 851)},
					{"easter egg", 283, ratio(260, 268), ratio(260, 283)},
					{"negative quantity", 14, ratio(14, 14), ratio(9, 14)},
					{"default value", 0, ratio(0, 0), ratio(0, 0)},
				}},
				Lines{Title: "Nothing came in"},
			}},
		},
	}
}

// oddSamplePage has what a designer forgets: many series, few values, long
// names, one of everything.
func oddSamplePage() *Page {
	src := keyed.New(keyed.Key(5))
	from := time.Date(2022, 1, 31, 0, 0, 0, 0, time.UTC)
	var many []Series
	for i := range 9 {
		s := Series{Name: []string{"United Kingdom of Great Britain and Northern Ireland", "中华人民共和国香港特别行政区", "Spain"}[i%3]}
		x := float64(100 * i)
		for range 400 {
			x += 20 * (src.Float64() - 0.5)
			s.Values = append(s.Values, x)
		}
		s.Spikes = []Spike{{200 + i, "spike"}, {399, "at the very end"}}
		many = append(many, s)
	}
	long := Series{Name: "one"}
	for i := range 40000 {
		long.Values = append(long.Values, 1e6*(1+src.Float64()*wave(float64(i%1440)/60, 9)))
	}
	names := []string{"order_id", "customer_id", "customer_name", "product_id", "product_name", "product_category", "payment_type", "qty", "price",
		"datetime", "country", "city", "ecommerce_website_name", "payment_txn_id", "payment_txn_success", "failure_reason"}
	wide := make([][]float64, len(names))
	for i := range wide {
		for range names {
			wide[i] = append(wide[i], 2*src.Float64()-1)
		}
	}
	var items []Bar
	for _, n := range names {
		items = append(items, Bar{Name: n, Value: 1e6 * src.Float64()})
	}
	two := []float64{-3, 4}
	return &Page{Title: "Odd cases", Sections: []Section{{Parts: []Part{
		Lines{Title: "Nine series, no time", Series: many},
		Lines{Title: "A year of minutes", Unit: "orders a minute", From: from, Step: 10 * time.Minute, Series: []Series{long}},
		Lines{Title: "Two values", Series: []Series{{Name: "a", Values: two, Spikes: []Spike{{1, "up"}}}}},
		Lines{Title: "One value", From: from, Step: time.Hour, Series: []Series{{Name: "a", Values: []float64{7}}, {Name: "b", Values: []float64{math.NaN(), 3}}}},
		Matrix{Title: "Sixteen columns", Names: names, Values: wide},
		Matrix{Title: "Two columns", Names: names[:2], Values: [][]float64{{1, 0.25}, {0.25, 1}}},
		Heat{Title: "Names by names", Rows: names, Columns: names, Values: wide},
		Bars{Title: "Upright does not fit", Upright: true, Items: items},
		Bars{Title: "One bar", Items: items[:1]},
		Columns{
			Bars{Title: "Below zero", Upright: true, Items: []Bar{{"a", -5, nil}, {"b", -2, nil}, {"c", 1, nil}}},
			Shares{Title: "Nine parts of one whole", Parts: names[:9], Rows: []Share{{"", []float64{1, 2, 3, 4, 5, 4, 3, 2, 1}}}},
			Histogram{Title: "One value", Bins: LinearBins([]float64{5, 5, 5}, 20)},
			Table{Title: "Long words", Columns: []Column{{Name: "text"}, {Name: "number", Bar: true}}, Rows: [][]Cell{{Text("averyveryverylongwordwithoutanybreakinit"), Number(-12.5, 1)}, {Text("短"), Number(1234567.891, 2)}}},
		},
	}}}}
}
