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
)

func main() {
	cli.Main("decipher [-in FILE | -brokers a:9092,… -topic orders] [-layout order_id,…] [-truth FILE] -out DIR", run)
}

func run(ctx context.Context, flags *flag.FlagSet, parse func() error) error {
	brokers := cli.BrokerFlags(flags, "without them and without -in, the records come from standard input")
	in := flags.String("in", "", "`file` of records, one a line, or a directory of files part-…")
	format := flags.String("format", "pipe", "`encoding` of the records: pipe, csv or json; of a topic also avro")
	registry := cli.RegistryFlags(flags, "it knows what each record of the topic is written in")
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
	if !brokers.Given() && (*format == "avro" || registry.Given()) {
		return cli.Usagef("-format avro and -registry are about a topic; name its -brokers")
	}
	decoder, err := registry.Decoder(ctx, *format, brokers.Topic)
	if err != nil {
		return err
	}
	enc, err := cli.Reading(*format, decoder)
	if err != nil {
		return err
	}
	if *layout != "" && decoder != nil {
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
	switch info, err := os.Stat(*in); {
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
	case err == nil && info.IsDir():
		parts, err := intake.NewParts(*in, enc)
		if err != nil {
			return err
		}
		src, v.Form, v.Files = parts, truth.Files, parts.Names
	default:
		src = analysis.File(*in, enc)
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
