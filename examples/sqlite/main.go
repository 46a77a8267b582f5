// Sqlite writes a stream into a SQLite database. Kill it at any moment and run it
// again: the table is then as if it had been written once.
//
// It is a Go module of its own, so that nothing else needs the driver.
package main

import (
	"context"
	"database/sql"
	"flag"
	"log"

	_ "modernc.org/sqlite" // pure Go

	"github.com/kafkanauts/kafkanauts"
)

func main() {
	path := flag.String("out", "orders.db", "the database `file`")
	limit := flag.Uint64("limit", 100_000, "stop after so many records")
	flag.Parse()
	if err := run(context.Background(), *path, kafkanauts.Config{Limit: *limit}); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, path string, c kafkanauts.Config) error {
	stream, err := kafkanauts.New(c)
	if err != nil {
		return err
	}
	table, err := open(path)
	if err != nil {
		return err
	}
	_, err = stream.Run(ctx, table)
	return err
}

// open returns the table of the database in a file.
func open(path string) (*Table, error) {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return nil, err
	}
	if _, err := db.Exec(schema); err != nil {
		db.Close()
		return nil, err
	}
	return &Table{DB: db}, nil
}
