package examples_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/kafkanauts/kafkanauts/internal/kafkatest"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
	"github.com/kafkanauts/kafkanauts/sink/avro"
	"github.com/kafkanauts/kafkanauts/sink/parquet"
)

// contents returns the hashes of all files below a directory.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			all[rel] = sum(t, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// fed runs produce with something on its standard input.
func fed(t *testing.T, status int, in string, args ...string) (stdout, stderr string) {
	t.Helper()
	if err := made(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(bin, "produce"), args...)
	cmd.Stdin = strings.NewReader(in)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	cmd.Run() // its status says it all
	if got := cmd.ProcessState.ExitCode(); got != status {
		t.Fatalf("produce %v ends with %d, not %d:\n%s", args, got, status, errs.String())
	}
	return out.String(), errs.String()
}

// answer is what produce says of a shard.
type answer struct {
	Shard                int
	Records, Lost, Bytes int64
	SHA256, CRC32C       string
	Files                []struct {
		Path           string
		Records, Bytes int64
		SHA256         string
	}
}

func answers(t *testing.T, out string) (all []answer) {
	t.Helper()
	for line := range strings.Lines(out) {
		var a answer
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatalf("%v in the answer %q", err, line)
		}
		all = append(all, a)
	}
	return all
}

// places are directories in each of the formats.
var places = map[string][]string{
	"lines":          {"-rotate=2000"},
	"csv, packed":    {"-format", "csv", "-rotate=hour", "-compress", "zstd"},
	"json":           {"-format", "json", "-rotate=400KB"},
	"avro":           {"-format", "avro", "-corrupt", "0", "-rotate=3000", "-compress", "none"},
	"avro, texts":    {"-format", "avro", "-rotate=hour"},
	"parquet":        {"-format", "parquet", "-corrupt", "0"},
	"parquet, texts": {"-format", "parquet", "-damage", "both", "-compress", "snappy"},
	"a file a shard": {"-compress", "gzip"},
}

// Shards that several processes make, in any order, are the directory that one
// process makes, answer key included; and each is answered once it is there.
func TestShardsOfADirectory(t *testing.T) {
	for name, place := range places {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			into := func(out string, more ...string) []string {
				return slices.Concat([]string{"-scale", "0.05", "-to", "2022-02-03", "-out", filepath.Join(dir, out) + "/", "-truth", filepath.Join(dir, out+".csv")}, place, more)
			}
			run(t, 0, nil, "produce", into("one", "-stream", "orders")...)
			want := contents(t, filepath.Join(dir, "one"))

			out, _ := fed(t, 0, "2\n\n 0 \n", into("some", "-shard", "-")...)
			if _, err := os.Stat(filepath.Join(dir, "some.csv")); err == nil {
				t.Error("there is an answer key, and half of the stream")
			}
			for path := range contents(t, filepath.Join(dir, "some")) {
				if strings.Contains(path, "part-00001") || strings.Contains(path, "part-00003") {
					t.Errorf("there is %s, and nobody has asked for that shard", path)
				}
			}
			_, said := run(t, 0, nil, "produce", into("some", "-shard", "3,1-1")...)
			if got := contents(t, filepath.Join(dir, "some")); !maps.Equal(got, want) {
				t.Errorf("by shards there are %d files, in one run %d, or others", len(got), len(want))
			}
			if sum(t, filepath.Join(dir, "some.csv")) != sum(t, filepath.Join(dir, "one.csv")) {
				t.Error("by shards, the answer key is another one")
			}
			run(t, 0, nil, "produce", slices.DeleteFunc(into("plain"), func(s string) bool { return strings.HasPrefix(s, "-rotate") })...)
			if withoutPlaces(t, filepath.Join(dir, "plain.csv")) != withoutPlaces(t, filepath.Join(dir, "one.csv")) {
				t.Error("without a name, the answer key is another one")
			}
			again, _ := fed(t, 0, "0\n1\n2\n3\n", into("some", "-shard", "-")...)
			all := answers(t, again)
			if want := strings.SplitAfter(again, "\n"); out != want[2]+want[0] {
				t.Errorf("a shard that is made is answered\n%s, one that is there\n%s", out, again)
			}
			if got := contents(t, filepath.Join(dir, "some")); !maps.Equal(got, want) {
				t.Error("what is there was made again, and not the same")
			}

			files, records := 0, int64(0)
			for i, a := range all {
				if a.Shard != i {
					t.Errorf("answer %d is of shard %d", i, a.Shard)
				}
				list, of := sha256.New(), int64(0)
				for _, f := range a.Files {
					fmt.Fprintf(list, "%s  %s\n", f.SHA256, f.Path)
					if want[filepath.FromSlash(f.Path)] != f.SHA256 {
						t.Errorf("shard %d: %s is not that file", i, f.Path)
					}
					of += f.Records
					files++
				}
				if of != a.Records || a.Bytes == 0 {
					t.Errorf("shard %d has %d records of %d bytes, its files %d", i, a.Records, a.Bytes, of)
				}
				if a.SHA256 != hex.EncodeToString(list.Sum(nil)) {
					t.Errorf("shard %d: the hash is not that of its files", i)
				}
				records += a.Records
			}
			data := 0
			for path := range want {
				if strings.Contains(path, "part-") {
					data++
				}
			}
			if len(all) != 4 || files != data || !bytes.Contains(said, []byte("records")) {
				t.Errorf("%d shards are answered with %d files of %d", len(all), files, data)
			}
			t.Logf("%d records in %d files of %d shards", records, files, len(all))
		})
	}
}

// What is no shard's number ends it, with the line, and what was answered stays.
func TestShardsThatAreNone(t *testing.T) {
	dir := t.TempDir()
	args := []string{"-scale", "0.001", "-out", dir + "/", "-shard", "-"}
	for in, says := range map[string]string{
		"1\n\ntwo\n3\n": `line 3 of standard input is "two"`,
		"1\n4\n":        "the stream has the shards 0 to 3",
		"1\n-1":         `line 2 of standard input is "-1"`,
		"1\n1 2\n":      `line 2 of standard input is "1 2"`,
	} {
		out, said := fed(t, 1, in, args...)
		if all := answers(t, out); len(all) != 1 || all[0].Shard != 1 {
			t.Errorf("%q: before that it answers\n%s", in, out)
		}
		if !strings.Contains(said, says) {
			t.Errorf("%q: it says\n%s, nothing of %q", in, said, says)
		}
	}
}

// Whoever waits for the number of a shard can be stopped.
func TestShardsCanBeInterrupted(t *testing.T) {
	cmd := exec.Command(filepath.Join(bin, "produce"), "-scale", "0.001", "-out", t.TempDir()+"/", "-shard", "-")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(in, 2)
	if _, err := out.Read(make([]byte, 1)); err != nil { // it has begun to answer
		t.Fatal(err)
	}
	cmd.Process.Signal(syscall.SIGTERM)
	io.Copy(io.Discard, out)
	cmd.Wait()
	if got := cmd.ProcessState.ExitCode(); got != 130 {
		t.Errorf("it ends with %d", got)
	}
}

// If nobody takes the answers it does not end as if somebody did; the shard is there.
func TestShardsWithoutAReader(t *testing.T) {
	dir := t.TempDir()
	args := []string{"-scale", "0.001", "-out", dir + "/", "-shard", "-"}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	cmd := exec.Command(filepath.Join(bin, "produce"), args...)
	cmd.Stdin, cmd.Stdout = strings.NewReader("0\n1\n"), w
	if err := cmd.Run(); err == nil {
		t.Error("it ends with 0")
	}
	w.Close()
	if out, _ := fed(t, 0, "0\n", args...); len(answers(t, out)) != 1 {
		t.Errorf("the next one answers\n%s", out)
	}
}

// A program that is killed while it fills a directory goes on there; another
// recipe may not.
func TestADirectoryGoesOn(t *testing.T) {
	for name, place := range places {
		if name == "a file a shard" {
			continue // its shards begin anew
		}
		scale := "0.1"
		if strings.HasPrefix(name, "parquet") {
			scale = "0.5" // two chunks a shard
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			into := func(out string, more ...string) []string {
				return slices.Concat([]string{"-scale", scale, "-to", "2022-02-03", "-out", filepath.Join(dir, out) + "/", "-truth", filepath.Join(dir, out+".csv"), "-stream", "s"}, place, more)
			}
			run(t, 0, nil, "produce", into("one")...)
			const tries = 20                                                                             // on a busy machine it may have ended before this test looks again
			for try := 1; !cutShort(t, filepath.Join(dir, "two"), into("two", "-workers", "1")); try++ { // one shard after the other
				if try == tries {
					t.Fatal("it was always complete before it could be killed")
				}
				for _, name := range []string{"two", "two.csv", "two.csv.parts", "two.csv.manifest.json"} {
					if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
						t.Fatal(err)
					}
				}
			}
			_, said := run(t, 1, nil, "produce", into("two", "-seed", "8")...)
			if !strings.Contains(string(said), "seed is 8 and was 0") {
				t.Errorf("another recipe is told\n%s", said)
			}
			run(t, 0, nil, "produce", into("two")...)
			if got, want := contents(t, filepath.Join(dir, "two")), contents(t, filepath.Join(dir, "one")); !maps.Equal(got, want) {
				t.Errorf("after a kill there are %d files, in one run %d, or others", len(got), len(want))
			}
			if sum(t, filepath.Join(dir, "two.csv")) != sum(t, filepath.Join(dir, "one.csv")) {
				t.Error("after a kill, the answer key is another one")
			}
		})
	}
}

// cutShort has produce fill a directory, and kills it once there are two chunks. It
// returns false if all was complete by then.
func cutShort(t *testing.T, dir string, args []string) bool {
	t.Helper()
	cmd := exec.Command(filepath.Join(bin, "produce"), args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		chunks, _ := filepath.Glob(filepath.Join(dir, "_chunks", "*", "*.json"))
		if len(chunks) >= 2 {
			cmd.Process.Kill()
			<-ended
			_, err := os.Stat(filepath.Join(dir, "_SUCCESS"))
			return errors.Is(err, os.ErrNotExist)
		}
		select {
		case err := <-ended:
			if err != nil {
				t.Fatal(err)
			}
			return false
		case <-time.After(time.Millisecond): // another process: its files are all there is to see
		}
	}
}

// A directory without a stream's name is replaced as a whole, and only if it is
// such a one.
func TestADirectoryIsReplaced(t *testing.T) {
	dir := t.TempDir()
	for _, place := range [][]string{{"-rotate", "5MB"}, {"-format", "parquet"}, {"-format", "csv", "-compress", "gzip", "-rotate", "100"}} {
		out := filepath.Join(dir, "orders")
		args := append([]string{"-scale", "0.001", "-out", out + "/"}, place...)
		run(t, 0, nil, "produce", args...)
		was := contents(t, out)
		run(t, 0, nil, "produce", append(args, "-seed", "2")...)
		if is := contents(t, out); maps.Equal(is, was) {
			t.Errorf("%v: another stream has left the directory as it was", place)
		}
		run(t, 0, nil, "produce", args...)
		if is := contents(t, out); !maps.Equal(is, was) {
			t.Errorf("%v: the same stream has left another directory", place)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "orders", "letter"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, said := run(t, 1, nil, "produce", "-scale", "0.001", "-out", filepath.Join(dir, "orders")+"/", "-format", "parquet"); !strings.Contains(string(said), "letter") {
		t.Errorf("over a file of somebody else's it says\n%s", said)
	}
}

// unpacked reads a file, packed as its name says.
func unpacked(t *testing.T, path string) []byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	switch filepath.Ext(path) {
	case ".gz":
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	case ".zst":
		d, err := zstd.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		r = d
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// However files are packed and cut, they hold the same records.
func TestFilesHoldTheSame(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	produce := func(args ...string) { run(t, 0, nil, "produce", append(args, "-scale", "0.004")...) }
	produce("-format", "csv", "-out", path("plain.csv"))
	want := unpacked(t, path("plain.csv"))
	for _, name := range []string{"a.csv.gz", "a.csv.zst"} {
		produce("-format", "csv", "-out", path(name))
		if got := unpacked(t, path(name)); !bytes.Equal(got, want) {
			t.Errorf("%s holds %d bytes, not the %d of a plain file, or others", name, len(got), len(want))
		}
	}
	produce("-format", "csv", "-out", path("b.zst"), "-compress", "none")
	if sum(t, path("b.zst")) != sum(t, path("plain.csv")) {
		t.Error("-compress none does not go before the file's name")
	}

	produce("-format", "csv", "-out", path("whole")+"/")
	whole := parts(t, path("whole"))
	header, _, _ := bytes.Cut(want, []byte("\n"))
	produce("-format", "csv", "-out", path("cut")+"/", "-rotate", "1000", "-compress", "gzip")
	for shard, want := range whole {
		files, _ := filepath.Glob(path(fmt.Sprintf("cut/part-%05d-*.csv.gz", shard)))
		got := append(slices.Clone(header), '\n')
		for _, file := range files {
			first, rest, _ := bytes.Cut(unpacked(t, file), []byte("\n"))
			if !bytes.Equal(first, header) || bytes.Count(rest, []byte("\n")) > 1000 {
				t.Errorf("%s begins %q and has %d records", file, first, bytes.Count(rest, []byte("\n")))
			}
			got = append(got, rest...)
		}
		if !bytes.Equal(got, want) || len(files) < 2 {
			t.Errorf("shard %d in %d files is not what it is in one", shard, len(files))
		}
	}
}

// Avro files hold the lines that a text file holds, damaged ones included.
func TestAvroHoldsTheSame(t *testing.T) {
	dir := t.TempDir()
	for name, args := range map[string][]string{"clean": {"-corrupt", "0"}, "damaged": {"-damage", "both", "-compress", "zstd"}} {
		out := filepath.Join(dir, name)
		recipe := slices.DeleteFunc(slices.Clone(args), func(s string) bool { return s == "-compress" || s == "zstd" })
		run(t, 0, nil, "produce", append(recipe, "-scale", "0.01", "-out", out)...)
		run(t, 0, nil, "produce", append(args, "-scale", "0.01", "-format", "avro", "-out", out+".avro")...)
		var got []byte
		for value, err := range avro.Values(out + ".avro") {
			if err != nil {
				t.Fatal(err)
			}
			got = append(append(got, value...), '\n')
		}
		if want, _ := os.ReadFile(out); !bytes.Equal(got, want) {
			t.Errorf("%s: %d lines, not the %d of a text file, or others", name, bytes.Count(got, []byte("\n")), bytes.Count(want, []byte("\n")))
		}
	}
}

// The answer key of a Parquet data set says where each record lies, by two columns of it, and
// restores it.
func TestTheKeyOfADataSet(t *testing.T) {
	dir := t.TempDir()
	key := filepath.Join(dir, "key.csv")
	run(t, 0, nil, "produce", "-scale", "0.01", "-damage", "both", "-corrupt", "0.05", "-format", "parquet", "-out", filepath.Join(dir, "orders")+"/", "-truth", key)
	run(t, 0, nil, "produce", "-scale", "0.01", "-corrupt", "0", "-out", filepath.Join(dir, "clean"))
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
	var want, got multiset
	eachLine(t, filepath.Join(dir, "clean"), func(line []byte) { want.add(line) })
	damaged := 0
	for r, err := range parquet.ReadText(filepath.Join(dir, "orders")) {
		if err != nil {
			t.Fatal(err)
		}
		back := order.Undo(nil, r.Value, faults[r.At])
		if !bytes.Equal(back, r.Value) {
			damaged++
		}
		got.add(back)
	}
	t.Logf("%d records, %d of them damaged and restored", got.n, damaged)
	if got.n != want.n || got.sum != want.sum || damaged < 1000 {
		t.Errorf("%d records, %d of them restored, are not the %d of the clean stream", got.n, damaged, want.n)
	}
}

// Shards that several processes put into a topic are there once, and are
// answered with what their partitions hold.
func TestShardsOfATopic(t *testing.T) {
	b := kafkatest.Real(t)
	dir := t.TempDir()
	topic := b.Topic(t)
	recipe := []string{"-scale", "0.01", "-shards", "3"}
	run(t, 0, nil, "produce", append(recipe, "-out", filepath.Join(dir, "whole")+"/", "-truth", filepath.Join(dir, "whole.csv"))...)
	want := parts(t, filepath.Join(dir, "whole"))
	key := filepath.Join(dir, "key.csv")
	into := append(recipe, "-brokers", b.Addrs[0], "-topic", topic, "-stream", topic+"-s", "-truth", key)

	run(t, 0, nil, "produce", append(into, "-shard", "1")...)
	if _, err := os.Stat(key); err == nil {
		t.Error("there is an answer key, and a third of the stream")
	}
	out, _ := fed(t, 0, "2\n1\n0\n2\n", append(into, "-shard", "-")...)
	all := answers(t, out)
	if len(all) != 4 {
		t.Fatalf("four numbers are answered\n%s", out)
	}
	got := partitions(t, b, topic, len(want))
	for i, shard := range []int{2, 1, 0, 2} {
		if !bytes.Equal(got[shard], want[shard]) {
			t.Errorf("partition %d holds %d lines, not the %d that it should, or others", shard, bytes.Count(got[shard], []byte("\n")), bytes.Count(want[shard], []byte("\n")))
		}
		is := answer{Shard: shard, Records: int64(bytes.Count(want[shard], []byte("\n"))),
			CRC32C: fmt.Sprintf("%08x", crc32.Checksum(want[shard], crc32.MakeTable(crc32.Castagnoli)))}
		is.Bytes = int64(len(want[shard])) - is.Records
		if a := all[i]; a.Shard != is.Shard || a.Records != is.Records || a.Bytes != is.Bytes || a.CRC32C != is.CRC32C {
			t.Errorf("shard %d is answered with %+v, not %+v", shard, a, is)
		}
	}
	if withoutPlaces(t, key) != withoutPlaces(t, filepath.Join(dir, "whole.csv")) {
		t.Error("the answer key is not that of the stream")
	}
}

// What produce prints of a format is about that format's files.
func TestSchemas(t *testing.T) {
	for _, c := range []struct {
		args      string
		says, not []string
	}{
		{"spark -format parquet -corrupt 0", []string{"`price` DECIMAL(18,2)", "`datetime` TIMESTAMP"}, []string{"_corrupt_record"}},
		{"spark -format parquet", []string{"`price` STRING", "`_corrupt_record` BINARY"}, nil},
		{"spark -format json", []string{"`price` DECIMAL(18,2)"}, nil},
		{"avro -format avro -corrupt 0", []string{"timestamp-micros"}, []string{"_corrupt_record"}},
		{"avro -format avro", []string{"_corrupt_record"}, []string{"timestamp-micros"}},
		{"avro -format avro -brokers 127.0.0.1:1", nil, []string{"timestamp-micros", "_corrupt_record"}},
		{"json", []string{"additionalProperties"}, nil},
		{"hive -out /data/o/ -topic sales -format parquet -corrupt 0", []string{"`sales`", "`country` STRING COMMENT 'country of the customer',\n  `dt` DATE", "file:///data/o"}, nil},
		{"hive -out /data/o/ -format parquet", []string{"PARTITIONED BY (\n  `dt` DATE", "`_corrupt_record` BINARY"}, nil},
		{"hive -out /data/o/ -format csv", []string{"OpenCSVSerde", "skip.header.line.count"}, []string{"PARTITIONED"}},
		{"hive -out /data/o/", []string{"'field.delim' = '|'"}, []string{"PARTITIONED"}},
	} {
		out, _ := run(t, 0, nil, "produce", append([]string{"-schema"}, strings.Fields(c.args)...)...)
		for _, s := range c.says {
			if !strings.Contains(string(out), s) {
				t.Errorf("-schema %s says nothing of %q:\n%s", c.args, s, out)
			}
		}
		for _, s := range c.not {
			if strings.Contains(string(out), s) {
				t.Errorf("-schema %s speaks of %q:\n%s", c.args, s, out)
			}
		}
	}
}
