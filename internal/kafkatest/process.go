package kafkatest

import (
	"os"
	"os/exec"
)

// Process is a program under test in a process of its own, to be killed, stopped
// and frozen. It dies with the process that started it. Its methods may be
// called from any goroutine.
type Process struct {
	child *child
	cmd   *exec.Cmd
}

// Spawn starts c, which must not have been started; the end of all that it says
// is kept for Log.
func Spawn(c *exec.Cmd) (*Process, error) {
	k, err := spawn(c)
	if err != nil {
		return nil, err
	}
	return &Process{k, c}, nil
}

// Kill ends the process at once, as kill -9 does, and returns when it has
// ended. It also ends a frozen one.
func (p *Process) Kill() { p.child.kill() }

// Signal sends s; an error says that the process has ended.
func (p *Process) Signal(s os.Signal) error { return p.child.process.Signal(s) }

// Freeze halts the process where it stands, as a computer that is put to sleep
// does, until Thaw.
func (p *Process) Freeze() error { return p.Signal(freeze) }

// Thaw lets a frozen process go on.
func (p *Process) Thaw() error { return p.Signal(thaw) }

// Terminate asks the process to end.
func (p *Process) Terminate() error { return p.Signal(gently) }

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.child.ended }

// Status is the exit status of a process that has ended by itself; -1: a signal
// ended it, or it has not ended.
func (p *Process) Status() int {
	select {
	case <-p.child.ended:
		return p.cmd.ProcessState.ExitCode()
	default:
		return -1
	}
}

// Log returns the last lines that the process has said.
func (p *Process) Log() string { return tail(p.child.log.bytes(), 20) }
