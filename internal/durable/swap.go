package durable

import (
	"errors"
	"io/fs"
	"os"
)

// swapByNames puts fresh at dir, and what stood there at old. Between its two steps
// nothing stands at dir.
func swapByNames(fresh, dir, old string) error {
	err := os.Rename(dir, old)
	if errors.Is(err, fs.ErrNotExist) {
		return os.Rename(fresh, dir)
	}
	if err != nil {
		return err
	}
	if err := os.Rename(fresh, dir); err != nil {
		return errors.Join(err, os.Rename(old, dir))
	}
	return nil
}

// SyncDir makes the names in a folder durable, where the system can.
func SyncDir(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && foldersSync {
		return err
	}
	return nil
}
