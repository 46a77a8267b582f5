package readers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
)

func TestMain(m *testing.M) { kafkatest.Main(m) }

// reader is a program that reads, by a script of the folder ask.
type reader struct {
	name    string
	needs   []string // modules of Python
	formats []string
}

// cheap are the readers of every run.
var cheap = []reader{
	{"duckdb", []string{"duckdb", "pytz"}, []string{"pipe", "csv", "json", "parquet", "parquet-text", "raw"}},
	{"polars", []string{"polars"}, []string{"pipe", "csv", "json", "parquet", "parquet-text", "raw"}},
	{"pandas", []string{"pandas", "pyarrow"}, []string{"pipe", "csv", "json", "parquet"}},
	{"fastavro", []string{"fastavro", "cramjam"}, []string{"avro", "avro-text"}},
}

// reply is what a script says of one source.
type reply struct {
	Format  string
	Seconds float64
	Answer  *answer
	Error   string
}

// python returns a Python that has these modules, or leaves the test out.
func python(t testing.TB, modules ...string) string {
	t.Helper()
	path, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed: nothing was shown to other readers")
	}
	if len(modules) > 0 && exec.Command(path, "-c", "import "+strings.Join(modules, ", ")).Run() != nil {
		t.Skipf("Python's %s are not installed: nothing was shown to them", strings.Join(modules, ", "))
	}
	return path
}

// ask runs the script of a reader over sources and returns its replies.
func ask(t testing.TB, command *exec.Cmd, list []source) []reply {
	t.Helper()
	for i := range list {
		command.Args = append(command.Args, list[i].format, list[i].path)
	}
	out, err := command.Output()
	if e, ok := err.(*exec.ExitError); ok {
		t.Fatalf("%v\n%s", err, e.Stderr)
	} else if err != nil {
		t.Fatal(err)
	}
	var replies []reply
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var r reply
		if err := d.Decode(&r); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("%v in %s", err, out)
		}
		replies = append(replies, r)
	}
	if len(replies) != len(list) {
		t.Fatalf("%d replies about %d sources", len(replies), len(list))
	}
	return replies
}

// judge says how a reply differs from the truth; "": it does not.
func judge(r *reply, s *source) string {
	switch {
	case r.Format != s.format:
		return fmt.Sprintf("it is about %s", r.Format)
	case r.Answer == nil:
		return r.Error
	}
	return strings.Join(r.Answer.differences(s.truth), "\n")
}

// report judges what a reader says of a source, and prints a line of which the
// command internal/test -slow makes a table.
func report(t *testing.T, reader string, r *reply, s *source) {
	t.Helper()
	verdict := "agrees"
	if differs := judge(r, s); differs != "" {
		t.Errorf("%s, %v: %s", reader, s, differs)
		verdict, _, _ = strings.Cut(differs, "\n")
	}
	fmt.Printf("reader %s | %v | %s | %.1f s\n", reader, s, verdict, r.Seconds)
}

// Each reader finds in each format that it knows what was written: damaged
// and clean records, quotation marks, names in other scripts, odd partitions.
func TestReaders(t *testing.T) {
	t.Parallel()
	list := sources(t, sample(t))
	for _, r := range cheap {
		var some []source
		for _, s := range list {
			if slices.Contains(r.formats, s.format) {
				some = append(some, s)
			}
		}
		if len(some) == 0 {
			continue
		}
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			script := exec.Command(python(t, r.needs...), filepath.Join("ask", "with_"+r.name+".py"))
			script.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
			for i, reply := range ask(t, script, some) {
				report(t, r.name, &reply, &some[i])
			}
		})
	}
}
