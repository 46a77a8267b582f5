package sink

import (
	"context"
	"errors"
	"fmt"
)

// errClosed is why a Write after Close fails.
var errClosed = errors.New("it is closed already")

// state is what a sink remembers to keep the contract: the error that ended it,
// and what it returned when it was closed.
type state struct {
	name   string // for errors
	err    error  // the first of Open or Write
	ended  bool
	result error // of Close or Abort
}

// called makes the path the name, or the type if there is none.
func (s *state) called(path, kind string) {
	if s.name = path; path == "" {
		s.name = kind
	}
}

// begin says whether a Write may begin.
func (s *state) begin(ctx context.Context) error {
	if s.err != nil {
		return s.err
	}
	if s.ended {
		return s.wrap(errClosed)
	}
	if err := ctx.Err(); err != nil {
		return s.fail(err)
	}
	return nil
}

// fail makes err the error that ended the sink, unless there is one already, and
// returns that. It takes nil for no error.
func (s *state) fail(err error) error {
	if s.err == nil && err != nil {
		s.err = s.wrap(err)
	}
	return s.err
}

// wrap says which sink failed.
func (s *state) wrap(err error) error { return fmt.Errorf("sink: %s: %w", s.name, err) }

// end calls f the first time, and returns ever after what f returned then.
func (s *state) end(f func() error) error {
	if !s.ended {
		s.ended = true
		s.result = f()
	}
	return s.result
}
