// Consume reads the orders of a topic into a Hive-partitioned Parquet data set
// that grows with it, and keeps the records that are no valid orders aside with
// what is wrong with them. Each record is in the data set or among the rejects once,
// whatever happens to the processes that read: run it again, and it goes on where it stopped.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/kafkanauts/kafkanauts/examples/internal/cli"
	"github.com/kafkanauts/kafkanauts/examples/internal/intake"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink/kafka"
)

func main() {
	cli.Main("consume -brokers a:9092,… -topic orders -out DIR [-follow] [-group NAME] [-rejects FILE | -dead TOPIC]", run)
}

const policies = `
What is read is committed in chunks: the files of a chunk, its rejects and how far its partition has been read
become part of the data set in one step, and only then the group is told. Killed at any moment and run again,
it goes on after the last chunk: no record is missing and none is there twice. The data set belongs
to one topic; a topic that was deleted and made again is another one, and is refused.

Late: an order that is older by more than -late than the latest one accepted of its partition is rejected
as "late". Without -late it goes into the folder of its own date, however late it is.
Duplicates: with -duplicates keep, copies are kept like any other record. With -duplicates reject, a valid order
whose id one of the last -window offsets of its partition had is rejected as "repeated_id".

Rejects, with fields and reasons, are in DIR/_rejects, a CSV file a chunk, each once. -rejects FILE puts them all into
one file when the program ends. -dead TOPIC also sends them to a topic, as they were, the headers kafkanauts.topic,
.partition, .offset, .fields, .reasons and .timestamp saying the rest: at least once; partition and offset tell copies.
`

func run(ctx context.Context, flags *flag.FlagSet, parse func() error) error {
	usage := flags.Usage
	flags.Usage = func() { usage(); fmt.Fprint(flags.Output(), policies) }
	brokers := cli.BrokerFlags(flags, "required")
	job := intake.Consumption{Warn: func(text string) { cli.Say("consume: %s", text) }}
	flags.StringVar(&job.Dir, "out", "", "`directory` of the data set; one of this topic grows")
	follow := flags.Bool("follow", false, "go on as records come, until a signal; else end where the topic ends now")
	flags.StringVar(&job.Source.Group, "group", "", "`name` of a consumer group, whose members share the topic and write one data set (default: read alone)")
	flags.StringVar(&job.Source.Instance, "instance", "", "`name` of this member of the group, which keeps its partitions through a restart")
	flags.DurationVar(&job.Source.Session, "session", 10*time.Second, "how long a member of the group may be silent before its partitions go to others")
	flags.StringVar(&job.Rejects, "rejects", "", "`file` that all rejects of the data set are put into at the end")
	flags.StringVar(&job.Dead, "dead", "", "`topic` that also gets the rejects; made if there is none")
	flags.DurationVar(&job.Policy.Late, "late", 0, "`age` beyond which an order is late (default: none is)")
	duplicates := flags.String("duplicates", "keep", "keep or reject them")
	flags.Int64Var(&job.Policy.Window, "window", 1<<16, "how many `offsets` back an order is a duplicate of another")
	flags.IntVar(&job.Records, "records", 1<<18, "commit a partition when so many of its `records` have been read")
	flags.DurationVar(&job.Every, "every", time.Minute, "commit what was read so long ago")
	memory := flags.Int64("memory", 256, "commit what takes most when all that is not committed takes so many `MiB`")
	format := flags.String("format", "pipe", "`encoding` of the records: pipe, csv, json or avro")
	registry := cli.RegistryFlags(flags, "it knows what each record is written in")
	categories := flags.String("categories", strings.Join(intake.Categories, ","), "`names` of the known categories, separated by commas; empty: any")
	countries := flags.String("countries", strings.Join(intake.Countries, ","), "`names` of the known countries, which become partitions; empty: any")
	lenient := flags.Bool("lenient", false, "also read what older producers write: 15 columns, or a reason for success")
	if err := parse(); err != nil {
		return err
	}
	job.Memory = *memory << 20
	switch {
	case !brokers.Given():
		return cli.Usagef("-brokers: name at least one")
	case job.Dir == "":
		return cli.Usagef("-out: name the directory of the data set")
	case job.Policy.Late < 0:
		return cli.Usagef("-late %v: want more than 0", job.Policy.Late)
	case job.Source.Session <= 0:
		return cli.Usagef("-session %v: want more than 0", job.Source.Session)
	case job.Records <= 0 || job.Every <= 0 || *memory <= 0 || job.Policy.Window <= 0:
		return cli.Usagef("-records, -every, -memory and -window: want more than 0")
	case job.Source.Instance != "" && job.Source.Group == "":
		return cli.Usagef("-instance is the name of a member of a group; name the -group too")
	case job.Dead != "" && job.Dead == brokers.Topic:
		return cli.Usagef("-dead %s: choose another topic than the one that is read", job.Dead)
	case *duplicates != "keep" && *duplicates != "reject":
		return cli.Usagef("-duplicates %s: want keep or reject", *duplicates)
	case *duplicates == "keep":
		job.Policy.Window = 0
	}
	security, err := brokers.Security()
	if err != nil {
		return err
	}
	decoder, err := registry.Decoder(ctx, *format, brokers.Topic)
	if err != nil {
		return err
	}
	if job.Encoding, err = cli.Reading(*format, decoder); err != nil {
		return err
	}
	if decoder != nil {
		job.Learn = decoder.Learn
	}
	if _, pipe := job.Encoding.(order.Pipe); pipe {
		job.Encoding = order.Pipe{Lenient: *lenient}
	} else if *lenient {
		return cli.Usagef("-lenient is about the pipe format")
	}
	if *categories != "" {
		job.Categories = strings.Split(*categories, ",")
	}
	if *countries != "" {
		job.Countries = strings.Split(*countries, ",")
	}
	job.Source.Read = kafka.ReadConfig{Brokers: brokers.List(), Topic: brokers.Topic, Follow: *follow, Security: security, Log: cli.Log(slog.LevelWarn)}
	var bar *cli.Bar
	job.Total = func(n int64) { bar = cli.NewBar("consuming", "records", n) }
	job.Progress = func(n int64) { bar.Set(n) }
	result, err := job.Run(ctx)
	if bar != nil {
		bar.Done()
	}
	read := result.Tally.Valid + result.Tally.Rejected
	if read > 0 || err == nil {
		cli.Say("%s", intake.Table(&result.Tally))
		cli.Say("The data set has %d orders in %d files, and %d rejects.", result.DataSet.Rows, result.DataSet.Files, result.DataSet.Rejects)
	}
	switch {
	case err != nil:
		return err
	case result.DataSet.Rows+result.DataSet.Rejects == 0:
		cli.Say("There are no records in topic %s; the data set is empty.", brokers.Topic)
	case result.DataSet.Rows == 0:
		cli.Say("Nothing is a valid order; is -format %s what the records are written in?", *format)
	}
	return nil
}
