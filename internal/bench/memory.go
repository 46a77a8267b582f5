package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/product"
	"github.com/kafkanauts/kafkanauts/sink"
)

// The memory of a stream of a year with 10^9 customers, which
// must be the same wherever in the year it is and however many orders it has made.
// Each job is a process of its own, this program again, as what a process has
// once taken it may keep.
const (
	memoryFigure = "memory"
	memoryJob    = "KAFKANAUTS_BENCH_MEMORY" // names the job, in the child's environment
	memorySlack  = 1.25                      // what grows by less is constant: buffers grow with the greatest step so far
)

var memoryJobs = []struct {
	name      string
	from, to  int    // days of the year
	limit     uint64 // 0: none
	customers uint64
}{
	{"first day", 0, 1, 0, 1_000_000_000},
	{"last day", 364, 365, 0, 1_000_000_000},
	{"12 days and more", 0, 365, 6_000_000, 1_000_000_000},
	{"first day, few customers", 0, 1, 0, 200_000},
}

// footprint is what a job came to.
type footprint struct {
	Job         string
	Orders      int64
	Early, Late uint64 // bytes of live heap: the most in the first tenth of the run and in the last
	Peak        uint64 // bytes of the process, at the most
}

// memory runs every job.
func memory() ([]footprint, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	var all []footprint
	for _, job := range memoryJobs {
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), memoryJob+"="+job.name)
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("memory, %s: %w", job.name, err)
		}
		var f footprint
		if err := json.Unmarshal(out, &f); err != nil {
			return nil, fmt.Errorf("memory, %s: %w", job.name, err)
		}
		all = append(all, f)
	}
	return all, nil
}

// memoryChild does the job of that name and writes its footprint.
func memoryChild(name string, w io.Writer) error {
	for _, job := range memoryJobs {
		if job.name != name {
			continue
		}
		from := time.Date(2022, time.January, 1, 0, 0, 0, 0, time.UTC)
		chain := product.World()
		for i, stage := range chain {
			if c, ok := stage.(product.Customers); ok {
				c.Population = job.customers
				chain[i] = c
			}
		}
		s, err := kafkanauts.New(kafkanauts.Config{From: from, To: from.AddDate(0, 0, 365), Generator: chain, Limit: job.limit, Workers: 1})
		if err != nil {
			return err
		}
		expected := float64(job.limit)
		if job.limit == 0 {
			s = s.Window(from.AddDate(0, 0, job.from), from.AddDate(0, 0, job.to))
			expected = float64(s.Forecast().Total)
		}
		p := &probe{expected: expected}
		if _, err := s.Run(context.Background(), p); err != nil {
			return err
		}
		return json.NewEncoder(w).Encode(footprint{Job: name, Orders: p.orders, Early: p.early, Late: p.late, Peak: peak()})
	}
	return fmt.Errorf("there is no memory job %q", name)
}

// probe is a sink that looks at the heap now and then.
type probe struct {
	expected    float64 // orders
	orders      int64
	looked      int // fortieths of the run
	early, late uint64
}

func (p *probe) Write(_ context.Context, b *sink.Batch) error {
	p.orders += int64(len(b.Records))
	at := int(40 * float64(p.orders) / p.expected)
	if at == p.looked || at > 4 && at < 36 {
		return nil
	}
	p.looked = at
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	if at <= 4 {
		p.early = max(p.early, m.HeapAlloc)
	} else {
		p.late = max(p.late, m.HeapAlloc)
	}
	return nil
}

func (p *probe) Close(context.Context) error { return nil }

// peak returns the most memory that this process has had: what was resident, or
// where the system does not tell, what the runtime has taken.
func peak() uint64 {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range bytes.Lines(status) {
		if value, ok := strings.CutPrefix(string(line), "VmHWM:"); ok {
			if kib, err := strconv.ParseUint(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")), 10, 64); err == nil {
				return kib << 10
			}
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Sys
}

// writeMemory writes a row for each job and whether all are the same.
func writeMemory(w io.Writer, all []footprint) {
	fmt.Fprintf(w, "Memory of a stream of a year with 10^9 customers, one worker\n\n")
	t := table{{"<part", "orders", "live heap, first tenth", "last tenth", "process at the most"}}
	mib := func(v uint64) string { return short(float64(v)/(1<<20)) + " MiB" }
	for _, f := range all {
		t = append(t, []string{f.Job, strconv.FormatInt(f.Orders, 10), mib(f.Early), mib(f.Late), mib(f.Peak)})
	}
	t.write(w)
	grown := growth(all)
	says := "It is constant"
	if grown > memorySlack {
		says = "It is not constant"
	}
	fmt.Fprintf(w, "\n%s, within %s x, of one part against another and of the end of the longest against its begin; the goal is <= %s.\n", says, short(grown), short(memorySlack))
}

// growth returns how much greater the process of one part is than that of
// another, or the live heap at the end of the greatest part than at its begin,
// whichever is more.
func growth(all []footprint) float64 {
	least, most, longest := all[0].Peak, all[0].Peak, all[0]
	for _, f := range all {
		least, most = min(least, f.Peak), max(most, f.Peak)
		if f.Orders > longest.Orders {
			longest = f
		}
	}
	return max(float64(most)/float64(least), float64(longest.Late)/float64(longest.Early))
}
