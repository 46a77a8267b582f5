package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/corrupt"
	"github.com/kafkanauts/kafkanauts/order/truth"
	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/compress"
	"github.com/kafkanauts/kafkanauts/sink/parquet"
)

// writer makes the sink that writes to a directory, which is in dir, and says what it is.
type writer struct {
	says string
	sink func(dir string) sink.Sink
}

// chunk is how many records a file has.
const chunk = 2000

var writers = map[string]*writer{
	"files": {"sink.Files: pipe lines packed by gzip, 2,000 records a file and one an hour, with the answer key", func(dir string) sink.Sink {
		return &sink.Files{Path: filepath.Join(dir, "data"), Truth: filepath.Join(dir, "key"), Stream: "chaos",
			Ext: ".pipe", Compression: compress.Gzip{Level: 1}, Records: chunk, Hourly: true}
	}},
	"parquet": {"parquet.Sink: texts packed by Zstandard, 2,000 records a chunk, a file for each date in it", func(dir string) sink.Sink {
		return &parquet.Sink{Dir: filepath.Join(dir, "data"), Stream: "chaos", Text: true, Rows: chunk}
	}},
}

// The environment of a process that writes.
const (
	asWriter = "CHAOS_FILES_WRITER" // kind, records, shards, directory
	whole    = 14 * 24 * time.Hour  // event time of the default stream
	atScale1 = 5_211_143            // records in it, about
)

// writes writes if this process is to, and reports whether.
func writes() bool {
	args := strings.SplitN(os.Getenv(asWriter), " ", 4)
	if len(args) < 4 {
		return false
	}
	records, _ := strconv.Atoi(args[1])
	shards, _ := strconv.Atoi(args[2])
	if err := write(args[0], args[3], records, shards); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return true
}

// environment has a process write.
func environment(kind, dir string, records, shards int) string {
	return fmt.Sprintf("%s=%s %d %d %s", asWriter, kind, records, shards, dir)
}

func write(kind, dir string, records, shards int) error {
	from := time.Date(2022, 1, 31, 0, 0, 0, 0, time.UTC)
	stream, err := kafkanauts.New(kafkanauts.Config{From: from, To: from.Add(time.Duration(float64(whole) * float64(records) / atScale1).Truncate(time.Second)),
		Shards: shards, Faults: append(corrupt.Original(), corrupt.Rival()...)})
	if err != nil {
		return err
	}
	_, err = stream.Run(context.Background(), writers[kind].sink(dir))
	return err
}

// answers makes the answer key of a stream that is complete, if it has one, in its
// directory.
func answers(dir string) error {
	key := filepath.Join(dir, "key")
	if _, err := os.Stat(key); err != nil {
		return nil
	}
	return sink.WriteTruth(context.Background(), filepath.Join(dir, "data"), key,
		&sink.TruthFile{Path: filepath.Join(dir, "key.csv"), Form: truth.Files})
}
