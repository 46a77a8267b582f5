package examples_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestProduceServesMetrics(t *testing.T) {
	out := filepath.Join(t.TempDir(), "orders")
	cmd := exec.Command(filepath.Join(bin, "produce"), "-to", "2022-01-31T12:00:00Z", "-speed", "600", "-shards", "2", "-out", out+"/", "-metrics", "127.0.0.1:0")
	pipe, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() }) // if it does not end by itself
	said := bufio.NewReader(pipe)
	url := ""
	for url == "" {
		line, err := said.ReadString('\n')
		if err != nil {
			t.Fatalf("it does not say where its metrics are: %v", err)
		}
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "metrics are at "); ok {
			url = rest
		}
	}
	// The first records go out soon, the last after more than a minute.
	wants := []string{`kafkanauts_records_total{shard="0"} [1-9]`, `kafkanauts_records_total{shard="1"} [1-9]`,
		`kafkanauts_active{shard="0"} 1`, `kafkanauts_lag_seconds{shard="1"} [0-9]`, "go_goroutines [1-9]", "process_cpu_seconds_total [0-9]"}
	for len(wants) > 0 {
		resp, err := http.Get(url)
		if err != nil {
			t.Fatalf("%v; still to come was %q", err, wants)
		}
		page, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		wants = slices.DeleteFunc(wants, func(want string) bool { return regexp.MustCompile("(?m)^" + want).Match(page) })
		time.Sleep(10 * time.Millisecond) // another process: its answers are all there is to see
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(said)
	if cmd.Wait(); cmd.ProcessState.ExitCode() != 130 {
		t.Errorf("interrupted, it ends with %v\n%s", cmd.ProcessState, rest)
	}
	if c, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/metrics")); err == nil {
		c.Close()
		t.Error("its metrics are still served")
	}
}

func TestMetricsThatCannotBeServed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	out := filepath.Join(t.TempDir(), "orders")
	for addr, want := range map[string]struct {
		status int
		said   string
	}{
		l.Addr().String(): {1, fmt.Sprintf("produce: -metrics %s: listen tcp %[1]s: bind: address already in use\n", l.Addr())},
		"9100":            {2, `produce: -metrics "9100" is not host:port, such as 127.0.0.1:9100 or :9100 (produce -help lists the flags)` + "\n"},
	} {
		_, said := run(t, want.status, nil, "produce", "-out", out, "-metrics", addr)
		if string(said) != want.said {
			t.Errorf("-metrics %s says\n%swant\n%s", addr, said, want.said)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("-metrics %s: there are data", addr)
		}
	}
}
