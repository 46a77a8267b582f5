package kafkatest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Server is a real broker: one Apache Kafka node in a process of its own, on
// loopback, with its data in a temporary folder. Its methods may be called from
// any goroutine, one at a time.
type Server struct {
	Addr string // host:port of its plaintext listener

	artifacts artifacts
	flags     []string // of the Java machine, besides the usual
	dir       string
	child     *child

	stopped sync.Once
	err     error
}

// Start starts a broker and returns once it takes connections, after about two
// seconds; the very first time on a computer it fetches what a broker is made of.
// The properties, such as "log.retention.check.interval.ms=500", stand after the
// usual ones and override them. The caller stops the Server. An error that wraps
// ErrUnavailable says what this computer lacks.
func Start(properties ...string) (*Server, error) {
	a, err := fetch()
	if err != nil {
		return nil, err
	}
	s := &Server{artifacts: a}
	if err := s.begin(properties); err != nil {
		return nil, err
	}
	return s, nil
}

const (
	attempts = 3                // a port that was free may be taken by the time the broker wants it
	startup  = 60 * time.Second // the longest a broker may take
)

func (s *Server) begin(properties []string) (err error) {
	for range attempts {
		if err = s.format(properties); err == nil {
			err = s.Restart()
		}
		if err == nil {
			return nil
		}
		os.RemoveAll(s.dir)
		if !errors.Is(err, errPortTaken) {
			return err
		}
	}
	return err
}

// format makes a fresh folder with an empty log and the broker's settings.
func (s *Server) format(properties []string) error {
	addrs, err := freeAddrs(2)
	if err != nil {
		return err
	}
	s.Addr = addrs[0]
	if s.dir, err = os.MkdirTemp("", "kafkatest-*"); err != nil {
		return err
	}
	settings := strings.Join(append(usual(addrs[0], addrs[1], s.dir), properties...), "\n") + "\n"
	if err := os.WriteFile(s.settings(), []byte(settings), 0o644); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startup)
	defer cancel()
	format := s.artifacts.run(nil, "kafka.tools.StorageTool", "format", "-t", "a2Fma2FuYXV0cy10ZXN0cw", "-c", s.settings())
	if said, err := output(ctx, format); err != nil {
		return fmt.Errorf("kafkatest: format: %w\n%s", err, tail(said, 20))
	}
	return nil
}

func (s *Server) settings() string { return filepath.Join(s.dir, "server.properties") }

// usual are the settings of a broker that starts fast, keeps little and
// never waits for others, since there are none.
func usual(addr, controller, dir string) []string {
	return []string{
		"process.roles=broker,controller",
		"node.id=1",
		"controller.quorum.voters=1@" + controller,
		"controller.listener.names=CONTROLLER",
		"listeners=PLAINTEXT://" + addr + ",CONTROLLER://" + controller,
		"log.dirs=" + filepath.Join(dir, "data"),
		"auto.create.topics.enable=false",
		"offsets.topic.replication.factor=1",
		"offsets.topic.num.partitions=1",
		"transaction.state.log.replication.factor=1",
		"transaction.state.log.min.isr=1",
		"transaction.state.log.num.partitions=1",
		"group.initial.rebalance.delay.ms=0",
		"group.min.session.timeout.ms=500",
		"broker.session.timeout.ms=1000",
		"broker.heartbeat.interval.ms=200",
		"log.cleaner.dedupe.buffer.size=4194304",
	}
}

// run returns the command that runs a main class of Kafka's.
func (a *artifacts) run(flags []string, class string, args ...string) *exec.Cmd {
	argv := []string{"-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true"}
	if a.archive != "" {
		argv = append(argv, "-Xshare:auto", "-XX:SharedArchiveFile="+a.archive)
	}
	argv = slices.Concat(argv, flags, []string{"-cp", a.classes, class}, args)
	return exec.Command(a.java.path, argv...)
}

// Restart starts a broker that was killed again, on its old address and with
// its old data, and returns once it takes connections.
func (s *Server) Restart() error {
	k, err := spawn(s.artifacts.run(s.flags, "kafka.Kafka", s.settings()))
	if err != nil {
		return fmt.Errorf("kafkatest: %w", err)
	}
	s.child = k
	return s.ready()
}

var errPortTaken = errors.New("its port was taken")

func (s *Server) ready() error {
	ctx, cancel := context.WithTimeout(context.Background(), startup)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		var d net.Dialer
		if c, err := d.DialContext(ctx, "tcp", s.Addr); err == nil {
			c.Close()
			return nil
		}
		select {
		case <-s.child.ended:
			said := s.child.log.bytes()
			err := s.child.err
			if bytes.Contains(said, []byte("Address already in use")) {
				err = errPortTaken
			}
			return fmt.Errorf("kafkatest: the broker ended before it was ready: %w\n%s", err, tail(said, 30))
		case <-ctx.Done():
			s.child.kill()
			return fmt.Errorf("kafkatest: the broker was not ready after %v\n%s", startup, tail(s.child.log.bytes(), 30))
		case <-again.C:
		}
	}
}

// Kill ends the broker as a power failure would; its data stay for Restart.
func (s *Server) Kill() { s.child.kill() }

// Done is closed when the broker ends, for whatever reason, until a Restart.
func (s *Server) Done() <-chan struct{} { return s.child.ended }

// Log returns the last lines that the broker has logged.
func (s *Server) Log() string { return tail(s.child.log.bytes(), 50) }

// Stop ends the broker, by force if it does not comply within ten seconds, and
// removes its data. Called again it returns what it returned before.
func (s *Server) Stop() error {
	s.stopped.Do(func() {
		s.child.stop()
		s.err = os.RemoveAll(s.dir)
	})
	return s.err
}

// freeAddrs returns n different addresses on loopback that nobody listens on.
func freeAddrs(n int) ([]string, error) {
	addrs := make([]string, n)
	for i := range addrs {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() // all are held until all are found
		addrs[i] = l.Addr().String()
	}
	return addrs, nil
}
