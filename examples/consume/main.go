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
	"github.com/kafkanauts/kafkanauts/order"
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
	countries := flags.String("countries", strings.Join(intake.Countries, ","), "`names` of the known countries, which become partitions; empty: any")
	lenient := flags.Bool("lenient", false, "also read what older producers write: 15 columns, or a reason for success")
	if err := parse(); err != nil {
		return err
	}
	switch {
	case !brokers.Given():
		return cli.Usagef("-brokers: name at least one")
	case *out == "":
		return cli.Usagef("-out: name the directory of the data set")
	}
	security, err := brokers.Security()
	if err != nil {
		return err
	}
	enc, err := cli.Encoding(*format)
	if err != nil {
		return err
	}
	if _, pipe := enc.(order.Pipe); pipe {
		enc = order.Pipe{Lenient: *lenient}
	} else if *lenient {
		return cli.Usagef("-lenient is about the pipe format")
	}
	var bar *cli.Bar
	job := intake.Job{
		Source:   kafka.ReadConfig{Brokers: brokers.List(), Topic: brokers.Topic, Security: security},
		Encoding: enc, Dir: *out, Rejects: *rejects,
		Total:    func(n int64) { bar = cli.NewBar("consuming", "records", n) },
		Progress: func(n int64) { bar.Set(n) },
	}
	if *categories != "" {
		job.Categories = strings.Split(*categories, ",")
	}
	if *countries != "" {
		job.Countries = strings.Split(*countries, ",")
	}
	tally, err := job.Run(ctx)
	if bar != nil {
		bar.Done()
	}
	if err != nil {
		return err
	}
	cli.Say("%s", intake.Table(&tally))
	switch {
	case tally.Valid+tally.Rejected == 0:
		cli.Say("There are no records in topic %s; the data set is empty.", brokers.Topic)
	case tally.Valid == 0:
		cli.Say("Nothing is a valid order; is -format %s what the records are written in?", *format)
	}
	return nil
}
