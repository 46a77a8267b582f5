package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/kafkanauts/kafkanauts"
)

// report is all that a run came to.
type report struct {
	machine   string
	settings  settings
	began     time.Time
	took      time.Duration
	campaigns []*campaign
}

func (r *report) holds() bool {
	for _, c := range r.campaigns {
		if !c.holds() {
			return false
		}
	}
	return len(r.campaigns) > 0
}

// write writes the record for people.
func (r *report) write(w io.Writer) {
	s := &r.settings
	fmt.Fprintf(w, "Kafkanauts %s: whole files through kills, %s\n", kafkanauts.Version, r.began.UTC().Format("2006-01-02 15:04 UTC"))
	fmt.Fprintf(w, "go run ./internal/chaos/files -kills %d -records %d -shards %d -lives %d -seed %d -writers %s\n", s.kills, s.records, s.shards, s.lives, s.seed,
		strings.Join(s.kinds, ","))
	fmt.Fprintf(w, "%s; all of it took %v\n\n", r.machine, r.took.Round(time.Second))
	fmt.Fprintf(w, "Streams of about %d records on %d shards, damaged in all ways. After each kill, every file under a final name, entries\n", s.records, s.shards)
	fmt.Fprintf(w, "included, is compared with that of an uninterrupted run; in the end, all that the directories hold.\n")
	for _, c := range r.campaigns {
		fmt.Fprintln(w)
		c.write(w)
	}
	fmt.Fprintln(w)
	for _, c := range r.campaigns {
		const few = 20 // what is wrong once is wrong after each kill that follows
		for _, wrong := range c.wrong[:min(few, len(c.wrong))] {
			fmt.Fprintf(w, "%s: %s\n", c.kind, wrong)
		}
		if len(c.wrong) > few {
			fmt.Fprintf(w, "%s: and %d more\n", c.kind, len(c.wrong)-few)
		}
	}
	if r.holds() {
		fmt.Fprintln(w, "all of it holds")
	} else {
		fmt.Fprintln(w, "it does not hold")
	}
}

func (c *campaign) write(w io.Writer) {
	fmt.Fprintln(w, writers[c.kind].says)
	row := func(what, format string, args ...any) {
		fmt.Fprintf(w, "  %-44s %s\n", what, fmt.Sprintf(format, args...))
	}
	files := 0
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(c.reference)) {
		if c.reference[name] != "folder" {
			files++
		}
		fmt.Fprintln(sum, name, c.reference[name])
	}
	row("uninterrupted", "%d files in %.1f s; SHA-256 of their names and hashes %x", files, c.alone.Seconds(), sum.Sum(nil)[:8])
	row("took", "%v", c.took.Round(time.Second))
	row("kill -9", "%d", c.kills)
	row("  while chunks were staged", "%d", c.staged)
	row("  between a file's rename and its chunk's entry", "%d", c.unentered)
	row("  while an entry was staged", "%d", c.entry)
	row("  between the last entry and the mark", "%d", c.ending)
	row("  while nothing was staged", "%d", c.before)
	row("files looked at after kills", "%d", c.looked)
	row("streams brought to their end", "%d", c.streams)
	row("wrong", "%d", len(c.wrong))
}
