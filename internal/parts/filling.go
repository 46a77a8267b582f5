package parts

import (
	"context"
	"errors"
	"fmt"
)

// Filling is what the sinks that fill directories have in common: a Store, and
// what fills each of its shards in this process. Its methods are for one goroutine at a
// time, but for Resume.
type Filling[F Filler] struct {
	errs    Errors
	stream  string
	shards  int
	store   *Store
	fillers []filler[F] // by shard
}

// Filler fills a shard, which it closes when it ends: complete in Close, unless
// that returns an error, and as it is in Abort. Both may be called again, in vain.
type Filler interface {
	Close(ctx context.Context) error
	Abort(ctx context.Context, cause error) error
}

type filler[F Filler] struct {
	shard *Shard // nil: not asked for
	fills F
}

// Errors are the words in which a sink fails.
type Errors struct {
	Wrap       func(error) error                               // says whose error it is
	Unfinished func(files, records int64, advice string) error // of a stream with a name: so many are complete, of this process's shards
	Partial    func(dir string) error                          // all is complete but could not be put in its place
}

// Open opens the directory.
func (f *Filling[F]) Open(cfg Config, errs Errors) (err error) {
	f.errs, f.stream, f.shards = errs, cfg.Stream, cfg.Shards
	f.store, err = Open(cfg)
	return err
}

var errNotOpened = errors.New("it was not opened")

// Shard returns what fills a shard; fill makes it, the first time.
func (f *Filling[F]) Shard(i int, fill func(*Shard) (F, error)) (F, error) {
	var none F
	switch {
	case f.store == nil:
		return none, errNotOpened
	case i < 0 || i >= f.shards:
		return none, fmt.Errorf("it takes a stream by its %d shards, not %d: %w", f.shards, i, errors.ErrUnsupported)
	case i < len(f.fillers) && f.fillers[i].shard != nil:
		return f.fillers[i].fills, nil
	}
	shard, err := f.store.Shard(i)
	if err != nil {
		return none, err
	}
	fills, err := fill(shard)
	if err != nil {
		return none, errors.Join(err, shard.Close())
	}
	for len(f.fillers) <= i {
		f.fillers = append(f.fillers, filler[F]{})
	}
	f.fillers[i] = filler[F]{shard, fills}
	return fills, nil
}

// Resume returns the shard, of which Resume is to be called.
func (f *Filling[F]) Resume(i int) (*Shard, error) {
	if i < 0 || i >= len(f.fillers) || f.fillers[i].shard == nil {
		return nil, f.errs.Wrap(fmt.Errorf("shard %d goes on before Shard was called", i))
	}
	return f.fillers[i].shard, nil
}

// Close completes the directory if all shards of the stream are complete, those of
// other processes included. After an error, which err is unless it is nil, it does as Abort
// does, and returns both.
func (f *Filling[F]) Close(ctx context.Context, err error) error {
	for i, h := range f.fillers {
		if h.shard == nil {
			continue
		}
		if failed := h.fills.Close(ctx); failed != nil && !errors.Is(err, failed) {
			err = errors.Join(err, failed)
		}
		if err == nil && !h.shard.Complete() {
			err = f.errs.Wrap(fmt.Errorf("shard %d is not complete", i))
		}
	}
	if err == nil && f.store == nil {
		return f.errs.Wrap(errNotOpened)
	}
	if err != nil {
		return errors.Join(err, f.unfinished(err))
	}
	all, err := f.store.Complete()
	switch {
	case err != nil && all: // but something beside
		return f.errs.Wrap(err)
	case err != nil && f.stream == "":
		return errors.Join(f.errs.Wrap(err), f.errs.Partial(f.store.Dir()))
	case err == nil && !all && f.stream == "":
		err = errors.New("not all shards of the stream were written, and without a Stream no other run can write the rest")
	case err == nil:
		return nil
	}
	err = f.errs.Wrap(err)
	return errors.Join(err, f.unfinished(err))
}

// Abort throws away the chunks that are not complete, and says what is there; nil
// if there is nothing to say.
func (f *Filling[F]) Abort(ctx context.Context, cause error) error {
	var err error
	for _, h := range f.fillers {
		if h.shard != nil && !h.shard.closed {
			err = errors.Join(err, h.fills.Abort(ctx, cause))
		}
	}
	return errors.Join(err, f.unfinished(cause))
}

func (f *Filling[F]) unfinished(cause error) error {
	if f.store == nil {
		return nil
	}
	some := false
	var files, records int64
	for _, h := range f.fillers {
		if h.shard == nil {
			continue
		}
		some = some || h.shard.Records > 0
		if last := h.shard.last; last != nil {
			files += last.Totals.Files
			records += last.Totals.Records
		}
	}
	switch {
	case f.stream == "":
		if err := f.store.Discard(); err != nil {
			return f.errs.Wrap(fmt.Errorf("what was written aside could not be removed: %w", err))
		}
		if some {
			return f.errs.Wrap(errors.New("the stream is not complete: its files were thrown away, and what stood here before is as it was"))
		}
	case some:
		return f.errs.Unfinished(files, records, Advice(cause))
	}
	return nil
}
