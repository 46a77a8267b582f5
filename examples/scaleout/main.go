// Scaleout is one of several workers that share a stream: start it as often as
// you like, on as many machines, with the same flags. The workers share the shards through a
// consumer group; kill one, and another goes on where it was. Each record is in the topic
// once. Every worker ends when all shards are delivered.
package main

import (
	"context"
	"errors"
	"flag"
	"log/slog"
	"time"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/examples/internal/broker"
	"github.com/kafkanauts/kafkanauts/examples/internal/cli"
	"github.com/kafkanauts/kafkanauts/order/truth"
	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/kafka"
)

func main() {
	cli.Main("scaleout [-brokers a:9092,…] [-topic orders] -stream NAME [flags]", run)
}

func run(ctx context.Context, flags *flag.FlagSet, parse func() error) (err error) {
	recipe := cli.RecipeFlags(flags)
	brokers := cli.BrokerFlags(flags, "without them a broker is started, which lasts as long as this worker")
	name := flags.String("stream", "orders-stream", "`name` that the workers of one stream share")
	group := flags.String("group", "", "consumer `group` of the workers (default the stream's name)")
	session := flags.Duration("session", 8*time.Second, "`time` after which a worker that is silent loses its shards")
	compress := cli.CompressFlag(flags)
	metrics := cli.MetricsFlag(flags)
	key := flags.String("truth", "", "`file` for the answer key, which each worker that is asked to writes at the end")
	if err := parse(); err != nil {
		return err
	}
	cfg, err := recipe.Config()
	if err != nil {
		return err
	}
	if recipe.Format() == "parquet" {
		return cli.Usagef("-format parquet makes files, not records of a topic")
	}
	security, err := brokers.Security()
	if err != nil {
		return err
	}
	if cfg.Limit > 0 {
		return cli.Usagef("-limit cuts the merged order, which shards that are delivered each by itself do not have")
	}
	if cfg.Meter, err = metrics.Serve(map[string]string{"stream": *name, "topic": brokers.Topic}); err != nil {
		return err
	}
	defer metrics.Close()
	stream, err := kafkanauts.New(cfg)
	if err != nil {
		return cli.Usagef("%v", err)
	}
	topic := kafka.Config{Brokers: brokers.List(), Topic: brokers.Topic, Security: security, Compression: *compress,
		Stream: *name, Truth: *key != "", Log: cli.Log(slog.LevelInfo)}
	if !brokers.Given() {
		own, err := broker.Start()
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, own.Stop()) }()
		topic.Brokers = own.Addrs()
		cli.Say("The broker is at %s; others may join there with -brokers and the same flags.", own.Addrs()[0])
	}
	bar := cli.NewBar("delivering", "orders", int64(stream.Forecast().Total))
	delivered, seen := make([]int64, cfg.Shards), int64(0)
	workers := kafka.Workers{Group: *group, SessionTimeout: *session, Watch: func(shard int, at kafka.Checkpoint) {
		seen += at.Totals.Records - delivered[shard]
		delivered[shard] = at.Totals.Records
		bar.Set(seen)
	}}
	err = kafka.Work(ctx, topic, workers, func(ctx context.Context, dst sink.Sink, shards ...int) error {
		_, err := stream.Only(shards...).Run(ctx, dst)
		return err
	})
	bar.Done()
	if err == nil && topic.Truth {
		err = kafka.WriteTruth(ctx, topic, &sink.TruthFile{Path: *key, Form: truth.Offsets,
			Manifest: truth.Manifest{Version: kafkanauts.Version, Recipe: recipe.Settings(stream), Patterns: stream.Patterns()}})
	}
	if err != nil {
		return err
	}
	cli.Say("All %d shards of stream %s are delivered: %d records in topic %s.", cfg.Shards, *name, seen, topic.Topic)
	return nil
}
