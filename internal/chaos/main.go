// Chaos proves that a stream arrives in Kafka exactly once: it kills the programs
// that write it, and the broker, at random moments, and compares what arrived
// with an uninterrupted run, record by record.
//
//	go run ./internal/chaos [-kills 200] [-moves 100] [-records 5000000] [-record FILE] [flags]
//
// It starts a broker of its own and builds examples/produce and examples/scaleout.
// Then one worker is killed -kills times, and three workers are killed, leave and
// are joined by others -moves times; the stream is paced so that it outlasts
// that: about 25 minutes in all. The records of such runs lie in the folder records.
// The exit status is 0 if all of it holds, 1 if not.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

func main() {
	var s settings
	flag.IntVar(&s.kills, "kills", 200, "how often one worker is killed while it writes; 0: leave this part out")
	flag.IntVar(&s.moves, "moves", 100, "how many kills, leaves and joins there are among three workers; 0: leave this part out")
	flag.IntVar(&s.records, "records", 5_000_000, "records of the stream, at least")
	flag.IntVar(&s.shards, "shards", 12, "shards of the stream, and partitions of the topic")
	flag.Uint64Var(&s.seed, "seed", 0, "another `number` is another order of events; their moments differ from run to run")
	flag.DurationVar(&s.every, "every", 2200*time.Millisecond, "mean time between what is done to one worker")
	flag.DurationVar(&s.moveEvery, "move-every", 5*time.Second, "mean time between what is done to three")
	flag.DurationVar(&s.freeze, "freeze", 12*time.Second, "how long a worker is frozen at least: longer than its group's session timeout")
	flag.StringVar(&s.produce, "produce", "", "`program` to take instead of examples/produce")
	flag.StringVar(&s.scaleout, "scaleout", "", "`program` to take instead of examples/scaleout")
	extra := flag.String("flags", "-damage both", "more `flags` of the stream, for both programs")
	record := flag.String("record", "", "`file` for the record, too")
	flag.Parse()
	if flag.NArg() > 0 || s.kills < 0 || s.moves < 0 || s.records < 1 || s.shards < 1 || s.every <= 0 || s.moveEvery <= 0 {
		flag.Usage()
		os.Exit(2)
	}
	s.extra = strings.Fields(*extra)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := prove(ctx, s, *record); err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
}

var errDoesNotHold = errors.New("not all of it holds")

// prove runs the harness and writes the record.
func prove(ctx context.Context, s settings, record string) error {
	s.progress = os.Stderr
	if record != "" { // not only at the end
		if err := os.MkdirAll(filepath.Dir(record), 0o777); err != nil {
			return err
		}
	}
	r, err := run(ctx, s)
	if err != nil {
		return err
	}
	var text strings.Builder
	r.write(&text)
	if _, err := io.WriteString(os.Stdout, text.String()); err != nil {
		return err
	}
	if record != "" {
		if err := os.WriteFile(record, []byte(text.String()), 0o666); err != nil {
			return err
		}
	}
	if !r.holds() {
		return errDoesNotHold
	}
	return nil
}
