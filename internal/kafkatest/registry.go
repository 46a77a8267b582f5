package kafkatest

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

//go:embed registry.xml
var registryPom []byte

// SchemaRegistry is a real schema registry, Apicurio, in a process of its own,
// on loopback, with all that it knows in memory. Unless it is told otherwise it
// takes any schema. It may be used from any goroutine.
type SchemaRegistry struct {
	URL string // of the interface that clients of Confluent's registry use

	child *child
	dir   string
}

// StartRegistry starts a schema registry and returns once it answers, after
// about two seconds; the very first time on a computer it is fetched, 142 MB. The caller
// stops it. An error that wraps ErrUnavailable says what this computer lacks.
func StartRegistry() (*SchemaRegistry, error) {
	j, err := findJava()
	if err != nil {
		return nil, err
	}
	dir, unlock, err := cached("registry", registryPom)
	if err != nil {
		return nil, err
	}
	unlock()
	jars, err := filepath.Glob(filepath.Join(dir, "*-runner.jar"))
	if err != nil || len(jars) != 1 {
		return nil, fmt.Errorf("kafkatest: there are %d programs in %s; remove that folder", len(jars), dir)
	}
	r := &SchemaRegistry{}
	if r.dir, err = os.MkdirTemp("", "kafkatest-*"); err != nil {
		return nil, err
	}
	for range attempts {
		if err = r.start(j, jars[0]); !errors.Is(err, errPortTaken) {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(r.dir))
	}
	return r, nil
}

func (r *SchemaRegistry) start(j java, jar string) error {
	addrs, err := freeAddrs(1)
	if err != nil {
		return err
	}
	host, port, _ := strings.Cut(addrs[0], ":")
	c := exec.Command(j.path, "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
		"-Dquarkus.http.host="+host, "-Dquarkus.http.port="+port, "-jar", jar)
	c.Dir = r.dir
	if r.child, err = spawn(c); err != nil {
		return fmt.Errorf("kafkatest: %w", err)
	}
	r.URL = "http://" + addrs[0] + "/apis/ccompat/v7"
	return r.ready()
}

func (r *SchemaRegistry) ready() error {
	ctx, cancel := context.WithTimeout(context.Background(), startup)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.URL+"/subjects", nil)
		if err != nil {
			return err
		}
		if resp, err := http.DefaultClient.Do(req); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-r.child.ended:
			said, err := r.Log(), r.child.err
			if strings.Contains(said, "already in use") || strings.Contains(said, "seems to be in use") {
				err = errPortTaken
			}
			return fmt.Errorf("kafkatest: the schema registry ended before it was ready: %w\n%s", err, said)
		case <-ctx.Done():
			r.child.kill()
			return fmt.Errorf("kafkatest: the schema registry was not ready after %v\n%s", startup, r.Log())
		case <-again.C:
		}
	}
}

// Log returns the last lines that the registry has logged.
func (r *SchemaRegistry) Log() string { return tail(r.child.log.bytes(), 30) }

// Stop ends the registry, which forgets all, and removes what it has left.
func (r *SchemaRegistry) Stop() error {
	r.child.stop()
	return os.RemoveAll(r.dir)
}

// sharedRegistry is the registry of this process's tests.
var sharedRegistry struct {
	once     sync.Once
	registry *SchemaRegistry
	err      error
}

// Registry returns the real schema registry that this process's tests share:
// they name subjects of their own, and leave its global settings alone. It is
// started at the first call and stopped by Main. If this computer cannot run it, the
// test is skipped.
func Registry(t testing.TB) *SchemaRegistry {
	t.Helper()
	s := &sharedRegistry
	s.once.Do(func() { s.registry, s.err = StartRegistry() })
	if errors.Is(s.err, ErrUnavailable) {
		leaveOut(t, s.err.Error())
	}
	if s.err != nil {
		t.Fatal(s.err)
	}
	return s.registry
}

var subjects atomic.Int64

// Topic returns a name of a topic whose subjects no other test of this process
// has, and makes none.
func (r *SchemaRegistry) Topic(t testing.TB) string {
	return fmt.Sprintf("%.100s-subject-%d", unfit.ReplaceAllString(t.Name(), "-"), subjects.Add(1))
}
