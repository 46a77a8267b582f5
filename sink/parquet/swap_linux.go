package parquet

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// swap puts fresh at dir; what stood there, if anything, is then at fresh or at
// old. The kernel exchanges the two names in one step, on file systems that can.
func swap(fresh, dir, old string) error {
	err := unix.Renameat2(unix.AT_FDCWD, fresh, unix.AT_FDCWD, dir, unix.RENAME_EXCHANGE)
	switch {
	case errors.Is(err, unix.ENOENT):
		return os.Rename(fresh, dir)
	case errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS):
		return swapByNames(fresh, dir, old)
	}
	return err
}

// syncDir makes the names in a folder durable.
func syncDir(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
