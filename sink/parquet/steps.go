package parquet

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
)

// steps is what a Growing does to the file system. Tests put a gate before each
// step; an error of the gate is the step's, and nothing is done.
type steps struct {
	gate     func(op, path string) error // nil: open
	volatile bool                        // nothing is really made durable, which takes most of the time
}

func (d *steps) pass(op, path string) error {
	if d.gate == nil {
		return nil
	}
	return d.gate(op, path)
}

// maxSyncing is how many files or folders are made durable at the same time;
// each is open meanwhile.
const maxSyncing = 64

// syncing waits for what is being made durable.
type syncing struct {
	wait sync.WaitGroup
	room chan struct{}
	mu   sync.Mutex
	err  error
}

func (s *syncing) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = errors.Join(s.err, err)
}

// enter waits until there is room for another, which leave makes; one goroutine calls it.
func (s *syncing) enter() {
	if s.room == nil {
		s.room = make(chan struct{}, maxSyncing)
	}
	s.room <- struct{}{}
}

func (s *syncing) leave() { <-s.room }

// done returns once all files are durable, or why not.
func (s *syncing) done() error {
	s.wait.Wait()
	return s.err
}

// write makes a file, which must not exist, and has s make it durable meanwhile.
func (d *steps) write(path string, data []byte, s *syncing) error {
	if err := d.pass("create", path); err != nil {
		return err
	}
	s.enter()
	kept := false
	defer func() {
		if !kept {
			s.leave()
		}
	}()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	half := len(data) / 2
	_, err = f.Write(data[:half])
	if err == nil {
		err = d.pass("write", path)
	}
	if err == nil {
		_, err = f.Write(data[half:])
	}
	if err == nil {
		err = d.pass("sync", path)
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	if d.volatile {
		return f.Close()
	}
	kept = true
	s.wait.Go(func() {
		defer s.leave()
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			s.fail(err)
		}
	})
	return nil
}

// link gives a file a second name, which fails if there is one of that name:
// errors.Is(err, fs.ErrExist). A file that has the name already, from a call whose
// answer was lost on its way from a server, is no failure.
func (d *steps) link(from, to string) error {
	if err := d.pass("link", to); err != nil {
		return err
	}
	err := os.Link(from, to)
	if errors.Is(err, fs.ErrExist) {
		a, err1 := os.Lstat(from)
		b, err2 := os.Lstat(to)
		if err1 == nil && err2 == nil && os.SameFile(a, b) {
			return nil
		}
	}
	return err
}

func (d *steps) rename(from, to string) error {
	if err := d.pass("rename", to); err != nil {
		return err
	}
	return os.Rename(from, to)
}

func (d *steps) remove(path string) error {
	if err := d.pass("remove", path); err != nil {
		return err
	}
	err := os.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (d *steps) removeAll(path string) error {
	if err := d.pass("remove all", path); err != nil {
		return err
	}
	return os.RemoveAll(path)
}

// mkdir makes a folder, if it is not there, and its name durable.
func (d *steps) mkdir(path string) error {
	if err := d.pass("mkdir", path); err != nil {
		return err
	}
	if err := os.Mkdir(path, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return d.syncDir(filepath.Dir(path)) // whoever made it may not have come to this
}

// syncDir makes the names in a folder durable.
func (d *steps) syncDir(path string) error {
	if err := d.pass("sync folder", path); err != nil {
		return err
	}
	if d.volatile || runtime.GOOS == "windows" {
		return nil // there, a folder cannot be synced
	}
	return syncDir(path)
}

// syncDirs is syncDir for many at the same time.
func (d *steps) syncDirs(paths map[string]bool) error {
	var s syncing
	for path := range paths {
		if err := d.pass("sync folder", path); err != nil {
			return errors.Join(err, s.done())
		}
		s.enter()
		s.wait.Go(func() {
			defer s.leave()
			if err := (&steps{volatile: d.volatile}).syncDir(path); err != nil {
				s.fail(err)
			}
		})
	}
	return s.done()
}
