package parts

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/kafkanauts/kafkanauts/internal/durable"
)

const shards, length, stride = 2, 23, 5

func recipe(seed string) func() (map[string]string, error) {
	return func() (map[string]string, error) { return map[string]string{"seed": seed}, nil }
}

func differ(is, was map[string]string) []string {
	var list []string
	for k, v := range is {
		if was[k] != v {
			list = append(list, fmt.Sprintf("%s is %s and was %s", k, v, was[k]))
		}
	}
	return list
}

func config(dir string) Config {
	return Config{Dir: filepath.Join(dir, "data"), Beside: filepath.Join(dir, "key"), Stream: "s", Layout: "toy", Shards: shards, Recipe: recipe("1"), Differences: differ,
		Steps: durable.Steps{Volatile: true}}
}

// chunk writes the next chunk of a shard, of the toy stream whose record i is the line i.
func chunk(h *Shard) error {
	c := &Chunk{}
	from := 0
	if l := h.Last(); l != nil {
		from = int(l.Next.Step)
		c.Totals = l.Totals
	}
	to := min(from+stride, length)
	name := fmt.Sprintf("day=%d/part-%05d-%05d.txt", from/10, h.number, h.Number())
	f, err := h.Create(name, false)
	if err != nil {
		return err
	}
	key := f
	if h.store.cfg.Beside != "" {
		if key, err = h.Create(fmt.Sprintf("part-%05d-%05d.csv", h.number, h.Number()), true); err != nil {
			return err
		}
	}
	for i := from; i < to; i++ {
		if _, err := fmt.Fprintf(f, "record %d of shard %d\n", i, h.number); err != nil {
			return err
		}
		f.Count(1)
		if _, err := fmt.Fprintf(key, "%d\n", i); err != nil {
			return err
		}
	}
	if err := f.Close(); err != nil {
		return err
	}
	if key != f {
		if err := key.Close(); err != nil {
			return err
		}
	}
	if err := h.Put(fmt.Sprintf("extra-%05d-%05d", h.number, h.Number()), to-from, []byte("whole")); err != nil {
		return err
	}
	c.Next, c.Done = Position{Step: int64(to)}, to == length
	h.Records += int64(to - from)
	return h.Commit(c)
}

// live writes the stream, all of it or until an error.
func live(cfg Config) error {
	s, err := Open(cfg)
	if err != nil {
		return err
	}
	for i := range shards {
		h, err := s.Shard(i)
		if err != nil {
			return err
		}
		for h.Last() == nil || !h.Last().Done {
			if err := chunk(h); err != nil {
				dead(h)
				return err
			}
		}
		if err := h.Close(); err != nil {
			return err
		}
	}
	all, err := s.Complete()
	if err == nil && !all {
		err = errors.New("not all is complete")
	}
	return err
}

// dead lets go of what a process that dies holds, and does no more.
func dead(h *Shard) {
	for _, f := range h.files {
		if f.file != nil {
			f.file.Close()
		}
	}
	for _, l := range h.locks {
		l.Close()
	}
}

// tree returns all that lies in dir, hashed, by path.
func tree(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		if e.IsDir() {
			all[rel] = "folder"
			return nil
		}
		b, err := os.ReadFile(path)
		all[rel] = fmt.Sprintf("%x", sha256.Sum256(b))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func difference(got, want map[string]string) (list []string) {
	for name, h := range got {
		if want[name] != h {
			list = append(list, name)
		}
	}
	for name := range want {
		if _, there := got[name]; !there {
			list = append(list, name+" is missing")
		}
	}
	slices.Sort(list)
	return list
}

// seen is false of what readers pass over.
func seen(path string) bool {
	for _, p := range strings.Split(path, string(filepath.Separator)) {
		if strings.HasPrefix(p, "_") || strings.HasPrefix(p, ".") && p != "." {
			return false
		}
	}
	return true
}

var errKilled = errors.New("killed")

// A process may be killed before any step: what stands under a name then is what an
// uninterrupted run puts there, and the next process makes it all the same tree.
func TestKilledAtEveryStep(t *testing.T) {
	whole := t.TempDir()
	if err := live(config(whole)); err != nil {
		t.Fatal(err)
	}
	want := tree(t, whole)
	for name := range want {
		if strings.Contains(name, stagingName) || strings.Contains(name, "partial") {
			t.Errorf("%s is left", name)
		}
	}
	for n, over := 0, false; !over; n++ {
		dir := t.TempDir()
		cfg := config(dir)
		left := n
		cfg.Steps.Gate = func(string, string) error {
			if left--; left < 0 {
				return errKilled
			}
			return nil
		}
		err := live(cfg)
		if over = err == nil; !over && !errors.Is(err, errKilled) {
			t.Fatal(err)
		}
		for name, h := range tree(t, dir) {
			if seen(name) && want[name] != h {
				t.Fatalf("killed at step %d: %s is torn", n, name)
			}
		}
		if err := live(config(dir)); err != nil {
			t.Fatalf("after a kill at step %d: %v", n, err)
		}
		if d := difference(tree(t, dir), want); len(d) > 0 {
			t.Fatalf("killed at step %d: in the end these differ: %q", n, d)
		}
	}
}

// A process that was believed dead goes on beside its successor, from any step on.
func TestTwoWriteOneShard(t *testing.T) {
	whole := t.TempDir()
	if err := live(config(whole)); err != nil {
		t.Fatal(err)
	}
	want := tree(t, whole)
	for n := range 200 {
		dir := t.TempDir()
		cfg := config(dir)
		left, over := n, true
		cfg.Steps.Gate = func(string, string) error {
			if left--; left == 0 {
				over = false
				if err := live(config(dir)); err != nil {
					t.Fatalf("asleep at step %d: %v", n, err)
				}
			}
			return nil
		}
		if err := live(cfg); err != nil {
			t.Fatalf("asleep at step %d: %v", n, err)
		}
		got := tree(t, dir)
		for name := range got { // its successor could not sweep the folder of the living
			if strings.Contains(name, stagingName) {
				delete(got, name)
			}
		}
		if d := difference(got, want); len(d) > 0 {
			t.Fatalf("asleep at step %d: these differ: %q", n, d)
		}
		if over {
			return
		}
	}
	t.Error("there are more steps than were tried")
}

// Of several that write the same shards, some come when others complete the
// directory and clear up: nobody is hindered.
func TestManyWriteTheSame(t *testing.T) {
	t.Parallel()
	whole := t.TempDir()
	if err := live(config(whole)); err != nil {
		t.Fatal(err)
	}
	want := tree(t, whole)
	for range 40 {
		dir := t.TempDir()
		const writers = 6
		ended := make(chan error, writers)
		for range writers {
			go func() { ended <- live(config(dir)) }()
		}
		for range writers {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		got := tree(t, dir)
		for name := range got { // of who came too late to clear up
			if strings.Contains(name, stagingName) && got[name] == "folder" {
				delete(got, name)
			}
		}
		if d := difference(got, want); len(d) > 0 {
			t.Fatalf("these differ: %q", d)
		}
	}
}

// Another stream, recipe or layout is refused, and told what differs.
func TestWhoseDirectory(t *testing.T) {
	dir := t.TempDir()
	if err := live(config(dir)); err != nil {
		t.Fatal(err)
	}
	before := tree(t, dir)
	for name, c := range map[string]struct {
		change func(c *Config)
		says   string
	}{
		"stream":  {func(c *Config) { c.Stream = "other" }, `is the directory of stream "s", not of "other"`},
		"recipe":  {func(c *Config) { c.Recipe = recipe("2") }, "seed is 2 and was 1"},
		"layout":  {func(c *Config) { c.Layout = "gzip" }, "its files are gzip and were toy"},
		"shards":  {func(c *Config) { c.Shards = 3 }, "shards is 3 and was 2"},
		"unnamed": {func(c *Config) { c.Stream, c.Beside = "", "" }, `which a stream without that name does not replace`},
	} {
		cfg := config(dir)
		c.change(&cfg)
		if err := live(cfg); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if d := difference(tree(t, dir), before); len(d) > 0 {
		t.Errorf("refused, yet these have changed: %q", d)
	}
	foreign := filepath.Join(t.TempDir(), "data")
	os.Mkdir(foreign, 0o777)
	os.WriteFile(filepath.Join(foreign, "letter"), nil, 0o666)
	for _, stream := range []string{"s", ""} {
		cfg := config(filepath.Dir(foreign))
		cfg.Stream, cfg.Beside = stream, ""
		if err := live(cfg); err == nil || !strings.Contains(err.Error(), "letter") {
			t.Errorf("a directory with something else: %v", err)
		}
	}
}

// A file that is gone, or shorter than it was, is missed before the directory is
// said to be complete; and is made again as the error says.
func TestMissed(t *testing.T) {
	for name, lose := range map[string]func(path string) error{"data": os.Remove, "key": func(path string) error { return os.Truncate(path, 3) }} {
		dir := t.TempDir()
		cfg := config(dir)
		if err := live(cfg); err != nil {
			t.Fatal(err)
		}
		want := tree(t, dir)
		some, err := filepath.Glob(filepath.Join(dir, name, "*", "part-00001-00002.*"))
		if name == "key" {
			some, err = filepath.Glob(filepath.Join(dir, name, "part-00001-00002.*"))
		}
		if err != nil || len(some) != 1 {
			t.Fatalf("%s: %q, %v", name, some, err)
		}
		if err := lose(some[0]); err != nil {
			t.Fatal(err)
		}
		advice := "remove " + filepath.Join(dir, "data", chunksName, "00001")
		if err := live(cfg); err == nil || !strings.Contains(err.Error(), some[0]) || !strings.Contains(err.Error(), advice) {
			t.Fatalf("%s: without %s it is complete: %v", name, some[0], err)
		}
		if err := os.RemoveAll(strings.TrimPrefix(advice, "remove ")); err != nil {
			t.Fatal(err)
		}
		if err := live(cfg); err != nil {
			t.Fatal(err)
		}
		if d := difference(tree(t, dir), want); len(d) > 0 {
			t.Errorf("%s: made again, these differ: %q", name, d)
		}
	}
}

// Without a name, what stood there stays until all is complete, and is replaced at once.
func TestReplaced(t *testing.T) {
	top := t.TempDir()
	cfg := config(top)
	cfg.Stream, cfg.Beside = "", ""
	if err := live(cfg); err != nil {
		t.Fatal(err)
	}
	want := tree(t, cfg.Dir)
	for n, over := 0, false; !over; n++ {
		left := n
		cfg.Steps.Gate = func(op, _ string) error {
			if left--; left < 0 {
				return errKilled
			}
			return nil
		}
		over = live(cfg) == nil
		if d := difference(tree(t, cfg.Dir), want); len(d) > 0 {
			t.Fatalf("killed at step %d: %q", n, d)
		}
	}
	os.WriteFile(filepath.Join(cfg.Dir, "letter"), nil, 0o666)
	if err := live(cfg); err == nil || !strings.Contains(err.Error(), "letter") {
		t.Errorf("what was not written with it: %v", err)
	}
}

// A directory that is no longer the same is told of, and not written to.
func TestVanished(t *testing.T) {
	dir := t.TempDir()
	cfg := config(dir)
	renames := 0
	cfg.Steps.Gate = func(op, path string) error {
		if op == "sync" {
			if renames++; renames == 6 {
				os.Rename(cfg.Dir, cfg.Dir+"-away")
				os.Mkdir(cfg.Dir, 0o777)
			}
		}
		return nil
	}
	if err := live(cfg); err == nil || !strings.Contains(err.Error(), "has vanished") {
		t.Error(err)
	}
	if got := tree(t, cfg.Dir); len(got) != 1 {
		t.Errorf("the other directory holds %v", got)
	}
	os.Remove(cfg.Dir)
	os.Rename(cfg.Dir+"-away", cfg.Dir)
	if err := live(config(dir)); err != nil {
		t.Error(err)
	}
}

// Whatever is being done when a directory vanishes, that is what is said, once there
// is something in it.
func TestVanishedAtEveryStep(t *testing.T) {
	for n, over := 0, false; !over; n++ {
		cfg := config(t.TempDir())
		left, last := n, ""
		began := false
		cfg.Steps.Gate = func(op, path string) error {
			began = began || op == "create" && strings.Contains(path, stagingName)
			if !began {
				return nil
			}
			if left--; left == -1 {
				last = op + " " + path
				if err := os.Rename(cfg.Dir, cfg.Dir+"-away"); err != nil {
					t.Error(err)
				}
			}
			return nil
		}
		err := live(cfg)
		if over = left >= 0; over {
			if err != nil {
				t.Error(err)
			}
		} else if err != nil && !strings.Contains(err.Error(), "has vanished") {
			t.Errorf("before %s: %v", last, err)
		}
	}
}

// What fails once a directory without a name is in its place does not say that it
// is not.
func TestReplacedAllTheSame(t *testing.T) {
	for _, step := range []string{"sync folder", "remove all"} {
		cfg := config(t.TempDir())
		cfg.Stream, cfg.Beside = "", ""
		if err := live(cfg); err != nil {
			t.Fatal(err)
		}
		want := tree(t, cfg.Dir)
		swapped := false
		cfg.Steps.Gate = func(op, _ string) error {
			if swapped = swapped || op == "swap"; swapped && op == step {
				return errKilled
			}
			return nil
		}
		if err := os.WriteFile(filepath.Join(cfg.Dir, "_SUCCESS"), []byte("old"), 0o666); err != nil {
			t.Fatal(err)
		}
		err := live(cfg)
		if !errors.Is(err, errKilled) || !strings.Contains(err.Error(), "all is complete and in its place") {
			t.Errorf("%s fails: %v", step, err)
		}
		if d := difference(tree(t, cfg.Dir), want); len(d) > 0 {
			t.Errorf("%s fails: %q", step, d)
		}
	}
}

// What a process that was killed has written aside is removed by the next, but not
// what is complete, nor what is another process's or another writer's.
func TestAsideIsSwept(t *testing.T) {
	cfg := config(t.TempDir())
	cfg.Stream, cfg.Beside = "", ""
	aside := func() []string {
		all, err := filepath.Glob(filepath.Join(filepath.Dir(cfg.Dir), ".data.partial-*"))
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	alive, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	left := aside()
	killed, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	complete := filepath.Join(filepath.Dir(cfg.Dir), ".data.partial-complete")
	if err := os.MkdirAll(filepath.Join(complete, "data"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(complete, "data", markName), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(filepath.Dir(cfg.Dir), ".data.partial-other")
	if err := os.Mkdir(other, 0o777); err != nil {
		t.Fatal(err)
	}
	if len(aside()) != 4 {
		t.Fatal(aside())
	}
	killed.lock.Close() // as the system does for it
	if err := live(cfg); err != nil {
		t.Fatal(err)
	}
	want := append(left, complete, other)
	slices.Sort(want)
	if got := aside(); !slices.Equal(got, want) {
		t.Errorf("%v are left, not %v", got, want)
	}
	if err := alive.Discard(); err != nil {
		t.Error(err)
	}
}

// The same directory twice is found out however it is spelled.
func TestBesideItself(t *testing.T) {
	cfg := config(t.TempDir())
	link := cfg.Dir + "-link"
	if err := os.Mkdir(cfg.Dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(cfg.Dir, link); err != nil {
		t.Skip(err)
	}
	cfg.Beside = link
	if _, err := Open(cfg); err == nil || !strings.Contains(err.Error(), "same directory") {
		t.Error(err)
	}
}

// What a step's failure says names the file, and nothing is lost by it.
func TestFullDisk(t *testing.T) {
	whole, dir := t.TempDir(), t.TempDir()
	if err := live(config(whole)); err != nil {
		t.Fatal(err)
	}
	for n, over := 0, false; !over; n++ {
		cfg := config(dir)
		left := n
		cfg.Steps.Gate = func(op, path string) error {
			if left--; left < 0 && (op == "write" || op == "create" || op == "sync") {
				return &fs.PathError{Op: op, Path: path, Err: syscall.ENOSPC}
			}
			return nil
		}
		err := live(cfg)
		if over = err == nil; !over && (!errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), dir)) {
			t.Fatal(err)
		}
	}
	if d := difference(tree(t, dir), tree(t, whole)); len(d) > 0 {
		t.Errorf("in the end these differ: %q", d)
	}
}
