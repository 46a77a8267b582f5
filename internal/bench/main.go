// Bench measures how fast this module is, beside its yardsticks: what the
// standard library and others need for the same orders, in the same run.
//
//	go run ./internal/bench [-rounds 7] [-only REGEXP] [-profile DIR] [-out FILE] [-record FILE] [-kafka]
//
// A machine's speed drifts, so no figure is measured on its own: in each round
// every figure does a fixed amount of work in turn, and what counts is the ratio
// of two within a round. CPU time is the process's own, user and system.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"time"

	"github.com/kafkanauts/kafkanauts/internal/bench/figures"
)

func main() {
	if job := os.Getenv(memoryJob); job != "" {
		end(memoryChild(job, os.Stdout))
	}
	rounds := flag.Int("rounds", 7, "how often each figure is measured")
	only := flag.String("only", "", "`regexp` of the figures to measure, beside their yardsticks")
	profile := flag.String("profile", "", "`directory` for a CPU profile of each figure, made after the rounds")
	out := flag.String("out", "", "`file` for the samples, in the format of go test -bench")
	record := flag.String("record", "", "`file` for a record of all this: machine, tables and samples")
	kafka := flag.Bool("kafka", false, "measure the figures that need a broker, too")
	flag.Parse()
	if flag.NArg() > 0 || *rounds < 1 {
		flag.Usage()
		os.Exit(2)
	}
	pattern, err := regexp.Compile(*only)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench: -only:", err)
		os.Exit(2)
	}
	end(run(*rounds, pattern, *kafka, outputs{*profile, *out, *record}))
}

func end(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// outputs are where results go beside standard output; empty: nowhere.
type outputs struct{ profile, samples, record string }

func run(rounds int, only *regexp.Regexp, kafka bool, to outputs) (err error) {
	all := figures.All()
	if kafka {
		more, stop, failed := kafkaFigures()
		if failed != nil {
			return failed
		}
		defer func() { err = errors.Join(err, stop()) }()
		all = append(all, more...)
	}
	chosen, err := choose(all, only)
	if err != nil {
		return err
	}
	orders, err := figures.Load()
	if err != nil {
		return err
	}
	contenders, err := setUp(chosen, orders)
	defer func() { err = errors.Join(err, tearDown(contenders)) }()
	if err != nil {
		return err
	}
	began := time.Now()
	if err := race(contenders, rounds, os.Stderr); err != nil {
		return err
	}
	report := report{machine: thisMachine(began), width: orders.Width(), rounds: rounds, results: results(contenders)}
	if only.MatchString(memoryFigure) {
		if report.memory, err = memory(); err != nil {
			return err
		}
	}
	report.write(os.Stdout)
	if to.profile != "" {
		if err := profiles(contenders, to.profile); err != nil {
			return err
		}
	}
	return errors.Join(
		write(to.samples, report.samples),
		write(to.record, func(w io.Writer) { report.write(w); fmt.Fprintln(w); report.samples(w) }),
	)
}

// write makes a file of what f writes, unless path is empty.
func write(path string, f func(io.Writer)) error {
	if path == "" {
		return nil
	}
	var b bytes.Buffer
	f(&b)
	return os.WriteFile(path, b.Bytes(), 0o666)
}
