package outlet

import (
	"context"
	"errors"
	"fmt"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/examples/internal/cli"
	"github.com/kafkanauts/kafkanauts/order/truth"
	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/kafka"
)

// topic is a topic of Kafka; with a stream's name, each record is there exactly once.
type topic struct {
	config kafka.Config
	key    answers
}

func (t *topic) keep(a answers) { t.key = a }

func (t *topic) run(ctx context.Context, s *kafkanauts.Stream) (report kafkanauts.Report, err error) {
	if t.config.Stream != "" {
		err := kafka.Deliver(ctx, t.config, func(ctx context.Context, dst sink.Sink) (err error) {
			report, err = s.Run(ctx, dst)
			return err
		})
		return report, err
	}
	var dst sink.Sink
	if dst, err = kafka.New(t.config); err != nil {
		return report, err
	}
	if t.key != nil {
		dst = sink.Tee(dst, t.key(truth.Offsets))
	}
	return s.Run(ctx, dst)
}

// delivered is what a line of JSON says of a shard.
type delivered struct {
	Shard   int    `json:"shard"`
	Records int64  `json:"records"`
	Lost    int64  `json:"lost"`
	Bytes   int64  `json:"bytes"`
	CRC32C  string `json:"crc32c"` // of the values, each followed by a line end
}

func (t *topic) shard(ctx context.Context, n int) (any, error) {
	at, err := kafka.Delivered(ctx, t.config, n)
	if err != nil {
		return nil, err
	}
	return delivered{n, at.Totals.Records, at.Totals.Lost, at.Totals.Bytes, fmt.Sprintf("%08x", at.CRC32C)}, nil
}

func (t *topic) finish(ctx context.Context, _ *kafkanauts.Stream) error {
	if t.key == nil || t.config.Stream == "" {
		return nil
	}
	err := kafka.WriteTruth(ctx, t.config, t.key(truth.Offsets))
	var part *kafka.StreamError
	if errors.As(err, &part) {
		cli.Say("shard %d is not delivered yet; the answer key is written when all are", part.Shard)
		return nil
	}
	return err
}
