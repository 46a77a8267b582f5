// Package compress has what packs the files of package sink: gzip and Zstandard,
// from github.com/klauspost/compress. The same version of that module gives the same
// bytes, whatever the machine: no file tells when it was made, and none is packed by
// several goroutines.
//
//	&sink.Dir{Path: "orders", Ext: ".csv", Compression: compress.Zstd{}} // orders/part-00000.csv.zst and so on
package compress

import (
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/kafkanauts/kafkanauts/sink"
)

var (
	_ sink.Compression = Gzip{}
	_ sink.Compression = Zstd{}
)

// Gzip is a sink.Compression in the form of RFC 1952, which everything reads.
type Gzip struct {
	Level int // from 1, the fastest, to 9, the smallest; 0: 5
}

const defaultGzip = 5

func (g Gzip) level() int {
	if g.Level == 0 {
		return defaultGzip
	}
	return g.Level
}

// Ext returns ".gz".
func (Gzip) Ext() string { return ".gz" }

// String returns, for example, "gzip level 5".
func (g Gzip) String() string { return fmt.Sprintf("gzip level %d", g.level()) }

// Writer returns a writer that packs into w. It may be used again by Reset. An
// error says that there is no such Level.
func (g Gzip) Writer(w io.Writer) (io.WriteCloser, error) {
	if g.Level < 0 || g.Level > gzip.BestCompression {
		return nil, fmt.Errorf("compress: gzip has no level %d: it is 1 to 9, or 0 for %d", g.Level, defaultGzip)
	}
	return gzip.NewWriterLevel(w, g.level())
}

// Zstd is a sink.Compression in the form of RFC 8878: at its default smaller than
// gzip's, and faster to write and to read.
type Zstd struct {
	Level int // on the scale of the program zstd, from 1 to 22, of which this encoder tells apart 1-2, 3-5, 6-9 and more; 0: 3
}

const (
	defaultZstd = 3
	mostZstd    = 22

	// zstdWindow is how far back repetitions are looked for: records repeat each other
	// at short distance, and each open file takes a few times this memory.
	zstdWindow = 1 << 20
)

func (z Zstd) level() int {
	if z.Level == 0 {
		return defaultZstd
	}
	return z.Level
}

// Ext returns ".zst".
func (Zstd) Ext() string { return ".zst" }

// String returns, for example, "zstd level 3".
func (z Zstd) String() string { return fmt.Sprintf("zstd level %d", z.level()) }

// Writer returns a writer that packs into w. It may be used again by Reset. An
// error says that there is no such Level.
func (z Zstd) Writer(w io.Writer) (io.WriteCloser, error) {
	if z.Level < 0 || z.Level > mostZstd {
		return nil, fmt.Errorf("compress: zstd has no level %d: it is 1 to %d, or 0 for %d", z.Level, mostZstd, defaultZstd)
	}
	return zstd.NewWriter(w,
		zstd.WithEncoderLevel(zstd.EncoderLevelFromZstd(z.level())),
		zstd.WithEncoderConcurrency(1), // which also makes it write without goroutines
		zstd.WithWindowSize(zstdWindow),
		zstd.WithZeroFrames(true)) // an empty file is a whole one, too
}
