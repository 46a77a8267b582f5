// Produce makes a stream of orders and sends it to a topic, a file, a directory
// or standard output, with the answer key beside it if it is asked to.
package main

import (
	"context"
	"flag"
	"fmt"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/examples/internal/cli"
	"github.com/kafkanauts/kafkanauts/examples/internal/outlet"
	"github.com/kafkanauts/kafkanauts/examples/internal/pages"
	"github.com/kafkanauts/kafkanauts/order/truth"
	"github.com/kafkanauts/kafkanauts/sink"
)

func main() {
	cli.Main("produce [-brokers a:9092,… -topic orders | -out FILE | -out DIR/] [flags]", run)
}

func run(ctx context.Context, flags *flag.FlagSet, parse func() error) error {
	recipe := cli.RecipeFlags(flags)
	to := outlet.Declare(flags, recipe)
	metrics := cli.MetricsFlag(flags)
	preview := flags.String("preview", "", "`directory` for pictures of the demand and a forecast, before the first record")
	schema := flags.String("schema", "", "`kind` of schema to print, in the place of any record: avro, json, spark, or hive, the statement that makes a table of -out")
	if err := parse(); err != nil {
		return err
	}
	cfg, err := recipe.Config()
	if err != nil {
		return err
	}
	if *schema != "" {
		text, err := to.Schema(*schema, cfg.Encoding, len(cfg.Faults) > 0)
		if err == nil {
			_, err = fmt.Println(text)
		}
		return err
	}
	place, err := to.Resolve(&cfg)
	if err != nil {
		return err
	}
	if err := to.Register(ctx, &cfg); err != nil {
		return err
	}
	bar, follow := cli.Follow("producing")
	cfg.Progress = follow
	if cfg.Meter, err = metrics.Serve(place.Labels()); err != nil {
		return err
	}
	defer metrics.Close()
	stream, err := kafkanauts.New(cfg)
	if err != nil {
		return cli.Usagef("%v", err)
	}
	forecast := place.Part(stream).Forecast()
	if *preview != "" {
		page, err := pages.Preview(*preview, stream)
		if err != nil {
			return err
		}
		cli.Say("%v\nThe pictures are in %s.\n", forecast, page)
	}
	low, high := forecast.Total.Band(0.99)
	cli.Say("%.0f orders are expected: %d to %d with 99 seeds of 100", float64(forecast.Total), low, high)
	return place.Deliver(ctx, stream, func(key *sink.TruthFile) {
		key.Manifest = truth.Manifest{Version: kafkanauts.Version, Recipe: recipe.Settings(stream), Patterns: stream.Patterns()}
	}, bar.Done)
}
