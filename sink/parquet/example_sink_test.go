package parquet_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/sink/parquet"
)

// A stream with damaged records becomes a data set of texts, which loses nothing.
func ExampleSink() {
	top, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(top)
	dir := filepath.Join(top, "orders")

	stream, err := kafkanauts.New(kafkanauts.Config{Seed: 7, Shards: 1, Limit: 1000})
	if err != nil {
		log.Fatal(err)
	}
	report, err := stream.Run(context.Background(), &parquet.Sink{Dir: dir, Text: true})
	if err != nil {
		log.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "dt=*", "*.parquet"))
	for _, f := range files {
		rel, _ := filepath.Rel(dir, f)
		fmt.Println(filepath.ToSlash(rel))
	}
	read := 0
	for _, err := range parquet.ReadText(dir) {
		if err != nil {
			log.Fatal(err)
		}
		read++
	}
	fmt.Println(report.Records, "records sent,", read, "read")
	// Output:
	// dt=2022-01-31/part-00000-00000.parquet
	// dt=__HIVE_DEFAULT_PARTITION__/part-00000-00000.parquet
	// 1000 records sent, 1000 read
}
