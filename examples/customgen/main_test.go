package main

import (
	"testing"

	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/sinktest"
)

func TestTally(t *testing.T) {
	sinktest.Run(t, func(*testing.T) (sink.Sink, func() [][]byte) { return new(Tally), nil })
}
