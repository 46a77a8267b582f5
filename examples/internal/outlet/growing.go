package outlet

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/examples/internal/cli"
	"github.com/kafkanauts/kafkanauts/order/truth"
	"github.com/kafkanauts/kafkanauts/sink"
)

// growing is a directory that grows under a stream's name.
type growing struct {
	path string
	open func(keyed bool) sink.Sink // keyed: an answer key is asked for
	tell func(ctx context.Context, s *kafkanauts.Stream, key answers) error
	key  answers
}

func (g *growing) keep(a answers) { g.key = a }

func (g *growing) run(ctx context.Context, s *kafkanauts.Stream) (kafkanauts.Report, error) {
	return s.Run(ctx, g.open(g.key != nil))
}

// filled is what a line of JSON says of a shard.
type filled struct {
	*sink.ShardFiles
	SHA256 string `json:"sha256"` // of what the program sha256sum prints of the files
}

func (g *growing) shard(_ context.Context, n int) (any, error) {
	is, err := sink.ReadShardFiles(g.path, n)
	if err != nil {
		return nil, err
	}
	h := sha256.New()
	for _, f := range is.Files {
		fmt.Fprintf(h, "%s  %s\n", f.SHA256, f.Path)
	}
	return filled{is, hex.EncodeToString(h.Sum(nil))}, nil
}

func (g *growing) finish(ctx context.Context, s *kafkanauts.Stream) error {
	if g.key == nil {
		return nil
	}
	if _, err := os.Stat(filepath.Join(g.path, "_SUCCESS")); err != nil {
		cli.Say("not all shards are in %s yet; the answer key is written when they are", g.path)
		return nil
	}
	return g.tell(ctx, s, g.key)
}

// collect puts the key together from what Files keeps in parts.
func (g *growing) collect(parts string) func(context.Context, *kafkanauts.Stream, answers) error {
	return func(ctx context.Context, _ *kafkanauts.Stream, key answers) error {
		return sink.WriteTruth(ctx, g.path, parts, key(truth.Files))
	}
}

// anew makes the key by making the stream once more, for a place that keeps
// nothing of it. A record's place is its number in its shard.
func anew(ctx context.Context, s *kafkanauts.Stream, key answers) error {
	cfg := s.Config()
	cfg.Speed, cfg.Meter, cfg.Progress = 0, nil, nil
	again, err := kafkanauts.New(cfg)
	if err != nil {
		return err
	}
	_, err = again.Run(ctx, sink.Tee(sink.Discard(), key(truth.Offsets)))
	return err
}
