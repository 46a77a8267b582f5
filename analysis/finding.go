package analysis

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/kafkanauts/kafkanauts/order/truth"
)

// Kind says what a Finding is about.
type Kind string

// The kinds of findings.
const (
	Pattern    Kind = "pattern"    // in a context some value is far more frequent than elsewhere
	Surge      Kind = "surge"      // a category's traffic on a weekday is out of proportion
	Constant   Kind = "constant"   // in a context a field always has the same value
	Dependency Kind = "dependency" // one field determines another
	Trend      Kind = "trend"      // one number rises or falls with another
	Level      Kind = "level"      // a rate and what it depends on
	Clock      Kind = "clock"      // whose local time a country keeps
	Weekdays   Kind = "weekdays"   // traffic by day of the week
	Hours      Kind = "hours"      // traffic by hour of the day
	Mix        Kind = "mix"        // how the orders divide
)

// Finding is one statement about how a stream was made.
type Finding struct {
	Kind      Kind       `json:"kind"`
	Statement string     `json:"statement"` // one sentence for people
	Fields    []string   `json:"fields"`    // that it speaks of: names on the wire, or weekday, hour
	Effect    float64    `json:"effect"`    // its size; what it means is in Data.Effect
	Interval  [2]float64 `json:"interval"`  // 95 % interval of Effect
	Support   int64      `json:"support"`   // orders behind it
	Q         float64    `json:"q"`         // false discovery rate among all that were tried; 0: below 1e-300
	Data      Data       `json:"data"`
}

// Data is a Finding for programs. What does not apply is left out.
type Data struct {
	Effect    string         `json:"effect"`              // what the number is: share, ratio, correlation, strength, hours
	When      []truth.Clause `json:"when,omitempty"`      // the context; weekday and hour are local to the country
	Field     string         `json:"field,omitempty"`     // what the finding is about
	Value     string         `json:"value,omitempty"`     // of the field
	Word      bool           `json:"word,omitempty"`      // Value is a word within the field's texts
	Elsewhere float64        `json:"elsewhere,omitempty"` // the effect outside the context
	Members   []string       `json:"members,omitempty"`   // the values that hold Word
	Table     []Entry        `json:"table,omitempty"`     // a profile, a mix, means by band
	Days      []Entry        `json:"days,omitempty"`      // of a pattern: its share in every country on every local weekday, whatever When says of these
}

// Entry is a number with a name and its 95 % interval.
type Entry struct {
	Of    string  `json:"of,omitempty"` // a country, if there are several profiles
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Lo    float64 `json:"lo"`
	Hi    float64 `json:"hi"`
}

// Overview is what findings.json says of the stream as a whole.
type Overview struct {
	Records int64     `json:"records"`
	Valid   int64     `json:"valid"`   // by intake
	Flagged int64     `json:"flagged"` // by detection
	From    time.Time `json:"from"`    // of the orders analysed
	To      time.Time `json:"to"`
	Damage  float64   `json:"damage_rate"` // estimated
	Layout  string    `json:"layout,omitempty"`
}

// WriteFindings writes findings.json: an object of the stream and its findings,
// indented. Numbers that JSON lacks are written as 0.
func WriteFindings(w io.Writer, o *Overview, findings []Finding) error {
	clean := make([]Finding, len(findings))
	for i, f := range findings {
		for _, v := range []*float64{&f.Effect, &f.Interval[0], &f.Interval[1], &f.Q, &f.Data.Elsewhere} {
			if math.IsNaN(*v) || math.IsInf(*v, 0) {
				*v = 0
			}
		}
		if f.Fields == nil {
			f.Fields = []string{}
		}
		clean[i] = f
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(struct {
		Stream   *Overview `json:"stream"`
		Findings []Finding `json:"findings"`
	}{o, clean}); err != nil {
		return fmt.Errorf("analysis: write findings: %w", err)
	}
	return nil
}
