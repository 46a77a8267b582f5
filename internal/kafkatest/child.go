package kafkatest

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"time"
)

// child is a running process that dies with this one.
type child struct {
	process *os.Process
	ended   chan struct{} // closed once it has ended and err is set
	err     error
	log     *transcript
}

// spawn starts c; all that it says goes to its transcript.
func spawn(c *exec.Cmd) (*child, error) {
	follow(c)
	k := &child{ended: make(chan struct{}), log: new(transcript)}
	c.Stdout, c.Stderr = k.log, k.log
	started := make(chan error)
	go func() {
		// A child that follows its parent follows the parent's thread.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := c.Start()
		started <- err
		if err != nil {
			return
		}
		k.err = c.Wait()
		close(k.ended)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	k.process = c.Process
	return k, nil
}

// output runs c to its end, or until ctx ends, and returns what it said.
func output(ctx context.Context, c *exec.Cmd) ([]byte, error) {
	k, err := spawn(c)
	if err != nil {
		return nil, err
	}
	select {
	case <-k.ended:
		return k.log.bytes(), k.err
	case <-ctx.Done():
		k.kill()
		return k.log.bytes(), ctx.Err()
	}
}

// kill ends the child at once.
func (k *child) kill() {
	k.process.Kill()
	<-k.ended
}

// patience is how long a child that was asked to stop may take.
const patience = 10 * time.Second

// stop asks the child to end, and ends it if it does not. It reports whether
// the child complied.
func (k *child) stop() bool {
	k.process.Signal(gently)
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-k.ended:
		return true
	case <-late.C:
		k.kill()
		return false
	}
}

// transcript keeps the end of what a child says.
type transcript struct {
	mu sync.Mutex
	b  bytes.Buffer
}

const longest = 1 << 20

func (t *transcript) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.b.Len() > longest {
		t.b.Next(t.b.Len() - longest/2)
	}
	return t.b.Write(p)
}

func (t *transcript) bytes() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return bytes.Clone(t.b.Bytes())
}
