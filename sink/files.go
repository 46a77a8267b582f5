package sink

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/kafkanauts/kafkanauts/internal/durable"
	"github.com/kafkanauts/kafkanauts/internal/parts"
)

// Files is a Sharder that fills a directory file by file, each shard in its own
// order: part-00003-00012.csv.gz is file 12 of shard 3, with the hour in its name
// if it is Hourly, as in part-00003-00012-2022-01-31T08.csv.gz. A record's At is its
// shard, as Partition, and its number in the shard, as Offset, from 1.
//
// Each file is written aside, synced, and put under its name; so whoever reads the
// directory sees whole files only. When all shards are complete, _manifest.json tells
// of all files with their hashes, and the empty _SUCCESS stands beside it. What begins
// with an underscore, readers of such directories pass over.
//
// With a Stream it is a Resumer. A file goes to its place together with where
// in the stream it ends, and another run under that name, by the same recipe
// and settings, goes on there, wherever the one before was killed: in the end the
// directory is, to the byte, that of a run which nothing interrupted. Several processes may fill it
// at the same time, each its own shards; if two believe to have the same one, they put
// the same bytes there. An interrupted or failed run ends with an *UnfinishedError. It
// takes no stream with a Limit.
//
// Without a Stream, all is written to a folder beside the directory, which it
// takes the place of when it is complete; of a run that ends early nothing
// is left, and what one that was killed has left there, the next removes.
//
// A Files with a Path is ready to use, once. It must not be copied after that.
type Files struct {
	Path   string
	Stream string // a name, under which a run goes on where another one ended; "": the directory is replaced as a whole

	Ext         string      // of the files, with its dot, such as ".csv", to which the Compression's is added; empty: the Container's, or ".pipe"
	Compression Compression // nil: none
	Container   Container   // nil: lines

	// When a file ends and the shard's next one begins; all may be given. If none
	// is, each shard has one file, and goes on from nothing but complete ones.
	Records int64 // it has so many records; 0: no matter how many
	Bytes   int64 // it has so many bytes, before compression, or a few more: it ends with a record, or, of a Container, with what that writes at a time; 0: no matter
	Hourly  bool  // event time, as far as it has come in the shard, reaches another hour (UTC)

	// Truth is another directory, for the answer key, which needs a Stream: beside each file
	// the rows of its records, in the form truth.Files, committed together with it.
	// WriteTruth makes one key of them when the stream is complete. Empty: none is kept.
	Truth string

	state
	steps   durable.Steps
	session Session
	filling parts.Filling[*filesShard]
}

// UnfinishedError says that a stream has not filled its directory, and what is
// there.
type UnfinishedError struct {
	Path, Stream   string
	Files, Records int64  // complete, of the shards of this run
	Advice         string // what to do
}

// Error says it in a sentence.
func (e *UnfinishedError) Error() string {
	return fmt.Sprintf("sink: %s: stream %s is not complete; %d files with %d records are, and lie there: %s",
		e.Path, e.Stream, e.Files, e.Records, e.Advice)
}

// check returns everything that is wrong with the settings.
func (f *Files) check(s *Session) error {
	var errs []error
	wrong := func(is bool, format string, args ...any) {
		if is {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	wrong(f.Path == "", "it has no path")
	wrong(f.Records < 0, "Records is %d; 0 is for no limit", f.Records)
	wrong(f.Bytes < 0, "Bytes is %d; 0 is for no limit", f.Bytes)
	wrong(strings.ContainsAny(f.Ext, `/\`) || f.Ext != "" && f.Ext[0] != '.', "Ext is %q, and must be the end of a file's name, with its dot", f.Ext)
	wrong(f.Truth != "" && f.Stream == "", "an answer key is kept of a stream with a name only: give it a Stream, or take TruthFile")
	wrong(f.Truth != "" && filepath.Clean(f.Truth) == filepath.Clean(f.Path), "Truth is the same directory as Path")
	wrong(s.Limited && f.Stream != "", "a stream with a Limit cannot go on where another run ended, since where it is cut depends on all its shards; end it by its time")
	if err := holds(s, f.Container); err != nil {
		errs = append(errs, err)
	}
	if f.Compression != nil {
		_, err := f.Compression.Writer(io.Discard)
		wrong(err != nil, "%w", err)
	}
	if f.Container != nil {
		_, err := f.Container.Packer(s, 0)
		wrong(err != nil, "%w", err)
	}
	return errors.Join(errs...)
}

// layout says how records become files.
func (f *Files) layout() string {
	all := []string{"*" + f.ext()}
	add := func(is bool, format string, args ...any) {
		if is {
			all = append(all, fmt.Sprintf(format, args...))
		}
	}
	if f.Container != nil {
		add(true, "%v", f.Container)
	} else {
		add(true, "lines")
	}
	add(f.Compression != nil, "%v", f.Compression)
	add(f.Records > 0, "of %d records", f.Records)
	add(f.Bytes > 0, "of %d bytes", f.Bytes)
	add(f.Hourly, "by the hour")
	add(f.Truth != "", "with their answer key")
	return strings.Join(all, ", ")
}

func (f *Files) ext() string { return extension(f.Ext, f.Container, f.Compression) }

// Open makes the directory, or makes sure that it is the stream's.
func (f *Files) Open(_ context.Context, s *Session) error {
	f.called(f.Path, "Files")
	f.session = *s
	if s.Merged {
		return f.fail(fmt.Errorf("it takes a stream by shards, not merged: %w", errors.ErrUnsupported))
	}
	if err := f.check(s); err != nil {
		return f.fail(err)
	}
	return f.fail(f.filling.Open(parts.Config{Dir: f.Path, Stream: f.Stream, Layout: f.layout(), Shards: s.Shards, Speed: s.Speed, Beside: f.Truth, Steps: f.steps,
		Recipe: func() (map[string]string, error) { return s.recipe() }, Differences: differences},
		parts.Errors{Wrap: f.wrap, Partial: func(dir string) error { return &PartialError{Path: f.Path, Partial: dir} },
			Unfinished: func(files, records int64, advice string) error {
				return &UnfinishedError{f.Path, f.Stream, files, records, advice}
			}}))
}

func differences(is, was map[string]string) []string { return Recipe(is).Differences(was) }

// recipe is Recipe, also of a session that has none.
func (s *Session) recipe() (Recipe, error) {
	if s.Recipe == nil {
		return nil, errors.New("the stream's recipe is not known, which has to stay the same from one run to the next")
	}
	return s.Recipe()
}

// Shard returns the sink of the shard.
func (f *Files) Shard(i int) (Sink, error) { return f.shard(i) }

func (f *Files) shard(i int) (*filesShard, error) {
	f.called(f.Path, "Files")
	switch {
	case f.err != nil:
		return nil, f.err
	case f.ended:
		return nil, f.wrap(errClosed)
	}
	h, err := f.filling.Shard(i, f.newShard)
	return h, f.fail(err)
}

// Resume returns where the shard's last file ends.
func (f *Files) Resume(_ context.Context, shard int) (Position, error) {
	h, err := f.filling.Resume(shard)
	if err != nil {
		return Position{}, err
	}
	return position(h), nil
}

// Write delivers a batch to the files of its shard.
func (f *Files) Write(ctx context.Context, b *Batch) error {
	f.called(f.Path, "Files")
	if err := f.begin(ctx); err != nil {
		return err
	}
	h, err := f.shard(b.Shard)
	if err != nil {
		return err
	}
	if err := h.Write(ctx, b); err != nil {
		if f.err == nil {
			f.err = err
		}
		return f.err
	}
	return nil
}

// Close completes the directory if all shards of the stream are complete, those
// of other runs under its name included; unless an error came before it: then it
// does as Abort does, and returns both.
func (f *Files) Close(ctx context.Context) error {
	return f.end(func() error {
		f.called(f.Path, "Files")
		return f.filling.Close(ctx, f.err)
	})
}

// Abort throws away the files that are not complete, and says what is.
func (f *Files) Abort(ctx context.Context, cause error) error {
	return f.end(func() error {
		f.called(f.Path, "Files")
		return f.filling.Abort(ctx, cause)
	})
}
