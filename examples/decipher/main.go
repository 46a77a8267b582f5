// Decipher looks at a stream that somebody else made, blind: which records are
// damaged, which logic made the orders. It writes flagged.csv, findings.json and
// report.html; with the answer key it scores itself.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/kafkanauts/kafkanauts/analysis"
	"github.com/kafkanauts/kafkanauts/examples/internal/cli"
	"github.com/kafkanauts/kafkanauts/examples/internal/intake"
	"github.com/kafkanauts/kafkanauts/examples/internal/verdict"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
	"github.com/kafkanauts/kafkanauts/sink/kafka"
	"github.com/kafkanauts/kafkanauts/sink/kafka/registry"
)

func main() {
	cli.Main("decipher [-in FILE | -brokers a:9092,… -topic orders] [-layout order_id,…] [-truth FILE] -out DIR", run)
}

func run(ctx context.Context, flags *flag.FlagSet, parse func() error) error {
	brokers := cli.BrokerFlags(flags, "without them and without -in, the records come from standard input")
	in := flags.String("in", "", "`file` of records, or a directory of files part-… or, with -format parquet, of a data set; what ends in .gz or .zst is decompressed")
	format := flags.String("format", "pipe", "`encoding` of the records: pipe, csv, json or avro; of a directory also parquet")
	schemas := cli.RegistryFlags(flags, "it knows what each record of the topic is written in")
	layout := flags.String("layout", "", "`names` of the columns in their order, separated by commas (default the order of the schema)")
	key := flags.String("truth", "", "`file` with the answer key, to score what was found")
	out := flags.String("out", "", "`directory` for flagged.csv, findings.json, report.html and score.json")
	if err := parse(); err != nil {
		return err
	}
	switch {
	case *out == "":
		return cli.Usagef("-out: name the directory for what is found")
	case brokers.Given() && *in != "":
		return cli.Usagef("-brokers and -in: name one of them")
	}
	security, err := brokers.Security()
	if err != nil {
		return err
	}
	enc, decoder, err := reading(ctx, *format, *in, brokers, schemas)
	if err != nil {
		return err
	}
	if *layout != "" && *format == "avro" {
		return cli.Usagef("-layout is of no use with -format avro, whose schema has the order of the columns")
	}
	if *layout != "" {
		l, err := order.ParseLayout(*layout)
		if err != nil {
			return cli.Usagef("-layout: %v", err)
		}
		enc = arranged(enc, l)
	}

	v := verdict.Verdict{Dir: *out, Title: "Deciphered", Form: truth.Lines, Key: *key}
	var src analysis.Source
	switch {
	case brokers.Given():
		bar := &cli.Bar{}
		defer func() { bar.Done() }()
		topic := &intake.Topic{Context: ctx, Config: kafka.ReadConfig{Brokers: brokers.List(), Topic: brokers.Topic, Security: security},
			Total:    func(n int64) { bar.Done(); bar = cli.NewBar("reading", "records", n) },
			Progress: func(n int64) { bar.Set(n) }}
		if decoder != nil {
			topic.Learn = decoder.Learn
		}
		src, v.Form = topic, truth.Offsets
	case *in == "":
		spool, err := spooled(ctx, os.Stdin) // it is read more than once
		if err != nil {
			return err
		}
		defer os.Remove(spool)
		src = analysis.File(spool, enc)
	default:
		if src, err = files(&v, *in, *format, enc); err != nil {
			return err
		}
	}
	if !brokers.Given() { // a topic's source does both itself
		bar := cli.NewBar("reading", "records", 1)
		defer bar.Done()
		src = &intake.Watched{Source: src, Context: ctx, Progress: bar.Set}
	}
	if p, ok := enc.(order.Pipe); ok {
		if p.Lenient, err = analysis.Older(src); err != nil {
			return err
		}
		if enc = p; p.Lenient {
			cli.Say("The records are written as older producers do: without an empty last column, or with a reason for success.")
		}
	}
	result, err := analysis.Analyse(src, analysis.Settings{Encoding: enc})
	if err != nil {
		return err
	}
	score, err := v.Write(result)
	if err != nil {
		return err
	}
	for _, f := range result.Findings[:min(8, len(result.Findings))] {
		cli.Say("%s", f.Statement)
	}
	o := &result.Overview
	cli.Say("%d of %d records are valid, %d are flagged; see %s", o.Valid, o.Records, o.Flagged, filepath.Join(*out, "report.html"))
	if score != nil {
		if err := score.WriteText(os.Stdout); err != nil {
			return err
		}
	}
	return doubtful(result, enc, src)
}

// reading returns what the records are written in; of files in Avro or Parquet,
// in what they are read. The decoder is that of a topic in Avro, else nil.
func reading(ctx context.Context, format, in string, brokers *cli.Brokers, schemas *cli.Registry) (order.Encoding, *registry.Decoder, error) {
	if brokers.Given() {
		decoder, err := schemas.Decoder(ctx, format, brokers.Topic)
		if err != nil {
			return nil, nil, err
		}
		enc, err := cli.Reading(format, decoder)
		return enc, decoder, err
	}
	if _, err := schemas.Config(""); err != nil {
		return nil, nil, err
	}
	if schemas.Given() {
		return nil, nil, cli.Usagef("-registry is about a topic; name its -brokers")
	}
	if format != "avro" && format != "parquet" {
		enc, err := cli.Encoding(format)
		if err != nil {
			err = cli.Usagef("-format %q is none of pipe, csv, json, avro and parquet", format)
		}
		return enc, nil, err
	}
	if in == "" {
		return nil, nil, cli.Usagef("-format %s is about files or a topic; name them with -in or -brokers", format)
	}
	return order.Pipe{}, nil, nil
}

// files returns the records of a file or a directory, and tells v how they are named.
func files(v *verdict.Verdict, path, format string, enc order.Encoding) (src analysis.Source, err error) {
	open := func(path string) analysis.Source { return analysis.File(path, enc) }
	switch format {
	case "parquet":
		src, v.Form, err = intake.Parquet(path)
		return src, err
	case "avro":
		open = intake.Avro
	}
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return open(path), nil // which tells what is wrong with it, if anything
	}
	parts, err := intake.NewParts(path, open)
	if err != nil {
		return nil, err
	}
	v.Form, v.Files = truth.Files, parts.Names
	return parts, nil
}

// doubtful returns an error if hardly anything could be read: then what is said
// of the rest is worth little, and the mistake is most likely the caller's.
func doubtful(r *analysis.Result, enc order.Encoding, src analysis.Source) error {
	o := &r.Overview
	if o.Records == 0 {
		return errors.New("there are no records to decipher")
	}
	if 2*o.Valid >= o.Records {
		return nil
	}
	var often analysis.Complaint
	for _, c := range r.Intake.Complaints() {
		if r.Intake.ByReason[c] > r.Intake.ByReason[often] {
			often = c
		}
	}
	what, hint := often.Field.String(), "are -format and -layout right?"
	if often.Field == order.None {
		what = "the record"
	}
	if _, pipe := enc.(order.Pipe); pipe {
		if l, err := analysis.InferLayout(src); err == nil && l.String() != (order.Layout{}).String() {
			hint = "by their contents, the columns may be -layout " + l.String()
		}
	}
	return fmt.Errorf("only %d of %d records are valid orders; most often, %s is %s: %s", o.Valid, o.Records, what, often.Reason, hint)
}

// arranged returns enc with its columns in the order of l.
func arranged(enc order.Encoding, l order.Layout) order.Encoding {
	switch enc.(type) {
	case order.CSV:
		return order.CSV{Layout: l}
	case order.JSON:
		return order.JSON{Layout: l}
	}
	return order.Pipe{Layout: l}
}

// spooled copies r to a temporary file, until it or ctx ends.
func spooled(ctx context.Context, r io.Reader) (string, error) {
	f, err := os.CreateTemp("", "kafkanauts-decipher-")
	if err != nil {
		return "", err
	}
	copied := make(chan error, 1)
	go func() {
		_, err := io.Copy(f, r)
		copied <- err
	}()
	select {
	case err = <-copied:
	case <-ctx.Done():
		err = context.Cause(ctx) // the copy goes on until the program ends, into a file that is gone
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}
