// Package durable does what a program does to a file system that other programs
// read meanwhile, and that may lose power: files are written and synced under
// names that nobody looks at, then linked or renamed to their places, and
// folders are synced.
package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
)

// Steps is what a writer does to the file system. Tests put a Gate before each
// step; an error of the Gate is the step's, and nothing is done. The zero Steps is
// ready to use; its methods are safe for concurrent use if the Gate is.
type Steps struct {
	Gate     func(op, path string) error // nil: open
	Volatile bool                        // nothing is really made durable, which takes most of the time
}

// Pass asks the Gate, if there is one.
func (d *Steps) Pass(op, path string) error {
	if d.Gate == nil {
		return nil
	}
	return d.Gate(op, path)
}

// maxSyncing is how many files or folders are made durable at the same time;
// each is open meanwhile.
const maxSyncing = 64

// Syncing waits for what is being made durable.
type Syncing struct {
	wait sync.WaitGroup
	room chan struct{}
	mu   sync.Mutex
	err  error
}

func (s *Syncing) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = errors.Join(s.err, err)
}

// enter waits until there is room for another, which leave makes; one goroutine calls it.
func (s *Syncing) enter() {
	if s.room == nil {
		s.room = make(chan struct{}, maxSyncing)
	}
	s.room <- struct{}{}
}

func (s *Syncing) leave() { <-s.room }

// Done returns once all files are durable, or why not.
func (s *Syncing) Done() error {
	s.wait.Wait()
	return s.err
}

// Write makes a file, which must not exist, and has s make it durable meanwhile.
func (d *Steps) Write(path string, data []byte, s *Syncing) error {
	if err := d.Pass("create", path); err != nil {
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
		err = d.Pass("write", path)
	}
	if err == nil {
		_, err = f.Write(data[half:])
	}
	if err == nil {
		err = d.Pass("sync", path)
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	if d.Volatile {
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

// Link gives a file a second name, which fails if there is one of that name:
// errors.Is(err, fs.ErrExist). A file that has the name already, from a call whose
// answer was lost on its way from a server, is no failure.
func (d *Steps) Link(from, to string) error {
	if err := d.Pass("link", to); err != nil {
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

// Rename gives a file or folder another name, in the place of a file that has it.
func (d *Steps) Rename(from, to string) error {
	if err := d.Pass("rename", to); err != nil {
		return err
	}
	return os.Rename(from, to)
}

// Remove removes a file, if it is there.
func (d *Steps) Remove(path string) error {
	if err := d.Pass("remove", path); err != nil {
		return err
	}
	err := os.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// RemoveAll removes a folder with all that it holds, if it is there.
func (d *Steps) RemoveAll(path string) error {
	if err := d.Pass("remove all", path); err != nil {
		return err
	}
	return os.RemoveAll(path)
}

// Mkdir makes a folder, if it is not there, and its name durable.
func (d *Steps) Mkdir(path string) error {
	if err := d.Pass("mkdir", path); err != nil {
		return err
	}
	if err := os.Mkdir(path, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return d.SyncDir(filepath.Dir(path)) // whoever made it may not have come to this
}

// MkdirAll is Mkdir for a folder and those above it that are not there.
func (d *Steps) MkdirAll(path string) error {
	info, err := os.Stat(path)
	if err == nil && !info.IsDir() {
		return &fs.PathError{Op: "mkdir", Path: path, Err: syscall.ENOTDIR}
	}
	if err == nil {
		return nil
	}
	if above := filepath.Dir(path); above != path {
		if err := d.MkdirAll(above); err != nil {
			return err
		}
	}
	return d.Mkdir(path)
}

// SyncDir makes the names in a folder durable.
func (d *Steps) SyncDir(path string) error {
	if err := d.Pass("sync folder", path); err != nil {
		return err
	}
	if d.Volatile || runtime.GOOS == "windows" {
		return nil // there, a folder cannot be synced
	}
	return SyncDir(path)
}

// SyncDirs is SyncDir for many at the same time.
func (d *Steps) SyncDirs(paths map[string]bool) error {
	var s Syncing
	for path := range paths {
		if err := d.Pass("sync folder", path); err != nil {
			return errors.Join(err, s.Done())
		}
		s.enter()
		s.wait.Go(func() {
			defer s.leave()
			if err := (&Steps{Volatile: d.Volatile}).SyncDir(path); err != nil {
				s.fail(err)
			}
		})
	}
	return s.Done()
}
