package examples_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
	"github.com/kafkanauts/kafkanauts/sink/kafka"
)

// held returns how many records a topic holds: 0 if there is none.
func held(t *testing.T, b *kafkatest.Broker, topic string) int64 {
	t.Helper()
	r, err := kafka.NewReader(t.Context(), kafka.ReadConfig{Brokers: b.Addrs, Topic: topic})
	var unknown *kafka.UnknownTopicError
	if errors.As(err, &unknown) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	return r.Total()
}

// counted reads a topic and returns how many records there are.
func counted(t *testing.T, b *kafkatest.Broker, topic string) (n int64) {
	t.Helper()
	r, err := kafka.NewReader(t.Context(), kafka.ReadConfig{Brokers: b.Addrs, Topic: topic})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, err := range r.Messages(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

// Whoever ends produce with a signal is told how many records the topic holds,
// and that is how many it holds.
func TestProduceTellsWhatItHasSent(t *testing.T) {
	for _, c := range []struct {
		name   string
		signal os.Signal
		args   []string
	}{
		{"as fast as possible", syscall.SIGTERM, []string{"-scale", "5"}},
		{"paced", os.Interrupt, []string{"-speed", "40000"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := kafkatest.Real(t)
			for sure, tries := false, 0; !sure; {
				if tries++; tries > 5 {
					t.Fatal("it never knows for sure what it has sent")
				}
				sure = interrupted(t, b, c.signal, c.args)
			}
		})
	}
}

// interrupted has produce write to a topic, and sends it a signal. It returns
// false if it could not tell for sure how many records are there: on a busy machine a broker may take
// longer to answer than it waits.
func interrupted(t *testing.T, b *kafkatest.Broker, signal os.Signal, args []string) bool {
	t.Helper()
	topic := b.Topic(t)
	cmd := exec.Command(filepath.Join(bin, "produce"), append(args[:len(args):len(args)], "-brokers", b.Addrs[0], "-topic", topic)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for held(t, b, topic) == 0 {
		select {
		case err := <-ended:
			t.Fatalf("it ended by itself: %v\n%s", err, stderr.Bytes())
		case <-time.After(10 * time.Millisecond): // another process: its topic is all there is to see
		}
	}
	if err := cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	<-ended
	if got := cmd.ProcessState.ExitCode(); got != 130 {
		t.Errorf("it ends with %d:\n%s", got, stderr.Bytes())
	}
	if strings.Contains(stderr.String(), "perhaps") {
		return false
	}
	m := regexp.MustCompile(`topic (\S+) holds (\d+) records`).FindStringSubmatch(stderr.String())
	if n := counted(t, b, topic); m == nil || m[1] != topic || m[2] != strconv.FormatInt(n, 10) || n == 0 {
		t.Errorf("the topic holds %d records, but it says\n%s", n, stderr.Bytes())
	}
	return true
}

func TestSecurityFlagsThatContradictThemselves(t *testing.T) {
	const password = "KAFKA_PASSWORD=hush-4711"
	brokers := []string{"-brokers", "127.0.0.1:1"}
	for _, c := range []struct {
		says     string
		programs string
		env      string
		args     []string
	}{
		{"which names none", "produce decipher rivals", "", []string{"-tls"}},
		{"which names none", "produce decipher rivals", password, []string{"-sasl", "plain", "-user", "alice"}},
		{"are of no use without -tls", "", "", append(brokers, "-ca", "ca.pem")},
		{"-cert c.pem needs its private key", "", "", append(brokers, "-tls", "-cert", "c.pem")},
		{"-key k.pem needs its certificate", "", "", append(brokers, "-tls", "-key", "k.pem")},
		{"-user alice needs a mechanism", "", password, append(brokers, "-user", "alice")},
		{"-sasl plain needs a user", "", password, append(brokers, "-sasl", "plain")},
		{"the environment variable KAFKA_PASSWORD", "", "KAFKA_PASSWORD=", append(brokers, "-sasl", "plain", "-user", "alice")},
		{"want one of plain, scram-sha-256, scram-sha-512", "", password, append(brokers, "-sasl", "gssapi", "-user", "alice")},
		{"flag provided but not defined: -password", "", "", append(brokers, "-password", "x")},
		{"one of none, gzip, snappy, lz4, zstd", "produce rivals", "", append(brokers, "-compress", "rar")},
		{"-compress is about files and topics", "produce", "", []string{"-compress", "lz4"}},
	} {
		programs := c.programs
		if programs == "" {
			programs = "produce consume decipher rivals"
		}
		for _, program := range strings.Fields(programs) {
			args := c.args
			if program == "consume" || program == "decipher" {
				args = append([]string{"-out", filepath.Join(t.TempDir(), "x")}, args...)
			}
			_, stderr := run(t, 2, []string{c.env}, program, args...)
			if !strings.Contains(string(stderr), c.says) || strings.Contains(string(stderr), "hush") {
				t.Errorf("%s %v says\n%s, nothing of %q", program, args, stderr, c.says)
			}
		}
	}
}

// The programs get in to a broker with all that it can ask for, and say what is
// wrong if they do not.
func TestSecurityFlags(t *testing.T) {
	if testing.Short() {
		t.Skip("a broker with nine ports; run without -short")
	}
	const password = "hush-4711"
	g := kafkatest.Guard(t, map[string]string{"superalice": password})
	dir := t.TempDir()
	as := func(s string) []string { return []string{"KAFKA_PASSWORD=" + s} }
	flags := func(sasl string) []string {
		return []string{"-brokers", g.On(kafkatest.SASLMTLS), "-tls", "-ca", g.Certs.CA, "-cert", g.Certs.Client.Cert, "-key", g.Certs.Client.Key,
			"-sasl", sasl, "-user", "superalice"}
	}
	with := func(sasl string, more ...string) []string { return append(flags(sasl), more...) }
	run(t, 0, as(password), "produce", with("plain", "-scale", "0.001", "-compress", "zstd")...)
	run(t, 0, as(password), "consume", with("scram-sha-256", "-out", filepath.Join(dir, "orders"))...)
	run(t, 0, as(password), "decipher", with("scram-sha-512", "-out", filepath.Join(dir, "found"))...)
	run(t, 0, as(password), "rivals", with("scram-sha-512", "-topic", "rivals", "-orders", "2000", "-compress", "lz4", "-out", filepath.Join(dir, "rivals"))...)
	for topic, want := range map[string]int{"orders": 4, "rivals": 3} {
		if got := codec(t, g.Addr, topic); got != want {
			t.Errorf("the records of topic %s have codec %d, want %d", topic, got, want)
		}
	}
	for _, program := range []string{"produce", "consume", "decipher", "rivals"} {
		var args []string
		if program != "produce" {
			args = []string{"-out", filepath.Join(dir, "none")}
		}
		_, said := run(t, 1, as("guess-4712"), program, with("plain", args...)...)
		if !bytes.Contains(said, []byte("refuses this user name or password")) || bytes.Contains(said, []byte("guess-4712")) {
			t.Errorf("%s with a wrong password says\n%s", program, said)
		}
		args = append(args, "-ca", filepath.Join(dir, "none.pem"))
		if _, said = run(t, 1, as(password), program, with("plain", args...)...); !bytes.Contains(said, []byte("none.pem: no such file")) {
			t.Errorf("%s without its file says\n%s", program, said)
		}
	}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if bytes.Contains(text, []byte(password)) {
			t.Errorf("%s holds the password", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// codec returns the number of the compression of a topic's first record.
func codec(t *testing.T, addr, topic string) int {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	for {
		fetches := cl.PollFetches(context.WithoutCancel(t.Context()))
		if err := fetches.Err(); err != nil {
			t.Fatal(err)
		}
		for r := range fetches.RecordsAll() {
			return int(r.Attrs.CompressionType())
		}
	}
}
