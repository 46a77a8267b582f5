package sinktest_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/sinktest"
)

// memory is a sink as a program has its own, and breaks one part of the contract
// if flaw names it.
type memory struct {
	flaw      string
	partition int32
	all       *collection
	count     int64
	err       error
	closed    bool
}

type collection struct {
	mu     sync.Mutex
	values [][]byte
}

func (m *memory) Write(ctx context.Context, b *sink.Batch) error {
	if m.closed && m.flaw != "writes after Close" {
		return errors.New("closed")
	}
	if m.err != nil && m.flaw != "forgets its error" {
		return m.err
	}
	if m.flaw != "ignores ctx" && ctx.Err() != nil {
		m.err = ctx.Err()
		if m.flaw == "hides ctx" {
			m.err = errors.New("stopped")
		}
		return m.err
	}
	m.all.mu.Lock()
	defer m.all.mu.Unlock()
	for i := range b.Records {
		r := &b.Records[i]
		m.count++
		value := r.Value
		if m.flaw != "keeps memory" {
			value = bytes.Clone(value)
		}
		if m.flaw == "skips empty values" && len(value) == 0 {
			continue
		}
		if m.flaw == "trims" {
			value = bytes.TrimRight(value, "x")
		}
		m.all.values = append(m.all.values, value)
		if n := len(m.all.values); m.flaw == "reorders" && i > 0 {
			m.all.values[n-1], m.all.values[n-2] = m.all.values[n-2], m.all.values[n-1]
		}
		if m.flaw == "repeats" && i == 300 {
			m.all.values = append(m.all.values, value)
		}
		switch {
		case m.flaw == "sets no At" || m.flaw == "sets not every At" && i == 6:
		case m.flaw == "starts At anew":
			r.At = order.Place{Offset: int64(i)}
		case m.flaw == "goes back":
			r.At = order.Place{Offset: -m.count}
		default:
			r.At = order.Place{Partition: m.partition, Offset: m.count}
		}
		if m.flaw == "changes the batch" {
			r.Copy++
		}
	}
	if m.flaw == "changes memory" && len(b.Lines) > 0 {
		b.Lines[0] ^= 1
	}
	return nil
}

func (m *memory) Close(context.Context) error {
	if m.closed && m.flaw == "fails when closed again" {
		return errors.New("closed")
	}
	m.closed = true
	switch {
	case m.flaw == "loses the error":
		return nil
	case m.flaw == "loses the end" && len(m.all.values) > 0:
		m.all.values = m.all.values[:len(m.all.values)-1]
	}
	return m.err
}

// sharded is a memory that is a Sharder.
type sharded struct{ *memory }

func (s sharded) Shard(i int) (sink.Sink, error) {
	m := &memory{flaw: s.flaw, all: s.all, partition: int32(i)}
	if s.flaw == "reorders a shard" && i == 1 {
		m.flaw = "reorders"
	}
	if s.flaw == "loses a shard" && i == 2 {
		m.all = new(collection)
	}
	return m, nil
}

// quiet is a memory that throws away what it has and says nothing of it.
type quiet struct{ *memory }

func (q quiet) Abort(context.Context, error) error {
	q.closed = true
	if q.flaw == "aborts quietly" {
		q.all.values = nil
	}
	return nil
}

func opener(flaw string) sinktest.Open {
	return func(*testing.T) (sink.Sink, func() [][]byte) {
		m := &memory{flaw: flaw, all: new(collection)}
		delivered := func() [][]byte { return m.all.values }
		switch flaw {
		case "reorders a shard", "loses a shard", "shards":
			return sharded{m}, delivered
		case "aborts quietly", "aborts":
			return quiet{m}, delivered
		case "pipes", "loses a batch at End", "uses memory after End", "ends in the wrong order", "ends before it delivers",
			"changes what is on its way", "begins after an error", "begins when ctx has ended", "ends well after an error":
			return &piped{memory: m}, delivered
		case "pipes by shards":
			return pipedShards{sharded{m}}, delivered
		}
		return m, delivered
	}
}

func TestGoodSink(t *testing.T) {
	for _, kind := range []string{"", "shards", "aborts", "pipes", "pipes by shards"} {
		t.Run("kind "+kind, func(t *testing.T) { sinktest.Run(t, opener(kind)) })
	}
}

const flawed = "SINKTEST_FLAW"

// TestFlaw is run by TestKitFindsFlaws in a process of its own, and fails there.
func TestFlaw(t *testing.T) {
	flaw := os.Getenv(flawed)
	if flaw == "" {
		return // this is the test of tests, not one of them
	}
	sinktest.Run(t, opener(flaw))
}

func TestKitFindsFlaws(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts many processes")
	}
	for flaw, says := range map[string]string{
		"keeps memory":               "delivers",
		"writes after Close":         "Write after Close returns nil",
		"forgets its error":          "Write after an error returns",
		"hides ctx":                  "does not wrap context canceled",
		"ignores ctx":                "does not wrap context canceled",
		"skips empty values":         "delivers",
		"trims":                      "delivers",
		"reorders":                   "delivers",
		"repeats":                    "delivers",
		"sets no At":                 "is not set",
		"sets not every At":          "is not set",
		"starts At anew":             "two records are at",
		"goes back":                  "after one at offset",
		"changes the batch":          "Write changed Records",
		"changes memory":             "Write changed Lines",
		"fails when closed again":    "the second Close returns",
		"loses the error":            "Close after an error returns nil",
		"loses the end":              "delivers",
		"reorders a shard":           "shard 1: number",
		"loses a shard":              "shard 2: there are 0",
		"loses a batch at End":       "that were begun",
		"uses memory after End":      `is "\xdb`,
		"ends in the wrong order":    "is not set",
		"ends before it delivers":    "is not set",
		"changes what is on its way": "End changed Records",
		"begins after an error":      "Begin after an error returns <nil>",
		"begins when ctx has ended":  "Begin with a ctx that has ended returns <nil>",
		"ends well after an error":   "End after an error returns <nil>",
		"aborts quietly":             "not all are delivered, and ending",
	} {
		c := exec.Command(os.Args[0], "-test.run=^TestFlaw$")
		c.Env = append(os.Environ(), flawed+"="+flaw)
		if flaw == "ignores ctx" { // it never stops writing when interrupted, as Unblocks says
			c.Args = append(c.Args[:1], "-test.run=^TestFlaw$/^ended$")
		}
		out, err := c.CombinedOutput()
		if err == nil || !strings.Contains(string(out), says) {
			t.Errorf("a sink that %s passes, or for another reason than %q: %v\n%.1000s", flaw, says, err, out)
		}
	}
}

func TestLines(t *testing.T) {
	for text, want := range map[string]int{"": 0, "\n": 1, "a": 1, "a\n": 1, "a\n\n": 2, "a\r\nb": 2} {
		got := sinktest.Lines([]byte(text))
		if len(got) != want || want > 0 && strings.TrimSuffix(text, "\n") != string(bytes.Join(got, []byte("\n"))) {
			t.Errorf("Lines(%q) = %q", text, got)
		}
	}
}
