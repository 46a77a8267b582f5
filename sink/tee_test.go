package sink_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/kafkanauts/kafkanauts/sink"
)

// probe is a Sharder that logs what is called and fails where it is told to.
type probe struct {
	name string
	log  *[]string
	fail map[string]error
}

func (p *probe) do(what string) error {
	*p.log = append(*p.log, p.name+" "+what)
	return p.fail[what]
}

func (p *probe) Open(context.Context, *sink.Session) error  { return p.do("open") }
func (p *probe) Write(context.Context, *sink.Batch) error   { return p.do("write") }
func (p *probe) Close(context.Context) error                { return p.do("close") }
func (p *probe) Abort(_ context.Context, cause error) error { return p.do("abort") }
func (p *probe) Shard(i int) (sink.Sink, error) {
	return &probe{fmt.Sprint(p.name, i), p.log, p.fail}, p.do(fmt.Sprint("shard", i))
}

// plain hides all but the methods of a Sink.
type plain struct{ sink.Sink }

func TestTee(t *testing.T) {
	bad := errors.New("bad")
	for _, c := range []struct {
		name string
		fail [3]map[string]error
		want []string
	}{
		{"works", [3]map[string]error{}, []string{"a open", "b open", "a write", "b write", "c write", "a close", "b close", "c close"}},
		{"open fails", [3]map[string]error{{}, {"open": bad}}, []string{"a open", "b open", "a abort", "b abort", "c close"}},
		{"write fails", [3]map[string]error{{}, {"write": bad}},
			[]string{"a open", "b open", "a write", "b write", "a abort", "b abort", "c close"}},
		{"close fails", [3]map[string]error{{"close": bad}},
			[]string{"a open", "b open", "a write", "b write", "c write", "a close", "b abort", "c close"}},
	} {
		var log []string
		s := sink.Tee(&probe{"a", &log, c.fail[0]}, &probe{"b", &log, c.fail[1]}, plain{&probe{"c", &log, c.fail[2]}})
		err := s.(sink.Opener).Open(t.Context(), &sink.Session{})
		if err == nil {
			err = s.Write(t.Context(), &sink.Batch{})
		}
		end := sink.End(t.Context(), s, err)
		if again := sink.End(t.Context(), s, err); again != end {
			t.Errorf("%s: ended again, it returns %v, not %v", c.name, again, end)
		}
		if !slices.Equal(log, c.want) {
			t.Errorf("%s: the calls are %q, not %q", c.name, log, c.want)
		}
		if failed := c.name != "works"; errors.Is(errors.Join(err, end), bad) != failed {
			t.Errorf("%s: Write returns %v, the end %v", c.name, err, end)
		}
		if err != nil && s.Write(t.Context(), &sink.Batch{}) != err {
			t.Errorf("%s: the next Write does not return %v", c.name, err)
		}
	}
}

func TestTeeJoinsErrors(t *testing.T) {
	var log []string
	one, two := errors.New("one"), errors.New("two")
	s := sink.Tee(&probe{"a", &log, map[string]error{"abort": one}}, &probe{"b", &log, map[string]error{"write": two}},
		&probe{"c", &log, map[string]error{"abort": two}})
	if err := s.Write(t.Context(), &sink.Batch{}); err != two {
		t.Errorf("Write returns %v", err)
	}
	if err := s.Close(t.Context()); !errors.Is(err, one) || !errors.Is(err, two) {
		t.Errorf("Close after an error returns %v", err)
	}
	if want := []string{"a write", "b write", "a abort", "b abort", "c abort"}; !slices.Equal(log, want) {
		t.Errorf("the calls are %q, not %q", log, want)
	}
}

func TestTeeShards(t *testing.T) {
	var log []string
	bad := errors.New("bad")
	if _, ok := sink.Tee(&probe{log: &log}, plain{&probe{log: &log}}).(sink.Sharder); ok {
		t.Error("a Tee is a Sharder though a part is none")
	}
	s := sink.Tee(&probe{"a", &log, nil}, &probe{"b", &log, map[string]error{"shard1": bad}}).(sink.Sharder)
	first, err := s.Shard(0)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(first.Write(t.Context(), &sink.Batch{}), first.Close(t.Context())); err != nil {
		t.Error(err)
	}
	if _, err = s.Shard(1); !errors.Is(err, bad) {
		t.Errorf("Shard(1): %v", err)
	}
	sink.End(t.Context(), s, err)
	want := []string{"a shard0", "b shard0", "a0 write", "b0 write", "a0 close", "b0 close",
		"a shard1", "b shard1", "a1 abort", "a abort", "b abort"}
	if !slices.Equal(log, want) {
		t.Errorf("the calls are %q, not %q", log, want)
	}
}

func TestTeeOfFew(t *testing.T) {
	one := sink.Discard()
	if sink.Tee(one) != one {
		t.Error("a Tee of one sink is not that sink")
	}
	b := batch(-1, 1, "a")
	write(t, sink.Tee(), b)
	if b.Records[0].At.Offset != 1 {
		t.Error("a Tee of none does not set At")
	}
}
