//go:build linux && (amd64 || arm64)

package durable

import (
	"errors"
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

// foldersSync says whether the system syncs folders.
const foldersSync = true

// Of the system call renameat2, which package syscall does not have.
const (
	atWorkingDir = -100
	exchange     = 2
)

func renameat2() uintptr {
	if runtime.GOARCH == "arm64" {
		return 276
	}
	return 316
}

// Swap puts the folder fresh at dir; what stood there, if anything, is then at
// fresh or at old. The kernel exchanges the two names in one step, on file systems that can.
func Swap(fresh, dir, old string) error {
	from, err := syscall.BytePtrFromString(fresh)
	if err != nil {
		return &os.LinkError{Op: "exchange", Old: fresh, New: dir, Err: err}
	}
	to, err := syscall.BytePtrFromString(dir)
	if err != nil {
		return &os.LinkError{Op: "exchange", Old: fresh, New: dir, Err: err}
	}
	here := atWorkingDir
	_, _, no := syscall.Syscall6(renameat2(), uintptr(here), uintptr(unsafe.Pointer(from)), uintptr(here), uintptr(unsafe.Pointer(to)), exchange, 0)
	switch {
	case no == 0:
		return nil
	case errors.Is(no, syscall.ENOENT):
		return os.Rename(fresh, dir)
	case errors.Is(no, syscall.EINVAL) || errors.Is(no, syscall.ENOSYS):
		return swapByNames(fresh, dir, old)
	}
	return &os.LinkError{Op: "exchange", Old: fresh, New: dir, Err: no}
}
