package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/kafkanauts/kafkanauts"
)

// report is all that a run came to.
type report struct {
	machine
	rounds  int
	width   float64 // mean length of a line
	results []result
	memory  []footprint
}

// machine is where and when it was measured.
type machine struct {
	cpu     string
	cores   int // that the program may use
	version string
	system  string
	when    time.Time
}

func thisMachine(when time.Time) machine {
	return machine{cpu: cpuModel(), cores: runtime.GOMAXPROCS(0), version: runtime.Version(), system: runtime.GOOS + "/" + runtime.GOARCH, when: when.UTC()}
}

// cpuModel returns what the system calls the processor, or the architecture if it
// does not say.
func cpuModel() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// write writes the report as a person reads it.
func (r *report) write(w io.Writer) {
	fmt.Fprintf(w, "Kafkanauts %s, %s\n", kafkanauts.Version, r.when.Format("2006-01-02 15:04 UTC"))
	fmt.Fprintf(w, "%s, %d cores, %s, %s\n", r.machine.cpu, r.cores, r.system, r.version)
	fmt.Fprintf(w, "%d rounds, figures by turns; a line has %.1f bytes\n\n", r.rounds, r.width)
	if len(r.results) > 0 {
		writeFigures(w, r.results)
		fmt.Fprintf(w, "\nThe median is that of the rounds' ratios, min/min the least of each; a stretch goal stands in parentheses.\n\n")
		var all []verdict
		for i := range r.results {
			all = append(all, judge(&r.results[i], r.results)...)
		}
		writeVerdicts(w, all)
	}
	if len(r.memory) > 0 {
		fmt.Fprintln(w)
		writeMemory(w, r.memory)
	}
}

// samples writes every sample as go test -bench would, under the name that the
// figure has in the root package's benchmark, so that benchstat reads it.
func (r *report) samples(w io.Writer) {
	goos, goarch, _ := strings.Cut(r.system, "/")
	fmt.Fprintf(w, "goos: %s\ngoarch: %s\npkg: github.com/kafkanauts/kafkanauts\ncpu: %s\n", goos, goarch, r.machine.cpu)
	suffix := ""
	if r.cores > 1 {
		suffix = "-" + strconv.Itoa(r.cores)
	}
	for _, f := range r.results {
		for _, s := range f.samples {
			n := float64(s.n)
			fmt.Fprintf(w, "BenchmarkPath/%s%s\t%d\t%s ns/op\t%s cpu-ns/op\t%s B/op\t%s allocs/op\n", f.Name, suffix, s.n,
				exact(float64(s.wall)/n), exact(float64(s.cpu)/n), exact(float64(s.bytes)/n), exact(float64(s.allocs)/n))
		}
	}
}

func exact(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
