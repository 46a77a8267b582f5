package cli

import (
	"flag"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/corrupt"
	"github.com/kafkanauts/kafkanauts/demand"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/avro"
)

// Recipe are the flags of a stream.
type Recipe struct {
	flags   *flag.FlagSet
	from    string
	to      string
	seed    uint64
	scale   float64
	corrupt float64
	damage  string
	format  string
	shards  int
	workers int
	speed   float64
	limit   uint64
}

// RecipeFlags declares the flags of a stream on flags.
func RecipeFlags(flags *flag.FlagSet) *Recipe {
	r := &Recipe{flags: flags}
	flags.StringVar(&r.from, "from", "2022-01-31", "first `instant` of event time: a date or RFC 3339, UTC")
	flags.StringVar(&r.to, "to", "", "end of event time, exclusive (default 14 days after -from)")
	flags.Uint64Var(&r.seed, "seed", 0, "another `number` is another stream")
	flags.Float64Var(&r.scale, "scale", 1, "`factor` on the rate of orders; 1 is the original system's")
	flags.Float64Var(&r.corrupt, "corrupt", 0.03, "`share` of the records that are damaged; of the rival's damage 0.025 by default")
	flags.StringVar(&r.damage, "damage", "original", "`kind` of damage: original, rival or both")
	flags.StringVar(&r.format, "format", "pipe", "`encoding` of the records: pipe, csv, json or avro; for a directory also parquet")
	flags.IntVar(&r.shards, "shards", 4, "independent streams in one, and partitions of a topic")
	flags.IntVar(&r.workers, "workers", 0, "goroutines that make orders (default one a processor)")
	flags.Float64Var(&r.speed, "speed", 0, "`seconds` of event time a second; 0: as fast as possible, 1: real time")
	flags.Uint64Var(&r.limit, "limit", 0, "stop after so many records; 0: none")
	return r
}

// Encoding returns the encoding of that name.
func Encoding(name string) (order.Encoding, error) {
	switch name {
	case "pipe":
		return order.Pipe{}, nil
	case "csv":
		return order.CSV{}, nil
	case "json":
		return order.JSON{}, nil
	}
	return nil, Usagef("-format %q is none of pipe, csv and json", name)
}

// encoding returns what a stream's records are written in.
func (r *Recipe) encoding(damaged bool) (order.Encoding, error) {
	switch r.format {
	case "avro":
		return avro.Encoding{Text: damaged}, nil
	case "parquet":
		return order.Pipe{}, nil // of which the files are made
	}
	enc, err := Encoding(r.format)
	if err != nil {
		err = Usagef("-format %q is none of pipe, csv, json, avro and parquet", r.format)
	}
	return enc, err
}

// Config returns what the flags say.
func (r *Recipe) Config() (kafkanauts.Config, error) {
	c := kafkanauts.Config{Seed: r.seed, Limit: r.limit, Shards: r.shards, Workers: r.workers, Speed: r.speed}
	var err error
	if c.From, err = instant("from", r.from); err != nil {
		return c, err
	}
	if r.to != "" {
		if c.To, err = instant("to", r.to); err != nil {
			return c, err
		}
	}
	if r.shards == 0 {
		return c, Usagef("-shards 0: a stream has at least one")
	}
	if !(r.scale > 0) || math.IsInf(r.scale, 1) {
		return c, Usagef("-scale %v is no factor above 0", r.scale)
	}
	c.Market = demand.World().Scale(r.scale)
	if !(r.corrupt >= 0 && r.corrupt <= 1) {
		return c, Usagef("-corrupt %v is no share between 0 and 1", r.corrupt)
	}
	p := r.corrupt
	switch r.damage {
	case "original":
		c.Faults = corrupt.OriginalAt(p)
	case "rival":
		if !r.given("corrupt") {
			p = 0.025
		}
		c.Faults = corrupt.RivalAt(p)
	case "both":
		c.Faults = append(corrupt.OriginalAt(p/2), corrupt.RivalAt(p/2)...)
	default:
		return c, Usagef("-damage %q is none of original, rival and both", r.damage)
	}
	if p == 0 {
		c.Faults = corrupt.Mix{}
	}
	c.Encoding, err = r.encoding(p > 0)
	return c, err
}

func (r *Recipe) given(name string) (given bool) {
	r.flags.Visit(func(f *flag.Flag) { given = given || f.Name == name })
	return given
}

// Settings returns the recipe for an answer key's manifest: what decides the
// bytes.
func (r *Recipe) Settings(s *kafkanauts.Stream) map[string]string {
	c := s.Config()
	return map[string]string{
		"seed":   strconv.FormatUint(c.Seed, 10),
		"from":   c.From.Format(time.RFC3339),
		"to":     c.To.Format(time.RFC3339),
		"scale":  strconv.FormatFloat(r.scale, 'g', -1, 64),
		"damage": c.Faults.String(),
		"format": fmt.Sprint(c.Encoding),
		"shards": strconv.Itoa(c.Shards),
		"limit":  strconv.FormatUint(c.Limit, 10),
	}
}

func instant(name, s string) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, s); err == nil && !t.IsZero() {
			return t.UTC(), nil
		}
	}
	return time.Time{}, Usagef("-%s %q is neither a date such as 2022-01-31 nor an instant such as 2022-01-31T08:00:00Z", name, s)
}

// Format returns the name of the encoding, which is also the extension of its
// files.
func (r *Recipe) Format() string { return r.format }

// Shards returns how many the stream has.
func (r *Recipe) Shards() int { return r.shards }
