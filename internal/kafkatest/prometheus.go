package kafkatest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Prometheus is a real Prometheus in a process of its own, on loopback, that
// scrapes one target. Its methods may be called from any goroutine.
type Prometheus struct {
	URL      string // of its own pages
	Promtool string // the path of promtool, of the same version

	child *child
}

// Sample is one element of an instant vector.
type Sample struct {
	Labels map[string]string
	Value  float64
}

// Scrape starts a Prometheus that scrapes the page /metrics at host:port three
// times a second, and returns once it is ready; it is stopped when the test ends. If it
// cannot be had, the test is skipped: it is taken from the search path, or from
// Debian's package of it, unpacked into the user's cache and not installed, so that
// no daemon is started.
func Scrape(t testing.TB, target string) *Prometheus {
	t.Helper()
	dir, err := prometheus()
	if err != nil {
		leaveOut(t, err.Error())
	}
	p := &Prometheus{Promtool: filepath.Join(dir, "promtool")}
	for range attempts {
		if err = p.start(t, filepath.Join(dir, "prometheus"), target); !errors.Is(err, errPortTaken) {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.child.stop() })
	return p
}

const scrapes = `
global:
  scrape_interval: 333ms
  scrape_timeout: 333ms
scrape_configs:
- job_name: kafkanauts
  static_configs:
  - targets: [%q]
`

func (p *Prometheus) start(t testing.TB, path, target string) error {
	addrs, err := freeAddrs(1)
	if err != nil {
		return err
	}
	dir := t.TempDir()
	config := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(config, fmt.Appendf(nil, scrapes, target), 0o644); err != nil {
		return err
	}
	p.URL = "http://" + addrs[0]
	p.child, err = spawn(exec.Command(path, "--config.file="+config, "--storage.tsdb.path="+filepath.Join(dir, "data"),
		"--web.listen-address="+addrs[0], "--log.level=warn"))
	if err != nil {
		return fmt.Errorf("kafkatest: %w", err)
	}
	late := time.NewTimer(startup)
	defer late.Stop()
	for {
		r, err := http.Get(p.URL + "/-/ready")
		if err == nil {
			r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-p.child.ended:
			said, err := p.child.log.bytes(), p.child.err
			if strings.Contains(string(said), "address already in use") {
				err = errPortTaken
			}
			return fmt.Errorf("kafkatest: Prometheus ended before it was ready: %w\n%s", err, tail(said, 20))
		case <-late.C:
			p.child.kill()
			return fmt.Errorf("kafkatest: Prometheus was not ready after %v\n%s", startup, tail(p.child.log.bytes(), 20))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Query returns the instant vector that a PromQL expression has now.
func (p *Prometheus) Query(ctx context.Context, promql string) ([]Sample, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL+"/api/v1/query?query="+url.QueryEscape(promql), nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var answer struct {
		Status, Error string
		Data          struct {
			ResultType string
			Result     []struct {
				Metric map[string]string
				Value  [2]any
			}
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return nil, fmt.Errorf("kafkatest: Prometheus: %s: %w", promql, err)
	}
	if answer.Status != "success" || answer.Data.ResultType != "vector" {
		return nil, fmt.Errorf("kafkatest: Prometheus: %s: %s %s %s", promql, answer.Status, answer.Error, answer.Data.ResultType)
	}
	var all []Sample
	for _, r := range answer.Data.Result {
		s, _ := r.Value[1].(string)
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return nil, fmt.Errorf("kafkatest: Prometheus: %s: %w", promql, err)
		}
		all = append(all, Sample{r.Metric, v})
	}
	return all, nil
}

// prometheus returns the folder that holds prometheus and promtool.
var prometheus = sync.OnceValues(func() (string, error) {
	if path, err := exec.LookPath("prometheus"); err == nil {
		dir := filepath.Dir(path)
		if _, err := os.Stat(filepath.Join(dir, "promtool")); err == nil {
			return dir, nil
		}
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("prometheus is not installed, and there is no folder to keep it in: %v", err)
	}
	dir := filepath.Join(cache, "kafkanauts", "prometheus")
	bin := filepath.Join(dir, "usr", "bin")
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", fmt.Errorf("prometheus is not installed, and there is no folder to keep it in: %v", err)
	}
	unlock, err := lock(dir + ".lock")
	if err != nil {
		return "", err
	}
	defer unlock()
	if _, err := os.Stat(dir); err == nil {
		return bin, nil
	}
	return bin, unpack(dir)
})

// unpack puts what Debian's package of Prometheus holds into dir, which appears
// only once it is complete.
func unpack(dir string) error {
	aside, err := os.MkdirTemp(filepath.Dir(dir), filepath.Base(dir)+"-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(aside)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	run := func(name string, args ...string) error {
		c := exec.Command(name, args...)
		c.Dir = aside
		if said, err := output(ctx, c); err != nil {
			return fmt.Errorf("prometheus is not installed, and %s %s: %v\n%s", name, args[0], err, tail(said, 10))
		}
		return nil
	}
	if _, err := exec.LookPath("apt-get"); err != nil {
		return errors.New("prometheus is not installed, and this system has no apt-get; install it by hand")
	}
	if err := run("apt-get", "download", "prometheus"); err != nil {
		if os.Geteuid() != 0 {
			return err
		}
		if err := run("apt-get", "-q", "update"); err != nil { // its lists may be old, or missing
			return err
		}
		if err := run("apt-get", "download", "prometheus"); err != nil {
			return err
		}
	}
	found, err := filepath.Glob(filepath.Join(aside, "*.deb"))
	if err != nil || len(found) != 1 {
		return fmt.Errorf("prometheus is not installed, and apt-get download brought %d packages", len(found))
	}
	if err := run("dpkg-deb", "-x", found[0], "unpacked"); err != nil {
		return err
	}
	return os.Rename(filepath.Join(aside, "unpacked"), dir)
}
