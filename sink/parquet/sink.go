package parquet

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/kafkanauts/kafkanauts/internal/durable"
	"github.com/kafkanauts/kafkanauts/internal/parts"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink"
)

// Sink is a sink.Sharder that makes a stream a data set, chunk by chunk:
//
//	DIR/country=Spain/dt=2022-01-31/part-00003-00012.parquet   of values: a row group of chunk 12 of shard 3
//	DIR/dt=2022-01-31/part-00003-00012.parquet                 of texts
//	DIR/_manifest.json, DIR/_SUCCESS                           when all is complete
//
// A chunk is so many records of a shard, which are held in memory and then put into
// their folders, a file each, in the order in which they came. A record's At is its shard,
// as Partition, and its number in the shard, as Offset, from 1; Places makes columns of them.
//
// Files are written aside, synced, and put under their names, so a reader sees whole files
// only; _manifest.json tells of all of them with their hashes.
//
// With a Stream it is a sink.Resumer. A chunk goes to its place together with
// where in the stream it ends, and another run under that name, by the same recipe and
// settings, goes on there, wherever the one before was killed: in the end the data set
// is, to the byte, that of a run which nothing interrupted. Several processes may fill it
// at the same time, each its own shards. An interrupted or failed run ends with a
// *sink.UnfinishedError. It takes no stream with a Limit. Without a Stream, all is written to a folder
// beside Dir, which it takes the place of when it is complete; of a run that ends early
// nothing is left, and what one that was killed has left there, the next removes.
//
// A data set of values has the columns that the package tells of, and is for streams that are not damaged: a
// record whose bytes were edited is read back, and one that does not parse, or that a data set cannot carry,
// ends the run with an error that names it.
//
// A data set of texts holds any stream of order.Pipe, and loses nothing of it. Its
// columns are strings, which hold the sixteen texts of a record as they stand; and the
// binary column _corrupt_record holds a record that does not have sixteen columns, or is not UTF-8, and all
// its others are null then. It is partitioned by dt alone, the date of a datetime
// that is one, and else __HIVE_DEFAULT_PARTITION__: damage makes new countries without end, hundreds in a
// million records, and a folder for each would be most of the data set's files. So country is a
// column in it like the others, null only in corrupt records, and a query reads the same in both.
// ReadText gives back the records.
//
// A Sink with a Dir is ready to use, once. It must not be copied after that.
type Sink struct {
	Dir    string
	Stream string // a name, under which a run goes on where another one ended; "": the data set is replaced as a whole

	// Rows is how many records a chunk has. A shard holds as many in memory: 120 bytes each
	// and their texts, about 75 bytes if they are values, about 150 if they are
	// texts. 0: 131,072.
	Rows        int
	Compression Compression // of the pages; the zero value is Zstd
	Text        bool        // texts, for damaged streams; false: values
	Places      bool        // adds the columns shard (INT32) and shard_row (INT64), which are a record's At
	Name        string      // ends the files' names, as in part-00003-00012-NAME.parquet: up to 100 letters, digits, dots, hyphens or underscores; "": nothing

	steps   durable.Steps
	session sink.Session
	filling parts.Filling[*sinkShard]
	end
}

// end is what a sink remembers to end as often as it is told to.
type end struct {
	err    error // the first
	ended  bool
	result error // of Close or Abort
}

// fail makes err the error that ended the sink, unless there is one already, and
// returns that. It takes nil for no error.
func (e *end) fail(dir string, err error) error {
	if e.err == nil && err != nil {
		e.err = wrap(dir, err)
	}
	return e.err
}

// once calls f the first time, and returns ever after what f returned then.
func (e *end) once(f func() error) error {
	if !e.ended {
		e.ended = true
		e.result = f()
	}
	return e.result
}

func wrap(dir string, err error) error { return fmt.Errorf("sink/parquet: %s: %w", dir, err) }

func (s *Sink) fail(err error) error { return s.end.fail(s.Dir, err) }

// check returns everything that is wrong with the settings.
func (s *Sink) check() error {
	var errs []error
	wrong := func(is bool, format string, args ...any) {
		if is {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	wrong(s.Dir == "", "Sink.Dir is empty; name the folder of the data set")
	wrong(s.Rows < 0, "Sink.Rows is %d; 0 is for %d", s.Rows, defaultRows)
	wrong(s.Compression > Plain, "Sink.Compression is %v; it must be Zstd, Snappy or Plain", s.Compression)
	wrong(s.Name != "" && !nameable(s.Name), "Sink.Name is %q; it must be up to 100 letters, digits, dots, hyphens or underscores", s.Name)
	wrong(s.session.Limited && s.Stream != "", "a stream with a Limit cannot go on where another run ended, since where it is cut depends on all its shards; end it by its time")
	_, pipe := s.session.Encoding.(order.Pipe)
	wrong(s.Text && !pipe, "the records are %v, and texts are those of pipe records; write values, or choose the pipe encoding", s.session.Encoding)
	return errors.Join(errs...)
}

const defaultRows = 1 << 17

// layout says how records become files.
func (s *Sink) layout() string {
	l := "Parquet of values"
	if s.Text {
		l = "Parquet of texts"
	}
	l += fmt.Sprintf(", %v, chunks of %d records", s.Compression, s.Rows)
	if s.Places {
		l += ", with places"
	}
	if s.Name != "" {
		l += ", called " + s.Name
	}
	return l
}

// columns returns those of the files, for one shard.
func (s *Sink) columns() columns {
	switch {
	case s.Text:
		return textColumns(s.session.Encoding.(order.Pipe), s.Places)
	case s.Places:
		return typedColumns(numberedSchema)
	}
	return typedColumns(rowSchema)
}

// Open makes the data set's folder, or makes sure that it is the stream's.
func (s *Sink) Open(_ context.Context, session *sink.Session) error {
	s.session = *session
	if session.Merged {
		return s.fail(fmt.Errorf("it takes a stream by shards, not merged: %w", errors.ErrUnsupported))
	}
	if err := s.check(); err != nil {
		return s.fail(err)
	}
	if s.Rows == 0 {
		s.Rows = defaultRows
	}
	return s.fail(s.filling.Open(parts.Config{Dir: s.Dir, Stream: s.Stream, Layout: s.layout(), Shards: session.Shards, Speed: session.Speed, Steps: s.steps,
		Recipe: func() (map[string]string, error) {
			if session.Recipe == nil {
				return nil, errors.New("the stream's recipe is not known, which has to stay the same from one run to the next")
			}
			return session.Recipe()
		},
		Differences: func(is, was map[string]string) []string { return sink.Recipe(is).Differences(was) }},
		parts.Errors{Wrap: func(err error) error { return wrap(s.Dir, err) },
			Partial: func(dir string) error { return &sink.PartialError{Path: s.Dir, Partial: dir} },
			Unfinished: func(files, records int64, advice string) error {
				return &sink.UnfinishedError{Path: s.Dir, Stream: s.Stream, Files: files, Records: records, Advice: advice}
			}}))
}

// Shard returns the sink of the shard.
func (s *Sink) Shard(i int) (sink.Sink, error) { return s.shard(i) }

func (s *Sink) shard(i int) (*sinkShard, error) {
	switch {
	case s.err != nil:
		return nil, s.err
	case s.ended:
		return nil, wrap(s.Dir, errSinkClosed)
	}
	h, err := s.filling.Shard(i, s.newShard)
	return h, s.fail(err)
}

// Resume returns where the shard's last chunk ends.
func (s *Sink) Resume(_ context.Context, shard int) (sink.Position, error) {
	h, err := s.filling.Resume(shard)
	if err != nil {
		return sink.Position{}, err
	}
	at, began := h.Resume()
	return sink.Position{Step: at.Step, Records: at.Records, Began: began, Done: h.Complete()}, nil
}

// Write delivers a batch to its shard.
func (s *Sink) Write(ctx context.Context, b *sink.Batch) error {
	h, err := s.shard(b.Shard)
	if err != nil {
		return err
	}
	if err := h.Write(ctx, b); err != nil {
		if s.err == nil {
			s.err = err
		}
		return s.err
	}
	return nil
}

// Close completes the data set if all shards of the stream are complete, those
// of other runs under its name included; unless an error came before it: then it
// does as Abort does, and returns both.
func (s *Sink) Close(ctx context.Context) error {
	return s.once(func() error { return s.filling.Close(ctx, s.err) })
}

// Abort throws away the chunks that are not complete, and says what is there.
func (s *Sink) Abort(ctx context.Context, cause error) error {
	return s.once(func() error { return s.filling.Abort(ctx, cause) })
}

// path returns where the file of a chunk lies that holds a folder's rows.
func (s *Sink) path(folder partition, shard, chunk int) string {
	name := fmt.Sprintf("part-%05d-%05d", shard, chunk)
	if s.Name != "" {
		name += "-" + s.Name
	}
	dir := folder.day.folder()
	if !s.Text {
		dir = folder.path()
	}
	return filepath.ToSlash(filepath.Join(dir, name+".parquet"))
}
