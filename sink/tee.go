package sink

import (
	"context"
	"errors"
)

// Tee is a sink that writes each batch to all of s, one after the other in this
// order. Each sets At anew, but for Truth and TruthFile, which leave it alone and
// record it: so they come right after the sink whose places they are to record, as
// in Tee(data, Truth(w)).
//
// If one of them fails, Write returns its error and the others after it do not
// get the batch. All are ended, in the same order; once ending one has failed, the
// others are ended as after an error, so that no key is put beside data that
// are not there. Their errors are joined. A Tee passes Open on to those that are
// Openers. It is a Sharder if all of them are, and never a Resumer; a Tee of one
// sink is that sink.
func Tee(s ...Sink) Sink {
	switch len(s) {
	case 0:
		return Discard()
	case 1:
		return s[0]
	}
	t := &tee{sinks: append([]Sink(nil), s...)}
	for _, s := range s {
		if _, ok := s.(Sharder); !ok {
			return t
		}
	}
	return &shardedTee{t}
}

type tee struct {
	state // its errors are those of the sinks, as they are
	sinks []Sink
}

func (t *tee) Open(ctx context.Context, s *Session) error {
	for _, sink := range t.sinks {
		if o, ok := sink.(Opener); ok {
			if err := o.Open(ctx, s); err != nil {
				t.err = err
				return err
			}
		}
	}
	return nil
}

func (t *tee) Write(ctx context.Context, b *Batch) error {
	if t.err != nil {
		return t.err
	}
	for _, sink := range t.sinks {
		if err := sink.Write(ctx, b); err != nil {
			if !t.ended {
				t.err = err
			}
			return err
		}
	}
	return nil
}

func (t *tee) Close(ctx context.Context) error {
	return t.end(func() error {
		err := t.endAll(ctx, t.err)
		if t.err != nil && !errors.Is(err, t.err) {
			err = errors.Join(t.err, err)
		}
		return err
	})
}

func (t *tee) Abort(ctx context.Context, cause error) error {
	return t.end(func() error { return t.endAll(ctx, cause) })
}

func (t *tee) endAll(ctx context.Context, cause error) error {
	var errs []error
	for _, sink := range t.sinks {
		if err := End(ctx, sink, cause); err != nil {
			errs = append(errs, err)
			if cause == nil {
				cause = err
			}
		}
	}
	return errors.Join(errs...)
}

type shardedTee struct{ *tee }

func (t *shardedTee) Shard(i int) (Sink, error) {
	if t.err != nil {
		return nil, t.err
	}
	shards := new(tee)
	for _, sink := range t.sinks {
		s, err := sink.(Sharder).Shard(i)
		if err != nil {
			return nil, errors.Join(err, shards.Abort(context.Background(), err))
		}
		shards.sinks = append(shards.sinks, s)
	}
	return shards, nil
}
