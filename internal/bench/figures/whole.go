package figures

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/prometheus"
)

// perStream is how many orders a run takes of one stream: the default world has
// some more than that.
const perStream = 5_000_000

// workers is the default world by so many workers.
func workers(n int) kafkanauts.Config { return kafkanauts.Config{Workers: n} }

// metered is the same by one worker, watched.
func metered() kafkanauts.Config { return kafkanauts.Config{Workers: 1, Meter: &prometheus.Meter{}} }

// whole is the whole path: the default world with its patterns, 3 % damage with
// truth, four shards, run as c says. Making the streams is not part of it: n orders are the first
// n of one, or of as many as it takes. What a stream does at the begin of its run
// is.
func whole(c kafkanauts.Config, dst func() (sink.Sink, error)) func(*Orders) (Job, error) {
	return func(*Orders) (Job, error) {
		var streams []*kafkanauts.Stream
		return Job{
			Ready: func(n int) error {
				streams = streams[:0]
				for seed := uint64(0); n > 0; seed++ {
					part := min(n, perStream)
					c.Seed, c.Limit = seed, uint64(part)
					s, err := kafkanauts.New(c)
					if err != nil {
						return err
					}
					streams = append(streams, s)
					n -= part
				}
				return nil
			},
			Run: func(n int) error {
				made := 0
				for _, s := range streams {
					to, err := dst()
					if err != nil {
						return err
					}
					report, err := s.Run(context.Background(), to)
					if err != nil {
						return err
					}
					made += int(report.Records)
				}
				if made != n {
					return fmt.Errorf("%d orders were made in the place of %d", made, n)
				}
				return nil
			},
		}, nil
	}
}

// nowhere takes a merged stream and does nothing with it.
func nowhere() (sink.Sink, error) { return merged{}, nil }

type merged struct{}

func (merged) Write(context.Context, *sink.Batch) error { return nil }
func (merged) Close(context.Context) error              { return nil }

// discard takes shard by shard.
func discard() (sink.Sink, error) { return sink.Discard(), nil }

// toFile is the whole path into a file in the directory for temporary files.
func toFile(x *Orders) (Job, error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return Job{}, err
	}
	job, err := whole(workers(1), func() (sink.Sink, error) { return &sink.File{Path: filepath.Join(dir, "orders")}, nil })(x)
	job.Close = func() error { return os.RemoveAll(dir) }
	return job, err
}
