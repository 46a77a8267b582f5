package kafkatest

import (
	"bufio"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// role tells a process that this test binary started what it is to do.
const role = "KAFKATEST_ROLE"

func TestMain(m *testing.M) {
	if os.Getenv(role) == "owner" {
		own()
		return
	}
	Main(m)
}

// own starts a broker, prints its address and waits to be killed.
func own() {
	s, err := Start()
	if err != nil {
		panic(err)
	}
	os.Stdout.WriteString(s.Addr + "\n")
	select {}
}

// again returns this test binary as a command.
func again(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), self, args...)
	c.Env = append(os.Environ(), env...)
	return c
}

func TestEachTakesRecords(t *testing.T) {
	Each(t, func(t *testing.T, b *Broker) {
		topic := b.Topic(t)
		if other := b.Topic(t); other == topic {
			t.Errorf("two topics named %s", topic)
		}
		cl, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs...))
		if err != nil {
			t.Fatal(err)
		}
		defer cl.Close()
		if _, err := kadm.NewClient(cl).CreateTopic(t.Context(), 1, 1, nil, topic); err != nil {
			t.Fatal(err)
		}
		if err := cl.ProduceSync(t.Context(), &kgo.Record{Topic: topic, Value: []byte("x")}).FirstErr(); err != nil {
			t.Error(err)
		}
	})
}

func TestRestart(t *testing.T) {
	b := Private(t)
	cl, err := kgo.NewClient(kgo.SeedBrokers(b.Addrs...))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	if _, err := kadm.NewClient(cl).CreateTopic(t.Context(), 1, 1, nil, "kept"); err != nil {
		t.Fatal(err)
	}
	b.Server.Kill()
	<-b.Server.Done()
	if err := cl.Ping(t.Context()); err == nil {
		t.Error("a killed broker answers")
	}
	if err := b.Server.Restart(); err != nil {
		t.Fatal(err)
	}
	if topics, err := kadm.NewClient(cl).ListTopics(t.Context()); err != nil || !topics.Has("kept") {
		t.Errorf("topics are %v, %v; want kept", topics.Names(), err)
	}
	if err := b.Server.Stop(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(b.Server.dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its data are left after Stop: %v", err)
	}
}

func TestAnotherOnItsPortIsNotTheBroker(t *testing.T) {
	b := Private(t)
	b.Server.Kill()
	other, err := net.Listen("tcp", b.Server.Addr) // and takes connections
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := b.Server.launch(); !errors.Is(err, errPortTaken) {
		t.Errorf("with another on its port, a broker is ready with error %v; want %v", err, errPortTaken)
	}
	b.Server.Kill()
	other.Close()
	if err := b.Server.Restart(); err != nil {
		t.Error(err)
	}
}

func TestABadPropertyIsToldWithTheLog(t *testing.T) {
	Real(t) // or skip
	s, err := Start("log.retention.check.interval.ms=never")
	if err == nil {
		s.Stop()
	}
	if err == nil || errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "never") {
		t.Errorf("error is %v, want one with the broker's own words", err)
	}
}

func TestABrokerDiesWithItsOwner(t *testing.T) {
	Real(t)                                                               // or skip
	owner := again(t, []string{role + "=owner", "TMPDIR=" + t.TempDir()}) // killed, it cannot clean up
	said, err := owner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	addr, err := bufio.NewReader(said).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	owner.Wait()
	for { // until nothing listens there any more
		c, err := net.Dial("tcp", strings.TrimSpace(addr))
		if err != nil {
			break
		}
		c.Close()
	}
}

func TestWithoutJava(t *testing.T) {
	const run = "-test.run=^TestEachTakesRecords$"
	bare := []string{"PATH=" + t.TempDir(), "JAVA_HOME=", Required + "="}
	said, err := again(t, bare, run).CombinedOutput()
	if err != nil {
		t.Errorf("without Java the tests fail: %v\n%s", err, said)
	}
	if last := tail(said, 1); !strings.HasPrefix(last, "kafkatest: left out: no real Kafka: java is not installed") {
		t.Errorf("the last line is %q", last)
	}
	said, err = again(t, append(bare, Required+"=1"), run).CombinedOutput()
	if err == nil || !strings.Contains(string(said), "java is not installed") {
		t.Errorf("without Java but with %s=1: %v\n%s", Required, err, said)
	}
}

func TestWithoutMaven(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	dir := filepath.Join(t.TempDir(), "jars")
	if err := download(dir, pom); !errors.Is(err, ErrUnavailable) || !strings.Contains(err.Error(), "install Maven") {
		t.Errorf("error is %v", err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a folder of jars is there")
	}
}

func TestALockIsHeldByOne(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lock")
	var holders atomic.Int32
	done := make(chan struct{})
	for range 8 {
		go func() {
			defer func() { done <- struct{}{} }()
			unlock, err := lock(file)
			if err != nil {
				t.Error(err)
				return
			}
			defer unlock()
			if n := holders.Add(1); n != 1 {
				t.Errorf("%d hold the lock", n)
			}
			holders.Add(-1)
		}()
	}
	for range 8 {
		<-done
	}
}

func TestOutputEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := output(ctx, again(t, []string{role + "=owner", "TMPDIR=" + t.TempDir()})); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

func TestKcat(t *testing.T) {
	path, b := Kcat(t), Real(t)
	if said, err := exec.CommandContext(t.Context(), path, "-L", "-b", b.Addrs[0]).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, said)
	}
}
