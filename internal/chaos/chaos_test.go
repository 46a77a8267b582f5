package main

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts/internal/chaos/proof"
	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
)

func TestMain(m *testing.M) { kafkatest.Main(m) }

// logged is a writer to the test's log.
type logged struct{ *testing.T }

func (l logged) Write(p []byte) (int, error) {
	l.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}

func short(t *testing.T) settings {
	return settings{kills: 12, moves: 8, records: 60_000, shards: 12, every: 1200 * time.Millisecond, moveEvery: 2 * time.Second,
		freeze: 9 * time.Second, extra: []string{"-damage", "both"}, progress: logged{t}, server: kafkatest.Private(t, properties()...).Server}
}

// The programs deliver exactly once through kills, leaves, joins and outages.
func TestExactlyOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("it kills processes, not goroutines: the race detector has nothing to see")
	}
	s := short(t)
	r, err := run(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	r.write(&text)
	if !r.holds() || !strings.HasSuffix(text.String(), "\nall of it holds\n") {
		t.Error(text.String())
	}
	t.Log(text.String())
	one, several := r.scenarios[1], r.scenarios[2]
	if one.kills < s.kills || one.open < s.kills/2 || one.outages == 0 || one.leaves == 0 {
		t.Errorf("one worker: %d kills, %d in an open transaction, %d outages, %d leaves", one.kills, one.open, one.outages, one.leaves)
	}
	if n := several.kills + several.leaves + several.joins; n < s.moves || several.freezes == 0 || several.outages == 0 {
		t.Errorf("three workers: %d moves, %d freezes, %d outages", n, several.freezes, several.outages)
	}
	if len(one.afterKill.first) < s.kills/2 || len(several.afterKill.every) == 0 {
		t.Errorf("from a kill to a commit: %d and %d measured", len(one.afterKill.first), len(several.afterKill.every))
	}
}

// A program that is not as it should be is found out.
func TestAtLeastOnceIsFoundOut(t *testing.T) {
	if testing.Short() {
		t.Skip("it kills processes, not goroutines: the race detector has nothing to see")
	}
	s := short(t)
	s.kills, s.moves, s.records, s.every = 3, 0, 20_000, time.Second
	bin := t.TempDir()
	for _, path := range []string{"./testdata/standin", "../../examples/produce"} {
		if said, err := exec.Command("go", "build", "-o", bin+"/", path).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
	}
	t.Setenv("TMPDIR", bin)
	t.Setenv("STANDIN_PRODUCE", filepath.Join(bin, "produce"))
	t.Setenv("STANDIN_WRONG", "position")
	s.produce = filepath.Join(bin, "standin")
	r, err := run(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	r.write(&text)
	d := r.scenarios[1].verdict.Data
	if d.Doubled == 0 || d != (proof.Diff{Doubled: d.Doubled}) || r.holds() || strings.Contains(text.String(), "all of it holds") {
		t.Errorf("it goes on ten records before its position; found is: %v\n%s", d, &text)
	}
	if whole := r.scenarios[0]; !whole.holds() {
		t.Errorf("uninterrupted it is right, but: %v %v", whole.verdict.Data, whole.wrong)
	}
}

// Only what was committed after the kill counts as a commit after it.
func TestWatcherMeasuresFromTheKill(t *testing.T) {
	w, d := &watcher{}, &delays{}
	start := time.Now()
	second := func(n int) time.Time { return start.Add(time.Duration(n) * time.Second) }
	w.add(d, second(0), map[int32]int64{0: 10, 1: 20})
	w.add(d, second(2), map[int32]int64{0: 15, 1: 20})
	w.committed(0, 9, second(1))
	w.committed(0, 12, second(3))
	w.committed(1, 20, second(4))
	w.committed(0, 30, second(9))
	if want := []time.Duration{3 * time.Second, 2 * time.Second}; !slices.Equal(d.first, want) {
		t.Errorf("to the first commit: %v, not %v", d.first, want)
	}
	if want := []time.Duration{4 * time.Second, 7 * time.Second}; !slices.Equal(d.every, want) {
		t.Errorf("until every partition had one: %v, not %v", d.every, want)
	}
}

// A worker that has only fenced its predecessor has not begun to write.
func TestAMarkerIsNoRecord(t *testing.T) {
	before := map[int32]int64{0: 5, 1: 7}
	if ahead(before, map[int32]int64{0: 6, 1: 8}) {
		t.Error("a marker is taken for a record")
	}
	if !ahead(before, map[int32]int64{0: 5, 1: 9}) {
		t.Error("a record is not seen")
	}
}
