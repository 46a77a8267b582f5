package kafkatest

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed pom.xml
var pom []byte

// ErrUnavailable is wrapped by errors that say that this computer lacks
// something that a real broker needs: a reason to leave a test out, not to fail.
var ErrUnavailable = errors.New("kafkatest: no real Kafka")

func unavailable(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUnavailable, fmt.Sprintf(format, args...))
}

// oldestJava is the oldest Java that Kafka 4's brokers run on.
const oldestJava = 17

// java is a Java runtime that can run a broker.
type java struct {
	path    string
	release string // a short hash of what it says of itself: class-data archives fit only one release
}

var javaVersion = regexp.MustCompile(`version "(?:1\.)?(\d+)`)

func findJava() (java, error) {
	path := filepath.Join(os.Getenv("JAVA_HOME"), "bin", "java")
	if os.Getenv("JAVA_HOME") == "" {
		var err error
		if path, err = exec.LookPath("java"); err != nil {
			return java{}, unavailable("java is not installed; install Java %d and Maven", oldestJava)
		}
	}
	said, err := exec.Command(path, "-version").CombinedOutput()
	if err != nil {
		return java{}, unavailable("%s -version: %v: %s", path, err, bytes.TrimSpace(said))
	}
	m := javaVersion.FindSubmatch(said)
	if m == nil {
		return java{}, unavailable("%s does not tell its version: %q", path, said)
	}
	if v, _ := strconv.Atoi(string(m[1])); v < oldestJava {
		return java{}, unavailable("%s is version %d; install Java %d", path, v, oldestJava)
	}
	return java{path, digest(said)}, nil
}

func digest(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:8])
}

// artifacts is a folder with all that a broker is made of.
type artifacts struct {
	java    java
	dir     string
	classes string // the class path
	archive string // of class data; "": there is none
}

// fetch returns the artifacts, from the cache if they are there. Processes that
// ask at the same time wait for the first of them.
func fetch() (artifacts, error) {
	j, err := findJava()
	if err != nil {
		return artifacts{}, err
	}
	dir, unlock, err := cached("kafka", pom)
	if err != nil {
		return artifacts{}, err
	}
	defer unlock() // the archive of class data has one maker, too
	a := artifacts{java: j, dir: dir}
	jars, err := filepath.Glob(filepath.Join(a.dir, "*.jar"))
	if err != nil || len(jars) == 0 {
		return artifacts{}, fmt.Errorf("kafkatest: no jars in %s; remove that folder", a.dir)
	}
	slices.Sort(jars) // an archive of class data fits one class path only
	a.classes = strings.Join(jars, string(os.PathListSeparator))
	return a, a.learn()
}

// Prefetch puts what brokers and schema registries are made of into the user's cache, unless it is
// there, so that tests do not spend their time on it. What this computer lacks, the tests will say.
func Prefetch() {
	if _, err := fetch(); err != nil {
		return
	}
	if _, unlock, err := cached("registry", registryPom); err == nil {
		unlock()
	}
}

// cached returns the folder in the user's cache with what a pom.xml depends on,
// which is fetched if it is not there. Other processes wait until unlock is called.
func cached(name string, recipe []byte) (dir string, unlock func(), err error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", nil, unavailable("no folder to keep its jars in: %v", err)
	}
	cache = filepath.Join(cache, "kafkanauts")
	dir = filepath.Join(cache, name+"-"+digest(recipe))
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", nil, unavailable("no folder to keep its jars in: %v", err)
	}
	if unlock, err = lock(dir + ".lock"); err != nil {
		return "", nil, unavailable("%v", err)
	}
	if _, err := os.Stat(dir); err != nil {
		if err := download(dir, recipe); err != nil {
			unlock()
			return "", nil, err
		}
	}
	return dir, unlock, nil
}

// download puts what the recipe depends on into dir, archives unpacked; it appears
// only once it is complete.
func download(dir string, recipe []byte) error {
	mvn, err := exec.LookPath("mvn")
	if err != nil {
		return unavailable("mvn is not installed, and what it would fetch is not in %s; install Maven", dir)
	}
	aside, err := os.MkdirTemp(filepath.Dir(dir), filepath.Base(dir)+"-*")
	if err != nil {
		return unavailable("%v", err)
	}
	defer os.RemoveAll(aside)
	file := filepath.Join(aside, "pom.xml")
	if err := os.WriteFile(file, recipe, 0o644); err != nil {
		return unavailable("%v", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	said, err := output(ctx, exec.Command(mvn, "--quiet", "--batch-mode", "--file", file,
		"dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory="+aside))
	if err != nil {
		return unavailable("mvn could not fetch what %s is for: %v\n%s", dir, err, tail(said, 10))
	}
	archives, err := filepath.Glob(filepath.Join(aside, "*.tar.gz"))
	if err != nil {
		return err
	}
	for _, a := range archives {
		if said, err := output(ctx, exec.Command("tar", "-xzf", a, "-C", aside)); err != nil {
			return unavailable("tar could not unpack %s: %v\n%s", filepath.Base(a), err, tail(said, 10))
		}
		if err := os.Remove(a); err != nil {
			return err
		}
	}
	if err := os.Chmod(aside, 0o755); err != nil {
		return err
	}
	return os.Rename(aside, dir)
}

// learn finds the archive of class data, which halves the time a broker takes to
// start, or makes it by running a broker once.
func (a *artifacts) learn() error {
	archive := filepath.Join(a.dir, "classes-"+a.java.release+".jsa")
	if _, err := os.Stat(archive); err == nil {
		a.archive = archive
		return nil
	}
	aside := archive + ".new"
	s, err := a.start(plan{flags: []string{"-XX:ArchiveClassesAtExit=" + aside}})
	if err != nil {
		return err
	}
	whole := s.child.stop()
	if err := s.Stop(); err != nil {
		return err
	}
	if !whole || os.Rename(aside, archive) != nil {
		return nil // no archive this time: brokers start more slowly
	}
	a.archive = archive
	return nil
}

// tail returns the last n lines of said.
func tail(said []byte, n int) string {
	lines := strings.Split(strings.TrimSpace(string(said)), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
