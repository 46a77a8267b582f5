//go:build unix

package kafkatest

import (
	"os"
	"syscall"
)

// lock waits until no other process holds the lock that the file stands for.
// The system releases it when its holder dies.
func lock(file string) (unlock func(), err error) {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		if err != syscall.EINTR {
			break
		}
	}
	if err != nil {
		f.Close()
		return nil, &os.PathError{Op: "lock", Path: file, Err: err}
	}
	return func() { f.Close() }, nil
}

// The signals that ask a broker to end, and that stop it and let it go on.
const (
	gently = syscall.SIGTERM
	pause  = syscall.SIGSTOP
	resume = syscall.SIGCONT
)
