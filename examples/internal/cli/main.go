// Package cli is what the example programs share: how they start and end, the
// flags that mean the same in all of them, and the progress bar.
package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// The exit statuses that scripts rely on.
const (
	delivered   = 0
	failed      = 1
	usage       = 2
	interrupted = 130
)

// UsageError is a mistake in how a program was called.
type UsageError struct{ Reason string }

func (e *UsageError) Error() string { return e.Reason }

// Usagef returns a UsageError.
func Usagef(format string, args ...any) error { return &UsageError{fmt.Sprintf(format, args...)} }

// errInterrupted is the cause of a context that a signal ended.
var errInterrupted = errors.New("interrupted")

// Main runs an example program and exits: with 0 when run returns nil, 1 when it
// failed, 2 when it was called wrongly, 130 when it was interrupted. The context
// of run ends with the first interrupt or termination signal; a second one kills.
// run declares its flags on the set and calls parse, which refuses arguments that are no flags.
func Main(synopsis string, run func(ctx context.Context, flags *flag.FlagSet, parse func() error) error) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		signal.Stop(signals) // so that the next one kills
		cancel(errInterrupted)
	}()
	os.Exit(status(ctx, synopsis, run))
}

func status(ctx context.Context, synopsis string, run func(context.Context, *flag.FlagSet, func() error) error) int {
	name, _, _ := strings.Cut(synopsis, " ")
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprintf(flags.Output(), "usage: %s\n", synopsis)
		flags.PrintDefaults()
	}
	err := run(ctx, flags, func() error {
		if err := flags.Parse(os.Args[1:]); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return err
			}
			return errParsed
		}
		if flags.NArg() > 0 {
			return Usagef("unexpected argument %q; all settings are flags", flags.Arg(0))
		}
		return nil
	})
	var wrong *UsageError
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return delivered
	case errors.Is(err, errParsed): // the flag package has said it
		return usage
	case errors.As(err, &wrong):
		fmt.Fprintf(os.Stderr, "%s: %v (%s -help lists the flags)\n", name, wrong, name)
		return usage
	case errors.Is(context.Cause(ctx), errInterrupted):
		fmt.Fprintf(os.Stderr, "%s: interrupted: %v\n", name, err)
		return interrupted
	}
	fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
	return failed
}

var errParsed = errors.New("the flags could not be parsed")
