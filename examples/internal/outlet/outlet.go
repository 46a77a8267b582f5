// Package outlet is where the program produce sends a stream: a topic, a file, a
// directory or standard output, whole or some of its shards, with its answer key.
package outlet

import (
	"context"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/examples/internal/cli"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/kafka"
)

// Flags are the flags that say where a stream goes.
type Flags struct {
	recipe   *cli.Recipe
	Brokers  *cli.Brokers
	Key      string // of the answer key
	compress string
	out      string
	rotate   string
	name     string
	shards   string
	registry *cli.Registry
	lookup   bool
}

// Declare declares the flags on flags, beside those of the recipe.
func Declare(flags *flag.FlagSet, recipe *cli.Recipe) *Flags {
	f := &Flags{recipe: recipe, Brokers: cli.BrokerFlags(flags, "without them and without -out, the records go to standard output")}
	flags.StringVar(&f.compress, "compress", "", "`codec`: of a topic none, gzip, snappy, lz4 or zstd; of files none, gzip or zstd, by default what -out ends with; of avro files none, deflate or zstd (default deflate); of parquet none, snappy or zstd (default zstd)")
	flags.StringVar(&f.out, "out", "", "`file` for all shards, merged in time order; with a slash at the end, a directory for a file a shard, or for a Parquet data set")
	flags.StringVar(&f.rotate, "rotate", "", "`when` a file of a directory ends and the next begins: after so many records (100000), bytes before compression (64MB), or each hour of event time (hour)")
	flags.StringVar(&f.Key, "truth", "", "`file` for the answer key; its manifest goes beside it. A Parquet data set then has the columns shard and shard_row, which are the key's partition and offset")
	flags.StringVar(&f.name, "stream", "", "`name` under which the topic or the directory gets each record exactly once; after a crash, run it again and it goes on (default orders, for a directory with -shard)")
	flags.StringVar(&f.shards, "shard", "", "`numbers` of the shards to make, such as 0,3,5-7, for a topic with -stream or a directory; - reads them from standard input and answers each with a line of JSON once it is delivered")
	f.registry = cli.RegistryFlags(flags, "the topic's schema is registered before the first record, which then has its number")
	flags.BoolVar(&f.lookup, "registry-lookup", false, "register nothing: use the schema that is registered for the topic")
	return f
}

// Outlet is where a stream goes.
type Outlet struct {
	flags *Flags
	to    target
	only  []int // the shards to make; nil: all
	asked bool  // or those that standard input names
}

// target is one kind of place.
type target interface {
	// keep says how to make the file of the answer key; nil: none is asked for.
	keep(key answers)
	// run delivers a stream, or the part that it is.
	run(ctx context.Context, s *kafkanauts.Stream) (kafkanauts.Report, error)
	// shard returns what is there of a shard that is delivered, for a line of JSON.
	shard(ctx context.Context, n int) (any, error)
	// finish writes the answer key of the stream that several runs have delivered, if it
	// is asked for and all is there.
	finish(ctx context.Context, s *kafkanauts.Stream) error
}

// answers makes the file of the answer key.
type answers func(form truth.Form) *sink.TruthFile

// Resolve returns what the flags say, and makes cfg's records such as go there. The
// error is a UsageError.
func (f *Flags) Resolve(cfg *kafkanauts.Config) (*Outlet, error) {
	security, err := f.Brokers.Security()
	if err != nil {
		return nil, err
	}
	topic, dir := f.Brokers.Given(), strings.HasSuffix(f.out, "/")
	format := f.recipe.Format()
	switch {
	case f.registry.Given() && !(topic && format == "avro"):
		return nil, cli.Usagef("-registry is about a topic of -format avro; name its -brokers and that format")
	case topic && f.out != "":
		return nil, cli.Usagef("-brokers and -out: name one of them")
	case f.name != "" && !topic && !dir:
		return nil, cli.Usagef("-stream is about a topic or a directory; name its -brokers, or an -out with a slash at the end")
	case f.name != "" && cfg.Limit > 0:
		return nil, cli.Usagef("-limit cuts the merged order, which shards that are delivered exactly once, each by itself, do not have")
	case dir && cfg.Limit > 0:
		return nil, cli.Usagef("-limit cuts the merged order, which -out %s does not have", f.out)
	case f.shards != "" && !dir && !(topic && f.name != ""):
		return nil, cli.Usagef("-shard is about a directory, or a topic with -stream; name one of them")
	case f.rotate != "" && !dir:
		return nil, cli.Usagef("-rotate is about a directory; end -out with a slash")
	case f.rotate != "" && f.Key != "" && f.name == "" && f.shards == "":
		return nil, cli.Usagef("-truth of files that -rotate ends is kept under the stream's name; give one by -stream")
	case f.rotate != "" && format == "parquet":
		return nil, cli.Usagef("-rotate is about files of lines and avro; a Parquet data set has its own parts")
	case format == "parquet" && !dir:
		return nil, cli.Usagef("-format parquet makes a data set; name a directory, by an -out with a slash at the end")
	case format == "avro" && !topic && f.out == "":
		return nil, cli.Usagef("-format avro is no text for standard output; name its -brokers or -out")
	}
	if err := f.apart(dir); err != nil {
		return nil, err
	}
	o := &Outlet{flags: f}
	switch {
	case f.shards == "-":
		o.asked = true
	case f.shards != "":
		if o.only, err = parseShards(f.shards, f.recipe.Shards()); err != nil {
			return nil, err
		}
	}
	typed := len(cfg.Faults) == 0
	if !topic && format == "avro" {
		cfg.Encoding = order.Pipe{} // of which the files are made
	}
	switch {
	case topic:
		o.to, err = f.topic(security)
	case dir && format == "parquet":
		o.to, err = f.dataset(typed)
	case dir:
		o.to, err = f.directory(typed)
	default:
		o.to, err = f.file(typed)
	}
	return o, err
}

// Labels are those of the metrics.
func (o *Outlet) Labels() map[string]string {
	if o.flags.Brokers.Given() {
		return map[string]string{"topic": o.flags.Brokers.Topic}
	}
	return map[string]string{}
}

// Part returns what of the stream is made; all of it, if standard input decides that.
func (o *Outlet) Part(s *kafkanauts.Stream) *kafkanauts.Stream {
	if o.only != nil {
		return s.Only(o.only...)
	}
	return s
}

// Deliver delivers the stream. fill says what the manifest of the answer key shall
// tell, and done takes the progress bar away.
func (o *Outlet) Deliver(ctx context.Context, s *kafkanauts.Stream, fill func(*sink.TruthFile), done func()) error {
	defer done()
	o.to.keep(o.flags.key(fill))
	if o.asked {
		return o.serve(ctx, s, os.Stdin, os.Stdout)
	}
	report, err := o.to.run(ctx, o.Part(s))
	done()
	if err == nil {
		err = o.to.finish(ctx, s)
	}
	if err != nil {
		return err
	}
	if o.flags.name != "" {
		cli.Say("of the last run, which delivered what was left of the stream:")
	}
	cli.Say("%v", report)
	return nil
}

// key returns how to make the file of the answer key; nil: none is asked for.
func (f *Flags) key(fill func(*sink.TruthFile)) answers {
	if f.Key == "" {
		return nil
	}
	return func(form truth.Form) *sink.TruthFile {
		t := &sink.TruthFile{Path: f.Key, Form: form}
		fill(t)
		return t
	}
}

func (f *Flags) topic(security kafka.Security) (target, error) {
	codec, err := f.codec("none", "none", "gzip", "snappy", "lz4", "zstd")
	return &topic{config: kafka.Config{Brokers: f.Brokers.List(), Topic: f.Brokers.Topic, Security: security, Compression: codec,
		Stream: f.name, Truth: f.name != "" && f.Key != "", Log: cli.Log(slog.LevelWarn)}}, err
}

// apart returns an error if the key or its manifest would lie where the data
// does.
func (f *Flags) apart(dir bool) error {
	if f.out == "" || f.Key == "" {
		return nil
	}
	data := resolved(f.out)
	for _, path := range []string{f.Key, truth.ManifestPath(f.Key)} {
		path = resolved(path)
		if path == data || dir && strings.HasPrefix(path, data+string(filepath.Separator)) {
			return cli.Usagef("-truth %s would lie in the place of -out %s, or among its files; put it elsewhere", f.Key, f.out)
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
