// Files proves that a stream arrives in a directory whole: it kills the process that
// writes it at random moments, and looks after each kill whether any file that a
// reader can see is torn, and in the end whether the directories are, to the byte,
// those of a run that nothing interrupted.
//
//	go run ./internal/chaos/files [-kills 200] [-records 600000] [-record FILE] [flags]
//
// It writes by sink.Files (gzip, several files a shard, with the answer key) and by
// sink/parquet, each killed -kills times; when a stream is complete before that, another
// begins in other directories. Some of the kills wait for a moment that is short: between the
// rename of a file and the entry of its chunk, for one. The records of such runs lie in
// internal/chaos/records. The exit status is 0 if all of it holds, 1 if not.
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
	"slices"
	"strings"
	"syscall"
)

func main() {
	if writes() {
		return
	}
	s := settings{progress: os.Stderr}
	flag.IntVar(&s.kills, "kills", 200, "how often each writer is killed")
	flag.IntVar(&s.records, "records", 600_000, "records of a stream, about")
	flag.IntVar(&s.shards, "shards", 3, "shards of a stream")
	flag.Uint64Var(&s.seed, "seed", 0, "another `number` is other kills; what they meet differs from run to run")
	flag.IntVar(&s.lives, "lives", 15, "how many lives of writers a stream takes, about")
	flag.StringVar(&s.dir, "dir", "", "`directory` to write to, on the file system in question; empty: the system's for temporary files")
	kinds := flag.String("writers", strings.Join(names(), ","), "which writers")
	record := flag.String("record", "", "`file` for the record, too")
	flag.Parse()
	s.kinds = strings.Split(*kinds, ",")
	for _, k := range s.kinds {
		if writers[k] == nil {
			fmt.Fprintf(os.Stderr, "files: there is no writer %q\n", k)
			os.Exit(2)
		}
	}
	if flag.NArg() > 0 || s.kills < 1 || s.records < 1 || s.shards < 1 || s.lives < 1 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := prove(ctx, s, *record); err != nil {
		fmt.Fprintln(os.Stderr, "files:", err)
		os.Exit(1)
	}
}

var errDoesNotHold = errors.New("not all of it holds")

// prove runs the harness and writes the record.
func prove(ctx context.Context, s settings, record string) error {
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
		if err := os.MkdirAll(filepath.Dir(record), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(record, []byte(text.String()), 0o666); err != nil {
			return err
		}
	}
	if !r.holds() {
		return errDoesNotHold
	}
	return nil
}

// names are those of the writers that are not for tests.
func names() (list []string) {
	for name := range writers {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}
