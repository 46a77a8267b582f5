package sinktest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/sinktest"
)

// through is a sink of lines, with a buffer, whose destination can fail. If flaw
// names it, it handles that wrongly.
type through struct {
	flaw      string
	w         *sinktest.Writer
	whole     *throughShards // nil: it is alone
	partition int32
	buf       []byte
	count     int64
	kept      []byte
	err       error
	ended     bool
	result    error
	complete  bool
	done      chan struct{} // closed at its end
}

func newThrough(flaw string, w *sinktest.Writer) *through {
	s := &through{flaw: flaw, w: w, done: make(chan struct{})}
	go func() { <-s.done }()
	return s
}

func (s *through) Write(ctx context.Context, b *sink.Batch) error {
	if s.err == nil && s.ended {
		s.err = errors.New("it is closed")
	}
	if s.err == nil {
		s.err = ctx.Err()
	}
	if s.err != nil {
		return s.err
	}
	if s.whole != nil && s.whole.failed() && len(b.Records) > 1 && s.flaw == "skips records of the other shards" {
		s.buf = append(s.buf, b.Records[1].Value...)
		s.buf = append(s.buf, '\n')
	} else {
		s.buf = append(s.buf, b.Lines...)
	}
	if len(s.buf) > 64<<10 {
		if err := s.flush(); err != nil {
			if s.flaw == "keeps a refused batch" {
				s.kept = b.Lines
			}
			if s.flaw != "forgets its error" {
				s.err = err
			}
			return err
		}
	}
	for i := range b.Records {
		s.count++
		b.Records[i].At = order.Place{Partition: s.partition, Offset: s.count}
	}
	return nil
}

// flush passes the buffer on.
func (s *through) flush() error {
	n, err := s.w.Write(s.buf)
	if err == nil && n < len(s.buf) && s.flaw != "believes in short writes" {
		err = fmt.Errorf("%d of %d bytes: %w", n, len(s.buf), errShort)
	}
	switch {
	case err == nil:
	case s.flaw == "tries again" && isTemporary(err):
		s.buf = s.buf[n:]
		return s.flush()
	case s.flaw == "tries again from the start" && isTemporary(err):
		return s.flush()
	case s.flaw == "hides the cause":
		err = errors.New("it failed")
	case s.flaw == "says nothing":
		err = nil
	case s.flaw == "goes on after an error", s.flaw == "keeps a refused batch":
		s.buf = nil
		return err
	}
	if s.whole != nil && err != nil {
		s.whole.fail()
	}
	s.buf = s.buf[:0]
	return err
}

func (s *through) end(cause error) error {
	if s.ended {
		if s.flaw == "says another thing when ended again" && s.result != nil {
			return fmt.Errorf("again: %w", s.result)
		}
		return s.result
	}
	s.ended = true
	if s.flaw != "leaves a goroutine" || s.err == nil {
		close(s.done)
	}
	if s.flaw == "throws away what the other shards hold" && s.whole != nil && s.whole.failed() {
		s.buf = nil
	}
	if s.flaw == "goes on after an error" && s.err != nil {
		s.w.Write([]byte("the end\n"))
	}
	if s.kept != nil {
		s.w.Write(s.kept)
	}
	if len(s.buf) > 0 {
		if err := s.flush(); s.err == nil {
			s.err = err
		}
	}
	s.complete = s.err == nil && cause == nil || s.flaw == "publishes after an error"
	if s.flaw == "is never complete" {
		s.complete = false
	}
	if s.result = s.err; s.flaw == "closes well after an error" {
		s.result = nil
	}
	return s.result
}

func (s *through) Close(context.Context) error { return s.end(nil) }

// aborting is a through that is an Aborter.
type aborting struct{ *through }

func (s aborting) Abort(_ context.Context, cause error) error {
	err := s.end(cause)
	if s.flaw == "aborts quietly" && errors.Is(cause, err) {
		return nil // though it threw away what it held
	}
	return err
}

// opening is a through that uses its destination in Open.
type opening struct{ *through }

func (s opening) Open(context.Context, *sink.Session) error {
	s.err = s.flush()
	return s.err
}

// pipedThrough is a through that is a Pipeliner.
type pipedThrough struct {
	*through
	flying []*sink.Batch
}

func (s *pipedThrough) Begin(ctx context.Context, b *sink.Batch) error {
	if s.err == nil {
		s.err = ctx.Err()
	}
	if s.err != nil && s.flaw != "begins after an error" {
		return s.err
	}
	s.flying = append(s.flying, b)
	return nil
}

func (s *pipedThrough) End(ctx context.Context) error {
	b := s.flying[0]
	s.flying = s.flying[1:]
	switch {
	case s.err == nil:
	case s.flaw == "ends well after an error":
		return nil
	case s.flaw == "delivers twice":
		s.w.Write(b.Lines)
		s.w.Write(b.Lines)
	case s.flaw == "delivers the last first" && len(s.flying) > 0:
		s.w.Write(s.flying[len(s.flying)-1].Lines)
		s.w.Write(b.Lines)
	}
	return s.through.Write(ctx, b)
}

// throughShards is a Sharder.
type throughShards struct {
	*through
	mu     sync.Mutex
	broken bool
	of     func(shard int) *sinktest.Writer
	shards []*through
}

func (s *throughShards) fail()        { s.mu.Lock(); s.broken = true; s.mu.Unlock() }
func (s *throughShards) failed() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.broken }

func (s *throughShards) Shard(i int) (sink.Sink, error) {
	t := newThrough(s.flaw, s.of(i))
	t.whole, t.partition = s, int32(i)
	s.shards = append(s.shards, t)
	return t, nil
}

var errShort = io.ErrShortWrite

func isTemporary(err error) bool {
	var t interface{ Temporary() bool }
	return errors.As(err, &t) && t.Temporary()
}
