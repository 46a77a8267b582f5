package main

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// cheapReaders are the Python packages of every run.
var cheapReaders = []string{"duckdb==2.0.0", "pytz==2025.2", "pyarrow==26.0.1", "polars==2.1.0", "fastavro==1.13.1", "cramjam==2.14.0", "backports.zstd==1.8.0", "pandas==3.1.1",
	"confluent-kafka[avro,schemaregistry]==2.16.0"}

// slowReaders are those of a slow run, beside these.
var slowReaders = []string{"pyspark==4.2.0"}

// What Spark lacks to read topics.
//
//go:embed spark.xml
var sparkJars []byte

// connect puts what reads topics among Spark's own jars, unless it is there.
func connect() error {
	python, err := exec.LookPath("python3")
	if err != nil {
		return err
	}
	out, err := exec.Command(python, "-c", "import os, pyspark; print(os.path.dirname(pyspark.__file__))").Output()
	if err != nil {
		return fmt.Errorf("PySpark is not installed: %v", err)
	}
	jars := filepath.Join(strings.TrimSpace(string(out)), "jars")
	done := filepath.Join(jars, "topics.complete")
	if _, err := os.Stat(done); err == nil {
		return nil
	}
	recipe := filepath.Join(jars, "topics.xml")
	if err := os.WriteFile(recipe, sparkJars, 0o666); err != nil {
		return err
	}
	said, err := exec.Command("mvn", "--quiet", "--batch-mode", "--file", recipe,
		"dependency:copy-dependencies", "-DexcludeTransitive=true", "-DoutputDirectory="+jars).CombinedOutput()
	if err != nil {
		return fmt.Errorf("mvn: %v\n%s", err, said)
	}
	return os.WriteFile(done, nil, 0o666)
}

// slowArguments are those of go test for the slow tests, which are in files of their
// own, and for what reads cheaply beside them.
func slowArguments() ([]string, error) {
	args := []string{"-tags", "slow", "-count=1", "-timeout=20m", "-run", "^(TestSlow.*|TestReaders|TestKcat)$"}
	var dirs []string
	err := filepath.WalkDir(".", func(path string, _ os.DirEntry, err error) error {
		if dir := "./" + filepath.ToSlash(filepath.Dir(path)); strings.HasSuffix(path, "slow_test.go") && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
		return err
	})
	if err == nil && len(dirs) == 0 {
		err = fmt.Errorf("no slow tests are below this directory; call it in the module's")
	}
	return append(args, dirs...), err
}

// noteReader keeps what a test says of a reader, for the table.
func (t *tally) noteReader(output string) {
	if line, ok := strings.CutPrefix(output, "reader "); ok {
		t.readers = append(t.readers, strings.TrimSpace(line))
	}
}

// table returns what readers found, a line for each and each source.
func (t *tally) table() string {
	var s strings.Builder
	w := tabwriter.NewWriter(&s, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "READER\tSOURCE\tFINDS\tTIME")
	slices.SortStableFunc(t.readers, func(a, b string) int {
		x, _, _ := strings.Cut(a, " | ")
		y, _, _ := strings.Cut(b, " | ")
		return strings.Compare(x, y)
	})
	for _, line := range t.readers {
		fmt.Fprintln(w, strings.ReplaceAll(line, " | ", "\t"))
	}
	w.Flush()
	return s.String()
}

// record returns the table with what it is of.
func (t *tally) record(took time.Duration) string {
	return fmt.Sprintf("What readers find of what was written, %s\ngo run ./internal/test -slow; it took %v\n%s\n%d tests passed, %d failed, %d skipped\n\n%s",
		time.Now().UTC().Format("2006-01-02 15:04 MST"), took.Round(time.Second),
		strings.Join(append(slices.Clone(cheapReaders), slowReaders...), ", "), t.passed, t.failed, t.skipped, t.table())
}
