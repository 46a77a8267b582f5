//go:build slow && linux

package examples_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// tree returns all that lies in a directory, hashed, a line each.
func tree(t *testing.T, dir string) (list []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		b, err := os.ReadFile(path)
		list = append(list, fmt.Sprintf("%s %x", rel, sha256.Sum256(b)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// processes returns the ids of the processes whose command line has the text, with
// that of each one's parent.
func processes(text string) map[int]int {
	found := map[int]int{}
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		line, err := os.ReadFile(filepath.Join(dir, "cmdline"))
		if err != nil || !bytes.Contains(line, []byte(text)) {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(dir))
		found[pid] = parent(pid)
	}
	return found
}

func parent(pid int) int {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	ppid, _ := strconv.Atoi(fields[1])
	return ppid
}

// descends tells whether a process is a child of another, or of one of its children.
func descends(pid, from int) bool {
	for ; pid > 1; pid = parent(pid) {
		if pid == from {
			return true
		}
	}
	return false
}

// killedMidway spreads twelve shards over two executors of Spark, by workers with these
// flags, of which one is its mark in their command lines. Once it is ready, it kills an executor
// whose worker is at work. All shards must be delivered all the same; what they add up to goes to total.
func killedMidway(t *testing.T, total any, mark string, ready func() bool, flags ...string) {
	t.Helper()
	submit, err := exec.LookPath("spark-submit")
	if err != nil {
		t.Fatal("spark-submit is not installed; go run ./internal/test -slow installs it and runs this")
	}
	cmd := exec.Command(submit, append([]string{"--master", "local-cluster[2,1,1024]", "spark/spread.py",
		"--worker", filepath.Join(bin, "produce"), "--shards", "12", "--"}, flags...)...)
	cmd.Env = append(os.Environ(), "SPARK_LOCAL_IP=127.0.0.1", "PYSPARK_PYTHON=python3")
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for killed := 0; killed == 0; {
		select {
		case err := <-ended:
			t.Fatalf("Spark ended before an executor was killed: %v\n%s", err, log.String())
		case <-time.After(5 * time.Millisecond): // Spark tells nobody how far it is; the workers' processes do
		}
		if !ready() {
			continue
		}
		for worker := range processes(mark) {
			for executor := range processes("CoarseGrainedExecutorBackend") {
				if killed == 0 && descends(worker, executor) && !descends(executor, worker) {
					killed = executor
					t.Logf("executor %d is killed while its worker %d makes shards", executor, worker)
					if err := syscall.Kill(executor, syscall.SIGKILL); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
	if err := <-ended; err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	lost := regexp.MustCompile(`Lost task \S+ in stage \S+ \(TID \d+\).*`).FindAllString(log.String(), -1)
	t.Logf("tasks that were lost and made again: %d\n%s", len(lost), strings.Join(lost, "\n"))
	if len(lost) == 0 {
		t.Error("no task was lost, so nothing was shown")
	}
	lines := bytes.Split(bytes.TrimSpace(out.Bytes()), []byte("\n")) // the scripts that start Spark may say something before
	if err := json.Unmarshal(lines[len(lines)-1], total); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
}

// Twelve shards on two executors of Spark, of which one is killed while it makes
// some: the data set is to the byte that of one process.
func TestSlowSparkExecutorIsKilled(t *testing.T) {
	dir := t.TempDir()
	recipe := []string{"-format", "parquet", "-corrupt", "0", "-stream", "spread", "-seed", "6"}
	one, spread := filepath.Join(dir, "one")+"/", filepath.Join(dir, "spread")+"/"
	run(t, 0, nil, "produce", append([]string{"-shards", "12", "-out", one}, recipe...)...)

	var total struct {
		Shards  int
		Records int64
		Files   int
	}
	killedMidway(t, &total, spread, func() bool { // once some shards are there
		shards, _ := filepath.Glob(filepath.Join(spread, "_chunks", "*"))
		return len(shards) >= 4
	}, append([]string{"-out", spread}, recipe...)...)

	want, got := tree(t, one), tree(t, spread)
	got = slices.DeleteFunc(got, func(line string) bool { return strings.HasPrefix(line, "_staging/") }) // of a worker that outlived its executor
	if !slices.Equal(got, want) {
		t.Errorf("the data set has %d files, and is not that of one process, which has %d", len(got), len(want))
	}
	files := 0
	for _, line := range want {
		if strings.Contains(line, ".parquet ") {
			files++
		}
	}
	t.Logf("%d records in %d files of %d shards, of one process and of Spark's executors", total.Records, total.Files, total.Shards)
	if total.Shards != 12 || total.Files != files {
		t.Errorf("the answers add up to %+v; there are %d files", total, files)
	}
}

// What a worker says is wrong ends the job, and what no worker may be given is refused.
func TestSlowSparkFails(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"worker": {[]string{"--", "-out", filepath.Join(dir, "x") + "/", "-rotate", "apples"}, "-rotate"},
		"shards": {[]string{"--", "-shard=3"}, "use --shards"},
	} {
		cmd := exec.Command("spark-submit", append([]string{"--master", "local[1]", "spark/spread.py", "--worker", filepath.Join(bin, "produce")}, c.args...)...)
		cmd.Env = append(os.Environ(), "SPARK_LOCAL_IP=127.0.0.1", "PYSPARK_PYTHON=python3")
		said, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(said), c.says) {
			t.Errorf("%s: %v, and nothing of %q\n%s", name, err, c.says, said)
		}
	}
}
