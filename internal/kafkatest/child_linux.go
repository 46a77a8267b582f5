package kafkatest

import (
	"os/exec"
	"syscall"
)

// follow makes the system end the child when the thread that started it ends:
// whoever starts it stays on that thread until the child has ended.
func follow(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
