package kafkatest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
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
	plan      plan
	dir       string
	child     *child

	stopped sync.Once
	err     error
}

// plan is how a node is set up.
type plan struct {
	node       int      // from 1
	voters     []string // the controllers' addresses; the node's own is that at node-1
	listeners  []listener
	properties []string // after the usual ones, overriding them
	scram      []string // arguments of --add-scram
	heap       string
	flags      []string // of the Java machine, besides the usual
}

// listener is a port that a broker takes clients' connections on.
type listener struct{ name, protocol, addr string }

// plaintext is the name and the protocol of the listener that every broker has,
// and that brokers use among themselves.
const plaintext = "PLAINTEXT"

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
	return a.start(plan{properties: properties})
}

const (
	attempts = 3                // a port that was free may be taken by the time the broker wants it, and see Restart
	startup  = 60 * time.Second // the longest a broker may take
)

// start starts a node that is alone, on free ports, after the plan, which
// may leave its listeners' addresses open.
func (a artifacts) start(p plan) (s *Server, err error) {
	for range attempts {
		s = &Server{artifacts: a, plan: p}
		if err = s.begin(); err == nil {
			return s, nil
		}
		os.RemoveAll(s.dir)
		if !errors.Is(err, errPortTaken) {
			return nil, err
		}
	}
	return nil, err
}

// begin gives the node addresses and a folder and starts it.
func (s *Server) begin() error {
	others := s.plan.listeners
	addrs, err := freeAddrs(2 + len(others))
	if err != nil {
		return err
	}
	s.plan.node, s.plan.voters = 1, addrs[:1]
	s.plan.listeners = []listener{{plaintext, plaintext, addrs[1]}}
	for i, l := range others {
		s.plan.listeners = append(s.plan.listeners, listener{l.name, l.protocol, addrs[2+i]})
	}
	if err := s.prepare(); err != nil {
		return err
	}
	return s.launch()
}

// prepare makes a folder with an empty log and the broker's settings.
func (s *Server) prepare() (err error) {
	s.Addr = s.plan.listeners[0].addr
	if s.dir, err = os.MkdirTemp("", "kafkatest-*"); err != nil {
		return err
	}
	settings := strings.Join(append(s.plan.usual(s.data()), s.plan.properties...), "\n") + "\n"
	if err := os.WriteFile(s.settings(), []byte(settings), 0o600); err != nil {
		return err
	}
	return s.format()
}

// format makes an empty log.
func (s *Server) format() error {
	ctx, cancel := context.WithTimeout(context.Background(), startup)
	defer cancel()
	args := []string{"format", "-t", "a2Fma2FuYXV0cy10ZXN0cw", "-c", s.settings()}
	for _, user := range s.plan.scram {
		args = append(args, "--add-scram", user)
	}
	format := s.artifacts.run(&plan{}, "kafka.tools.StorageTool", args...)
	if said, err := output(ctx, format); err != nil {
		return fmt.Errorf("kafkatest: format: %w\n%s", err, tail(said, 20))
	}
	return nil
}

func (s *Server) settings() string { return filepath.Join(s.dir, "server.properties") }
func (s *Server) data() string     { return filepath.Join(s.dir, "data") }

// usual are the settings of a broker that starts fast and keeps little.
func (p *plan) usual(data string) []string {
	const controller = "CONTROLLER"
	var voters []string
	for i, addr := range p.voters {
		voters = append(voters, fmt.Sprintf("%d@%s", i+1, addr))
	}
	listeners := []string{controller + "://" + p.voters[p.node-1]}
	protocols := []string{controller + ":" + plaintext}
	for _, l := range p.listeners {
		listeners = append(listeners, l.name+"://"+l.addr)
		protocols = append(protocols, l.name+":"+l.protocol)
	}
	copies := min(len(p.voters), 3)
	return []string{
		"process.roles=broker,controller",
		fmt.Sprintf("node.id=%d", p.node),
		"controller.quorum.voters=" + strings.Join(voters, ","),
		"controller.listener.names=" + controller,
		"listeners=" + strings.Join(listeners, ","),
		"listener.security.protocol.map=" + strings.Join(protocols, ","),
		"inter.broker.listener.name=" + plaintext,
		"log.dirs=" + data,
		"auto.create.topics.enable=false",
		fmt.Sprintf("default.replication.factor=%d", copies),
		fmt.Sprintf("min.insync.replicas=%d", max(1, copies-1)),
		fmt.Sprintf("offsets.topic.replication.factor=%d", copies),
		"offsets.topic.num.partitions=1",
		fmt.Sprintf("transaction.state.log.replication.factor=%d", copies),
		fmt.Sprintf("transaction.state.log.min.isr=%d", max(1, copies-1)),
		"transaction.state.log.num.partitions=1",
		"group.initial.rebalance.delay.ms=0",
		"group.min.session.timeout.ms=500",
		"broker.session.timeout.ms=1000",
		"broker.heartbeat.interval.ms=200",
		"log.cleaner.dedupe.buffer.size=4194304",
	}
}

// run returns the command that runs a main class of Kafka's.
func (a *artifacts) run(p *plan, class string, args ...string) *exec.Cmd {
	heap := "256m"
	if p.heap != "" {
		heap = p.heap
	}
	// Out of memory it ends, and is seen to: some of its threads would live on, and clients wait for ever.
	argv := []string{"-Xmx" + heap, "-XX:+ExitOnOutOfMemoryError", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true"}
	if a.archive != "" {
		argv = append(argv, "-Xshare:auto", "-XX:SharedArchiveFile="+a.archive)
	}
	argv = slices.Concat(argv, p.flags, []string{"-cp", a.classes, class}, args)
	return exec.Command(a.java.path, argv...)
}

// Restart starts a broker that was killed again, on its old address and with
// its old data, and returns once it takes connections. A broker that was wiped while the
// others believed it their controllers' leader ends at once when they tell it so; it is started
// again, as whoever looks after brokers would, until they have another leader.
func (s *Server) Restart() error {
	for try := 1; ; try++ {
		err := s.launch()
		switch {
		case errors.Is(err, errForgotten) && try < attempts:
		case errors.Is(err, errPortTaken) && try < 40: // by a connection of somebody's, which ends
			time.Sleep(250 * time.Millisecond)
		default:
			return err
		}
	}
}

// launch starts the broker once, and returns when it takes connections.
func (s *Server) launch() error {
	if err := s.spawn(); err != nil {
		return err
	}
	return s.ready()
}

func (s *Server) spawn() error {
	k, err := spawn(s.artifacts.run(&s.plan, "kafka.Kafka", s.settings()))
	if err != nil {
		return fmt.Errorf("kafkatest: %w", err)
	}
	s.child = k
	return nil
}

var (
	errPortTaken = errors.New("its port was taken")
	errForgotten = errors.New("it has forgotten that it leads the controllers")
)

func (s *Server) ready() error {
	ctx, cancel := context.WithTimeout(context.Background(), startup)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		if s.listens() {
			return nil
		}
		select {
		case <-s.child.ended:
			return s.demise("before it was ready")
		case <-ctx.Done():
			s.child.kill()
			return fmt.Errorf("kafkatest: the broker was not ready after %v\n%s", startup, tail(s.child.log.bytes(), 30))
		case <-again.C:
		}
	}
}

// demise says why the broker has ended.
func (s *Server) demise(when string) error {
	said, err := s.child.log.bytes(), s.child.err
	if bytes.Contains(said, []byte("Address already in use")) {
		err = errPortTaken
	}
	if bytes.Contains(said, []byte("inconsistent with current leader OptionalInt.empty")) {
		err = errForgotten
	}
	if err == nil {
		err = errors.New("it says that all is well")
	}
	return fmt.Errorf("kafkatest: the broker ended %s: %w\n%s", when, err, tail(said, 30))
}

// Tend returns an error if a broker that should run has ended by itself. One that was wiped
// and has learned only after its start that it led the controllers is started again, as Restart does.
func (s *Server) Tend() error {
	select {
	case <-s.child.ended:
	default:
		return nil
	}
	err := s.demise("by itself")
	if errors.Is(err, errForgotten) {
		return s.Restart()
	}
	return err
}

// listens reports whether the broker has said that it takes connections on all its ports. A
// connection would not tell: it may be to somebody else, whom the broker is about to find there.
func (s *Server) listens() bool {
	said := s.child.log.bytes()
	for _, l := range s.plan.listeners {
		if !bytes.Contains(said, []byte("Awaiting socket connections on "+l.addr)) {
			return false
		}
	}
	return true
}

// Kill ends the broker as a power failure would; its data stay for Restart.
func (s *Server) Kill() { s.child.kill() }

// Terminate ends the broker in an orderly way, as an operator would; its data stay
// for Restart. It reports whether the broker complied, else it was killed.
func (s *Server) Terminate() bool { return s.child.stop() }

// Pause stops the broker where it stands, with its connections open, until
// Continue. A broker that is stopped so can be killed, but not terminated.
func (s *Server) Pause() error { return s.child.process.Signal(pause) }

// Continue lets a broker that was paused go on.
func (s *Server) Continue() error { return s.child.process.Signal(resume) }

// Wipe empties the log of a broker that does not run, as if its disk had been
// replaced. Alone it has then lost everything; one of a Cluster fetches it again.
func (s *Server) Wipe() error {
	if err := os.RemoveAll(s.data()); err != nil {
		return err
	}
	return s.format()
}

// Done is closed when the broker ends, for whatever reason, until a Restart.
func (s *Server) Done() <-chan struct{} { return s.child.ended }

// Log returns the last lines that the broker has logged.
func (s *Server) Log() string { return tail(s.child.log.bytes(), 50) }

// Stop ends the broker, by force if it does not comply within ten seconds, and
// removes its data. Called again it returns what it returned before.
func (s *Server) Stop() error {
	s.stopped.Do(func() {
		s.Continue() // if it is paused; else it does no harm
		s.child.stop()
		s.err = os.RemoveAll(s.dir)
	})
	return s.err
}

// freeAddrs returns n different addresses on loopback that nobody listens on. Their
// ports are below those that systems give to whoever asks for any: the port of a
// broker that is dead for a while would go to another test's listener or connection.
func freeAddrs(n int) ([]string, error) {
	const lowest, highest, tries = 15000, 32000, 1000
	var addrs []string
	for try := 1; len(addrs) < n; try++ {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", lowest+rand.IntN(highest-lowest)))
		switch {
		case err == nil:
			defer l.Close() // all are held until all are found
			addrs = append(addrs, l.Addr().String())
		case try >= tries:
			return nil, fmt.Errorf("kafkatest: none of %d ports is free: %w", tries, err)
		}
	}
	return addrs, nil
}
