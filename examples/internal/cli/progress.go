package cli

import (
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/kafkanauts/kafkanauts"
)

// Bar is a progress bar on standard error, if that is a terminal; else nothing.
type Bar struct{ bar *progressbar.ProgressBar }

// NewBar returns a bar for a work of about total units, such as "orders".
func NewBar(what, unit string, total int64) *Bar {
	if !term.IsTerminal(int(os.Stderr.Fd())) {
		return &Bar{}
	}
	return &Bar{progressbar.NewOptions64(max(total, 1),
		progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetDescription(what), progressbar.OptionSetItsString(unit),
		progressbar.OptionShowIts(), progressbar.OptionShowCount(), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetPredictTime(true), progressbar.OptionSetWidth(24), progressbar.OptionClearOnFinish())}
}

// Set says how much is done. What exceeds the total moves the total.
func (b *Bar) Set(n int64) {
	if b.bar == nil {
		return
	}
	if n >= b.bar.GetMax64() {
		b.bar.ChangeMax64(n + 1) // an estimate; a full bar would end here
	}
	b.bar.Set64(n) // its errors are those of writing to a terminal
}

// Done takes the bar away.
func (b *Bar) Done() {
	if b.bar != nil {
		b.bar.Finish()
	}
}

// Follow returns a bar and the function that moves it, for Config.Progress.
func Follow(what string) (*Bar, func(kafkanauts.Progress)) {
	b := &Bar{}
	started := false
	return b, func(p kafkanauts.Progress) {
		if !started {
			started = true
			*b = *NewBar(what, "orders", int64(p.Expected))
		}
		b.Set(p.Records)
	}
}

// Log writes what happens of that level and above to standard error.
func Log(level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
}

// Say prints a line for people on standard error.
func Say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
