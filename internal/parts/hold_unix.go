//go:build unix

package parts

import (
	"os"
	"syscall"
)

// hold takes the lock that an open folder stands for, unless another process has
// it. The system releases it when its holder closes the folder or dies.
func hold(f *os.File) error {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err != syscall.EINTR {
			return err
		}
	}
}

// orphaned tells whether nobody holds a folder any more.
func orphaned(f *os.File) bool { return hold(f) == nil }
