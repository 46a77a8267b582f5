package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/internal/chaos/proof"
)

// report is all that a run came to.
type report struct {
	machine   string
	settings  settings
	began     time.Time
	took      time.Duration
	reference *proof.Reference
	scenarios []*scenario
}

// holds reports whether nothing was lost, doubled or otherwise wrong.
func (r *report) holds() bool {
	for _, s := range r.scenarios {
		if !s.holds() {
			return false
		}
	}
	return r.reference != nil && len(r.scenarios) > 0
}

// write writes the record for people.
func (r *report) write(w io.Writer) {
	fmt.Fprintf(w, "Kafkanauts %s: exactly once through kills, %s\n", kafkanauts.Version, r.began.UTC().Format("2006-01-02 15:04 UTC"))
	fmt.Fprintf(w, "go run ./internal/chaos -kills %d -moves %d -records %d -seed %d -every %v -move-every %v -freeze %v\n", r.settings.kills,
		r.settings.moves, r.settings.records, r.settings.seed, r.settings.every, r.settings.moveEvery, r.settings.freeze)
	fmt.Fprintf(w, "%s; all of it took %v\n\n", r.machine, r.took.Round(time.Second))
	fmt.Fprintf(w, "A stream of %d records on %d shards, with an answer key of %d rows (%s).\n", r.reference.Records(), len(r.reference.Parts),
		r.reference.Key.Rows(), strings.Join(r.settings.extra, " "))
	fmt.Fprintf(w, "Apache Kafka in a process of its own; everything runs on this machine. Each topic is read under read_committed and\n")
	fmt.Fprintf(w, "compared with the files of a run of the same recipe into a directory, record by record.\n")
	for _, s := range r.scenarios {
		fmt.Fprintln(w)
		s.write(w)
	}
	r.hashes(w)
	fmt.Fprintln(w)
	for _, s := range r.scenarios {
		for _, wrong := range slices.Concat(s.wrong, s.verdict.Wrong) {
			fmt.Fprintf(w, "%s: %s\n", s.name, strings.ReplaceAll(wrong, "\n", "\n    "))
		}
	}
	if r.holds() {
		fmt.Fprintln(w, "all of it holds")
		return
	}
	var names []string
	for _, s := range r.scenarios {
		if !s.holds() {
			names = append(names, s.name)
		}
	}
	fmt.Fprintf(w, "it does not hold: %s\n", strings.Join(names, ", "))
}

// row is a line of a scenario's figures.
func row(w io.Writer, what, format string, args ...any) {
	fmt.Fprintf(w, "  %-34s %s\n", what, fmt.Sprintf(format, args...))
}

func (s *scenario) write(w io.Writer) {
	fmt.Fprintf(w, "%s\n", s.title())
	if s.paced > 0 {
		row(w, "paced to take; took", "%v; %v", s.paced.Round(time.Second), s.took.Round(time.Second))
		row(w, "kill -9", "%d", s.kills)
	}
	for _, c := range []struct {
		what string
		n    int
	}{
		{"  inside an open transaction", s.open},
		{"  transactions open then, in all", s.shards},
		{"kill -9 before it began to write", s.early},
		{"kill -9 while the broker was away", s.away},
		{"SIGTERM: stopped, and came back", s.leaves},
		{"joined", s.joins},
		{"came in the place of a gone one", s.back},
		{"frozen and thawed", s.freezes},
		{"broker killed -9 and restarted", s.outages},
		{"gave up for want of a broker", s.gaveUp},
	} {
		if c.n > 0 {
			row(w, c.what, "%d", c.n)
		}
	}
	seconds(w, "from a kill to the next commit", s.afterKill.first)
	seconds(w, "  until every shard had one", s.afterKill.every)
	seconds(w, "the broker was away for", s.absences)
	seconds(w, "from its kill to the next commit", s.afterOutage.first)
	seconds(w, "  until every shard had one", s.afterOutage.every)
	v := s.verdict
	records, commits, aborts := 0, 0, 0
	for _, p := range v.Parts {
		records += len(p.Sums)
		commits += p.Commits
		aborts += p.Aborts
	}
	row(w, "transactions by partition", "%d committed, %d aborted", commits, aborts)
	row(w, "records", "%d: %s", records, v.Data)
	row(w, "rows of the answer key", "%d: %s; %d whose offset holds no record, %d whose record undone is not the clean one",
		v.Keyed.Rows, v.Keyed.Diff, v.Keyed.Nowhere, v.Keyed.Unclean)
	if s.kcat {
		row(w, "read by kcat, too", "%s", map[bool]string{true: "the same as in the files", false: "NOT the same"}[!s.kcatDiffers])
	}
	row(w, "verdict", "%s", map[bool]string{true: "as the uninterrupted run", false: "NOT as the uninterrupted run"}[s.holds()])
}

func (s *scenario) title() string {
	switch s.name {
	case "one-worker":
		return "One worker (produce), killed at random moments and started again at once"
	case "three-workers":
		return "Three workers (scaleout), killed, stopped, frozen and joined by others at random moments"
	}
	return "Uninterrupted (produce, not paced)"
}

// seconds writes the median and the worst of durations.
func seconds(w io.Writer, what string, d []time.Duration) {
	if len(d) == 0 {
		return
	}
	d = slices.Sorted(slices.Values(d))
	row(w, what, "median %.2f s, worst %.2f s (%d measured)", d[len(d)/2].Seconds(), d[len(d)-1].Seconds(), len(d))
}

// hashes writes the SHA-256 of each partition's values.
func (r *report) hashes(w io.Writer) {
	fmt.Fprintf(w, "\nSHA-256 of each partition's values, a line feed after each, in the files of the uninterrupted run:\n")
	for i, want := range r.reference.Parts {
		same := 0
		for _, s := range r.scenarios {
			if i < len(s.verdict.Parts) && s.verdict.Parts[i].Values == want.Values {
				same++
			}
		}
		fmt.Fprintf(w, "  %2d  %7d records  %s  the same in %d of %d topics\n", i, len(want.Sums), want.Values, same, len(r.scenarios))
		for _, s := range r.scenarios {
			if i < len(s.verdict.Parts) && s.verdict.Parts[i].Values != want.Values {
				got := s.verdict.Parts[i]
				fmt.Fprintf(w, "      %7d records  %s  %s: %v\n", len(got.Sums), got.Values, s.name, s.verdict.Partings[i])
			}
		}
	}
}
