package report_test

import (
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/kafkanauts/kafkanauts/analysis/report"
)

// A page is filled and written; its text is escaped.
func ExamplePage() {
	page := report.Page{
		Title: "Orders & more",
		Sections: []report.Section{{
			Title: "Traffic",
			Parts: []report.Part{
				report.Figures{{Value: report.Count(200114), Label: "records"}},
				report.Lines{
					Title: "Orders by country",
					Unit:  "orders an hour",
					From:  time.Date(2022, 1, 31, 0, 0, 0, 0, time.UTC),
					Step:  6 * time.Hour,
					Series: []report.Series{
						{Name: "Spain", Values: []float64{20, 80, 240, 110}},
						{Name: "中国", Values: []float64{300, 650, 410, 90}, Spikes: []report.Spike{{At: 1, Label: "rush"}}},
					},
				},
				report.Bars{Title: "Payment", Items: []report.Bar{{Name: "Card", Value: 118000}, {Name: "Wallet", Value: 61000}}},
			},
		}},
	}
	var out strings.Builder
	if _, err := page.WriteTo(&out); err != nil {
		log.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		if strings.Contains(line, "<h1>") || strings.Contains(line, "figcaption>") || strings.Contains(line, "200,114") {
			fmt.Print(line)
		}
	}
	// Output:
	// <h1>Orders &amp; more</h1>
	// <div><p class="value">200,114</p><p class="label">records</p></div>
	// <figcaption>Orders by country</figcaption>
	// <figcaption>Payment</figcaption>
}
