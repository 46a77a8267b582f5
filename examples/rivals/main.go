// Rivals plays the contest that this library grew out of, by itself: it makes a
// stream with hidden patterns and damage, sends it through Kafka, consumes it,
// keeps the valid orders as a Parquet data set, finds the damage and the patterns
// blind, scores what was found against the answer key, and writes a report.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/analysis"
	"github.com/kafkanauts/kafkanauts/demand"
	"github.com/kafkanauts/kafkanauts/examples/internal/broker"
	"github.com/kafkanauts/kafkanauts/examples/internal/cli"
	"github.com/kafkanauts/kafkanauts/examples/internal/intake"
	"github.com/kafkanauts/kafkanauts/examples/internal/verdict"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/kafka"
)

func main() {
	cli.Main("rivals [-brokers a:9092,… -topic orders] [-orders N] [-seed N] [-out DIR]", run)
}

func run(ctx context.Context, flags *flag.FlagSet, parse func() error) error {
	brokers := cli.BrokerFlags(flags, "without them, a broker runs in this program")
	compress := cli.CompressFlag(flags)
	orders := flags.Float64("orders", 200_000, "expected `number` of orders in the 14 days")
	seed := flags.Uint64("seed", 0, "another `number` is another stream")
	out := flags.String("out", "out/rivals", "`directory` for everything that comes of it")
	if err := parse(); err != nil {
		return err
	}
	if !(*orders > 0) {
		return cli.Usagef("-orders %v is not above 0", *orders)
	}
	security, err := brokers.Security()
	if err != nil {
		return err
	}
	addrs, topic := brokers.List(), brokers.Topic
	if !brokers.Given() {
		b, err := broker.Start()
		if err != nil {
			return err
		}
		defer b.Stop()
		addrs = b.Addrs()
	}

	// One team makes a stream and keeps its answer key.
	stream, bar, err := contest(*seed, *orders)
	if err != nil {
		return err
	}
	dst, err := kafka.New(kafka.Config{Brokers: addrs, Topic: topic, Empty: true, Security: security, Compression: *compress})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(*out, 0o777); err != nil {
		return err
	}
	key := filepath.Join(*out, "truth.csv")
	sent, err := stream.Run(ctx, sink.Tee(dst, &sink.TruthFile{Path: key, Form: truth.Offsets,
		Manifest: truth.Manifest{Version: kafkanauts.Version, Patterns: stream.Patterns(), Recipe: map[string]string{
			"orders": fmt.Sprint(*orders), "seed": fmt.Sprint(*seed)}}}))
	bar.Done()
	if err != nil {
		return err
	}
	fmt.Printf("sent      %d records, %d of them damaged, %.0f a second\n", sent.Records, sent.Damaged, sent.Rate)

	// The other has the topic, and nothing else.
	source := kafka.ReadConfig{Brokers: addrs, Topic: topic, Security: security}
	took := time.Now()
	job := intake.Job{Source: source, Encoding: order.Pipe{}, Categories: intake.Categories, Countries: intake.Countries, Dir: filepath.Join(*out, "orders"),
		Total:    func(n int64) { bar = cli.NewBar("consuming", "records", n) },
		Progress: func(n int64) { bar.Set(n) }}
	tally, err := job.Run(ctx)
	bar.Done()
	if err != nil {
		return err
	}
	fmt.Printf("consumed  %d valid, %d rejected, in %v; the valid orders are in %s\n",
		tally.Valid, tally.Rejected, time.Since(took).Round(time.Millisecond), job.Dir)

	took = time.Now()
	result, err := analysis.Analyse(&intake.Topic{Context: ctx, Config: source,
		Total:    func(n int64) { bar = cli.NewBar("deciphering", "records", n) },
		Progress: func(n int64) { bar.Set(n) }}, analysis.Settings{})
	bar.Done()
	if err != nil {
		return err
	}
	fmt.Printf("found     %d damaged records and %d findings, in %v; the clearest:\n",
		result.Overview.Flagged, len(result.Findings), time.Since(took).Round(time.Millisecond))
	for _, f := range result.Findings[:min(6, len(result.Findings))] {
		fmt.Println("         ", f.Statement)
	}

	// The key decides.
	v := verdict.Verdict{Dir: *out, Title: "The rivals' stream, deciphered", Form: truth.Offsets, Key: key}
	score, err := v.Write(result)
	if err != nil {
		return err
	}
	fmt.Println()
	if err := score.WriteText(os.Stdout); err != nil {
		return err
	}
	fmt.Printf("\nThe report is %s.\n", filepath.Join(*out, "report.html"))
	return nil
}

// contest returns the default world at a size of so many orders.
func contest(seed uint64, orders float64) (*kafkanauts.Stream, *cli.Bar, error) {
	whole, err := kafkanauts.New(kafkanauts.Config{})
	if err != nil {
		return nil, nil, err
	}
	bar, follow := cli.Follow("producing")
	stream, err := kafkanauts.New(kafkanauts.Config{
		Seed:     seed,
		Market:   demand.World().Scale(orders / float64(whole.Forecast().Total)),
		Progress: follow,
	})
	return stream, bar, err
}
