package sink_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/compress"
)

// mount makes a file system in memory at dir, of a size such as "size=64k" or
// "nr_inodes=9".
func mount(t *testing.T, dir, size string) {
	t.Helper()
	if err := syscall.Mount("none", dir, "tmpfs", 0, size); err != nil {
		t.Skipf("file systems cannot be mounted here (%v), so none can be filled", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
}

func remount(t *testing.T, dir string, flags uintptr, options string) {
	t.Helper()
	if err := syscall.Mount("none", dir, "", syscall.MS_REMOUNT|flags, options); err != nil {
		t.Fatalf("remounting: %v", err)
	}
}

// small are settings with many files.
var small = &sink.Files{Records: 400, Ext: ".csv", Compression: compress.Zstd{Level: 1}}

// reference is what the directories hold if nothing happens.
func reference(t *testing.T) map[string]string {
	t.Helper()
	if testing.Short() {
		t.Skip("what a file system does is the same under the race detector, for which TestFilesFaults has the failures")
	}
	dir := t.TempDir()
	run(t, stream(t, 0), filling(small, dir, "s"))
	return holds(t, dir)
}

// intact looks whether every file under a final name is as it is if nothing
// happens, and returns how many files of data there are.
func intact(t *testing.T, dir string, want map[string]string) (files int) {
	t.Helper()
	for name, text := range holds(t, dir) {
		if strings.Contains(name, string(filepath.Separator)+"_") || strings.Contains(name, string(filepath.Separator)+".") || name == "a staging folder" {
			continue
		}
		if want[name] != text {
			t.Errorf("%s is torn", name)
		}
		if strings.HasPrefix(name, "data"+string(filepath.Separator)) {
			files++
		}
	}
	return files
}

// told looks at what a run that failed returns: its cause, which file it was, how
// many are whole, and what to do.
func told(t *testing.T, err error, cause error, files int, says ...string) {
	t.Helper()
	if !errors.Is(err, cause) {
		t.Fatalf("the run returns %v, not for %v", err, cause)
	}
	for _, s := range append(says, "sink: ") {
		if !strings.Contains(err.Error(), s) {
			t.Errorf("the run does not say %q: %v", s, err)
		}
	}
	u, ok := errors.AsType[*sink.UnfinishedError](err)
	if !ok {
		t.Fatalf("the run does not say what is there: %v", err)
	}
	// A file may be in its place though its entry is not.
	if u.Files > int64(files) || u.Files < int64(files)-3 || u.Records > 0 != (u.Files > 0) {
		t.Errorf("%d files are there, of which %d with %d records are complete", files, u.Files, u.Records)
	}
}

// When the disk is full, wherever that strikes, what is complete stays whole, and
// with more space the stream goes on.
func TestDiskFull(t *testing.T) {
	want := reference(t)
	struck := map[string]bool{}
	var sizes []string
	for size := 80; size <= 800; size += 180 {
		sizes = append(sizes, fmt.Sprintf("size=%dk", size))
	}
	for _, inodes := range []int{30, 31, 32, 90, 91, 92} {
		sizes = append(sizes, fmt.Sprintf("nr_inodes=%d", inodes))
	}
	// Full when such a step is to be taken, the fourth time if there are as many. Only
	// the manifest and the mark need all shards.
	steps := map[string]struct {
		op, path string
		times    int
		shards   []int
	}{
		"a file is written": {"write", "/data/_staging/", 4, []int{1}},
		"a file is made":    {"create", "/data/_staging/", 4, []int{1}},
		"a key is made":     {"create", "/key/_staging/", 4, []int{1}},
		"an entry is made":  {"create", "/entry", 4, []int{1}},
		"the manifest":      {"create", "/._manifest.json-", 1, nil},
		"the mark":          {"create", "/._SUCCESS-", 1, nil},
	}
	sizes = slices.AppendSeq(sizes, maps.Keys(steps))
	for _, size := range sizes {
		t.Run(size, func(t *testing.T) {
			dir := t.TempDir()
			f := filling(small, dir, "s")
			s := stream(t, 0)
			if step, ok := steps[size]; !ok {
				mount(t, dir, size)
			} else {
				mount(t, dir, "nr_inodes=10000")
				if step.shards != nil {
					s = s.Only(step.shards...)
				}
				left := step.times
				f.Gate(func(op, path string) error {
					if op != step.op || !strings.Contains(path, step.path) {
						return nil
					}
					if left--; left == 0 {
						var fs syscall.Statfs_t
						if err := syscall.Statfs(dir, &fs); err != nil {
							return err
						}
						remount(t, dir, 0, fmt.Sprintf("nr_inodes=%d,size=%d", fs.Files-fs.Ffree, int64(fs.Blocks-fs.Bfree)*fs.Bsize))
					}
					return nil
				})
			}
			_, err := s.Run(t.Context(), f)
			if err == nil {
				t.Fatal("it was not full")
			}
			told(t, err, syscall.ENOSPC, intact(t, dir, want), dir, "no space left on device", "free space and run it again")
			for place, in := range map[string]string{"a file": "write " + dir + "/data/_staging", "its making": "open " + dir + "/data/_staging",
				"the key": dir + "/key/_staging", "an entry": "/entry: ", "the manifest": "._manifest.json-", "the mark": "._SUCCESS-"} {
				if strings.Contains(err.Error(), in) {
					struck[place] = true
				}
			}
			remount(t, dir, 0, "size=64m,nr_inodes=0")
			run(t, stream(t, 0), filling(small, dir, "s"))
			if got := holds(t, dir); !maps.Equal(got, want) {
				t.Errorf("in the end there is %v, not %v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
			}
		})
	}
	t.Logf("it struck at %v", slices.Sorted(maps.Keys(struck)))
	if len(struck) < 6 && !t.Skipped() && !t.Failed() {
		t.Error("it struck nowhere else")
	}
}

// A file system that is, or comes to be, read-only is told of, and left as it is.
func TestReadOnly(t *testing.T) {
	want := reference(t)
	dir := t.TempDir()
	mount(t, dir, "size=64m")
	remount(t, dir, syscall.MS_RDONLY, "")
	_, err := stream(t, 0).Run(t.Context(), filling(small, dir, "s"))
	if !errors.Is(err, syscall.EROFS) || !strings.Contains(err.Error(), filepath.Join(dir, "data")) {
		t.Errorf("a read-only file system: %v", err)
	}
	struck := 0
	for n := 1; n < 40; n += 3 { // between its steps, as no file must be open for that
		remount(t, dir, 0, "")
		os.RemoveAll(filepath.Join(dir, "data"))
		os.RemoveAll(filepath.Join(dir, "key"))
		f := filling(small, dir, "s")
		left, only := n, false
		f.Gate(func(op, path string) error {
			if op != "rename" && op != "sync folder" {
				return nil
			}
			if left--; left == 0 {
				remount(t, dir, syscall.MS_RDONLY, "")
				only = true
			}
			return nil
		})
		_, err := stream(t, 0).Only(1).Run(t.Context(), f)
		if err == nil || !only {
			t.Fatalf("it was not read-only: %v", err)
		}
		if _, ok := errors.AsType[*sink.UnfinishedError](err); !ok && len(holds(t, dir)) < 5 {
			continue // before the first record
		}
		struck++
		told(t, err, syscall.EROFS, intact(t, dir, want), dir, "read-only file system", "make it writable and run it again")
		remount(t, dir, 0, "")
		run(t, stream(t, 0), filling(small, dir, "s"))
		if got := holds(t, dir); !maps.Equal(got, want) {
			t.Errorf("in the end there is %v, not %v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
		}
	}
	if struck < 5 {
		t.Errorf("only %d runs had begun", struck)
	}
}

// A file system that is unmounted under a run is told of; nothing is written to
// what stands there then, and nothing that was complete is lost.
func TestUnmounted(t *testing.T) {
	want := reference(t)
	dir := t.TempDir()
	there := filepath.Join(dir, "there")
	if err := os.Mkdir(there, 0o777); err != nil {
		t.Fatal(err)
	}
	mount(t, there, "size=64m")
	for _, op := range []string{"create", "write", "sync", "rename"} {
		for _, name := range []string{"data", "key"} {
			os.RemoveAll(filepath.Join(there, name))
		}
		at := filepath.Join(dir, op)
		if err := os.Mkdir(at, 0o777); err != nil {
			t.Fatal(err)
		}
		bind := func() {
			if err := syscall.Mount(there, at, "", syscall.MS_BIND, ""); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { syscall.Unmount(at, syscall.MNT_DETACH) })
		}
		bind()
		f := filling(small, at, "s")
		left := 20
		f.Gate(func(is, path string) error {
			if is == op {
				if left--; left == 0 {
					return syscall.Unmount(at, syscall.MNT_DETACH)
				}
			}
			return nil
		})
		_, err := stream(t, 0).Only(1).Run(t.Context(), f)
		if err == nil || !strings.Contains(err.Error(), "has vanished") || !strings.Contains(err.Error(), filepath.Join(at, "data")) {
			t.Errorf("unmounted before a %s: %v", op, err)
		}
		if list := names(t, at); len(list) > 0 {
			t.Errorf("unmounted before a %s: what stood below now holds %v", op, list)
		}
		if n := intact(t, there, want); n == 0 {
			t.Errorf("unmounted before a %s: no file is complete", op)
		}
		bind()
		run(t, stream(t, 0), filling(small, at, "s"))
		if got := holds(t, at); !maps.Equal(got, want) {
			t.Errorf("in the end there is %v, not %v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
		}
	}
}

// A Dir and a File on a full disk say so and leave what stood there.
func TestOldFilesOnAFullDisk(t *testing.T) {
	dir := t.TempDir()
	mount(t, dir, "size=200k")
	put(t, filepath.Join(dir, "part-00001.csv"), "old\n")
	for _, dst := range []sink.Sink{&sink.Dir{Path: dir, Ext: ".csv"}, &sink.File{Path: filepath.Join(dir, "part-00001.csv")}} {
		_, err := stream(t, 0).Run(t.Context(), dst)
		if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "part-00001.csv") && !strings.Contains(err.Error(), "part-00000.csv") && !strings.Contains(err.Error(), "part-00002.csv") {
			t.Errorf("%T: %v", dst, err)
		}
		if got := content(t, filepath.Join(dir, "part-00001.csv")); got != "old\n" {
			t.Errorf("%T: the old file holds %.100q", dst, got)
		}
		for _, name := range names(t, dir) {
			if strings.HasPrefix(name, ".") {
				if !strings.Contains(err.Error(), name) {
					t.Errorf("%T does not say that %s lies there: %v", dst, name, err)
				}
				os.Remove(filepath.Join(dir, name))
			}
		}
	}
}
