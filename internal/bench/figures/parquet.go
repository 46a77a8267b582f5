package figures

import (
	"context"
	"os"
	"path/filepath"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/parquet"
)

// datasets are the prebuilt orders, over and over, as one shard of a Parquet data set in
// the directory for temporary files. To make it durable takes time, but hardly CPU time.
func datasets(text bool) func(x *Orders) (Job, error) {
	return func(x *Orders) (Job, error) {
		dir, err := os.MkdirTemp("", "bench")
		if err != nil {
			return Job{}, err
		}
		var records []order.Record
		for i := range x.orders {
			value := x.lines.text[x.lines.ends[i] : x.lines.ends[i+1]-1]
			records = append(records, order.Record{Seq: uint64(i), Order: &x.orders[i], Value: value})
		}
		return Job{
			Run: func(n int) error {
				s := &parquet.Sink{Dir: filepath.Join(dir, "orders"), Text: text}
				ctx := context.Background()
				err := s.Open(ctx, &sink.Session{Shards: 1, Encoding: order.Pipe{}})
				if err != nil {
					return err
				}
				shard, err := s.Shard(0)
				const size = 1 << 12
				for at := 0; err == nil && n > 0; n -= size {
					err = shard.Write(ctx, &sink.Batch{Records: records[at:][:min(n, size)]})
					at = (at + size) % len(records)
				}
				if err != nil {
					return err
				}
				if err := shard.Close(ctx); err != nil {
					return err
				}
				return s.Close(ctx)
			},
			Close: func() error { return os.RemoveAll(dir) },
		}, nil
	}
}
