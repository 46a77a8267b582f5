package examples_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Of what a stream was written to, the same is found: in lines, packed or not, in
// Avro, in Parquet; and the key scores it alike.
func TestFilesAreDecipheredAlike(t *testing.T) {
	recipe := []string{"-scale", "0.01", "-seed", "11"}
	first := map[string][]byte{} // by what damage was done to, and the file that is compared
	for _, c := range []struct {
		name    string // with a slash at the end, that of a directory
		format  string
		of      string // the encoding whose texts were damaged
		produce []string
	}{
		{"lines.pipe", "pipe", "pipe", nil},
		{"gzip.pipe.gz", "pipe", "pipe", nil},
		{"zstd/", "pipe", "pipe", []string{"-stream", "orders", "-rotate", "5000", "-compress", "zstd"}},
		{"texts.avro", "avro", "pipe", nil},
		{"avro/", "avro", "pipe", []string{"-stream", "orders", "-rotate", "7000"}},
		{"parquet/", "parquet", "pipe", nil},
		{"lines.csv", "csv", "csv", nil},
		{"zstd.csv.zst", "csv", "csv", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			key, out, found := filepath.Join(dir, "key.csv"), filepath.Join(dir, c.name), filepath.Join(dir, "found")
			if strings.HasSuffix(c.name, "/") {
				out += "/"
			}
			run(t, 0, nil, "produce", slices.Concat(recipe, []string{"-out", out, "-truth", key, "-format", c.format}, c.produce)...)
			run(t, 0, nil, "decipher", "-in", out, "-format", c.format, "-truth", key, "-out", found)
			for _, name := range []string{"findings.json", "score.json"} {
				got, err := os.ReadFile(filepath.Join(found, name))
				if err != nil {
					t.Fatal(err)
				}
				if what := c.of + " " + name; first[what] == nil {
					first[what] = got
				} else if !bytes.Equal(got, first[what]) {
					t.Errorf("%s is another one than of lines", name)
				}
			}
			if flags, err := os.ReadFile(filepath.Join(found, "flagged.csv")); err != nil || bytes.Count(flags, []byte("\n")) < 1000 {
				t.Errorf("%d bytes of flags, %v", len(flags), err)
			}
		})
	}
}

// What cannot be deciphered says why.
func TestFilesThatAreNotDeciphered(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	run(t, 0, nil, "produce", "-limit", "100", "-out", path("whole.pipe.zst"))
	run(t, 0, nil, "produce", "-limit", "100", "-out", path("whole.avro"), "-format", "avro")
	for whole, torn := range map[string]string{"whole.pipe.zst": "torn.pipe.zst", "whole.avro": "torn.avro"} {
		data, err := os.ReadFile(path(whole))
		if err == nil {
			err = os.WriteFile(path(torn), data[:len(data)-9], 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path("lines.gz"), []byte("not packed"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		status int
		says   string
		args   []string
	}{
		{1, "torn.pipe.zst", []string{"-in", path("torn.pipe.zst")}},
		{1, "torn.avro", []string{"-in", path("torn.avro"), "-format", "avro"}},
		{1, "lines.gz", []string{"-in", path("lines.gz")}},
		{1, "whole.pipe.zst", []string{"-in", path("whole.pipe.zst"), "-format", "avro"}},
		{1, "no such file", []string{"-in", path("absent"), "-format", "avro"}},
		{1, "no such file", []string{"-in", path("absent"), "-format", "parquet"}},
		{1, "name the directory of the data set", []string{"-in", path("whole.avro"), "-format", "parquet"}},
		{1, "is this a data set of orders?", []string{"-in", dir, "-format", "parquet"}},
		{1, "holds no files that begin with part-", []string{"-in", dir, "-format", "avro"}},
		{2, "-in or -brokers", []string{"-format", "avro"}},
		{2, "-layout is of no use with -format avro", []string{"-in", path("whole.avro"), "-format", "avro", "-layout", "qty"}},
		{2, "name its -brokers", []string{"-in", path("whole.avro"), "-format", "avro", "-registry", "http://127.0.0.1:1"}},
		{2, "about -registry, which names none", []string{"-in", path("whole.avro"), "-format", "avro", "-registry-user", "alice"}},
		{2, "none of pipe, csv, json, avro and parquet", []string{"-in", path("whole.avro"), "-format", "orc"}},
	} {
		_, stderr := run(t, c.status, nil, "decipher", append(c.args, "-out", path("found"))...)
		if !strings.Contains(string(stderr), c.says) {
			t.Errorf("%v says\n%s, nothing of %q", c.args, stderr, c.says)
		}
	}
}
