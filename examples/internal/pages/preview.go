// Package pages fills in the pages that the example programs write.
package pages

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/analysis/report"
	"github.com/kafkanauts/kafkanauts/demand"
)

// Preview writes preview.html to dir, which it makes if need be: the curves of
// the stream's market and its forecast. It returns the file's path.
func Preview(dir string, s *kafkanauts.Stream) (string, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	path := filepath.Join(dir, "preview.html")
	cfg, f := s.Config(), s.Forecast()
	page := &report.Page{
		Title:    "What is to come",
		Subtitle: fmt.Sprintf("%s to %s, seed %d", cfg.From.Format("2 January 2006"), cfg.To.Format("2 January 2006"), cfg.Seed),
		Sections: []report.Section{
			{
				Title: "Forecast",
				Lead:  "The exact expectation of the law that orders are drawn from, and the range that holds the total of 99 of 100 seeds.",
				Parts: []report.Part{
					report.Figures{
						{Value: report.Number(float64(f.Total), 0), Label: "orders expected", Note: band(f.Total)},
						{Value: report.Number(float64(f.Total)/max(cfg.To.Sub(cfg.From).Seconds(), 1), 2), Label: "orders a second"},
						{Value: report.Count(len(cfg.Market)), Label: "segments"},
						{Value: report.Count(cfg.Shards), Label: "shards"},
					},
					days(f),
					shares(cfg.Market, f),
				},
			},
			{Title: "A week of each country", Lead: "Orders an hour by the configured curves, on the country's own clock.", Parts: weeks(cfg)},
		},
	}
	return path, os.WriteFile(path, page.Render(), 0o666)
}

func band(c demand.Count) string {
	low, high := c.Band(0.99)
	return fmt.Sprintf("%d to %d", low, high)
}

func days(f demand.Forecast) report.Part {
	l := report.Lines{Title: "By day, UTC", Unit: "orders", From: f.From, Step: 24 * time.Hour}
	var values []float64
	for _, d := range f.Days {
		values = append(values, float64(d.Count))
	}
	l.Series = []report.Series{{Name: "expected", Values: values}}
	return l
}

// shares shows how the categories divide each country's orders.
func shares(m demand.Market, f demand.Forecast) report.Part {
	s := report.Shares{Title: "Categories by country"}
	column := map[string]int{}
	for i, c := range f.Categories {
		s.Parts = append(s.Parts, c.Name)
		column[c.Name] = i
	}
	for _, c := range f.Countries {
		row := report.Share{Name: c.Name, Values: make([]float64, len(s.Parts))}
		for i, seg := range m {
			if seg.Country == c.Name {
				row.Values[column[seg.Category]] += float64(f.Segments[i].Count)
			}
		}
		s.Rows = append(s.Rows, row)
	}
	return s
}

// weeks draws, for each country, a line for each category over the first whole
// local week of the stream.
func weeks(cfg kafkanauts.Config) []report.Part {
	const step = 15 * time.Minute
	var parts []report.Part
	seen := map[string]int{}
	for _, seg := range cfg.Market {
		zone := seg.Zone
		if zone == nil {
			zone = time.UTC
		}
		monday := cfg.From.In(zone)
		y, m, d := monday.Date()
		monday = time.Date(y, m, d+(8-int(monday.Weekday()))%7, 0, 0, 0, 0, zone)
		i, ok := seen[seg.Country]
		if !ok {
			i = len(parts)
			seen[seg.Country] = i
			parts = append(parts, report.Lines{Title: seg.Country, Note: "On the clock of " + zone.String() + ".", Unit: "orders an hour", From: monday, Step: step})
		}
		l := parts[i].(report.Lines)
		var values []float64
		for at := range 7 * 24 * 4 {
			values = append(values, 3600*seg.Curve.Rate(monday.Add(time.Duration(at)*step)))
		}
		l.Series = append(l.Series, report.Series{Name: seg.Category, Values: values})
		parts[i] = l
	}
	return parts
}
