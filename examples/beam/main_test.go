package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/x/beamx"

	"github.com/kafkanauts/kafkanauts/sink"
)

func TestMain(m *testing.M) {
	beam.Init()
	os.Exit(m.Run())
}

// runs returns the error of a pipeline on prism, which leaves an empty file in the
// folder of temporary ones.
func runs(t *testing.T, p *beam.Pipeline) error {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	return beamx.Run(t.Context(), p)
}

// What prism makes of the shards is what a process without Beam makes of them.
func TestPrismMakesTheSame(t *testing.T) {
	dir := t.TempDir()
	r := Recipe{Seed: 3, From: time.Date(2022, 1, 31, 0, 0, 0, 0, time.UTC), Days: 2, Scale: 0.05, Corrupt: 0.03, Shards: 5, Out: filepath.Join(dir, "beam")}
	path := filepath.Join(dir, "result.json")
	if err := runs(t, pipeline(r, path)); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got Result
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}

	plain := Partial{Hashes: map[int]string{}}
	s, err := r.Stream()
	if err != nil {
		t.Fatal(err)
	}
	d := &sink.Dir{Path: filepath.Join(dir, "plain")}
	report, err := s.Run(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	for shard := range r.Shards {
		b, err := os.ReadFile(filepath.Join(d.Path, d.Name(shard)))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(b)
		plain.Hashes[shard] = hex.EncodeToString(sum[:])
	}
	if got.SHA256 != plain.Hash() {
		t.Errorf("on prism the hash is %s, without Beam %s", got.SHA256, plain.Hash())
	}
	if got.Records != report.Records || got.Bytes != report.Bytes || got.Records < 10_000 {
		t.Errorf("on prism there are %d records of %d bytes, without Beam %d of %d", got.Records, got.Bytes, report.Records, report.Bytes)
	}
	var orders int64
	for _, c := range got.Cells {
		orders += c.Orders
	}
	if orders != got.Records-got.Invalid {
		t.Errorf("the cells have %d orders, not the %d that are valid", orders, got.Records-got.Invalid)
	}

	// The files that the workers left are those of one process.
	one := r
	one.Out = filepath.Join(dir, "one")
	for shard := range r.Shards {
		if _, err := one.Make(t.Context(), shard); err != nil {
			t.Fatal(err)
		}
		a, err := sink.ReadShardFiles(r.Out, shard)
		if err != nil {
			t.Fatal(err)
		}
		b, err := sink.ReadShardFiles(one.Out, shard)
		if err != nil {
			t.Fatal(err)
		}
		if a.Records != b.Records || !slices.Equal(a.Files, b.Files) {
			t.Errorf("shard %d: the workers left %+v, one process %+v", shard, a, b)
		}
	}
	if _, err := os.Stat(filepath.Join(r.Out, "_SUCCESS")); err != nil {
		t.Error(err)
	}
}

// A shard that fails fails the pipeline, and says which.
func TestAShardFails(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	r := Recipe{From: time.Date(2022, 1, 31, 0, 0, 0, 0, time.UTC), Days: 1, Scale: 0.001, Shards: 2, Out: filepath.Join(file, "below")}
	if err := runs(t, pipeline(r, os.DevNull)); err == nil || !regexp.MustCompile(`shard \d: .*not a directory`).MatchString(err.Error()) {
		t.Errorf("nothing could be written, and the pipeline says: %v", err)
	}
}
