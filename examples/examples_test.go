// Package examples_test runs the example programs as their users do: built,
// with flags, and judged by what they leave behind.
package examples_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
	"github.com/kafkanauts/kafkanauts/sink/parquet"
)

var bin string // holds the programs

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "kafkanauts-examples-")
	if err != nil {
		panic(err)
	}
	bin = dir
	if out, err := exec.Command("go", "build", "-o", dir+"/", "./...").CombinedOutput(); err != nil {
		fmt.Printf("building the examples: %v\n%s", err, out)
		os.RemoveAll(dir)
		os.Exit(1)
	}
	kafkatest.Main(m, func() { os.RemoveAll(dir) })
}

// made reads what the programs are made of, in a test: go test takes note, and does
// not answer from its cache when it has changed.
var made = sync.OnceValue(func() error {
	return filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".go") {
			_, err = os.ReadFile(path)
		}
		return err
	})
})

// run runs a program and returns its output; it must end with the status.
func run(t *testing.T, status int, env []string, program string, args ...string) (stdout, stderr []byte) {
	t.Helper()
	if err := made(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(bin, program), args...)
	cmd.Env = append(os.Environ(), env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s %v: %v", program, args, err)
	}
	if got := cmd.ProcessState.ExitCode(); got != status {
		t.Fatalf("%s %v ends with %d, not %d:\n%s", program, args, got, status, errs.Bytes())
	}
	return out.Bytes(), errs.Bytes()
}

func sum(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

func TestExitStatusesAndMessages(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink(dir, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		status int
		says   string
		args   []string
	}{
		{2, "put it elsewhere", []string{"produce", "-out", dir + "/link/new/", "-truth", dir + "/link/new/key"}},
		{2, "flag provided but not defined: -nonsense", []string{"produce", "-nonsense"}},
		{2, "unexpected argument", []string{"produce", "orders"}},
		{2, "neither a date", []string{"produce", "-from", "yesterday"}},
		{2, "Config.To", []string{"produce", "-from", "2022-02-02", "-to", "2022-02-01"}},
		{2, "none of pipe, csv, json, avro and parquet", []string{"produce", "-format", "xml"}},
		{2, "no share between 0 and 1", []string{"produce", "-corrupt", "3"}},
		{2, "none of original, rival and both", []string{"produce", "-damage", "mine"}},
		{2, "name one of them", []string{"produce", "-brokers", "127.0.0.1:1", "-out", "x"}},
		{2, "put it elsewhere", []string{"produce", "-out", dir + "/same", "-truth", dir + "/./same"}},
		{2, "put it elsewhere", []string{"produce", "-out", dir + "/", "-truth", dir + "/part-00000.pipe"}},
		{2, "neither a date", []string{"produce", "-from", "0001-01-01"}},
		{2, "no factor above 0", []string{"produce", "-scale", "inf"}},
		{2, "-stream is about a topic", []string{"produce", "-stream", "s", "-out", "x"}},
		{2, "-shard is about a directory", []string{"produce", "-shard", "0", "-out", "x"}},
		{2, "\"2-1\" is no shard", []string{"produce", "-shard", "0,2-1", "-out", "x/"}},
		{2, "\"4\" is no shard", []string{"produce", "-shard", "1,4", "-out", "x/"}},
		{2, "end -out with a slash", []string{"produce", "-rotate", "hour", "-out", "x"}},
		{2, "a number of records", []string{"produce", "-rotate", "7 apples", "-out", "x/"}},
		{2, "here it is one of none, gzip, zstd", []string{"produce", "-compress", "lz4", "-out", "x/"}},
		{2, "-compress is about files and topics", []string{"produce", "-compress", "gzip"}},
		{2, "no text for standard output", []string{"produce", "-format", "avro"}},
		{2, "name a directory", []string{"produce", "-format", "parquet", "-out", "x"}},
		{2, "here it is one of none, snappy, zstd", []string{"produce", "-format", "parquet", "-compress", "gzip", "-out", "x/"}},
		{2, "a Parquet data set has its own parts", []string{"produce", "-format", "parquet", "-rotate", "hour", "-out", "x/"}},
		{2, "packed inside", []string{"produce", "-format", "avro", "-out", "x.avro.gz"}},
		{2, "here it is one of none, deflate, zstd", []string{"produce", "-format", "avro", "-compress", "gzip", "-out", "x/"}},
		{2, "makes a data set", []string{"produce", "-format", "parquet", "-brokers", "127.0.0.1:1"}},
		{2, "makes files", []string{"scaleout", "-format", "parquet"}},
		{2, "give one by -stream", []string{"produce", "-rotate", "hour", "-out", "x/", "-truth", "key"}},
		{2, "put it elsewhere", []string{"produce", "-out", dir + "/", "-truth", dir + "/deep/in/key", "-stream", "s"}},
		{2, "-schema hive is of a table over files", []string{"produce", "-schema", "hive"}},
		{2, "none of avro, json, spark and hive", []string{"produce", "-schema", "xsd"}},
		{0, "", []string{"produce", "-schema", "spark"}},
		{2, "-limit cuts the merged order", []string{"produce", "-stream", "s", "-brokers", "127.0.0.1:1", "-limit", "5"}},
		{2, "-limit cuts the merged order", []string{"scaleout", "-limit", "5"}},
		{1, "another name than the topic's", []string{"produce", "-stream", "orders", "-brokers", "127.0.0.1:1"}},
		{1, "127.0.0.1:1", []string{"scaleout", "-brokers", "127.0.0.1:1", "-scale", "0.001"}},
		{2, "flag provided but not defined", []string{"quickstart", "-seed", "5"}},
		{2, "-limit cuts the merged order", []string{"produce", "-out", dir + "/d/", "-limit", "5"}},
		{1, "127.0.0.1:1", []string{"produce", "-brokers", "127.0.0.1:1", "-scale", "0.001"}},
		{1, "127.0.0.1:1", []string{"consume", "-brokers", "127.0.0.1:1", "-out", dir + "/c"}},
		{2, "-brokers", []string{"consume", "-out", dir + "/c"}},
		{2, "want keep or reject", []string{"consume", "-brokers", "127.0.0.1:1", "-out", dir + "/c", "-duplicates", "drop"}},
		{2, "name the -group too", []string{"consume", "-brokers", "127.0.0.1:1", "-out", dir + "/c", "-instance", "a"}},
		{2, "choose another topic", []string{"consume", "-brokers", "127.0.0.1:1", "-out", dir + "/c", "-dead", "orders"}},
		{0, "a valid order", []string{"consume", "-help"}},
		{1, "no such file", []string{"decipher", "-in", dir + "/none", "-out", dir + "/f"}},
		{2, "-out", []string{"decipher", "-in", dir + "/none"}},
		{2, "layout has 1 columns", []string{"decipher", "-layout", "qty", "-out", dir + "/f"}},
		{1, "no space left on device", []string{"produce", "-out", "/dev/full", "-scale", "0.01"}},
		{0, "usage: produce", []string{"produce", "-help"}},
	} {
		_, stderr := run(t, c.status, nil, c.args[0], c.args[1:]...)
		if !strings.Contains(string(stderr), c.says) {
			t.Errorf("%v says\n%s, nothing of %q", c.args, stderr, c.says)
		}
	}
}

func TestAnInterruptEndsWith130(t *testing.T) {
	path := filepath.Join(t.TempDir(), "orders.pipe")
	cmd := exec.Command(filepath.Join(bin, "produce"), "-speed", "1", "-out", path)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// It is under way once its file is there, aside.
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		if files, _ := os.ReadDir(filepath.Dir(path)); len(files) > 0 {
			break
		}
		select {
		case err := <-ended:
			t.Fatalf("it ended by itself: %v\n%s", err, stderr.Bytes())
		case <-time.After(10 * time.Millisecond): // another process: its file is all there is to see
		}
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	<-ended
	if got := cmd.ProcessState.ExitCode(); got != 130 {
		t.Errorf("it ends with %d:\n%s", got, stderr.Bytes())
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a run that was interrupted leaves a file under the final name")
	}
}

func TestDecipherCanBeInterrupted(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command(filepath.Join(bin, "decipher"), "-out", filepath.Join(dir, "found"))
	cmd.Env = append(os.Environ(), "TMPDIR="+dir)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(in, "the first record, and then nothing for ever")
	for {
		if files, _ := os.ReadDir(dir); len(files) > 0 { // it has begun to spool
			break
		}
		time.Sleep(10 * time.Millisecond) // another process: its file is all there is to see
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	if got := cmd.ProcessState.ExitCode(); got != 130 {
		t.Errorf("it ends with %d", got)
	}
	if files, _ := os.ReadDir(dir); len(files) > 0 {
		t.Errorf("it leaves %v", files)
	}
}

func TestQuickstartPrintsTenOrders(t *testing.T) {
	out, _ := run(t, 0, nil, "quickstart")
	if n := bytes.Count(out, []byte("\n")); n != 10 || bytes.Count(out, []byte("|")) != 150 {
		t.Errorf("%d lines:\n%s", n, out)
	}
}

func TestCustomgenCounts(t *testing.T) {
	out, _ := run(t, 0, nil, "customgen")
	if !strings.Contains(string(out), "swap_names") || !strings.Contains(string(out), "payday") {
		t.Errorf("neither the strategy nor the pattern is in the report:\n%s", out)
	}
}

func TestTheSameBytesForAnyWorkersSpeedAndZone(t *testing.T) {
	dir := t.TempDir()
	args := func(name string, more ...string) []string {
		return append([]string{"-scale", "0.02", "-out", filepath.Join(dir, name)}, more...)
	}
	run(t, 0, nil, "produce", args("one", "-workers", "1")...)
	want := sum(t, filepath.Join(dir, "one"))
	for name, c := range map[string]struct{ env, args []string }{
		"two":    {nil, []string{"-workers", "2"}},
		"seven":  {nil, []string{"-workers", "7"}},
		"paced":  {nil, []string{"-speed", "2000000"}},
		"zone":   {[]string{"TZ=Pacific/Chatham", "ZONEINFO=" + dir}, nil},
		"stdout": {nil, nil},
	} {
		if name == "stdout" {
			out, _ := run(t, 0, nil, "produce", "-scale", "0.02")
			if err := os.WriteFile(filepath.Join(dir, name), out, 0o666); err != nil {
				t.Fatal(err)
			}
		} else {
			run(t, 0, c.env, "produce", args(name, c.args...)...)
		}
		if got := sum(t, filepath.Join(dir, name)); got != want {
			t.Errorf("%s: %s, with one worker %s", name, got, want)
		}
	}
}

// records returns the lines of a file, without the header of a format that has
// one.
func records(t *testing.T, path, format string) [][]byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSuffix(b, []byte("\n")), []byte("\n"))
	if format == "csv" {
		lines = lines[1:]
	}
	return lines
}

// The answer key's file alone restores every line that damage changed, and
// names just those.
func TestUndoFromTheTruthFile(t *testing.T) {
	const orders = 1_000_000
	if testing.Short() {
		t.Skip("a million orders in three formats; run without -short")
	}
	dir := t.TempDir()
	for _, format := range []string{"pipe", "csv", "json"} {
		clean, damaged, key := filepath.Join(dir, "clean"), filepath.Join(dir, "damaged"), filepath.Join(dir, "key")
		run(t, 0, nil, "produce", "-format", format, "-limit", strconv.Itoa(orders), "-corrupt", "0", "-out", clean)
		run(t, 0, nil, "produce", "-format", format, "-limit", strconv.Itoa(orders), "-damage", "both", "-corrupt", "0.05", "-out", damaged, "-truth", key)
		want, got := records(t, clean, format), records(t, damaged, format)
		if len(want) != orders || len(got) != orders {
			t.Fatalf("%s: %d clean and %d damaged lines", format, len(want), len(got))
		}
		f, err := os.Open(key)
		if err != nil {
			t.Fatal(err)
		}
		named := map[int64]bool{}
		for r, err := range truth.NewReader(f).Records() {
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Faults) == 0 {
				continue
			}
			line := r.At.Offset
			named[line] = true
			if back := order.Undo(nil, got[line-1], r.Faults); !bytes.Equal(back, want[line-1]) {
				t.Fatalf("%s: line %d: %q is undone to %q, not %q", format, line, got[line-1], back, want[line-1])
			}
		}
		f.Close()
		for i := range want {
			if differs := !bytes.Equal(want[i], got[i]); differs != named[int64(i+1)] {
				t.Fatalf("%s: line %d: differs %v, named %v:\n%q\n%q", format, i+1, differs, named[int64(i+1)], want[i], got[i])
			}
		}
		t.Logf("%s: %d of %d lines are damaged and restored", format, len(named), orders)
	}
}

// multiset is a hash of lines that does not depend on their order.
type multiset struct {
	sum [4]uint64
	n   int
	h   hash.Hash
}

func (m *multiset) add(line []byte) {
	if m.h == nil {
		m.h = sha256.New()
	}
	m.h.Reset()
	m.h.Write(line)
	s := m.h.Sum(nil)
	for i := range m.sum {
		for j := range 8 {
			m.sum[i] += uint64(s[8*i+j]) << (8 * j)
		}
	}
	m.n++
}

// What was sent is what was consumed: the accepted rows, encoded again, and the
// rejects' values are together the lines of the same stream in a file.
// KAFKANAUTS_SCALE makes it as large as one likes.
func TestTopicRoundTrip(t *testing.T) {
	scale := os.Getenv("KAFKANAUTS_SCALE")
	if scale == "" {
		scale = "0.04"
	}
	kafkatest.Each(t, func(t *testing.T, b *kafkatest.Broker) {
		dir := t.TempDir()
		topic := b.Topic(t)
		brokers := strings.Join(b.Addrs, ",")
		_, said := run(t, 0, nil, "produce", "-brokers", brokers, "-topic", topic, "-scale", scale, "-truth", filepath.Join(dir, "key"))
		run(t, 0, nil, "produce", "-scale", scale, "-out", filepath.Join(dir, "orders.pipe"))
		run(t, 0, nil, "consume", "-brokers", brokers, "-topic", topic, "-out", filepath.Join(dir, "orders"), "-rejects", filepath.Join(dir, "rejects.csv"))

		var want, got multiset
		eachLine(t, filepath.Join(dir, "orders.pipe"), func(line []byte) { want.add(line) })
		if m := regexp.MustCompile(`records +(\d+)`).FindSubmatch(said); m == nil || string(m[1]) != strconv.Itoa(want.n) {
			t.Errorf("produce says\n%s, the file has %d lines", said, want.n)
		}
		var line []byte
		for o, err := range parquet.Read(filepath.Join(dir, "orders")) {
			if err != nil {
				t.Fatal(err)
			}
			line = order.Pipe{}.Append(line[:0], &o, nil)
			got.add(line)
		}
		accepted := got.n
		for _, value := range rejects(t, filepath.Join(dir, "rejects.csv")) {
			got.add([]byte(value))
		}
		t.Logf("%d sent, %d accepted, %d rejected", want.n, accepted, got.n-accepted)
		if got.n != want.n || got.sum != want.sum {
			t.Errorf("%d lines were sent; %d accepted and %d rejected are not the same", want.n, accepted, got.n-accepted)
		}
		joined(t, filepath.Join(dir, "key"), filepath.Join(dir, "rejects.csv"))

		if !b.Real {
			return
		}
		out, err := exec.Command(kafkatest.Kcat(t), "-C", "-b", brokers, "-t", topic, "-o", "beginning", "-e", "-q", "-f", "%T %S\n").Output()
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(out, []byte("\n")); n != want.n {
			t.Errorf("kcat counts %d records, %d were sent", n, want.n)
		}
		if first := out[:bytes.IndexByte(out, ' ')]; !bytes.HasPrefix(first, []byte("16435")) {
			t.Errorf("the first record's time is %s, not of 31 January 2022", first)
		}
	})
}

// joined checks that the offsets of an answer key hold the records it speaks of:
// each rejected value, undone, is an order that every reader accepts.
func joined(t *testing.T, key, rejected string) {
	t.Helper()
	f, err := os.Open(key)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	faults := map[order.Place][]order.Fault{}
	for r, err := range truth.NewReader(f).Records() {
		if err != nil {
			t.Fatal(err)
		}
		faults[r.At] = r.Faults
	}
	var o order.Order
	for at, value := range rejects(t, rejected) {
		back := order.Undo(nil, []byte(value), faults[at])
		if err := (order.Pipe{}).Parse(&o, back, nil); err != nil || string(back) == value {
			t.Fatalf("the record at %v, %q, is undone to %q: %v", at, value, back, err)
		}
	}
}

func rejects(t *testing.T, path string) map[order.Place]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	values := map[order.Place]string{}
	rows := csv.NewReader(bufio.NewReader(f))
	for first := true; ; first = false {
		row, err := rows.Read()
		if err == io.EOF {
			return values
		}
		if err != nil {
			t.Fatal(err)
		}
		if first {
			continue
		}
		value, err := strconv.Unquote(row[len(row)-1])
		if err != nil {
			t.Fatal(err)
		}
		partition, _ := strconv.Atoi(row[0])
		offset, _ := strconv.ParseInt(row[1], 10, 64)
		values[order.Place{Partition: int32(partition), Offset: offset}] = value
	}
}

func eachLine(t *testing.T, path string, f func(line []byte)) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	s := bufio.NewScanner(bufio.NewReaderSize(file, 1<<20))
	for s.Scan() {
		f(s.Bytes())
	}
	if s.Err() != nil {
		t.Fatal(s.Err())
	}
}

// score is what is read of score.json and findings.json.
type score struct {
	Records struct {
		Recall      float64 `json:"recall"`
		FalseAlarms float64 `json:"false_alarms_per_1000"`
	} `json:"records"`
	Patterns struct {
		Found []struct {
			Name     string
			Measured float64
		}
		Invented []string
	} `json:"patterns"`
}

func checkScore(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var s score
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	if s.Records.Recall < 0.83 || s.Records.FalseAlarms > 1 {
		t.Errorf("recall %.4f, %.3f false alarms per 1,000", s.Records.Recall, s.Records.FalseAlarms)
	}
	i := slices.IndexFunc(s.Patterns.Found, func(f struct {
		Name     string
		Measured float64
	}) bool {
		return f.Name == "tuesday-tacos"
	})
	if i < 0 {
		t.Errorf("tacos are not among the patterns found: %+v", s.Patterns.Found)
	} else if m := s.Patterns.Found[i].Measured; math.Abs(m-0.5) > 0.1 {
		t.Errorf("tacos are measured as %.3f of Tuesday's groceries", m)
	}
	if len(s.Patterns.Invented) > 0 {
		t.Errorf("invented: %q", s.Patterns.Invented)
	}
}

func TestRivalsScoresItself(t *testing.T) {
	dir := t.TempDir()
	out, _ := run(t, 0, nil, "rivals", "-out", dir)
	checkScore(t, filepath.Join(dir, "score.json"))
	for _, name := range []string{"report.html", "findings.json", "flagged.csv", "truth.csv", "truth.csv.manifest.json", "orders/_SUCCESS"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	if !bytes.Contains(out, []byte("recall")) {
		t.Errorf("there is no score table in\n%s", out)
	}
	page, _ := os.ReadFile(filepath.Join(dir, "report.html"))
	links := bytes.ReplaceAll(page, []byte("http://www.w3.org/2000/svg"), nil) // a name, not an address
	for _, s := range []string{"http://", "https://", "<script", "<link", "@import", "url("} {
		if bytes.Contains(links, []byte(s)) {
			t.Errorf("the report has %q and may need the network", s)
		}
	}
}

func TestDecipherReadsFilesAndStandardInput(t *testing.T) {
	dir := t.TempDir()
	in, key := filepath.Join(dir, "orders.csv"), filepath.Join(dir, "key.csv")
	run(t, 0, nil, "produce", "-format", "csv", "-scale", "0.02", "-seed", "5", "-out", in, "-truth", key)
	run(t, 0, nil, "decipher", "-in", in, "-format", "csv", "-truth", key, "-out", filepath.Join(dir, "found"))
	checkScore(t, filepath.Join(dir, "found", "score.json"))

	cmd := exec.Command(filepath.Join(bin, "decipher"), "-format", "csv", "-out", filepath.Join(dir, "piped"))
	f, err := os.Open(in)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	cmd.Stdin = f
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if sum(t, filepath.Join(dir, "found", "flagged.csv")) != sum(t, filepath.Join(dir, "piped", "flagged.csv")) {
		t.Error("standard input and a file are judged differently")
	}
}

func TestDecipherJudgesItsInput(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	run(t, 0, nil, "produce", "-scale", "0.004", "-out", path("file"), "-truth", path("key"))
	run(t, 0, nil, "produce", "-scale", "0.004", "-out", path("parts")+"/", "-truth", path("parts.key"))
	run(t, 0, nil, "produce", "-scale", "0.004", "-seed", "3", "-limit", "5000", "-out", path("other"))
	if err := os.WriteFile(path("empty"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		status int
		says   string
		args   []string
	}{
		{0, "are valid", []string{"-in", path("parts"), "-truth", path("parts.key")}},
		{0, "are valid", []string{"-in", path("file"), "-truth", path("key")}},
		{1, "is no key of this stream", []string{"-in", path("file"), "-truth", path("parts.key")}},
		{1, "is no key of this stream", []string{"-in", path("other"), "-truth", path("key")}},
		{1, "no records", []string{"-in", path("empty")}},
		{1, "are valid orders", []string{"-in", path("file"), "-format", "csv"}},
	} {
		out := path("found" + strings.ReplaceAll(fmt.Sprint(c.args), "/", "-"))
		_, stderr := run(t, c.status, nil, "decipher", append(c.args, "-out", out)...)
		if !strings.Contains(string(stderr), c.says) {
			t.Errorf("%v says\n%s, nothing of %q", c.args, stderr, c.says)
		}
		if c.status == 0 {
			checkScore(t, filepath.Join(out, "score.json"))
			flagged, err := os.ReadFile(filepath.Join(out, "flagged.csv"))
			want := "line,field,reason,score\n"
			if strings.Contains(out, "parts") {
				want = "file,line,field,reason,score\npart-00000.pipe,"
			}
			if err != nil || !bytes.HasPrefix(flagged, []byte(want)) {
				t.Errorf("flagged.csv begins %.60q, %v", flagged, err)
			}
		}
	}
}

// Tacos are half of Tuesday's groceries in the United States, and of no other
// day's. The interval is Wald's at 4 standard errors: a right program fails one
// seed in 16,000; this seed is fixed.
func TestTacos(t *testing.T) {
	path := filepath.Join(t.TempDir(), "orders.pipe")
	run(t, 0, nil, "produce", "-scale", "0.2", "-corrupt", "0", "-out", path)
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Skip("this system has no zone data to check against")
	}
	var tacos, all [7]float64
	var o order.Order
	eachLine(t, path, func(line []byte) {
		if err := (order.Pipe{}).View(&o, line, nil); err != nil {
			t.Fatal(err)
		}
		if o.Country != "United States" || o.Category != "Groceries" {
			return
		}
		day := o.Time.In(zone).Weekday()
		all[day]++
		if strings.Contains(o.ProductName, "Taco") {
			tacos[day]++
		}
	})
	for day := range tacos {
		share, want := tacos[day]/all[day], 0.0
		if time.Weekday(day) == time.Tuesday {
			want = 0.5
		}
		if math.Abs(share-want) > 4*math.Sqrt(want*(1-want)/all[day]) {
			t.Errorf("%v: %.0f of %.0f orders are tacos", time.Weekday(day), tacos[day], all[day])
		}
	}
	t.Logf("Tuesday: %.0f of %.0f, %.4f", tacos[2], all[2], tacos[2]/all[2])
}
