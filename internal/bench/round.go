package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"time"

	"github.com/kafkanauts/kafkanauts/internal/bench/figures"
)

// target is about how long a figure works in a round that does not say how much.
const target = 250 * time.Millisecond

// most operations are enough for any figure, however little it does.
const most = 1_000_000_000

// sample is what n operations took.
type sample struct {
	n             int
	cpu, wall     time.Duration
	allocs, bytes uint64
}

// contender is a figure in the race.
type contender struct {
	figures.Figure
	job     figures.Job
	n       int // operations a round
	samples []sample
}

// setUp returns the figures ready to run. Those that are must be torn down, also
// after an error.
func setUp(list []figures.Figure, orders *figures.Orders) ([]*contender, error) {
	var all []*contender
	for _, f := range list {
		job, err := f.Setup(orders)
		if err != nil {
			return all, fmt.Errorf("%s: %w", f.Name, err)
		}
		all = append(all, &contender{Figure: f, job: job})
	}
	return all, nil
}

func tearDown(all []*contender) error {
	var errs []error
	for _, c := range all {
		if err := c.job.End(); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", c.Name, err))
		}
	}
	return errors.Join(errs...)
}

// race sizes every contender's work and then measures them by turns: each once a
// round, beginning one further in each round. It tells on progress which round it is.
func race(all []*contender, rounds int, progress io.Writer) error {
	fmt.Fprintf(progress, "warming up %d figures\n", len(all))
	for _, c := range all {
		if err := c.size(); err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
	}
	for r := range rounds {
		fmt.Fprintf(progress, "round %d of %d\n", r+1, rounds)
		for i := range all {
			c := all[(i+r)%len(all)]
			s, err := c.measure(c.n)
			if err != nil {
				return fmt.Errorf("%s: %w", c.Name, err)
			}
			c.samples = append(c.samples, s)
		}
	}
	return nil
}

// size finds how many operations fill a round, unless the figure says it, and
// does them once. It goes up to that step by step, as a part of the time may not
// grow with the operations.
func (c *contender) size() error {
	if c.n = c.N; c.n > 0 {
		_, err := c.measure(c.n)
		return err
	}
	for n := 1; ; {
		s, err := c.measure(n)
		if err != nil {
			return err
		}
		took := max(s.cpu, s.wall)
		if took >= target*3/4 || n > most {
			c.n = n
			return nil
		}
		n = int(math.Ceil(float64(n) * min(8, max(1.1, float64(target)/float64(max(took, 1))))))
	}
}

// measure has n operations done, on a heap that was collected before.
func (c *contender) measure(n int) (sample, error) {
	if err := c.job.Prepare(n); err != nil {
		return sample{}, err
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	cpu, wall := processCPU(), time.Now()
	err := c.job.Run(n)
	s := sample{n: n, wall: time.Since(wall), cpu: processCPU() - cpu}
	runtime.ReadMemStats(&after)
	s.allocs, s.bytes = after.Mallocs-before.Mallocs, after.TotalAlloc-before.TotalAlloc
	return s, err
}
