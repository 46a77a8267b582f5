//go:build unix

package kafkatest

import "syscall"

// freeze and thaw are the signals that halt a process and let it go on.
const (
	freeze = syscall.SIGSTOP
	thaw   = syscall.SIGCONT
)
