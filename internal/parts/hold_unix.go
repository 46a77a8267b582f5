//go:build unix

package parts

import (
	"os"
	"syscall"
)

// hold takes the lock that an open folder stands for, unless another process has
// it. The system releases it when its holder closes the folder or dies. A file system
// without such locks holds nothing, and what killed processes have staged there stays.
func hold(f *os.File) error {
	err := lock(f)
	switch err {
	case syscall.ENOSYS, syscall.ENOLCK, syscall.EOPNOTSUPP, syscall.EINVAL:
		return nil
	}
	return err
}

// orphaned tells whether nobody holds a folder any more.
func orphaned(f *os.File) bool { return lock(f) == nil }

func lock(f *os.File) error {
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err != syscall.EINTR {
			return err
		}
	}
}
