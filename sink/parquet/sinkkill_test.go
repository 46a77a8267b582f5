package parquet_test

import (
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts/corrupt"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/sink/parquet"
)

// killDir names, for a process that TestSinkKilled starts, the directory that it fills.
const killDir = "KAFKANAUTS_TEST_SINK_DIR"

// TestSinkProcess is such a process.
func TestSinkProcess(t *testing.T) {
	dir := os.Getenv(killDir)
	if dir == "" {
		return // it is for TestSinkKilled
	}
	s := &parquet.Sink{Dir: dir, Stream: "s", Rows: 1500, Text: true}
	if _, err := stream(t, corrupt.OriginalAt(0.1), 20_000, order.Pipe{}).Run(t.Context(), s); err != nil {
		t.Fatal(err)
	}
}

// fill starts a process that fills dir.
func fill(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	c := exec.Command(os.Args[0], "-test.run=^TestSinkProcess$")
	c.Env = append(os.Environ(), killDir+"="+dir)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return c
}

// A few kills in every run; there is a slow test of many.
func TestSinkKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("processes are killed in a longer run")
	}
	killed(t, 8)
}

// killed kills processes at random moments, so many times: what stands under a name is
// whole, and what others that go on make of it in the end is what one makes alone.
func killed(t *testing.T, kills int) {
	whole := filepath.Join(t.TempDir(), "orders")
	began := time.Now()
	if err := fill(t, whole).Wait(); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	want := files(t, whole)
	rng := rand.New(rand.NewPCG(1, 2))
	times, completed, inside := 0, 0, 0
	for times < kills || completed == 0 {
		dir := filepath.Join(t.TempDir(), "orders")
		for {
			c := fill(t, dir)
			// A random moment is what the test is about.
			time.Sleep(time.Duration(rng.Float64() * float64(took)))
			c.Process.Kill()
			err := c.Wait()
			got := files(t, dir)
			for name, text := range got {
				if !strings.HasPrefix(name, "_staging") && !strings.HasPrefix(name, "._") && want[name] != text {
					t.Fatalf("after %d kills, %s is torn", times, name)
				}
			}
			if err == nil {
				if !maps.Equal(got, want) {
					t.Fatalf("after %d kills, %d files are there, not these %d", times, len(got), len(want))
				}
				completed++
				break
			}
			if c.ProcessState.ExitCode() >= 0 { // it was not killed, but failed
				t.Fatalf("after %d kills, a process that goes on fails: %v", times, err)
			}
			if times++; len(got) > 1 && len(got) < len(want) {
				inside++
			}
			if times > kills {
				took = 2*took + time.Second // let it come to its end
			}
		}
	}
	if inside == 0 {
		t.Error("no kill came while files were being put in place")
	}
	t.Logf("%d kills, of which %d came among files in place; %d times the data set was completed and is the same", times, inside, completed)
}

// files returns the content of all files below dir, if there is one.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			if path == dir {
				return nil
			}
			return err
		}
		text, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		all[rel] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
