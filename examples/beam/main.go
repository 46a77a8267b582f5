// Beam makes a stream of orders with Apache Beam: the numbers of its shards go into
// the pipeline, and out of it comes what they came to. The records themselves never
// pass through Beam, whose portability layer would take longer for each than it takes to
// make it.
//
// By default the pipeline runs on prism, a runner within this process. It is a Go
// module of its own, for Beam needs some three hundred.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/x/beamx"
)

func init() {
	register.DoFn3x1[context.Context, int, func(*Partial), error](&makeShards{})
	register.Emitter1[*Partial]()
	register.Combiner1[*Partial](&addUp{})
	register.DoFn1x1[*Partial, error](&tell{})
}

func main() {
	var r Recipe
	from := flag.String("from", "2022-01-31", "first `day` of event time, UTC")
	flag.IntVar(&r.Days, "days", 14, "of event time")
	flag.Uint64Var(&r.Seed, "seed", 0, "another `number` is another stream")
	flag.Float64Var(&r.Scale, "scale", 1, "`factor` on the rate of orders")
	flag.Float64Var(&r.Corrupt, "corrupt", 0.03, "`share` of the records that are damaged")
	flag.IntVar(&r.Shards, "shards", 12, "independent streams in one, and units of work")
	flag.StringVar(&r.Out, "out", "", "`directory` for the records, which all workers reach; empty: they are only counted")
	result := flag.String("result", "", "`file` for what the stream came to (default standard output, which only a runner in this process has)")
	flag.Parse()
	beam.Init()
	var err error
	if r.From, err = time.Parse(time.DateOnly, *from); err == nil {
		_, err = r.Stream() // what is wrong with it, before any worker tries
	}
	if err == nil {
		err = beamx.Run(context.Background(), pipeline(r, *result))
	}
	if err != nil {
		log.Fatal(err)
	}
}

// pipeline makes every shard wherever the runner likes, and adds up what they came to.
func pipeline(r Recipe, result string) *beam.Pipeline {
	p, s := beam.NewPipelineWithRoot()
	shards := make([]int, r.Shards)
	for i := range shards {
		shards[i] = i
	}
	numbers := beam.Reshuffle(s, beam.CreateList(s, shards)) // or the runner makes them all in one place
	partials := beam.ParDo(s, &makeShards{Recipe: r}, numbers)
	whole := beam.Combine(s, &addUp{}, partials)
	beam.ParDo0(s, &tell{Path: result, Shards: r.Shards}, whole)
	return p
}

// makeShards makes the shards whose numbers it gets.
type makeShards struct{ Recipe Recipe }

// ProcessElement makes one.
func (m *makeShards) ProcessElement(ctx context.Context, shard int, emit func(*Partial)) error {
	p, err := m.Recipe.Make(ctx, shard)
	if err != nil {
		return fmt.Errorf("shard %d: %w", shard, err)
	}
	emit(p)
	return nil
}

// addUp adds partial results, in any order.
type addUp struct{}

// MergeAccumulators returns what both came to.
func (addUp) MergeAccumulators(a, b *Partial) *Partial {
	sum := &Partial{}
	sum.Add(a)
	sum.Add(b)
	return sum
}

// tell writes the result.
type tell struct {
	Path   string
	Shards int
}

// Result is what is written of a stream.
type Result struct {
	SHA256 string // of the hashes of all shards
	Partial
}

// ProcessElement writes it, if it is that of all shards.
func (t *tell) ProcessElement(p *Partial) error {
	if len(p.Hashes) != t.Shards {
		return fmt.Errorf("%d shards came to something, of %d", len(p.Hashes), t.Shards)
	}
	text, err := json.MarshalIndent(Result{p.Hash(), *p}, "", "\t")
	if err != nil {
		return err
	}
	if text = append(text, '\n'); t.Path == "" {
		_, err = os.Stdout.Write(text)
		return err
	}
	return os.WriteFile(t.Path, text, 0o666)
}
