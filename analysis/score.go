package analysis

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/kafkanauts/kafkanauts/analysis/correlate"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
)

// Score is how much of what was found is right, by an answer key. Its JSON is
// score.json.
type Score struct {
	Records    Matches         `json:"records"`
	Cells      Matches         `json:"cells"`
	Strategies []StrategyScore `json:"strategies"` // by name
	Patterns   *PatternScore   `json:"patterns"`   // nil: the key declares none
}

// Matches compares what was flagged with what was damaged.
type Matches struct {
	TP        int64   `json:"tp"` // damaged and flagged
	FP        int64   `json:"fp"` // flagged, not damaged
	FN        int64   `json:"fn"` // damaged, not flagged
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
	// FalseAlarms is FP per 1,000 clean records, or of cells per 1,000 clean cells.
	FalseAlarms float64 `json:"false_alarms_per_1000"`
}

// StrategyScore is how much of one kind of damage was found.
type StrategyScore struct {
	Strategy string           `json:"strategy"`
	Damaged  int64            `json:"damaged"` // records
	Found    int64            `json:"found"`
	Recall   float64          `json:"recall"`
	Interval [2]float64       `json:"interval"` // Wilson, 95 %
	Field    float64          `json:"field"`    // of those found, the share whose surest flag names a damaged field
	Reasons  map[string]int64 `json:"reasons"`  // of those found, by the reason of the surest flag
}

// ScoreFlags compares flags with the rows of an answer key of a stream of so
// many records. A record is damaged if it was delivered and has a fault; tags
// are no damage, and lost records cannot be found. Flags and rows are joined by
// place; the surest flag of a record comes first among its flags. An error of
// rows ends the comparison and is returned.
func ScoreFlags(records int64, flags []Flag, rows iter.Seq2[truth.Row, error]) (*Score, error) {
	byPlace := func(a, b Flag) int { return comparePlaces(a.Place, b.Place) }
	if !slices.IsSortedFunc(flags, byPlace) {
		flags = slices.Clone(flags)
		slices.SortStableFunc(flags, byPlace)
	}
	s := new(Score)
	var faults []scored
	strategies := make(map[string]*StrategyScore)
	for r, err := range rows {
		if err != nil {
			return nil, fmt.Errorf("analysis: score: %w", err)
		}
		if r.Tagged || r.Lost {
			continue
		}
		t := strategies[r.Strategy]
		if t == nil {
			t = &StrategyScore{Strategy: strings.Clone(r.Strategy), Reasons: make(map[string]int64)}
			strategies[t.Strategy] = t
		}
		faults = append(faults, scored{r.At, t, r.Field})
	}
	slices.SortStableFunc(faults, func(a, b scored) int { return comparePlaces(a.at, b.at) })
	right := make(map[*StrategyScore]int64)
	for len(flags)+len(faults) > 0 {
		var at order.Place
		if len(faults) == 0 || len(flags) > 0 && comparePlaces(flags[0].Place, faults[0].at) < 0 {
			at = flags[0].Place
		} else {
			at = faults[0].at
		}
		n, k := 0, 0
		for n < len(flags) && flags[n].Place == at {
			n++
		}
		for k < len(faults) && faults[k].at == at {
			k++
		}
		s.record(flags[:n], faults[:k], right)
		flags, faults = flags[n:], faults[k:]
	}
	s.Records.finish(records)
	s.Cells.finish(records * order.Columns)
	for _, name := range slices.Sorted(maps.Keys(strategies)) {
		t := strategies[name]
		t.Recall = float64(t.Found) / float64(t.Damaged)
		t.Interval[0], t.Interval[1] = correlate.Wilson(float64(t.Found), float64(t.Damaged), correlate.Z95)
		t.Field = float64(right[t]) / float64(max(1, t.Found))
		s.Strategies = append(s.Strategies, *t)
	}
	return s, nil
}

// scored is one fault of a record.
type scored struct {
	at       order.Place
	strategy *StrategyScore
	field    order.Field
}

func comparePlaces(a, b order.Place) int {
	return cmp.Or(cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Offset, b.Offset))
}

// record counts one record that is flagged, damaged or both. right counts the
// records of a strategy whose surest flag names a field that it damaged.
func (s *Score) record(found []Flag, faults []scored, right map[*StrategyScore]int64) {
	var damaged [order.NumFields]bool
	switch {
	case len(faults) == 0:
		s.Records.FP++
	case len(found) == 0:
		s.Records.FN++
	default:
		s.Records.TP++
	}
	for i, f := range faults {
		damaged[f.field] = true
		t := f.strategy
		same := func(g scored) bool { return g.strategy == t }
		if slices.ContainsFunc(faults[:i], same) {
			continue
		}
		t.Damaged++
		if len(found) > 0 {
			t.Found++
			t.Reasons[string(found[0].Reason)]++
			if slices.ContainsFunc(faults, func(g scored) bool { return same(g) && g.field == found[0].Field }) {
				right[t]++
			}
		}
	}
	s.Cells.compare(found, &damaged)
}

// compare counts the cells of one record. Damage of, and flags for, the record
// as a whole are no cells.
func (m *Matches) compare(found []Flag, damaged *[order.NumFields]bool) {
	var flagged [order.NumFields]bool
	for _, f := range found {
		if f.Field < order.NumFields {
			flagged[f.Field] = true
		}
	}
	for f := order.ID; f < order.NumFields; f++ {
		switch {
		case flagged[f] && damaged[f]:
			m.TP++
		case flagged[f]:
			m.FP++
		case damaged[f]:
			m.FN++
		}
	}
}

func (m *Matches) finish(all int64) {
	if m.TP+m.FP > 0 {
		m.Precision = float64(m.TP) / float64(m.TP+m.FP)
	}
	if m.TP+m.FN > 0 {
		m.Recall = float64(m.TP) / float64(m.TP+m.FN)
	}
	if m.TP > 0 {
		m.F1 = 2 * m.Precision * m.Recall / (m.Precision + m.Recall)
	}
	if clean := all - m.TP - m.FN; clean > 0 {
		m.FalseAlarms = 1000 * float64(m.FP) / float64(clean)
	}
}

// PatternScore is which of the declared patterns were found.
type PatternScore struct {
	Found    []PatternMatch `json:"found"`
	Missed   []string       `json:"missed"`   // names of declared patterns
	Invented []string       `json:"invented"` // statements of findings that match none, or only a decoy
}

// PatternMatch is a declared pattern and the finding that states it.
type PatternMatch struct {
	Name      string  `json:"name"`
	Statement string  `json:"statement"` // of the finding
	Declared  float64 `json:"declared"`  // share
	Measured  float64 `json:"measured"`
}

// ScorePatterns compares findings with the declared patterns. A finding matches
// a pattern if it is about the same field and value (or a word of it) and each
// of the pattern's conditions is one of the finding's, at least half of whose values
// are the pattern's, and if its share lies within five points and a quarter of the
// pattern's. Of several findings that match, the one closest in share is reported. Only findings of the kind Pattern can be invented; decoys ought not be
// found and are never missed.
func ScorePatterns(findings []Finding, declared []truth.Pattern) *PatternScore {
	s := &PatternScore{Found: []PatternMatch{}, Missed: []string{}, Invented: []string{}}
	genuine := make([]bool, len(findings))
	for _, p := range declared {
		best := -1
		for i := range findings {
			f := &findings[i]
			if !matches(f, &p) || abs(f.Effect-p.Share) > 0.05+p.Share/4 {
				continue
			}
			if !p.Decoy {
				genuine[i] = true
			}
			if best < 0 || abs(share(f, &p)-p.Share) < abs(share(&findings[best], &p)-p.Share) {
				best = i
			}
		}
		switch {
		case p.Decoy:
		case best < 0:
			s.Missed = append(s.Missed, p.Name)
		default:
			s.Found = append(s.Found, PatternMatch{p.Name, findings[best].Statement, p.Share, share(&findings[best], &p)})
		}
	}
	for i := range findings {
		if findings[i].Kind == Pattern && !genuine[i] {
			s.Invented = append(s.Invented, findings[i].Statement)
		}
	}
	return s
}

// share returns what the finding says of the pattern's very value, which may be
// one of several that share a word.
func share(f *Finding, p *truth.Pattern) float64 {
	if f.Data.Word {
		for _, e := range f.Data.Table {
			if e.Name == p.Value {
				return e.Value
			}
		}
	}
	return f.Effect
}

func matches(f *Finding, p *truth.Pattern) bool {
	d := &f.Data
	if d.Field != p.Field || !sameValue(d, p.Value) {
		return false
	}
	for _, want := range p.When {
		i := slices.IndexFunc(d.When, func(c truth.Clause) bool { return c.Field == want.Field })
		if i < 0 {
			// What a product is says its category, so that need not be said.
			if want.Field == order.Category.String() && (p.Field == order.ProductName.String() || p.Field == order.ProductID.String()) {
				continue
			}
			return false
		}
		both := 0
		for _, v := range d.When[i].Values {
			if slices.Contains(want.Values, v) {
				both++
			}
		}
		if 2*both < len(d.When[i].Values) || both == 0 {
			return false
		}
	}
	return true
}

// sameValue says whether a finding's value is what a pattern declares: the same
// but for case, or one of them a word, or the beginning of one, within the other.
func sameValue(d *Data, declared string) bool {
	a, b := strings.ToLower(d.Value), strings.ToLower(declared)
	if a == b {
		return true
	}
	if d.Field == order.Success.String() || a == "" || b == "" {
		return false
	}
	return strings.Contains(" "+b, " "+a) || strings.Contains(" "+a, " "+strings.TrimSuffix(b, "s"))
}

func abs(x float64) float64 { return max(x, -x) }

// WriteScore writes score.json, indented.
func WriteScore(w io.Writer, s *Score) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	full := *s
	if full.Strategies == nil {
		full.Strategies = []StrategyScore{}
	}
	if full.Patterns == nil {
		full.Patterns = &PatternScore{Found: []PatternMatch{}, Missed: []string{}, Invented: []string{}}
	}
	if err := e.Encode(&full); err != nil {
		return fmt.Errorf("analysis: write score: %w", err)
	}
	return nil
}

// WriteText writes the score as a table for people.
func (s *Score) WriteText(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "\tfound\tfalse\tmissed\tprecision\trecall\tF1\tfalse/1000\t\n")
	for _, m := range []struct {
		name string
		Matches
	}{{"records", s.Records}, {"cells", s.Cells}} {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%.4f\t%.4f\t%.4f\t%.3f\t\n", m.name, m.TP, m.FP, m.FN, m.Precision, m.Recall, m.F1, m.FalseAlarms)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if len(s.Strategies) > 0 {
		t = tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintf(t, "\nstrategy\tdamaged\tfound\trecall\t95 %% interval\tfield right\tmost often\t\n")
		for _, r := range s.Strategies {
			often := slices.SortedFunc(maps.Keys(r.Reasons), func(a, b string) int {
				if r.Reasons[a] != r.Reasons[b] {
					return cmp.Compare(r.Reasons[b], r.Reasons[a])
				}
				return strings.Compare(a, b)
			})
			most := ""
			if len(often) > 0 {
				most = often[0]
			}
			fmt.Fprintf(t, "%s\t%d\t%d\t%.4f\t%.4f-%.4f\t%.3f\t%s\t\n", r.Strategy, r.Damaged, r.Found, r.Recall, r.Interval[0], r.Interval[1], r.Field, most)
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	if p := s.Patterns; p != nil {
		for _, m := range p.Found {
			if _, err := fmt.Fprintf(w, "\nfound     %s: declared %.2f, measured %.2f\n          %s", m.Name, m.Declared, m.Measured, m.Statement); err != nil {
				return err
			}
		}
		for _, m := range p.Missed {
			if _, err := fmt.Fprintf(w, "\nmissed    %s", m); err != nil {
				return err
			}
		}
		for _, m := range p.Invented {
			if _, err := fmt.Fprintf(w, "\ninvented  %s", m); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
	}
	return nil
}
