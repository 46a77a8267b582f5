// Consume reads the orders of a topic, to where it ends now, into a
// Hive-partitioned Parquet data set, and keeps the records that are no valid
// orders aside with what is wrong with them.
package main

import (
	"context"
	"flag"
	"strings"

	"github.com/kafkanauts/kafkanauts/examples/internal/cli"
	"github.com/kafkanauts/kafkanauts/examples/internal/intake"
	"github.com/kafkanauts/kafkanauts/sink/kafka"
)

func main() {
	cli.Main("consume -brokers a:9092,… -topic orders -out DIR [-rejects FILE] [-format pipe]", run)
}

func run(ctx context.Context, flags *flag.FlagSet, parse func() error) error {
	brokers := cli.BrokerFlags(flags, "required")
	out := flags.String("out", "", "`directory` of the data set; one that is there is replaced when the new one is complete")
	rejects := flags.String("rejects", "", "`file` for the rejected records (default _rejects.csv in the data set)")
	format := flags.String("format", "pipe", "`encoding` of the records: pipe, csv or json")
	categories := flags.String("categories", strings.Join(intake.Categories, ","), "`names` of the known categories, separated by commas; empty: any")
	if err := parse(); err != nil {
		return err
	}
	switch {
	case !brokers.Given():
		return cli.Usagef("-brokers: name at least one")
	case *out == "":
		return cli.Usagef("-out: name the directory of the data set")
	}
	enc, err := cli.Encoding(*format)
	if err != nil {
		return err
	}
	var bar *cli.Bar
	job := intake.Job{
		Source:   kafka.ReadConfig{Brokers: brokers.List(), Topic: brokers.Topic},
		Encoding: enc, Dir: *out, Rejects: *rejects,
		Total:    func(n int64) { bar = cli.NewBar("consuming", "records", n) },
		Progress: func(n int64) { bar.Set(n) },
	}
	if *categories != "" {
		job.Categories = strings.Split(*categories, ",")
	}
	tally, err := job.Run(ctx)
	if bar != nil {
		bar.Done()
	}
	if err != nil {
		return err
	}
	cli.Say("%s", intake.Table(&tally))
	return nil
}
