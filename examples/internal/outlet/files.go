package outlet

import (
	"cmp"
	"context"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/examples/internal/cli"
	"github.com/kafkanauts/kafkanauts/order/truth"
	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/avro"
	"github.com/kafkanauts/kafkanauts/sink/compress"
	"github.com/kafkanauts/kafkanauts/sink/parquet"
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

func (w *whole) finish(context.Context, *kafkanauts.Stream) error { return nil }

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
	files := sink.Files{Path: f.out, Ext: ext, Container: container, Compression: packed}
	if err := f.turn(&files); err != nil {
		return nil, err
	}
	if f.name == "" && f.shards == "" {
		return &whole{open: func() sink.Sink { some := files; return &some }}, nil
	}
	files.Stream = cmp.Or(f.name, unnamed)
	to := &growing{path: f.out}
	parts := f.Key + ".parts" // of the key, until all of it is there
	to.tell = to.collect(parts)
	to.open = func(keyed bool) sink.Sink {
		some := files
		if keyed {
			some.Truth = parts
		}
		return &some
	}
	return to, nil
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

// avro says how avro files hold records, by -compress: they pack by themselves.
func (f *Flags) avro(typed bool) (sink.Container, error) {
	for _, ext := range []string{".gz", ".zst"} {
		if strings.HasSuffix(f.out, ext) {
			return nil, cli.Usagef("-out %s: avro files are packed inside, by -compress, and not as a whole; leave %s away", f.out, ext)
		}
	}
	codec, err := f.codec("deflate", "none", "deflate", "zstd")
	if err != nil {
		return nil, err
	}
	return avro.Container{Text: !typed,
		Codec: map[string]avro.Codec{"none": avro.Null, "deflate": avro.Deflate, "zstd": avro.Zstandard}[codec]}, nil
}

// dataset is a directory with a Parquet data set.
func (f *Flags) dataset(typed bool) (target, error) {
	codec, err := f.codec("zstd", "none", "snappy", "zstd")
	if err != nil {
		return nil, err
	}
	open := func(name string) sink.Sink {
		return &parquet.Sink{Dir: f.out, Stream: name, Text: !typed, Places: f.Key != "",
			Compression: map[string]parquet.Compression{"none": parquet.Plain, "snappy": parquet.Snappy, "zstd": parquet.Zstd}[codec]}
	}
	if f.name == "" && f.shards == "" {
		return &whole{open: func() sink.Sink { return open("") }, form: truth.Offsets}, nil
	}
	name := cmp.Or(f.name, unnamed)
	return &growing{path: f.out, open: func(bool) sink.Sink { return open(name) }, tell: anew}, nil
}
