package outlet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/examples/internal/cli"
	"github.com/kafkanauts/kafkanauts/order/truth"
	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/compress"
)

// whole is a file, a directory that is put in place at the end, or standard output.
type whole struct {
	open func() sink.Sink
	form truth.Form
	name func(int) string
	key  answers
}

func (w *whole) keep(a answers) { w.key = a }

func (w *whole) run(ctx context.Context, s *kafkanauts.Stream) (kafkanauts.Report, error) {
	dst := w.open()
	if w.key != nil {
		key := w.key(w.form)
		key.Name = w.name
		dst = sink.Tee(dst, key)
	}
	return s.Run(ctx, dst)
}

func (w *whole) shard(context.Context, int) (any, error) {
	return nil, errors.New("shards of it are not delivered one by one")
}

func (w *whole) finish(context.Context) error { return nil }

// growing is a directory that grows under a stream's name.
type growing struct {
	path  string
	parts string                       // directory for the answer key's rows, until they are put together
	open  func(parts string) sink.Sink // parts is empty if no key is asked for
	key   answers
}

func (g *growing) keep(a answers) { g.key = a }

func (g *growing) run(ctx context.Context, s *kafkanauts.Stream) (kafkanauts.Report, error) {
	parts := ""
	if g.key != nil {
		parts = g.parts
	}
	return s.Run(ctx, g.open(parts))
}

func (g *growing) shard(_ context.Context, n int) (any, error) { return sink.ReadShardFiles(g.path, n) }

func (g *growing) finish(ctx context.Context) error {
	if g.key == nil {
		return nil
	}
	if _, err := os.Stat(filepath.Join(g.path, "_SUCCESS")); err != nil {
		cli.Say("not all shards are in %s yet; the answer key is written when they are", g.path)
		return nil
	}
	return sink.WriteTruth(ctx, g.path, g.parts, g.key(truth.Files))
}

// file is standard output, or the file of -out.
func (f *Flags) file(typed bool) (target, error) {
	if f.out == "" {
		if f.compress != "" {
			return nil, cli.Usagef("-compress is about files and topics; name an -out, or pipe standard output through a program that packs")
		}
		return &whole{open: func() sink.Sink { return sink.Writer(os.Stdout) }}, nil
	}
	container, packed, err := f.content(typed)
	return &whole{open: func() sink.Sink {
		return &sink.File{Path: f.out, Container: container, Compression: packed}
	}}, err
}

// directory is one with files of lines, or of avro.
func (f *Flags) directory(typed bool) (target, error) {
	container, packed, err := f.content(typed)
	if err != nil {
		return nil, err
	}
	ext := "." + f.recipe.Format()
	if f.rotate == "" && f.name == "" && f.shards == "" {
		d := &sink.Dir{Path: f.out, Ext: ext, Container: container, Compression: packed}
		return &whole{open: func() sink.Sink { return d }, form: truth.Files, name: d.Name}, nil
	}
	files := sink.Files{Path: f.out, Stream: f.name, Ext: ext, Container: container, Compression: packed}
	if err := f.turn(&files); err != nil {
		return nil, err
	}
	if files.Stream == "" {
		files.Stream = unnamed
	}
	return &growing{path: f.out, parts: f.Key + ".parts", open: func(parts string) sink.Sink {
		some := files
		some.Truth = parts
		return &some
	}}, nil
}

// unnamed is the name of a stream into a directory that was given none.
const unnamed = "orders"

// turn says when files end.
func (f *Flags) turn(files *sink.Files) error {
	number, unit := f.rotate, int64(0)
	for _, u := range []struct {
		name  string
		bytes int64
	}{{"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}} {
		if n, ok := strings.CutSuffix(f.rotate, u.name); ok {
			number, unit = n, u.bytes
		}
	}
	n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
	switch {
	case f.rotate == "":
	case f.rotate == "hour":
		files.Hourly = true
	case err != nil || n < 1 || unit > 0 && n > 1<<62/unit:
		return cli.Usagef("-rotate %q is none of a number of records (100000), of bytes (64MB) and hour", f.rotate)
	case unit > 0:
		files.Bytes = n * unit
	default:
		files.Records = n
	}
	return nil
}

// content says what files hold, by -format, -compress and the name of the file.
func (f *Flags) content(typed bool) (sink.Container, sink.Compression, error) {
	if f.recipe.Format() == "avro" {
		container, err := f.avro(typed)
		return container, nil, err
	}
	byName := "none"
	switch {
	case strings.HasSuffix(f.out, ".gz"):
		byName = "gzip"
	case strings.HasSuffix(f.out, ".zst"):
		byName = "zstd"
	}
	codec, err := f.codec(byName, "none", "gzip", "zstd")
	switch codec {
	case "gzip":
		return nil, compress.Gzip{}, err
	case "zstd":
		return nil, compress.Zstd{}, err
	}
	return nil, nil, err
}

// codec returns -compress, or what is the default, if it is one of these.
func (f *Flags) codec(byDefault string, any ...string) (string, error) {
	if f.compress == "" {
		return byDefault, nil
	}
	if !slices.Contains(any, f.compress) {
		return "", cli.Usagef("-compress %s: here it is one of %s", f.compress, strings.Join(any, ", "))
	}
	return f.compress, nil
}

func (f *Flags) avro(typed bool) (sink.Container, error) {
	return nil, fmt.Errorf("not yet")
}

func (f *Flags) dataset(typed bool) (target, error) {
	return nil, fmt.Errorf("not yet")
}
