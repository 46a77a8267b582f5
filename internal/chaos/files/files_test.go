package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kafkanauts/kafkanauts/sink"
)

func TestMain(m *testing.M) {
	writers["careless"] = &writer{"a sink that writes files under their names", func(dir string) sink.Sink { return &careless{dir, sink.Discard()} }}
	writers["forgetful"] = &writer{"a sink that goes on ten records too late", func(dir string) sink.Sink {
		return forgetful{writers["files"].sink(dir).(*sink.Files)}
	}}
	if !writes() {
		os.Exit(m.Run())
	}
}

// logged is a writer to the test's log.
type logged struct{ *testing.T }

func (l logged) Write(p []byte) (int, error) {
	l.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}

func short(t *testing.T, kinds ...string) settings {
	if testing.Short() {
		t.Skip("it kills processes, not goroutines: the race detector has nothing to see")
	}
	return settings{kills: 10, records: 60_000, shards: 3, lives: 8, dir: t.TempDir(), kinds: kinds, progress: logged{t}}
}

// Through kills, no file is torn and none is missing.
func TestFilesAreWhole(t *testing.T) {
	s := short(t, "files", "parquet")
	r, err := run(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	r.write(&text)
	if t.Log(text.String()); !r.holds() || !strings.HasSuffix(text.String(), "\nall of it holds\n") {
		t.Error("not all of it holds")
	}
	for _, c := range r.campaigns {
		if c.kills != s.kills || c.staged+c.unentered+c.entry+c.ending == 0 || c.looked == 0 {
			t.Errorf("%s: %d kills, of which %d struck while chunks were staged; %d files looked at", c.kind, c.kills, c.staged, c.looked)
		}
	}
}

// careless writes a file a shard, where readers look at once, and each time from
// its beginning.
type careless struct {
	dir string
	sink.Sharder
}

func (c *careless) Shard(i int) (sink.Sink, error) {
	os.MkdirAll(filepath.Join(c.dir, "data"), 0o777)
	f, err := os.Create(filepath.Join(c.dir, "data", string(rune('a'+i))))
	if err != nil {
		return nil, err
	}
	return sink.Func(func(_ context.Context, b *sink.Batch) error {
		_, err := f.Write(b.Lines)
		return err
	}), nil
}

// forgetful goes on ten records too late.
type forgetful struct{ *sink.Files }

func (f forgetful) Resume(ctx context.Context, shard int) (sink.Position, error) {
	at, err := f.Files.Resume(ctx, shard)
	if at.Records >= 10 {
		at.Records -= 10
	}
	return at, err
}

// Writers that are not as they should be are found out: not by each kill, some of
// which strike before a writer has begun, but by some of a dozen.
func TestFlawsAreFoundOut(t *testing.T) {
	for kind, says := range map[string]string{
		"careless":  `^after kill \d+: data/[abc]$`,
		"forgetful": `^in the end of stream \d+: `,
	} {
		s := short(t, kind)
		s.kills, s.records, s.lives = 12, 30_000, 4
		r, err := run(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		if r.write(&text); r.holds() || !strings.Contains(text.String(), "\n"+kind+": ") || !strings.HasSuffix(text.String(), "\nit does not hold\n") {
			t.Errorf("%s: it passes:\n%s", kind, &text)
		}
		if !slices.ContainsFunc(r.campaigns[0].wrong, regexp.MustCompile(says).MatchString) {
			t.Errorf("%s: found out for other reasons than %q:\n%s", kind, says, &text)
		}
	}
}
