package sinktest_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/sinktest"
)

// ledger is a destination that takes records by the hundred, with where they end.
type ledger struct {
	flaw   string
	shards map[int]*account
	lives  int
}

type account struct {
	values [][]byte
	at     sink.Position
}

// booking is a sink that writes to a ledger.
type booking struct {
	*ledger
	open map[int]*booked
}

// booked writes a shard.
type booked struct {
	flaw    string
	account *account
	at      sink.Position
	values  [][]byte // not delivered yet
}

func (b *booking) shard(i int) *booked {
	if b.shards[i] == nil {
		b.shards[i] = &account{}
	}
	if b.open[i] == nil {
		b.open[i] = &booked{flaw: b.flaw, account: b.shards[i], at: b.shards[i].at}
	}
	return b.open[i]
}

func (b *booking) Write(ctx context.Context, batch *sink.Batch) error {
	return b.shard(batch.Shard).Write(ctx, batch)
}

func (b *booking) Close(ctx context.Context) error {
	for _, h := range b.open {
		h.Close(ctx)
	}
	return nil
}

func (b *booking) Abort(context.Context, error) error { return nil }

func (b *booking) Resume(_ context.Context, i int) (sink.Position, error) {
	at := b.shard(i).account.at
	switch b.flaw {
	case "begins elsewhere":
		if at == (sink.Position{}) {
			at.Step = 1
		}
	case "goes on too late":
		at.Records = max(0, at.Records-1)
	case "goes on nowhere":
		if at.Records > 0 {
			at.Records = 1 << 20
		}
	case "goes back":
		if b.lives > 2 {
			at = sink.Position{}
		}
	case "is never done":
		at.Done = false
	}
	return at, nil
}

// bookingShards is one that is a Sharder.
type bookingShards struct{ *booking }

func (b bookingShards) Shard(i int) (sink.Sink, error) { return b.shard(i), nil }

func (h *booked) Write(_ context.Context, b *sink.Batch) error {
	if b.Step != h.at.Step {
		h.at = sink.Position{Step: b.Step}
	}
	h.at.Lost += len(b.Lost)
	for i := range b.Records {
		h.values = append(h.values, bytes.Clone(b.Records[i].Value))
		h.at.Records++
		if len(h.values) == 100 {
			h.deliver()
		}
	}
	return nil
}

func (h *booked) deliver() {
	h.account.values = append(h.account.values, h.values...)
	h.values, h.account.at = nil, h.at
	if h.flaw == "delivers what it does not tell" {
		h.account.at.Records--
	}
}

func (h *booked) Close(context.Context) error {
	if !h.account.at.Done {
		h.deliver()
		h.account.at.Done = true
	}
	return nil
}

func (h *booked) Abort(context.Context, error) error {
	if h.flaw == "delivers the rest after an error" {
		h.account.values = append(h.account.values, h.values...)
	}
	return nil
}

func resuming(flaw string, sharded bool) func(*testing.T) sinktest.Resuming {
	return func(*testing.T) sinktest.Resuming {
		l := &ledger{flaw: flaw, shards: map[int]*account{}}
		return sinktest.Resuming{
			Open: func() sink.Sink {
				l.lives++
				b := &booking{l, map[int]*booked{}}
				if sharded {
					return bookingShards{b}
				}
				return b
			},
			Delivered: func() (all [][]byte) {
				for i := -1; i < 3; i++ {
					if a := l.shards[i]; a != nil {
						all = append(all, a.values...)
					}
				}
				return all
			},
			Contents: func() map[string]string {
				all := map[string]string{}
				for i, a := range l.shards {
					all[fmt.Sprint("shard ", i)] = fmt.Sprint(len(a.values), a.at.Step)
				}
				switch l.flaw {
				case "counts lives":
					all["lives"] = fmt.Sprint(l.lives)
				case "leaves a mark":
					if l.lives > 2 {
						all["mark"] = ""
					}
				}
				return all
			},
		}
	}
}

func TestGoodSinkResumes(t *testing.T) {
	t.Run("shards", func(t *testing.T) { sinktest.Resumes(t, resuming("", true)) })
	t.Run("merged", func(t *testing.T) { sinktest.Resumes(t, resuming("", false)) })
}

const flawedResume = "SINKTEST_RESUME_FLAW"

// TestResumeFlaw is run by TestKitFindsResumeFlaws in a process of its own, and fails
// there.
func TestResumeFlaw(t *testing.T) {
	if flaw := os.Getenv(flawedResume); flaw != "" {
		sinktest.Resumes(t, resuming(flaw, true))
	}
}

func TestKitFindsResumeFlaws(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts many processes")
	}
	for flaw, says := range map[string]string{
		"begins elsewhere":                 "shard 0 begins at {Step:1",
		"goes on too late":                 "shard 0: ",
		"delivers what it does not tell":   "shard 0: ",
		"delivers the rest after an error": "shard 1: ",
		"goes on nowhere":                  "the stream has no position",
		"goes back":                        "records were delivered, and then 0",
		"is never done":                    "was closed, and then is at",
		"counts lives":                     "lives is not as if nothing was interrupted",
		"leaves a mark":                    "there is mark, which is not there",
	} {
		c := exec.Command(os.Args[0], "-test.run=^TestResumeFlaw$")
		c.Env = append(os.Environ(), flawedResume+"="+flaw)
		if out, err := c.CombinedOutput(); err == nil || !strings.Contains(string(out), says) {
			t.Errorf("a sink that %s passes, or for another reason than %q: %v\n%.2000s", flaw, says, err, out)
		}
	}
}
