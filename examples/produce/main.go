// Produce makes a stream of orders and sends it to a topic, a file, a directory
// with a file a shard, or standard output, with the answer key beside it if it is asked to.
package main

import (
	"context"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/examples/internal/cli"
	"github.com/kafkanauts/kafkanauts/examples/internal/pages"
	"github.com/kafkanauts/kafkanauts/order/truth"
	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/kafka"
)

func main() {
	cli.Main("produce [-brokers a:9092,… -topic orders | -out FILE | -out DIR/] [flags]", run)
}

func run(ctx context.Context, flags *flag.FlagSet, parse func() error) error {
	recipe := cli.RecipeFlags(flags)
	brokers := cli.BrokerFlags(flags, "without them and without -out, the records go to standard output")
	compress := cli.CompressFlag(flags)
	out := flags.String("out", "", "`file` for all shards, merged in time order; with a slash at the end, a directory for a file a shard")
	key := flags.String("truth", "", "`file` for the answer key; its manifest goes beside it")
	name := flags.String("stream", "", "`name` under which the topic gets each record exactly once; after a crash, run it again and it goes on")
	metrics := cli.MetricsFlag(flags)
	preview := flags.String("preview", "", "`directory` for pictures of the demand and a forecast, before the first record")
	if err := parse(); err != nil {
		return err
	}
	cfg, err := recipe.Config()
	if err != nil {
		return err
	}
	security, err := brokers.Security()
	if err != nil {
		return err
	}
	dir := strings.HasSuffix(*out, "/")
	switch {
	case !brokers.Given() && *compress != "none":
		return cli.Usagef("-compress %s is about -brokers, which names none", *compress)
	case brokers.Given() && *out != "":
		return cli.Usagef("-brokers and -out: name one of them")
	case *name != "" && !brokers.Given():
		return cli.Usagef("-stream is about a topic; name its -brokers")
	case *name != "" && cfg.Limit > 0:
		return cli.Usagef("-limit cuts the merged order, which shards that are delivered exactly once, each by itself, do not have")
	case dir && cfg.Limit > 0:
		return cli.Usagef("-limit cuts the merged order, which -out %s does not have", *out)
	}
	if err := apart(*out, *key, dir); err != nil {
		return err
	}
	bar, follow := cli.Follow("producing")
	cfg.Progress = follow
	labels := map[string]string{}
	if brokers.Given() {
		labels["topic"] = brokers.Topic
	}
	if cfg.Meter, err = metrics.Serve(labels); err != nil {
		return err
	}
	defer metrics.Close()
	stream, err := kafkanauts.New(cfg)
	if err != nil {
		return cli.Usagef("%v", err)
	}
	if *preview != "" {
		page, err := pages.Preview(*preview, stream)
		if err != nil {
			return err
		}
		cli.Say("%v\nThe pictures are in %s.\n", stream.Forecast(), page)
	}

	total := stream.Forecast().Total
	low, high := total.Band(0.99)
	cli.Say("%.0f orders are expected: %d to %d with 99 seeds of 100", float64(total), low, high)

	answers := &sink.TruthFile{Path: *key, Form: truth.Lines,
		Manifest: truth.Manifest{Version: kafkanauts.Version, Recipe: recipe.Settings(stream), Patterns: stream.Patterns()}}
	topic := kafka.Config{Brokers: brokers.List(), Topic: brokers.Topic, Security: security, Compression: *compress,
		Stream: *name, Truth: *name != "" && *key != "", Log: cli.Log(slog.LevelWarn)}
	var dst sink.Sink
	switch {
	case *name != "":
		answers.Form = truth.Offsets
		return deliver(ctx, topic, stream, bar, answers)
	case brokers.Given():
		if dst, err = kafka.New(topic); err != nil {
			return err
		}
		answers.Form = truth.Offsets
	case dir:
		d := &sink.Dir{Path: *out, Ext: "." + recipe.Format()}
		dst, answers.Form, answers.Name = d, truth.Files, d.Name
	case *out != "":
		dst = &sink.File{Path: *out}
	default:
		dst = sink.Writer(os.Stdout)
	}
	if *key != "" {
		dst = sink.Tee(dst, answers)
	}
	report, err := stream.Run(ctx, dst)
	bar.Done()
	if err != nil {
		return err
	}
	cli.Say("%v", report)
	return nil
}

// deliver delivers the stream exactly once, and then writes its answer key.
func deliver(ctx context.Context, topic kafka.Config, stream *kafkanauts.Stream, bar *cli.Bar, answers *sink.TruthFile) error {
	var report kafkanauts.Report
	err := kafka.Deliver(ctx, topic, func(ctx context.Context, dst sink.Sink) (err error) {
		report, err = stream.Run(ctx, dst)
		return err
	})
	bar.Done()
	if err == nil && topic.Truth {
		err = kafka.WriteTruth(ctx, topic, answers)
	}
	if err != nil {
		return err
	}
	cli.Say("of the last run, which delivered what was left of the stream:\n%v", report)
	return nil
}

// apart returns an error if the key or its manifest would lie where the data
// does.
func apart(out, key string, dir bool) error {
	if out == "" || key == "" {
		return nil
	}
	data := resolved(out)
	for _, path := range []string{key, truth.ManifestPath(key)} {
		path = resolved(path)
		if path == data || dir && filepath.Dir(path) == data {
			return cli.Usagef("-truth %s would lie in the place of -out %s, or among its files; put it elsewhere", key, out)
		}
	}
	return nil
}

// resolved returns path without links, as far as it exists.
func resolved(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		return real
	}
	if dir := filepath.Dir(abs); dir != abs {
		return filepath.Join(resolved(dir), filepath.Base(abs))
	}
	return abs
}
