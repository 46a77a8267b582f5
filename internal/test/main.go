// Test runs all tests of this module and ends with what they came to: how many
// passed and failed, and what was left out and why. Arguments go to go test; with
// -require first, nothing may be left out.
//
// What the tests need and the machine lacks, it installs where it may: kcat and
// an emulator of arm64 from Debian's packages as root, and into the user's cache
// Python packages that read Parquet, Avro, lines of text and topics. Apache Kafka and a schema
// registry, from Maven artifacts, are fetched into the cache meanwhile; Prometheus, from Debian's package of it, by
// the test that wants it.
//
// With -slow alone, or -slow and the name of a file for the record, it runs in their place the tests
// that take minutes, which have the build tag slow: those that read with Spark and from Hive's
// metastore, among others. It installs PySpark (half a gigabyte) for them and prints
// what each reader found.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
)

func main() {
	args := os.Args[1:]
	if len(args) > 0 && args[0] == "-require" {
		args = args[1:]
		os.Setenv(kafkatest.Required, "1")
	}
	began, slow, file, packages := time.Now(), false, "", cheapReaders
	if len(args) > 0 && args[0] == "-slow" {
		if len(args) > 1 {
			file = args[1]
		}
		var err error
		if args, err = slowArguments(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		slow, packages = true, append(packages, slowReaders...)
	}
	if !slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, "./") || a == "." }) {
		args = append(args, "./...")
		go kafkatest.Prefetch() // tests that want it before it is there wait for it
	}
	missing := install(map[string]string{"kcat": "kcat", "qemu-aarch64-static": "qemu-user-static"})
	err := python(packages...)
	if err == nil && slow {
		err = connect()
	}
	if err != nil {
		missing = append(missing, fmt.Sprintf("Python packages that read Parquet, Avro and text: %v", err))
	}
	// Two packages more at a time than there are processors: some wait for brokers and
	// for processes most of the time.
	at := strconv.Itoa(runtime.GOMAXPROCS(0) + 2)
	// On a fresh computer tests wait for what they need to be fetched, and for others that are built.
	const enough = "-timeout=20m"
	cmd := exec.Command("go", append([]string{"test", "-json", "-p", at, enough}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	t := newTally()
	t.read(out)
	err = cmd.Wait()
	for _, m := range missing {
		fmt.Println("not installed:", m)
	}
	t.print()
	if slow {
		fmt.Print("\n", t.table())
		if file != "" {
			err := os.MkdirAll(filepath.Dir(file), 0o777)
			if err == nil {
				err = os.WriteFile(file, []byte(t.record(time.Since(began))), 0o666)
			}
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
		}
	}
	if err != nil || t.failed > 0 {
		os.Exit(1)
	}
	if os.Getenv(kafkatest.Required) == "1" && t.skipped > 0 {
		fmt.Println("with -require, nothing may be left out")
		os.Exit(1)
	}
}

// python puts a Python with these packages first in the search path: one in the
// user's cache, made if need be.
func python(packages ...string) error {
	cache, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	dir := filepath.Join(cache, "kafkanauts", "python-"+strings.NewReplacer("==", "-", " ", "_", "[", "-", "]", "", ",", "-").Replace(strings.Join(packages, " ")))
	bin := filepath.Join(dir, "bin")
	if _, err := os.Stat(filepath.Join(dir, "complete")); err != nil {
		for _, args := range [][]string{
			{"python3", "-m", "venv", "--clear", dir},
			append([]string{filepath.Join(bin, "pip"), "install", "-q", "--disable-pip-version-check"}, packages...),
		} {
			if said, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
				return fmt.Errorf("%s: %v\n%s", strings.Join(args[:3], " "), err, said)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, "complete"), nil, 0o666); err != nil {
			return err
		}
		fmt.Println("installed for Python, in the user's cache:", strings.Join(packages, ", "))
	}
	return os.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// install gets the Debian packages of the programs that are not there, and
// returns what it could not.
func install(packages map[string]string) (missing []string) {
	var names []string
	for program, name := range packages {
		if _, err := exec.LookPath(program); err != nil {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	apt, err := exec.LookPath("apt-get")
	if err != nil {
		return append(missing, strings.Join(names, ", ")+": this system has no apt-get; install them by hand")
	}
	if os.Geteuid() != 0 {
		return append(missing, strings.Join(names, ", ")+": this is not root; run apt-get install "+strings.Join(names, " ")+" as root")
	}
	for _, args := range [][]string{{"-q", "update"}, append([]string{"-q", "install", "-y", "--no-install-recommends"}, names...)} {
		cmd := exec.Command(apt, args...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if said, err := cmd.CombinedOutput(); err != nil {
			return append(missing, fmt.Sprintf("%s: apt-get %s: %v\n%s", strings.Join(names, ", "), args[1], err, said))
		}
	}
	fmt.Println("installed:", strings.Join(names, ", "))
	return nil
}

// event is a line of go test -json.
type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64
}

// tally is what the tests came to.
type tally struct {
	passed, failed, skipped int
	said                    map[string][]string // the output of a test, or of a package
	reasons                 map[string][]string // why tests were left out, and which
	wrong                   []string            // what failed, for the last lines
	readers                 []string            // what readers found, of slow tests
}

func newTally() *tally {
	return &tally{said: map[string][]string{}, reasons: map[string][]string{}}
}

func (t *tally) read(r io.Reader) {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) != nil {
				os.Stdout.Write(line)
			} else {
				t.add(&e)
			}
		}
		if err != nil {
			return
		}
	}
}

func (t *tally) add(e *event) {
	name := e.Package + "." + e.Test
	switch e.Action {
	case "output", "build-output":
		if e.Action == "build-output" {
			fmt.Print(e.Output)
		}
		t.said[name] = append(t.said[name], e.Output)
		t.noteReader(e.Output)
	case "pass":
		if e.Test == "" {
			fmt.Printf("ok   %s %.1fs\n", e.Package, e.Elapsed)
		} else {
			t.passed++
		}
		delete(t.said, name)
	case "fail":
		what := strings.TrimSuffix(name, ".")
		if e.Test != "" {
			t.failed++
			t.wrong = append(t.wrong, what)
		} else {
			t.unfinished(e.Package)
			if t.failed == 0 {
				t.failed++ // it did not build, or ended before its tests did
			}
		}
		fmt.Printf("FAIL %s\n%s", what, strings.Join(t.said[name], ""))
		delete(t.said, name)
	case "skip":
		if e.Test == "" {
			return // no test files
		}
		t.skipped++
		t.reasons[reason(t.said[name])] = append(t.reasons[reason(t.said[name])], e.Test)
		delete(t.said, name)
	}
}

// unfinished prints what those tests of a package said that were cut off with it: what
// ends a process, a stack trace or that its time is up, is in the output of any of them.
func (t *tally) unfinished(of string) {
	var names []string
	for name := range t.said {
		if strings.HasPrefix(name, of+".") && name != of+"." {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Printf("CUT  %s\n%s", name, strings.Join(t.said[name], ""))
		// What go test says of its own, among these, is what names the tests that took its time.
		for _, line := range t.said[name] {
			if line = strings.TrimSpace(line); strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "Test") && strings.HasSuffix(line, "s)") {
				t.wrong = append(t.wrong, of+": "+line)
			}
		}
		delete(t.said, name)
	}
}

// reason finds in the output of a skipped test why it was.
func reason(said []string) string {
	for i, line := range slices.Backward(said) {
		// file_test.go:12: why
		if before, why, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && strings.Contains(before, ".go:") {
			for _, more := range said[i+1:] {
				if strings.HasPrefix(more, "---") {
					break
				}
				why += "\n    " + strings.TrimSpace(more)
			}
			return strings.TrimPrefix(why, "kafkatest: left out: ")
		}
	}
	return "no reason given"
}

func (t *tally) print() {
	fmt.Printf("%d passed, %d failed, %d skipped\n", t.passed, t.failed, t.skipped)
	var reasons []string
	for why := range t.reasons {
		reasons = append(reasons, why)
	}
	slices.Sort(reasons)
	for _, why := range reasons {
		tests := t.reasons[why]
		const few = 3
		names := strings.Join(tests[:min(few, len(tests))], ", ")
		if len(tests) > few {
			names += fmt.Sprintf(" and %d more", len(tests)-few)
		}
		fmt.Printf("left out: %s: %s\n", names, why)
	}
	for _, what := range t.wrong {
		fmt.Println("failed:", what)
	}
}
