//go:build unix

package sink_test

import (
	"path/filepath"
	"syscall"
	"testing"
)

// fifo makes a named pipe.
func fifo(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o666); err != nil {
		t.Skip(err)
	}
	return path
}
