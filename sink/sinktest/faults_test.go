package sinktest_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/sinktest"
)

// faulty opens a sink of the kind, with the flaw, whose destination fails in
// that way.
func faulty(kind, flaw string, how sinktest.Failure) func(*testing.T) sinktest.Faulty {
	return func(*testing.T) sinktest.Faulty {
		all := map[int]*sinktest.Writer{-1: {}, 0: {}, 1: {}, 2: {}}
		s := newThrough(flaw, all[-1])
		f := sinktest.Faulty{
			Sink:      s,
			Fail:      func(shard int) error { return all[shard].Fail(how) },
			Delivered: all[-1].Lines,
			Complete:  func() bool { return s.complete },
		}
		switch kind {
		case "aborting":
			f.Sink = aborting{s}
		case "opening":
			f.Sink = opening{s}
		case "piped":
			f.Sink = &pipedThrough{through: s}
		case "shards":
			shards := &throughShards{through: s, of: func(shard int) *sinktest.Writer { return all[shard] }}
			f.Sink, f.Complete = shards, nil
			f.Delivered = func() (values [][]byte) {
				for i := -1; i < 3; i++ {
					values = append(values, all[i].Lines()...)
				}
				return values
			}
		}
		return f
	}
}

func TestGoodSinkFails(t *testing.T) {
	for _, how := range sinktest.Failures() {
		if testing.Short() && how != sinktest.Tears {
			continue
		}
		t.Run(how.String(), func(t *testing.T) {
			kinds := []string{"", "aborting", "opening", "piped", "shards"}
			if how != sinktest.Tears && how != sinktest.Stumbles {
				kinds = kinds[:1]
			}
			for _, kind := range kinds {
				t.Run("kind "+kind, func(t *testing.T) { sinktest.Faults(t, faulty(kind, "", how)) })
			}
			t.Run("tries again", func(t *testing.T) { sinktest.Faults(t, faulty("", "tries again", how)) })
		})
	}
}

// faultFlaws are ways to handle failures wrongly, and what the kit says.
var faultFlaws = []struct {
	kind, flaw string
	how        sinktest.Failure
	in, says   string // the subtest, and what it says
}{
	{"", "hides the cause", sinktest.Refuses, "first", "does not wrap its cause"},
	{"", "says nothing", sinktest.Refuses, "later", "returns no error"},
	{"", "says nothing", sinktest.Stumbles, "first", "not all are delivered, and ending"},
	{"", "believes in short writes", sinktest.Shortens, "first", "returns no error"},
	{"", "forgets its error", sinktest.Tears, "later", "Write after an error returns <nil>"},
	{"", "goes on after an error", sinktest.Stumbles, "later", "is not the beginning of what was written"},
	{"", "keeps a refused batch", sinktest.Stumbles, "later", "is not the beginning of what was written"},
	{"", "tries again from the start", sinktest.Stumbles, "later", "is not the beginning of what was written"},
	{"", "publishes after an error", sinktest.Refuses, "closing", "passes for complete"},
	{"", "is never complete", sinktest.Refuses, "none", "does not count as complete"},
	{"", "closes well after an error", sinktest.Tears, "later and closed", "Close after an error returns nil"},
	{"", "says another thing when ended again", sinktest.Tears, "later", "ended again, the sink returns"},
	{"", "leaves a goroutine", sinktest.Tears, "later", "the sink left goroutines"},
	{"aborting", "aborts quietly", sinktest.Refuses, "later", "not all are delivered, and ending"},
	{"opening", "hides the cause", sinktest.Refuses, "opening", "does not wrap its cause"},
	{"opening", "publishes after an error", sinktest.Refuses, "opening", "passes for complete"},
	{"opening", "leaves a goroutine", sinktest.Refuses, "opening", "the sink left goroutines"},
	{"piped", "begins after an error", sinktest.Tears, "pipeline", "Begin after an error returns <nil>"},
	{"piped", "ends well after an error", sinktest.Tears, "pipeline", "End after an error returns <nil>"},
	{"piped", "delivers the last first", sinktest.Stumbles, "pipeline", "which was not written, or before"},
	{"piped", "delivers twice", sinktest.Stumbles, "pipeline", "which was not written, or before"},
	{"piped", "hides the cause", sinktest.Refuses, "pipeline", "End returns it failed, which does not wrap its cause"},
	{"shards", "skips records of the other shards", sinktest.Tears, "shards", "is not the beginning of what was written"},
	{"shards", "throws away what the other shards hold", sinktest.Tears, "shards", "not all are delivered, and ending"},
	{"shards", "hides the cause", sinktest.Tears, "shards", "Write to a shard returns it failed"},
}

const flawedFault = "SINKTEST_FAULT_FLAW"

// TestFaultFlaw is run by TestKitFindsFaultFlaws in a process of its own, and
// fails there.
func TestFaultFlaw(t *testing.T) {
	for _, f := range faultFlaws {
		if os.Getenv(flawedFault) == f.kind+"/"+f.flaw+"/"+f.how.String() {
			sinktest.Faults(t, faulty(f.kind, f.flaw, f.how))
		}
	}
}

func TestKitFindsFaultFlaws(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts many processes")
	}
	for _, f := range faultFlaws {
		in := strings.ReplaceAll(f.in, " ", "_")
		c := exec.Command(os.Args[0], "-test.run=^TestFaultFlaw$/^"+in+"$")
		c.Env = append(os.Environ(), flawedFault+"="+f.kind+"/"+f.flaw+"/"+f.how.String())
		out, err := c.CombinedOutput()
		if err == nil || !strings.Contains(string(out), f.says) {
			t.Errorf("a sink that %s when its destination %s passes, or for another reason than %q: %v\n%.2000s",
				f.flaw, f.how, f.says, err, out)
		}
	}
}

var _ sink.Pipeliner = (*pipedThrough)(nil)
