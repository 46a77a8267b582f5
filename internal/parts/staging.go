package parts

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// stage makes the staging folders, and holds them.
func (h *Shard) stage() error {
	h.name = shardName(h.number) + "-" + token()
	for _, r := range h.store.roots {
		dir := filepath.Join(r.dir, stagingName, h.name)
		lock, err := held(dir)
		if err != nil {
			os.Remove(dir) // if it is there yet; it is empty
			return err
		}
		h.locks = append(h.locks, lock)
	}
	return nil
}

var errSwept = errors.New("somebody removes it again and again")

// held makes a folder and holds it, if it is still there then.
func held(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	err = hold(f)
	if err == nil {
		now, e := os.Stat(dir)
		is, e2 := f.Stat()
		if e == nil && e2 == nil && os.SameFile(now, is) {
			return f, nil
		}
	}
	f.Close()
	if err == nil || errors.Is(err, syscall.EAGAIN) {
		err = errors.Join(err, errSwept)
	}
	return nil, fmt.Errorf("%s cannot be held: %w", dir, err)
}

// sweep removes what processes that are no more have staged of a shard.
func (s *Store) sweep(dir string, shard int) {
	dir = filepath.Join(dir, stagingName)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), shardName(shard)+"-") {
			continue
		}
		f, err := os.Open(filepath.Join(dir, e.Name()))
		if err != nil {
			continue
		}
		if orphaned(f) {
			s.steps.RemoveAll(f.Name()) // what stays is swept by the next
		}
		f.Close()
	}
}

// missing tells whether there is nothing at a path.
func missing(names ...string) bool {
	_, err := os.Lstat(filepath.Join(names...))
	return errors.Is(err, fs.ErrNotExist)
}

// sweepAside removes what processes that are no more have written aside. What is
// complete, or has been in its place, stays.
func (s *Store) sweepAside(parent, prefix string) {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return
	}
	for _, e := range entries {
		aside := filepath.Join(parent, e.Name())
		if !e.IsDir() || !strings.HasPrefix(e.Name(), prefix) {
			continue
		}
		f, err := os.Open(aside)
		if err != nil {
			continue
		}
		ours := !missing(aside, "data", streamName) // other writers have such names for folders, and hold them in no way
		if ours && orphaned(f) && missing(aside, "data", markName) && missing(aside, "old") {
			s.steps.RemoveAll(aside) // what stays is swept by the next
		}
		f.Close()
	}
}
