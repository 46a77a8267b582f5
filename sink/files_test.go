package sink_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/corrupt"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/compress"
	"github.com/kafkanauts/kafkanauts/sink/sinktest"
)

// fillings are settings of Files, without directories.
var fillings = []struct {
	name  string
	files sink.Files
	apart func(t *testing.T) func([]byte) [][]byte
}{
	{"one file a shard", sink.Files{}, lined},
	{"by records", sink.Files{Records: 100}, lined},
	{"by bytes, gzip", sink.Files{Bytes: 20_000, Compression: compress.Gzip{Level: 1}}, lined},
	{"by the hour, zstd", sink.Files{Hourly: true, Compression: compress.Zstd{Level: 1}, Ext: ".txt"}, lined},
	{"frames by all", sink.Files{Records: 700, Bytes: 50_000, Hourly: true, Container: frames{}, Compression: compress.Gzip{Level: 1}}, unframed},
}

func lined(*testing.T) func([]byte) [][]byte { return sinktest.Lines }

// filling returns a Files with these settings, which writes to dir, as a stream if
// that has a name, with a key if it has.
func filling(set *sink.Files, dir, stream string) *sink.Files {
	f := &sink.Files{Path: filepath.Join(dir, "data"), Stream: stream, Ext: set.Ext, Compression: set.Compression, Container: set.Container,
		Records: set.Records, Bytes: set.Bytes, Hourly: set.Hourly}
	if stream != "" {
		f.Truth = filepath.Join(dir, "key")
	}
	f.Gate(nil)
	return f
}

// holds returns all files below dir, but what lies in staging folders of processes
// that live.
func holds(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		if strings.Contains(rel, "_staging") {
			all["a staging folder"] = rel
			return filepath.SkipDir
		}
		if e.IsDir() {
			return nil
		}
		b, err := os.ReadFile(path)
		all[rel] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestFilesConformance(t *testing.T) {
	for _, c := range fillings {
		for _, stream := range []string{"", "s"} {
			t.Run(fmt.Sprintf("%s, stream %q", c.name, stream), func(t *testing.T) {
				sinktest.Run(t, func(t *testing.T) (sink.Sink, func() [][]byte) {
					dir := t.TempDir()
					return filling(&c.files, dir, stream), func() [][]byte {
						return unpacked(t, filepath.Join(dir, "data", "part-*"), c.apart(t))
					}
				})
			})
		}
	}
}

func TestFilesFaults(t *testing.T) {
	cause := errors.New("the file system fails, as the test wants it")
	for _, op := range []string{"create", "write", "sync", "rename", ""} {
		for _, stream := range []string{"", "s"} {
			t.Run(fmt.Sprintf("%q, stream %q", op, stream), func(t *testing.T) {
				sinktest.Faults(t, func(t *testing.T) sinktest.Faulty {
					dir := t.TempDir()
					f := filling(&fillings[1].files, dir, stream)
					fails := make(chan struct{})
					f.Gate(func(is, path string) error {
						select {
						case <-fails:
							if (op == "" || is == op) && !strings.HasSuffix(is, "all") {
								return &fs.PathError{Op: is, Path: path, Err: cause}
							}
						default:
						}
						return nil
					})
					return sinktest.Faulty{Sink: f, Fail: func(int) error { close(fails); return cause },
						Delivered: func() [][]byte { return unpacked(t, filepath.Join(dir, "data", "part-*"), sinktest.Lines) },
						Complete:  isFile(filepath.Join(dir, "data", "_SUCCESS"))}
				})
			})
		}
	}
}

// Wherever a process dies, another one goes on, and in the end the directories hold
// what they hold if nothing is interrupted: data, key, entries and manifest.
func TestFilesResume(t *testing.T) {
	for _, c := range fillings {
		if testing.Short() && (c.name == "by records" || c.name == "by bytes, gzip") {
			continue // of which the race detector sees all in the others
		}
		t.Run(c.name, func(t *testing.T) {
			sinktest.Resumes(t, func(t *testing.T) sinktest.Resuming {
				dir := t.TempDir()
				var dead *bool
				return sinktest.Resuming{
					Open: func() sink.Sink {
						f, over := filling(&c.files, dir, "s"), false
						dead = &over
						f.Gate(func(string, string) error {
							if over {
								return errors.New("it is dead")
							}
							return nil
						})
						return f
					},
					Delivered: func() [][]byte { return unpacked(t, filepath.Join(dir, "data", "part-*"), c.apart(t)) },
					Contents:  func() map[string]string { return holds(t, dir) },
					Die: func(s sink.Sink, shards []sink.Sink) {
						*dead = true // what it does to let go of its locks does nothing else
						for _, s := range append(shards, s) {
							sink.End(t.Context(), s, errors.New("killed"))
						}
					}}
			})
		})
	}
}

// stream is a real one, of about an hour and a half, with lost, delayed and
// repeated records.
func stream(t *testing.T, speed float64) *kafkanauts.Stream {
	t.Helper()
	from := time.Date(2022, 1, 31, 7, 20, 0, 0, time.UTC)
	s, err := kafkanauts.New(kafkanauts.Config{Seed: 3, From: from, To: from.Add(95 * time.Minute), Speed: speed, Shards: 3,
		Encoding: order.CSV{}, Faults: append(corrupt.Original(), corrupt.Rival()...)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func run(t *testing.T, s *kafkanauts.Stream, dst sink.Sink) {
	t.Helper()
	if _, err := s.Run(t.Context(), dst); err != nil {
		t.Fatal(err)
	}
}

// The files of a shard are its one file, cut where they say.
func TestFilesAreCut(t *testing.T) {
	dir := t.TempDir()
	d := &sink.Dir{Path: filepath.Join(dir, "dir"), Ext: ".csv"}
	run(t, stream(t, 0), d)
	head, _, _ := strings.Cut(content(t, filepath.Join(d.Path, d.Name(0))), "\n")
	for name, set := range map[string]*sink.Files{
		"one":     {},
		"records": {Records: 1000},
		"bytes":   {Bytes: 100_000},
		"hourly":  {Hourly: true},
		"all":     {Records: 1000, Bytes: 100_000, Hourly: true, Compression: compress.Zstd{Level: 1}},
	} {
		set.Ext = ".csv"
		f := filling(set, filepath.Join(dir, name), "s")
		run(t, stream(t, 0), f)
		for shard := range 3 {
			paths, err := filepath.Glob(filepath.Join(f.Path, fmt.Sprintf("part-%05d-*", shard)))
			if err != nil {
				t.Fatal(err)
			}
			var all strings.Builder
			fmt.Fprintln(&all, head)
			hour := ""
			for i, path := range paths {
				text, ok := strings.CutPrefix(string(unpack(t, path)), head+"\n")
				if !ok {
					t.Fatalf("%s has no header", path)
				}
				all.WriteString(text)
				name, lines, size := filepath.Base(path), strings.Count(text, "\n"), len(head)+1+len(text)
				if want := fmt.Sprintf("part-%05d-%05d", shard, i); !strings.HasPrefix(name, want) {
					t.Errorf("%s is not %s", name, want)
				}
				last, long := text[:max(0, len(text)-1)], len(text)
				long -= strings.LastIndexByte(last, '\n') + 1 // of the last record
				full := set.Records > 0 && lines == int(set.Records) || set.Bytes > 0 && size >= int(set.Bytes)
				switch {
				case lines == 0, set.Records > 0 && lines > int(set.Records), set.Bytes > 0 && size-long >= int(set.Bytes):
					t.Errorf("%s has %d records and %d bytes, %d of them the last's", name, lines, size, long)
				case set.Hourly:
					now := name[len("part-00000-00000-"):][:len("2022-01-31T08")]
					if i > 0 && (now < hour || now == hour && !was(t, set, head, paths[i-1])) {
						t.Errorf("%s comes after hour %s, which is not over", name, hour)
					}
					hour = now
				case !full && i < len(paths)-1:
					t.Errorf("%s ends after %d records and %d bytes", name, lines, size)
				}
			}
			if set.Hourly && hour != "2022-01-31T08" {
				t.Errorf("%s: the last hour is %s", name, hour)
			}
			if all.String() != content(t, filepath.Join(d.Path, d.Name(shard))) {
				t.Errorf("%s: the files of shard %d are not, together, that of a Dir", name, shard)
			}
			if len(paths) < 2 && name != "one" {
				t.Errorf("%s: there are only %d files", name, len(paths))
			}
		}
	}
}

// was tells whether a file is full without regard to its hour.
func was(t *testing.T, set *sink.Files, head, path string) bool {
	text := unpack(t, path)
	return set.Records > 0 && strings.Count(string(text), "\n")-1 >= int(set.Records) || set.Bytes > 0 && len(text) >= int(set.Bytes)
}

// However a stream is paced, its files are the same, and end at the same places.
func TestPacedFiles(t *testing.T) {
	dir := t.TempDir()
	set := &sink.Files{Ext: ".csv", Records: 777, Compression: compress.Gzip{Level: 1}}
	fast, slow := filling(set, filepath.Join(dir, "fast"), "s"), filling(set, filepath.Join(dir, "slow"), "s")
	run(t, stream(t, 0), fast)
	began := time.Now()
	run(t, stream(t, 40_000), slow)
	got, want := holds(t, filepath.Join(dir, "slow")), holds(t, filepath.Join(dir, "fast"))
	entries := 0
	for name, text := range want {
		if !strings.Contains(name, "_chunks") {
			if got[name] != text {
				t.Errorf("%s is another one", name)
			}
			continue
		}
		var a, b map[string]any
		if err := errors.Join(json.Unmarshal([]byte(text), &a), json.Unmarshal([]byte(got[name]), &b)); err != nil {
			t.Fatal(name, err)
		}
		if b["done"] == nil {
			entries++
			at, err := time.Parse(time.RFC3339Nano, b["began"].(string))
			if err != nil || at.Before(began) || at.After(time.Now()) {
				t.Errorf("%s: began at %v, %v", name, b["began"], err)
			}
		}
		delete(b, "began")
		delete(b, "speed")
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%s is %v, not %v", name, b, a)
		}
	}
	if entries == 0 || len(got) != len(want) {
		t.Errorf("%d files, not %d, with %d entries that are not the last", len(got), len(want), entries)
	}
}

// The schedule that a stream goes on by is that of its first run, unless the speed
// is another one.
func TestFilesKeepTheSchedule(t *testing.T) {
	dir := t.TempDir()
	life := func(speed float64, some bool) sink.Position {
		t.Helper()
		f := filling(&sink.Files{Records: 2}, dir, "s")
		if err := f.Open(t.Context(), &sink.Session{Shards: 1, Speed: speed, Recipe: recipe("1")}); err != nil {
			t.Fatal(err)
		}
		h, err := f.Shard(0)
		if err != nil {
			t.Fatal(err)
		}
		at, err := f.Resume(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		if some {
			b := batch(0, 1, "a", "b", "c")
			b.Step = at.Step + 1
			write(t, h, b)
		}
		end(t, f, h)
		return at
	}
	before := time.Now()
	life(60, true)
	after := time.Now()
	at := life(60, true)
	if at.Began.Before(before) || at.Began.After(after) || at.Records != 2 || at.Step != 1 {
		t.Errorf("it goes on at %+v; it was begun from %v to %v", at, before, after)
	}
	if again := life(60, false); !again.Began.Equal(at.Began) || again.Step != 2 {
		t.Errorf("the third run goes on at %+v, the second at %+v", again, at)
	}
	if other := life(30, true); !other.Began.IsZero() {
		t.Errorf("at another speed it goes on at %+v", other)
	}
	if back := life(60, false); !back.Began.IsZero() {
		t.Errorf("after a run of another speed it goes on at %+v", back)
	}
}

// recipe returns what Session.Recipe is.
func recipe(seed string) func() (sink.Recipe, error) {
	return func() (sink.Recipe, error) { return sink.Recipe{"seed": seed}, nil }
}

// end ends sinks as after an error that is nobody's.
func end(t *testing.T, whole sink.Sink, shards ...sink.Sink) error {
	var all error
	for _, s := range append(shards, whole) {
		all = errors.Join(all, sink.End(t.Context(), s, errors.New("stopped")))
	}
	return all
}

// The key of the files is that of a Dir, but for where records lie; and there it is
// right: bytes that are undone are the clean ones.
func TestFilesTruth(t *testing.T) {
	dir := t.TempDir()
	d := &sink.Dir{Path: filepath.Join(dir, "dir"), Ext: ".csv"}
	want := &sink.TruthFile{Path: filepath.Join(dir, "want.csv"), Form: truth.Files, Name: d.Name}
	run(t, stream(t, 0), sink.Tee(d, want))
	var first string
	whole := map[string][]string{}
	for i := range 3 {
		whole[d.Name(i)] = strings.Split(content(t, filepath.Join(d.Path, d.Name(i))), "\n")
	}
	for _, records := range []int64{0, 100, 1000} {
		f := filling(&sink.Files{Ext: ".csv", Records: records, Compression: compress.Zstd{Level: 1}}, filepath.Join(dir, fmt.Sprint(records)), "s")
		run(t, stream(t, 0), f)
		got := &sink.TruthFile{Path: filepath.Join(dir, fmt.Sprintf("got-%d.csv", records)), Form: truth.Files}
		if err := sink.WriteTruth(t.Context(), f.Path, f.Truth, got); err != nil {
			t.Fatal(err)
		}
		a, b := keyOf(t, got.Path), keyOf(t, want.Path)
		for i := range min(len(a), len(b)) {
			x, y := a[i], b[i]
			x.File, y.File, x.At, y.At = "", "", order.Place{}, order.Place{}
			if !reflect.DeepEqual(x, y) {
				t.Fatalf("row %d is %+v, not %+v", i, x, y)
			}
		}
		if len(a) != len(b) || len(a) < 100 {
			t.Errorf("%d records have rows, not %d", len(a), len(b))
		}
		is, was := readManifest(t, got.Path), readManifest(t, want.Path)
		if !reflect.DeepEqual(is.Totals, was.Totals) {
			t.Errorf("the totals are %+v, not %+v", is.Totals, was.Totals)
		}
		lines := map[string][]string{}
		for name, hash := range is.Data {
			if sum(content(t, filepath.Join(f.Path, name))) != hash {
				t.Errorf("the manifest has another hash of %s", name)
			}
			lines[name] = strings.Split(string(unpack(t, filepath.Join(f.Path, name))), "\n")
		}
		if first = strings.Join(names(t, f.Path), " "); len(is.Data) != strings.Count(first, "part-") {
			t.Errorf("the manifest has %d files of %s", len(is.Data), first)
		}
		undone := 0 // that lie somewhere
		for i, rec := range a {
			if rec.Lost {
				continue
			}
			if got, want := lines[rec.File][rec.At.Offset], whole[b[i].File][b[i].At.Offset]; got != want {
				t.Fatalf("the key's record %+v is %q there, and %q in a Dir", rec.Ref, got, want)
			}
			if _, err := clean(lines[rec.File][rec.At.Offset], rec.Faults); err != nil {
				t.Fatalf("undone, the key's record %+v is no record: %v", rec.Ref, err)
			}
			undone++
		}
		if undone < 100 {
			t.Errorf("only %d records are damaged or tagged", undone)
		}
	}
	// What somebody has changed is found out.
	f := filling(&sink.Files{}, filepath.Join(dir, "100"), "s")
	key := filepath.Join(f.Truth, names(t, f.Truth)[3])
	put(t, key, content(t, key)+"\n")
	err := sink.WriteTruth(t.Context(), f.Path, f.Truth, &sink.TruthFile{Path: filepath.Join(dir, "changed.csv"), Form: truth.Files})
	if err == nil || !strings.Contains(err.Error(), filepath.Base(key)) {
		t.Errorf("a file of the key was changed: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "changed.csv")); err == nil {
		t.Error("there is a key of it")
	}
	os.Remove(filepath.Join(f.Path, "_manifest.json"))
	err = sink.WriteTruth(t.Context(), f.Path, f.Truth, &sink.TruthFile{Path: filepath.Join(dir, "changed.csv"), Form: truth.Files})
	if err == nil || !strings.Contains(err.Error(), "not complete") {
		t.Errorf("a stream that is not complete: %v", err)
	}
}

// clean undoes the faults of a line, and reads what is left.
func clean(line string, faults []order.Fault) (o order.Order, err error) {
	err = order.CSV{}.Parse(&o, order.Undo(nil, []byte(line), faults), nil)
	return o, err
}

// keyOf reads a key.
func keyOf(t *testing.T, path string) (all []truth.Record) {
	t.Helper()
	for rec, err := range truth.NewReader(strings.NewReader(content(t, path))).Records() {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, rec)
	}
	return all
}

// Other settings, or another recipe, do not go on; each is told.
func TestFilesRefuse(t *testing.T) {
	dir := t.TempDir()
	base := func() *sink.Files { return filling(&sink.Files{Records: 5}, dir, "s") }
	try := func(f *sink.Files, s sink.Session) error {
		s.Shards = max(1, s.Shards)
		if s.Recipe == nil {
			s.Recipe = recipe("1")
		}
		err := f.Open(t.Context(), &s)
		if err == nil {
			_, err = f.Shard(0)
		}
		if e := sink.End(t.Context(), f, errors.New("enough")); e != nil {
			err = errors.Join(err, fmt.Errorf("ended: %w", e))
		}
		return err
	}
	if err := try(base(), sink.Session{}); err != nil {
		t.Fatal(err)
	}
	before := holds(t, dir)
	for says, change := range map[string]func(f *sink.Files, s *sink.Session){
		`stream "s", not of "other"`:       func(f *sink.Files, _ *sink.Session) { f.Stream = "other" },
		"of a stream that is not complete": func(f *sink.Files, _ *sink.Session) { f.Stream, f.Truth = "", "" },
		"of 6 records":                     func(f *sink.Files, _ *sink.Session) { f.Records = 6 },
		"of 5 records, of 9 bytes":         func(f *sink.Files, _ *sink.Session) { f.Bytes = 9 },
		"by the hour":                      func(f *sink.Files, _ *sink.Session) { f.Hourly = true },
		"zstd level 3":                     func(f *sink.Files, _ *sink.Session) { f.Compression = compress.Zstd{} },
		"*.txt":                            func(f *sink.Files, _ *sink.Session) { f.Ext = ".txt" },
		"frames in sevens":                 func(f *sink.Files, s *sink.Session) { f.Container, s.Encoding = frames{}, order.Pipe{} },
		"with their answer key":            func(f *sink.Files, _ *sink.Session) { f.Truth = "" },
		"shards is 2 and was 1":            func(_ *sink.Files, s *sink.Session) { s.Shards = 2 },
		"seed is 2 and was 1":              func(_ *sink.Files, s *sink.Session) { s.Recipe = recipe("2") },
		"it has no path":                   func(f *sink.Files, _ *sink.Session) { f.Path = "" },
		"Records is -1":                    func(f *sink.Files, _ *sink.Session) { f.Records = -1 },
		"Bytes is -1":                      func(f *sink.Files, _ *sink.Session) { f.Bytes = -1 },
		`Ext is "csv"`:                     func(f *sink.Files, _ *sink.Session) { f.Ext = "csv" },
		"no level 99":                      func(f *sink.Files, _ *sink.Session) { f.Compression = compress.Gzip{Level: 99} },
		"of a stream with a name":          func(f *sink.Files, _ *sink.Session) { f.Stream = "" },
		"the same directory":               func(f *sink.Files, _ *sink.Session) { f.Truth = f.Path + "/" },
		"a stream with a Limit cannot":     func(_ *sink.Files, s *sink.Session) { s.Limited = true },
		"as its session says":              func(f *sink.Files, s *sink.Session) { f.Container = frames{} },
		errors.ErrUnsupported.Error():      func(_ *sink.Files, s *sink.Session) { s.Merged = true },
	} {
		f, s := base(), sink.Session{}
		change(f, &s)
		if err := try(f, s); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "ended:") {
			t.Errorf("%s: %v", says, err)
		}
	}
	f := base()
	f.Records, f.Bytes = -1, -1
	if err := try(f, sink.Session{}); err == nil || !strings.Contains(err.Error(), "Records") || !strings.Contains(err.Error(), "Bytes") {
		t.Errorf("of two that are wrong: %v", err)
	}
	if after := holds(t, dir); !maps.Equal(before, after) {
		t.Errorf("the directory holds %v, and held %v", slices.Sorted(maps.Keys(after)), slices.Sorted(maps.Keys(before)))
	}
}

// Without a name, the directory is replaced as a whole or not at all.
func TestFilesReplace(t *testing.T) {
	dir := t.TempDir()
	set := &sink.Files{Records: 1000, Ext: ".csv"}
	run(t, stream(t, 0), filling(set, dir, ""))
	before := holds(t, dir)
	f := filling(set, dir, "")
	var n atomic.Int64 // the shards take steps at the same time
	f.Gate(func(op, path string) error {
		if n.Add(1) > 40 {
			return errors.New("no more")
		}
		return nil
	})
	if _, err := stream(t, 0).Run(t.Context(), f); err == nil || !strings.Contains(err.Error(), "part-0000") {
		t.Errorf("a run that fails: %v", err)
	}
	for name := range holds(t, dir) {
		if strings.Contains(name, "partial") && n.Load() < 40 {
			t.Errorf("it leaves %s", name)
		}
	}
	f = filling(set, dir, "")
	run(t, stream(t, 0), f)
	after := holds(t, f.Path)
	for name, text := range after {
		if before[filepath.Join("data", name)] != text {
			t.Errorf("%s is another one", name)
		}
	}
	if s := stream(t, 0).Only(1); true {
		_, err := s.Run(t.Context(), filling(set, filepath.Join(dir, "part"), ""))
		if err == nil || !strings.Contains(err.Error(), "not all shards") || len(names(t, filepath.Join(dir, "part"))) > 0 {
			t.Errorf("some shards of a stream without a name: %v; there is %v", err, names(t, filepath.Join(dir, "part")))
		}
	}
}

// Processes share a stream, each with shards of its own.
func TestFilesOfSeveralProcesses(t *testing.T) {
	dir := t.TempDir()
	set := &sink.Files{Records: 1000, Ext: ".csv"}
	run(t, stream(t, 0), filling(set, filepath.Join(dir, "one"), "s"))
	for _, i := range []int{2, 0, 1} {
		if _, err := os.Stat(filepath.Join(dir, "three", "data", "_SUCCESS")); err == nil {
			t.Errorf("complete before shard %d was written", i)
		}
		run(t, stream(t, 0).Only(i), filling(set, filepath.Join(dir, "three"), "s"))
	}
	if a, b := holds(t, filepath.Join(dir, "one")), holds(t, filepath.Join(dir, "three")); !maps.Equal(a, b) {
		t.Errorf("three hold %v, one %v", slices.Sorted(maps.Keys(b)), slices.Sorted(maps.Keys(a)))
	}
}

// opened is a Files of one shard, which goes on.
func opened(t *testing.T, f *sink.Files) (shard sink.Sink, at sink.Position) {
	t.Helper()
	if err := f.Open(t.Context(), &sink.Session{Shards: 1, From: 1643587200, Recipe: recipe("1")}); err != nil {
		t.Fatal(err)
	}
	h, err := f.Shard(0)
	if err == nil {
		at, err = f.Resume(t.Context(), 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	return h, at
}

// ordered gives the records of b these event times.
func ordered(b *sink.Batch, times ...string) *sink.Batch {
	for i := range b.Records {
		at, err := time.Parse("2006-01-02T15:04", times[i])
		if err != nil {
			panic(err)
		}
		b.Records[i].Order = &order.Order{Time: at}
	}
	return b
}

// Event time never goes back: a record that is late is in the hour in which it comes,
// also if that began before another run goes on.
func TestHourOfLateRecords(t *testing.T) {
	dir := t.TempDir()
	set := &sink.Files{Records: 2, Hourly: true}
	f := filling(set, dir, "s")
	h, _ := opened(t, f)
	write(t, h, ordered(batch(0, 1, "a", "b", "c"), "1969-12-31T23:59", "1970-01-01T00:00", "1969-12-31T22:00"))
	end(t, f, h)
	f = filling(set, dir, "s")
	h, at := opened(t, f)
	if at.Records != 1 {
		t.Fatalf("it goes on at %+v", at)
	}
	b := ordered(batch(0, 2, "b", "c", "d"), "1970-01-01T00:00", "1969-12-31T22:00", "1970-01-01T00:59")
	write(t, h, b)
	b = ordered(batch(0, 5, "e"), "1969-12-31T22:00")
	b.Step = 1
	write(t, h, b)
	end(t, f, h)
	f = filling(set, dir, "s")
	h, at = opened(t, f)
	if at.Records != 3 {
		t.Fatalf("it goes on at %+v", at)
	}
	write(t, h, ordered(batch(0, 4, "d"), "1969-12-31T22:00")) // which the stream has as late as can be
	for _, s := range []sink.Sink{h, f} {
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	want := "part-00000-00000-1969-12-31T23.pipe part-00000-00001-1970-01-01T00.pipe part-00000-00002-1970-01-01T00.pipe"
	if got := strings.Join(names(t, f.Path)[4:], " "); got != want {
		t.Errorf("there is %s, not %s", got, want)
	}
}

// What is lost has its rows, also if there is nothing else.
func TestFilesOfLostRecords(t *testing.T) {
	dir := t.TempDir()
	f := filling(&sink.Files{Records: 1}, dir, "s")
	h, _ := opened(t, f)
	value := strings.Repeat("x", 1<<20)
	var want []uint64
	for seq := uint64(200); seq < 208; seq++ {
		write(t, h, &sink.Batch{Step: 100, Parts: 1, Lost: []order.Record{lost(seq, value)}})
		want = append(want, seq)
	}
	rows, err := filepath.Glob(filepath.Join(f.Truth, "_staging", "*", "*"))
	if err != nil || len(rows) != 1 {
		t.Errorf("of 8 MiB of rows none was written before the end: %v, %v", rows, err)
	}
	b := tagged(batch(0, 100, "a", "b"))
	b.Step, b.Lost = 100, []order.Record{lost(99, "v"), lost(300, "v")}
	write(t, h, b)
	end(t, f, h)
	f = filling(&sink.Files{Records: 1}, dir, "s")
	h, at := opened(t, f)
	if (at != sink.Position{Step: 100, Records: 1, Lost: 9}) {
		t.Fatalf("it goes on at %+v", at)
	}
	// A stream that ends otherwise than the one before; its rows are not left out.
	write(t, h, &sink.Batch{Step: 100, Parts: 1, Lost: []order.Record{lost(300, "v")}})
	for _, s := range []sink.Sink{h, f} {
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	key := &sink.TruthFile{Path: filepath.Join(dir, "key.csv"), Form: truth.Files}
	if err := sink.WriteTruth(t.Context(), f.Path, f.Truth, key); err != nil {
		t.Fatal(err)
	}
	if got := seqs(t, content(t, key.Path)); !slices.Equal(got, append(want, 99, 100, 300)) {
		t.Errorf("the key has %v", got)
	}
}

// barely loses a share of the records and delays the others.
type barely struct{ loses float64 }

func (barely) Name() string { return "barely" }

// Reach implements corrupt.Reacher.
func (barely) Reach() time.Duration { return 40 * time.Minute }

func (b barely) Corrupt(e *corrupt.Edit, r *rand.Rand) bool {
	if r.Float64() < b.loses {
		return e.Drop()
	}
	return e.Delay(time.Duration(1+r.IntN(40)) * time.Minute)
}

// Rows that are written early, since too many wait, stand where they would
// without an interruption.
func TestFilesOfNearlyNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes megabytes of rows")
	}
	for _, c := range []struct {
		loses   float64
		records int64 // a file
	}{{0.8, 8000}, {0.995, 100}, {0.9998, 3}} {
		t.Run(fmt.Sprint(c.loses), func(t *testing.T) {
			from := time.Date(2022, 1, 31, 0, 0, 0, 0, time.UTC)
			s, err := kafkanauts.New(kafkanauts.Config{Seed: 5, From: from, To: from.Add(20 * time.Hour), Shards: 2,
				Faults: corrupt.Mix{corrupt.Of(barely{c.loses}, 1)}})
			if err != nil {
				t.Fatal(err)
			}
			renames := 0
			run := func(dir string, stop int) error {
				f := filling(&sink.Files{Records: c.records}, dir, "s")
				var mu sync.Mutex
				n := 0
				f.Gate(func(op, path string) error {
					mu.Lock()
					defer mu.Unlock()
					if op == "rename" {
						n++
					}
					if renames = max(renames, n); stop > 0 && n >= stop {
						return errors.New("it is stopped")
					}
					return nil
				})
				_, err := s.Run(t.Context(), f)
				return err
			}
			whole := t.TempDir()
			if err := run(whole, 0); err != nil {
				t.Fatal(err)
			}
			want := holds(t, whole)
			const parts = 4
			for part := 1; part < parts; part++ {
				dir := t.TempDir()
				if err := run(dir, renames*part/parts); err == nil {
					t.Fatal("it was not stopped")
				}
				if err := run(dir, 0); err != nil {
					t.Fatal(err)
				}
				if got := holds(t, dir); !maps.Equal(got, want) {
					for name := range want {
						if got[name] != want[name] {
							t.Errorf("stopped after %d parts of %d: %s differs", part, parts, name)
						}
					}
				}
			}
		})
	}
}

// Two processes that both believe to have the stream put the same bytes there.
func TestFilesOfTwins(t *testing.T) {
	dir := t.TempDir()
	set := &sink.Files{Records: 300, Ext: ".csv", Compression: compress.Zstd{Level: 1}}
	run(t, stream(t, 0), filling(set, filepath.Join(dir, "one"), "s"))
	want := holds(t, filepath.Join(dir, "one"))
	for round := range 4 {
		path := filepath.Join(dir, fmt.Sprint("twins", round))
		var wg sync.WaitGroup
		for twin := range 2 {
			s, f := stream(t, 0), filling(set, path, "s")
			wg.Go(func() {
				time.Sleep(time.Duration(twin*round) * 20 * time.Millisecond) // the second finds some of it there
				if _, err := s.Run(t.Context(), f); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := holds(t, path); !maps.Equal(got, want) {
			t.Errorf("twins hold %v, one %v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
		}
	}
}
