package analysis

import (
	"bufio"
	"os"
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts/order/truth"
)

func TestZZ(t *testing.T) {
	dir := os.Getenv("ZZ")
	if dir == "" {
		t.Skip()
	}
	now := time.Now()
	src := File(dir+"/o.txt", nil)
	r, err := Analyse(src, Settings{})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(time.Since(now))
	f, _ := os.Open(dir + "/t.csv")
	s, err := ScoreFlags(r.Overview.Records, r.Flags, truth.NewReader(bufio.NewReader(f)).Rows())
	if err != nil {
		t.Fatal(err)
	}
	mf, _ := os.Open(dir + "/t.csv.manifest.json")
	m, err := truth.ReadManifest(mf)
	if err != nil {
		t.Fatal(err)
	}
	s.Patterns = ScorePatterns(r.Findings, m.Patterns)
	for _, f := range r.Findings {
		t.Logf("%s: %s  effect %.3f %v n %d q %.3g", f.Kind, f.Statement, f.Effect, f.Interval, f.Support, f.Q)
	}
	s.WriteText(os.Stdout)
	t.Logf("%+v", r.Overview)
	byPlace := map[int64]bool{}
	tf, _ := os.Open(dir + "/t.csv")
	for row, err := range truth.NewReader(tf).Rows() {
		if err == nil && !row.Tagged {
			byPlace[row.At.Offset] = true
		}
	}
	flagged := map[int64]bool{}
	n := 0
	want := map[int64]Flag{}
	for _, f := range r.Flags {
		flagged[f.Place.Offset] = true
		if !byPlace[f.Place.Offset] {
			want[f.Place.Offset] = f
		}
	}
	for at, v := range src.Records() {
		if f, ok := want[at.Offset]; ok && n < 25 {
			n++
			t.Logf("FALSE %v %q", f, v)
		}
		if byPlace[at.Offset] && !flagged[at.Offset] && n < 25 {
			n++
			t.Logf("MISSED %d %q", at.Offset, v)
		}
	}
}
