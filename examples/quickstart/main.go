// Quickstart prints the first ten orders of the default world.
package main

import (
	"bufio"
	"flag"
	"log"
	"os"

	"github.com/kafkanauts/kafkanauts"
)

func main() {
	if flag.Parse(); flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	stream, err := kafkanauts.New(kafkanauts.Config{Limit: 10})
	if err != nil {
		log.Fatal(err)
	}
	out := bufio.NewWriter(os.Stdout)
	for r := range stream.Records() {
		out.Write(r.Value)
		out.WriteByte('\n')
	}
	if err := stream.Err(); err != nil {
		log.Fatal(err)
	}
	if err := out.Flush(); err != nil {
		log.Fatal(err)
	}
}
