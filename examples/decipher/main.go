// Decipher looks at a stream that somebody else made, blind: which records are
// damaged, which logic made the orders. It writes flagged.csv, findings.json and
// report.html; with the answer key it scores itself.
package main

import (
	"context"
	"errors"
	"flag"
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
	in := flags.String("in", "", "`file` of records, one a line")
	format := flags.String("format", "pipe", "`encoding` of the records: pipe, csv or json")
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
	enc, err := cli.Encoding(*format)
	if err != nil {
		return err
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
		src = &intake.Topic{Context: ctx, Config: kafka.ReadConfig{Brokers: brokers.List(), Topic: brokers.Topic},
			Total:    func(n int64) { bar.Done(); bar = cli.NewBar("reading", "records", n) },
			Progress: func(n int64) { bar.Set(n) }}
		v.Form = truth.Offsets
	case *in != "":
		src = analysis.File(*in, enc)
	default:
		spool, err := spooled(os.Stdin) // it is read twice
		if err != nil {
			return err
		}
		defer os.Remove(spool)
		src = analysis.File(spool, enc)
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
	cli.Say("%d of %d records flagged; see %s", result.Overview.Flagged, result.Overview.Records, filepath.Join(*out, "report.html"))
	if score != nil {
		return score.WriteText(os.Stdout)
	}
	return nil
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

// spooled copies r to a temporary file.
func spooled(r io.Reader) (string, error) {
	f, err := os.CreateTemp("", "kafkanauts-decipher-")
	if err != nil {
		return "", err
	}
	_, err = io.Copy(f, r)
	if err = errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}
