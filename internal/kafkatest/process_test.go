//go:build unix

package kafkatest

import (
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

func TestProcess(t *testing.T) {
	start := func(script string) *Process {
		p, err := Spawn(exec.Command("sh", "-c", script))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := start("echo said; exit 3")
	<-p.Done()
	if p.Status() != 3 || p.Log() != "said" {
		t.Errorf("status %d, said %q", p.Status(), p.Log())
	}
	if p.Signal(gently) == nil || p.Freeze() == nil {
		t.Error("a process that has ended takes signals")
	}
	p = start("exec sleep 1000")
	if p.Status() != -1 {
		t.Errorf("while it runs, its status is %d", p.Status())
	}
	if err := p.Freeze(); err != nil {
		t.Error(err)
	}
	p.Kill() // also a frozen one
	if p.Status() != -1 {
		t.Errorf("killed, its status is %d", p.Status())
	}
	p = start("exec sleep 1000")
	if err := p.Freeze(); err != nil {
		t.Error(err)
	}
	for { // of two signals that come together, the first need not be the first that is heeded
		said, err := exec.Command("ps", "-o", "stat=", "-p", strconv.Itoa(p.cmd.Process.Pid)).Output()
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(string(said), "T") {
			break
		}
	}
	if err := p.Terminate(); err != nil {
		t.Error(err)
	}
	select {
	case <-p.Done():
		t.Error("a frozen process ends when it is asked to")
	default:
	}
	if err := p.Thaw(); err != nil {
		t.Error(err)
	}
	<-p.Done()
	if p.Status() != -1 {
		t.Errorf("ended by a signal, its status is %d", p.Status())
	}
}
