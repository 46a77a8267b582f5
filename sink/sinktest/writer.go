package sinktest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"
)

// Failure is a way in which a Writer fails.
type Failure uint8

const (
	Refuses  Failure = iota // takes nothing more, and returns an error
	Tears                   // takes half of what it is given next and returns an error, then nothing more
	Stumbles                // as Tears, but only once, with an error that is Temporary: after it, it works again
	Shortens                // takes half of what it is given, each time, and returns no error, against io.Writer's contract
)

// Failures are all of them.
func Failures() []Failure { return []Failure{Refuses, Tears, Stumbles, Shortens} }

func (f Failure) String() string {
	if names := []string{"refuses", "tears", "stumbles", "shortens"}; int(f) < len(names) {
		return names[f]
	}
	return fmt.Sprintf("Failure(%d)", uint8(f))
}

// Writer is a destination that works until it is told to fail. The zero Writer
// keeps in memory what it is given. Its methods may be called concurrently.
type Writer struct {
	W io.Writer // what it writes to; nil: memory, which Lines returns

	mu      sync.Mutex
	memory  bytes.Buffer
	failing bool
	how     Failure
	torn    bool // what was taken last is half of something
}

// errFailed is what a Writer returns.
var errFailed = errors.New("sinktest: the destination fails, as the test wants it")

// stumble is an error after which it is worth trying again.
type stumble struct{}

func (stumble) Error() string   { return "sinktest: the destination fails once, as the test wants it" }
func (stumble) Temporary() bool { return true }

// Fail makes w fail from the next Write on, and returns what a sink's error is to
// wrap then.
func (w *Writer) Fail(how Failure) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failing, w.how = true, how
	switch how {
	case Stumbles:
		return stumble{}
	case Shortens:
		return io.ErrShortWrite
	}
	return errFailed
}

// Write implements io.Writer.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	to := w.W
	if to == nil {
		to = &w.memory
	}
	if !w.failing {
		w.torn = false
		return to.Write(p)
	}
	if w.how == Refuses {
		return 0, errFailed
	}
	n, err := to.Write(p[:len(p)/2])
	w.torn = true
	switch {
	case err != nil:
	case w.how == Tears:
		w.how, err = Refuses, errFailed
	case w.how == Stumbles:
		w.failing, err = false, stumble{}
	}
	return n, err
}

// Lines returns the whole lines of what was written to memory, without their
// ends. What stands after the last line end is left out if it is half of what
// was to be written.
func (w *Writer) Lines() [][]byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	b := w.memory.Bytes()
	if w.torn {
		b = b[:bytes.LastIndexByte(b, '\n')+1]
	}
	return Lines(b)
}
