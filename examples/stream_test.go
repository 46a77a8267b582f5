package examples_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
	"github.com/kafkanauts/kafkanauts/sink/kafka"
)

// parts reads a directory with a file a shard, by shard.
func parts(t *testing.T, dir string) (list [][]byte) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "part-*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, b)
	}
	return list
}

// partitions reads the committed records of a topic, a line each, by partition.
func partitions(t *testing.T, b *kafkatest.Broker, topic string, n int) [][]byte {
	t.Helper()
	r, err := kafka.NewReader(t.Context(), kafka.ReadConfig{Brokers: b.Addrs, Topic: topic})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	list := make([][]byte, n)
	for m, err := range r.Messages(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		list[m.Partition] = append(append(list[m.Partition], m.Value...), '\n')
	}
	return list
}

// withoutPlaces returns a key's rows without the columns that say where records lie.
func withoutPlaces(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var s strings.Builder
	for line := range strings.Lines(string(b)) {
		s.WriteString(strings.SplitN(line, ",", 3)[2])
	}
	return s.String()
}

// A stream that is killed and started again, and one that is shared by workers of
// which one is stopped, are in their topics as if nothing had happened.
func TestStreamsAreThereOnce(t *testing.T) {
	b := kafkatest.Real(t)
	dir := t.TempDir()
	recipe := []string{"-scale", "0.02", "-damage", "both", "-shards", "3"}
	args := func(more ...string) []string { return append(more, recipe...) }
	run(t, 0, nil, "produce", args("-out", filepath.Join(dir, "whole")+"/", "-truth", filepath.Join(dir, "whole.csv"))...)
	want, key := parts(t, filepath.Join(dir, "whole")), withoutPlaces(t, filepath.Join(dir, "whole.csv"))

	check := func(topic, file string) {
		t.Helper()
		for i, got := range partitions(t, b, topic, len(want)) {
			if !bytes.Equal(got, want[i]) {
				t.Errorf("partition %d of %s holds %d lines, not the %d that it should, or others", i, topic, bytes.Count(got, []byte("\n")), bytes.Count(want[i], []byte("\n")))
			}
		}
		if got := withoutPlaces(t, file); got != key {
			t.Errorf("the answer key of %s has %d rows, not %d, or others", topic, strings.Count(got, "\n"), strings.Count(key, "\n"))
		}
	}
	start := func(program string, args ...string) *exec.Cmd {
		t.Helper()
		cmd := exec.Command(filepath.Join(bin, program), args...)
		cmd.Stderr = new(bytes.Buffer)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { cmd.Process.Kill() })
		return cmd
	}
	// some waits until the topic holds records.
	some := func(topic string) {
		for n := 0; n == 0; {
			time.Sleep(50 * time.Millisecond) // another process: the topic is all there is to see
			if r, err := kafka.NewReader(t.Context(), kafka.ReadConfig{Brokers: b.Addrs, Topic: topic}); err == nil {
				n = int(r.Total())
				r.Close()
			}
		}
	}

	topic := b.Topic(t)
	produce := args("-brokers", b.Addrs[0], "-topic", topic, "-stream", topic+"-s", "-truth", filepath.Join(dir, "key.csv"))
	slow := append(produce, "-speed", "20000") // a minute
	killed := start("produce", slow...)
	some(topic)
	killed.Process.Kill()
	killed.Wait()
	stopped := start("produce", slow...)
	time.Sleep(500 * time.Millisecond) // some moment of its run; any will do
	connected(t, stopped)
	stopped.Process.Signal(syscall.SIGTERM)
	stopped.Wait()
	if got := stopped.ProcessState.ExitCode(); got != 130 {
		t.Errorf("a stream that was stopped ends with %d:\n%s", got, stopped.Stderr)
	}
	run(t, 0, nil, "produce", produce...)
	check(topic, filepath.Join(dir, "key.csv"))
	_, said := run(t, 0, nil, "produce", produce...) // there is nothing left to do
	if !strings.Contains(string(said), "records      0 ") {
		t.Errorf("a stream that is delivered is delivered again:\n%s", said)
	}
	_, said = run(t, 1, nil, "produce", append(produce, "-seed", "8")...)
	if !strings.Contains(string(said), "seed is 8 and was 0") {
		t.Errorf("under the name of another stream it says\n%s", said)
	}

	topic = b.Topic(t)
	work := func(name string) []string {
		return args("-brokers", b.Addrs[0], "-topic", topic, "-stream", topic+"-s", "-speed", "150000", "-truth", filepath.Join(dir, name))
	}
	one := start("scaleout", work("one.csv")...)
	two := start("scaleout", work("two.csv")...)
	some(topic)
	connected(t, two)
	two.Process.Signal(syscall.SIGTERM)
	two.Wait()
	if got := two.ProcessState.ExitCode(); got != 130 {
		t.Errorf("a worker that was stopped ends with %d:\n%s", got, two.Stderr)
	}
	three := start("scaleout", work("three.csv")...)
	if err := one.Wait(); err != nil {
		t.Errorf("%v\n%s", err, one.Stderr)
	}
	if err := three.Wait(); err != nil {
		t.Errorf("%v\n%s", err, three.Stderr)
	}
	check(topic, filepath.Join(dir, "one.csv"))
	check(topic, filepath.Join(dir, "three.csv"))
}
