package sink_test

import (
	"testing"

	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/sinktest"
)

func TestRevenue(t *testing.T) {
	sinktest.Run(t, func(*testing.T) (sink.Sink, func() [][]byte) { return new(Revenue), nil })
}
