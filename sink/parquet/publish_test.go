package parquet

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/kafkanauts/kafkanauts/order"
)

// siblings returns what stands beside dir, without dir.
func siblings(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(dir))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		if e.Name() != filepath.Base(dir) {
			all = append(all, e.Name())
		}
	}
	return all
}

// Until Close, readers see what was there before: nothing, or the former data
// set. Close replaces it whole, files of earlier partitions included.
func TestDatasetReplaces(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "orders")
	first, second := sample(300), sample(60)
	for i := range second {
		second[i].Country = "Mexico"
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	write(t, Config{Dir: dir}, first)
	was := names(t, dir)

	d, err := New(Config{Dir: dir, RowGroup: 10})
	if err != nil {
		t.Fatal(err)
	}
	reject, err := d.Aside("_rejects.csv")
	if err != nil {
		t.Fatal(err)
	}
	reject.Write([]byte("line,reason\n"))
	for i := range second {
		if err := d.Write(&second[i], order.Place{}); err != nil {
			t.Fatal(err)
		}
		if now := names(t, dir); !slices.Equal(now, was) {
			t.Fatalf("before Close the data set changed to %v", now)
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Error("the second Close:", err)
	}
	d.Abort() // does nothing
	if err := d.Write(&second[0], order.Place{}); err == nil {
		t.Error("Write after Close returned nil")
	}
	if got := read(t, dir); !slices.Equal(got, second) {
		t.Errorf("%d orders read, %d written", len(got), len(second))
	}
	if text, err := os.ReadFile(filepath.Join(dir, "_rejects.csv")); string(text) != "line,reason\n" {
		t.Errorf("the file aside: %q, %v", text, err)
	}
	if left := siblings(t, dir); len(left) > 0 {
		t.Errorf("left %v", left)
	}
	write(t, Config{Dir: dir}, nil) // the file aside is known, so it may be replaced
	if now := names(t, dir); !slices.Equal(now, []string{markName}) {
		t.Errorf("an empty data set holds %v", now)
	}
}

// Abort leaves nothing, and a process that dies leaves nothing that readers see.
func TestDatasetUnfinished(t *testing.T) {
	for _, dies := range []bool{false, true} {
		dir := filepath.Join(t.TempDir(), "orders")
		d, err := New(Config{Dir: dir, RowGroup: 5})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Aside(".notes"); err != nil {
			t.Fatal(err)
		}
		for _, o := range sample(100) {
			if err := d.Write(&o, order.Place{}); err != nil {
				t.Fatal(err)
			}
		}
		if !dies {
			d.Abort()
			if err := d.Close(); err == nil {
				t.Error("Close after Abort returned nil")
			}
		}
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("something stands at Dir: %v", err)
		}
		for _, name := range siblings(t, dir) {
			if !dies || !ignored(name) {
				t.Errorf("left %s", name)
			}
		}
		write(t, Config{Dir: dir}, sample(10)) // a later run is not disturbed
		if len(read(t, dir)) != 10 {
			t.Error("the later run is not whole")
		}
	}
}

// What this package did not write is never replaced.
func TestDatasetRefuses(t *testing.T) {
	for name, prepare := range map[string]func(dir string) error{
		"a file":         func(dir string) error { return os.WriteFile(dir, nil, 0o666) },
		"other contents": func(dir string) error { return os.MkdirAll(filepath.Join(dir, "country=Spain"), 0o777) },
		"Spark's mark": func(dir string) error {
			os.Mkdir(dir, 0o777)
			return os.WriteFile(filepath.Join(dir, markName), nil, 0o666)
		},
		"a note within": func(dir string) error {
			write(t, Config{Dir: dir}, sample(3))
			return os.WriteFile(filepath.Join(dir, "README"), nil, 0o666)
		},
	} {
		dir := filepath.Join(t.TempDir(), "orders")
		if err := prepare(dir); err != nil {
			t.Fatal(err)
		}
		if d, err := New(Config{Dir: dir}); err == nil {
			d.Abort()
			t.Errorf("%s: New returned nil", name)
		}
		if left := siblings(t, dir); len(left) > 0 {
			t.Errorf("%s: left %v", name, left)
		}
	}

	// What appears while the data set is written is found by Close.
	dir := filepath.Join(t.TempDir(), "orders")
	d, err := New(Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	os.Mkdir(dir, 0o777)
	if err := os.WriteFile(filepath.Join(dir, "mine"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err == nil {
		t.Error("Close replaced a stranger's file")
	}
	if got := names(t, dir); !slices.Equal(got, []string{"mine"}) {
		t.Errorf("Dir holds %v", got)
	}
}

func TestAside(t *testing.T) {
	d, err := New(Config{Dir: filepath.Join(t.TempDir(), "orders")})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Abort()
	for _, name := range []string{"", "rejects.csv", "_a/b", "..", ".", markName, "../_x"} {
		if _, err := d.Aside(name); err == nil {
			t.Errorf("%q was accepted", name)
		}
	}
	if _, err := d.Aside("_a"); err != nil {
		t.Error(err)
	}
	if _, err := d.Aside("_a"); err == nil {
		t.Error("one name was accepted twice")
	}
}

// disk is a file system with room for so many bytes, and a syncing that fails
// after so many syncs.
type disk struct{ room, syncs int }

type diskFile struct {
	*os.File
	*disk
}

func (d *disk) create(path string) (file, error) {
	f, err := os.Create(path)
	return diskFile{f, d}, err
}

func (f diskFile) Write(b []byte) (int, error) {
	if f.room -= len(b); f.room < 0 {
		return 0, syscall.ENOSPC
	}
	return f.File.Write(b)
}

func (f diskFile) Sync() error {
	if f.syncs--; f.syncs < 0 {
		return syscall.EIO
	}
	return f.File.Sync()
}

// Wherever the disk fails, in Write or in Close, the error comes out of both, what was there
// stays, and nothing else is left. With enough room, nothing fails.
func TestDatasetDiskFails(t *testing.T) {
	orders := sample(60)
	for i := range orders {
		orders[i].Country = countries[i/20] // few files: each costs time
	}
	dir := filepath.Join(t.TempDir(), "orders")
	write(t, Config{Dir: dir}, orders[:7])
	was := names(t, dir)
	run := func(fails disk, want error) bool {
		d, err := New(Config{Dir: dir, RowGroup: 8, Buffer: 15, Compression: Plain})
		if err != nil {
			t.Fatal(err)
		}
		d.create = fails.create
		var written error
		for i := range orders {
			if written = d.Write(&orders[i], order.Place{}); written != nil {
				break
			}
		}
		err = d.Close()
		if err == nil {
			return true
		}
		if !errors.Is(err, want) || written != nil && !errors.Is(written, want) {
			t.Fatalf("%+v: Write returned %v, Close %v", fails, written, err)
		}
		if again := d.Close(); again != err {
			t.Fatalf("%+v: the second Close returned %v", fails, again)
		}
		if now := names(t, dir); !slices.Equal(now, was) {
			t.Fatalf("%+v: the former data set changed to %v", fails, now)
		}
		if left := siblings(t, dir); len(left) > 0 {
			t.Fatalf("%+v: left %v", fails, left)
		}
		return false
	}
	const ample = 1 << 30
	failures := 0
	for room := 0; !run(disk{room, ample}, syscall.ENOSPC); room += 4000 {
		failures++
	}
	was = names(t, dir)
	for syncs := 0; !run(disk{ample, syncs}, syscall.EIO); syncs++ {
		failures++
	}
	if failures < 10 {
		t.Errorf("the disk failed only %d times", failures)
	}
}

func TestReadErrors(t *testing.T) {
	first := func(dir string) (int, error) {
		n := 0
		for _, err := range Read(dir) {
			if err != nil {
				return n, err
			}
			n++
		}
		return n, nil
	}
	dir := filepath.Join(t.TempDir(), "orders")
	if _, err := first(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing folder: %v", err)
	}
	write(t, Config{Dir: dir}, sample(100))
	part := ""
	for _, name := range names(t, dir) {
		if strings.HasSuffix(name, ".parquet") {
			part = filepath.Join(dir, name)
		}
	}
	whole, err := os.ReadFile(part)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 3, len(whole) / 2, len(whole) - 1} {
		if err := os.WriteFile(part, whole[:n], 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := first(dir); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("a part of %d bytes: %v", n, err)
		}
	}
	os.WriteFile(part, whole, 0o666)
	os.Mkdir(filepath.Join(dir, "_temporary"), 0o777)
	if n, err := first(dir); n != 100 || err != nil {
		t.Errorf("%d orders, %v", n, err)
	}
	os.Mkdir(filepath.Join(dir, "year=2022"), 0o777)
	if _, err := first(dir); err == nil {
		t.Error("a folder of another data set was passed over")
	}
}
