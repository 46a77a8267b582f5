package sink_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/kafkanauts/kafkanauts/sink"
)

// names lists a directory.
func names(t *testing.T, dir string) (names []string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		names = append(names, f.Name())
	}
	return names
}

// content is what a file holds.
func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// put makes a file.
func put(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFileReplacesWhenComplete(t *testing.T) {
	dir := t.TempDir()
	path := put(t, filepath.Join(dir, "orders.csv"), "old\n")
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	f := &sink.File{Path: path}
	open(t, f, sink.Session{Encoding: headed{}})
	write(t, f, batch(-1, 1, "a", "b"))
	if got := content(t, path); got != "old\n" {
		t.Errorf("before Close the file holds %q", got)
	}
	for _, name := range names(t, dir) {
		if name != "orders.csv" && !strings.HasPrefix(name, ".") {
			t.Errorf("%s is visible before it is complete", name)
		}
	}
	if err := f.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := content(t, path); got != "the,header\na\nb\n" {
		t.Errorf("the file holds %q", got)
	}
	if got := names(t, dir); len(got) != 1 {
		t.Errorf("the directory holds %q", got)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 && runtime.GOOS != "windows" {
		t.Errorf("the file's mode is %v, not that of the old one; %v", info.Mode(), err)
	}
	if err := f.Abort(t.Context(), errors.New("late")); err != nil || content(t, path) == "old\n" {
		t.Errorf("an Abort after Close returns %v", err)
	}
}

func TestFileAbort(t *testing.T) {
	dir := t.TempDir()
	path := put(t, filepath.Join(dir, "orders.csv"), "old\n")
	f := &sink.File{Path: path}
	write(t, f, batch(-1, 1, "a", "b"))
	err := f.Abort(t.Context(), errors.New("another sink failed"))
	e, ok := errors.AsType[*sink.PartialError](err)
	if !ok || e.Path != path || filepath.Dir(e.Partial) != dir || content(t, e.Partial) != "a\nb\n" {
		t.Fatalf("Abort returns %v", err)
	}
	if got := content(t, path); got != "old\n" {
		t.Errorf("the old file holds %q", got)
	}
	// A second run in the same directory meets what the first left.
	f = &sink.File{Path: path}
	write(t, f, batch(-1, 1, "c"))
	if err := f.Close(t.Context()); err != nil || content(t, path) != "c\n" || content(t, e.Partial) != "a\nb\n" {
		t.Errorf("the next run leaves %q and %q, %v", content(t, path), content(t, e.Partial), err)
	}
}

func TestFileAbortOfNothing(t *testing.T) {
	dir := t.TempDir()
	f := &sink.File{Path: filepath.Join(dir, "orders.csv")}
	open(t, f, sink.Session{Encoding: headed{}})
	if err := f.Abort(t.Context(), errors.New("interrupted")); err != nil || len(names(t, dir)) != 0 {
		t.Errorf("Abort returns %v and leaves %q", err, names(t, dir))
	}
	if err := f.Write(t.Context(), batch(-1, 1, "a")); err == nil || len(names(t, dir)) != 0 {
		t.Errorf("a Write after it returns %v and leaves %q", err, names(t, dir))
	}
	never := &sink.File{Path: filepath.Join(dir, "orders.csv")}
	if err := never.Abort(t.Context(), errors.New("interrupted")); err != nil || len(names(t, dir)) != 0 {
		t.Errorf("Abort of a file that was never opened returns %v and leaves %q", err, names(t, dir))
	}
}

func TestFileCannotBeMade(t *testing.T) {
	dir := t.TempDir()
	file := put(t, filepath.Join(dir, "file"), "")
	for _, path := range []string{"", dir, filepath.Join(dir, "none", "x"), filepath.Join(file, "x")} {
		f := &sink.File{Path: path}
		err := f.Open(t.Context(), &sink.Session{})
		if err == nil || !strings.HasPrefix(err.Error(), "sink: ") || !strings.Contains(err.Error(), path) {
			t.Errorf("Open of %q: %v", path, err)
		}
		if got := f.Write(t.Context(), batch(-1, 1, "a")); got != err {
			t.Errorf("Write of %q: %v", path, got)
		}
		if got := sink.End(t.Context(), f, err); got != nil {
			t.Errorf("Abort of %q: %v", path, got)
		}
	}
	if got := names(t, dir); !slices.Equal(got, []string{"file"}) {
		t.Errorf("the directory holds %q", got)
	}
}

func TestFileLink(t *testing.T) {
	dir := t.TempDir()
	path := put(t, filepath.Join(dir, "orders-1.pipe"), "old\n")
	link := filepath.Join(dir, "latest.pipe")
	if err := os.Symlink(path, link); err != nil {
		t.Skip(err)
	}
	f := &sink.File{Path: link}
	write(t, f, batch(-1, 1, "a"))
	if err := f.Close(t.Context()); err != nil || content(t, path) != "a\n" {
		t.Errorf("the link's file holds %q, %v", content(t, path), err)
	}
	if to, err := os.Readlink(link); err != nil || to != path {
		t.Errorf("the link leads to %q, %v", to, err)
	}
}

// full is a file that every write to fails for want of space.
const full = "/dev/full"

func needFull(t *testing.T) {
	if _, err := os.Stat(full); err != nil {
		t.Skip(err)
	}
}

func TestFullDisk(t *testing.T) {
	needFull(t)
	for name, s := range map[string]sink.Sink{
		"File":      &sink.File{Path: full},
		"TruthFile": sink.Tee(sink.Discard(), &sink.TruthFile{Path: full}),
	} {
		open(t, s, sink.Session{Merged: true})
		write(t, s, tagged(batch(-1, 1, "a")))
		err := s.Close(t.Context())
		if err == nil || !strings.Contains(err.Error(), full) || !strings.Contains(err.Error(), "no space") {
			t.Errorf("%s: Close returns %v", name, err)
		}
	}
	f := &sink.File{Path: full}
	if err := f.Write(t.Context(), batch(-1, 1, strings.Repeat("x", 1<<20))); err == nil || !strings.Contains(err.Error(), full) {
		t.Errorf("Write returns %v", err)
	}
	if info, err := os.Stat(full); err != nil || info.Mode().IsRegular() {
		t.Errorf("the device is gone: %v, %v", info, err)
	}
}

func TestFileToDevice(t *testing.T) {
	f := &sink.File{Path: os.DevNull}
	write(t, f, batch(-1, 1, "a"))
	if err := f.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Errorf("the device is gone: %v, %v", info, err)
	}
}
