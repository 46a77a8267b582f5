package readers

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/corrupt"
	"github.com/kafkanauts/kafkanauts/demand"
	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
)

// page is where the documentation of readers is.
var page = filepath.Join("..", "..", "docs", "readers.md")

// block is a fenced block of the page. Its marks stand after the three backquotes: the language, who
// runs it, and perhaps what it reads.
type block struct {
	line                  int
	language, who, damage string
	text                  string
}

// blocks takes the page apart. A block without marks, or with others than are
// known, is an error, and so is code that is in no block.
func blocks(text string) (list []block, err error) {
	var b *block
	for i, line := range strings.Split(text, "\n") {
		fence := strings.HasPrefix(strings.TrimSpace(line), "```")
		switch {
		case fence && b == nil:
			marks := append(strings.Fields(strings.TrimLeft(line, " `")), "", "", "")
			b = &block{line: i + 1, language: marks[0], who: marks[1], damage: marks[2]}
			if commands[b.who] == nil || b.language != languages[b.who] || b.damage != "" && b.damage != "damaged" || marks[3] != "" {
				return nil, fmt.Errorf("line %d: nobody runs a block that is marked %q", i+1, line)
			}
		case fence:
			list = append(list, *b)
			b = nil
		case b != nil:
			b.text += line + "\n"
		case strings.HasPrefix(line, "    ") && strings.TrimSpace(line) != "":
			return nil, fmt.Errorf("line %d: code outside of a block, which nobody runs: %s", i+1, line)
		}
	}
	if b != nil {
		return nil, fmt.Errorf("line %d: the block does not end", b.line)
	}
	return list, nil
}

// commands say how a block is run, by who runs it, and languages in what it is.
var commands = map[string]func(t testing.TB, b *block) *exec.Cmd{
	"make": shell, "kcat": func(t testing.TB, b *block) *exec.Cmd {
		kafkatest.Kcat(t)
		return shell(t, b)
	},
	"duckdb": func(t testing.TB, b *block) *exec.Cmd {
		return exec.Command(python(t, "duckdb"), "-c", "import duckdb, sys; print(*duckdb.sql(sys.argv[1]).fetchall()[0])", b.text)
	},
	"polars": script("polars"), "fastavro": script("fastavro"), "pandas": script("pandas", "pyarrow"),
	"spark": script("pyspark"), "hive": script("pyspark"), // all of them by one session: see the slow tests
}

var languages = map[string]string{"make": "sh", "kcat": "sh", "duckdb": "sql", "polars": "python", "fastavro": "python", "pandas": "python", "spark": "python", "hive": "python"}

func shell(t testing.TB, b *block) *exec.Cmd { return exec.Command("sh", "-e", "-c", b.text) }

func script(modules ...string) func(t testing.TB, b *block) *exec.Cmd {
	return func(t testing.TB, b *block) *exec.Cmd { return exec.Command(python(t, modules...), "-c", b.text) }
}

// documented is the page, with what its commands make in a folder.
type documented struct {
	blocks  []block
	dir     string
	env     []string
	clean   string // how many orders there are, and the sum of their qty
	damaged string // how many records there are of the damaged stream
}

// follow reads the page and runs the commands on it that make something to read.
func follow(t testing.TB) *documented {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	d := &documented{dir: t.TempDir()}
	if d.blocks, err = blocks(string(text)); err != nil {
		t.Fatalf("%s: %v", page, err)
	}
	d.clean, d.damaged = counts(t, string(text))
	programs := t.TempDir()
	if said, err := exec.Command("go", "build", "-o", programs+"/", "../../examples/produce", "../../examples/consume").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	b := kafkatest.Real(t)
	d.env = append(os.Environ(), "BROKERS="+b.Addrs[0], "PYTHONDONTWRITEBYTECODE=1")
	for _, b := range d.blocks {
		if b.who == "make" {
			b.text = strings.ReplaceAll(b.text, "go run ./examples/", programs+"/")
			d.run(t, &b)
		}
	}
	return d
}

// counts returns what is true of the streams of the page, which are of one scale.
func counts(t testing.TB, text string) (clean, damaged string) {
	scales := regexp.MustCompile(`-scale (\S+)`).FindAllStringSubmatch(text, -1)
	for _, s := range scales {
		if s[1] != scales[0][1] {
			t.Fatalf("the page has scales %s and %s; let there be one", scales[0][1], s[1])
		}
	}
	scale, err := strconv.ParseFloat(scales[0][1], 64)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		faults corrupt.Mix
		text   *string
	}{{corrupt.Mix{}, &clean}, {append(corrupt.OriginalAt(0.015), corrupt.RivalAt(0.015)...), &damaged}} {
		s, err := kafkanauts.New(kafkanauts.Config{Market: demand.World().Scale(scale), Faults: c.faults})
		if err != nil {
			t.Fatal(err)
		}
		n, qty := 0, 0
		for r := range s.Records() {
			n++
			qty += r.Order.Qty
		}
		if *c.text = fmt.Sprint(n, qty); len(c.faults) > 0 {
			*c.text = fmt.Sprint(n)
		}
	}
	return clean, damaged
}

// run runs a block and returns the last line that it prints.
func (d *documented) run(t testing.TB, b *block) string {
	t.Helper()
	cmd := commands[b.who](t, b)
	cmd.Dir, cmd.Env = d.dir, d.env
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s:%d: %v\n%s%s", page, b.line, err, b.text, errs.Bytes())
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}

// check compares what a block printed with the truth.
func (d *documented) check(t testing.TB, b *block, printed string) {
	t.Helper()
	want := d.clean
	if b.damage != "" {
		want = d.damaged
	} else if b.who == "kcat" {
		want, _, _ = strings.Cut(want, " ")
	}
	if printed != want {
		t.Errorf("%s:%d: it prints %q, not %q:\n%s", page, b.line, printed, want, b.text)
	}
}

// Every block of the page loads what was written. Those for Spark and Hive are
// run by the slow tests.
func TestPage(t *testing.T) {
	t.Parallel()
	d := follow(t)
	for _, b := range d.blocks {
		if b.who == "make" || b.who == "spark" || b.who == "hive" {
			continue
		}
		t.Run(fmt.Sprintf("%s-%d", b.who, b.line), func(t *testing.T) {
			t.Parallel()
			d.check(t, &b, d.run(t, &b))
		})
	}
}

func TestBlocks(t *testing.T) {
	for _, text := range []string{"```\nx\n```\n", "```sh\nx\n```\n", "```sh mine\nx\n```\n", "```python duckdb\nx\n```\n", "```sh make now\nx\n```\n",
		"```sh make\nx\n", "see\n\n    code\n", "  ```python\n  x\n  ```\n", "```python spark damaged twice\n```\n"} {
		if list, err := blocks(text); err == nil {
			t.Errorf("of %q it makes %+v", text, list)
		}
	}
}
