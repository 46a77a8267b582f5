// Quickstart prints the first ten orders of the default world.
package main

import (
	"fmt"
	"log"

	"github.com/kafkanauts/kafkanauts"
)

func main() {
	stream, err := kafkanauts.New(kafkanauts.Config{Limit: 10})
	if err != nil {
		log.Fatal(err)
	}
	for r := range stream.Records() {
		fmt.Printf("%s\n", r.Value)
	}
	if err := stream.Err(); err != nil {
		log.Fatal(err)
	}
}
