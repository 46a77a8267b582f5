package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
)

// However many files are written, few are open at the same time.
func TestFewFilesAreOpen(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		var s Syncing
		for range maxSyncing {
			s.enter()
		}
		path := filepath.Join(dir, "one more")
		written := make(chan error, 1)
		go func() { written <- (&Steps{Volatile: true}).Write(path, []byte("text"), &s) }()
		synctest.Wait()
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a file more is made while %d are open: %v", maxSyncing, err)
		}
		s.leave()
		if err := <-written; err != nil {
			t.Error(err)
		}
	})
}
