package compress_test

import (
	"bytes"
	stdgzip "compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/kafkanauts/kafkanauts"
	"github.com/kafkanauts/kafkanauts/sink"
	"github.com/kafkanauts/kafkanauts/sink/compress"
)

// all are the levels that differ.
var all = []sink.Compression{compress.Gzip{}, compress.Gzip{Level: 1}, compress.Gzip{Level: 9},
	compress.Zstd{}, compress.Zstd{Level: 1}, compress.Zstd{Level: 7}, compress.Zstd{Level: 19}}

// text is some megabyte of records.
func text(t testing.TB) []byte {
	stream, err := kafkanauts.New(kafkanauts.Config{Seed: 7, Limit: 12_000})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := stream.Run(context.Background(), sink.Writer(&b)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// packed is what c makes of data, written in pieces of random sizes.
func packed(t testing.TB, c sink.Compression, data []byte, pieces *rand.Rand) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := c.Writer(&b)
	if err != nil {
		t.Fatal(err)
	}
	pack(t, w, data, pieces)
	return b.Bytes()
}

func pack(t testing.TB, w io.WriteCloser, data []byte, pieces *rand.Rand) {
	t.Helper()
	for len(data) > 0 {
		n := min(1+pieces.IntN(100_000), len(data))
		if _, err := w.Write(data[:n]); err != nil {
			t.Fatal(err)
		}
		data = data[n:]
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// unpacked reads with other programs' code where there is some.
func unpacked(t *testing.T, c sink.Compression, data []byte) []byte {
	t.Helper()
	var r io.Reader
	var err error
	if c.Ext() == ".gz" {
		r, err = stdgzip.NewReader(bytes.NewReader(data))
	} else {
		r, err = zstd.NewReader(bytes.NewReader(data), zstd.WithDecoderConcurrency(1))
	}
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// What is packed is the same however it was written, and gives back what it was;
// also of nothing, and by a writer that is used again.
func TestRoundTrip(t *testing.T) {
	data := text(t)
	for _, c := range all {
		t.Run(c.String(), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, 2))
			first := packed(t, c, data, rng)
			if got := unpacked(t, c, first); !bytes.Equal(got, data) {
				t.Fatalf("%d bytes come back of %d", len(got), len(data))
			}
			if got := unpacked(t, c, packed(t, c, nil, rng)); len(got) != 0 {
				t.Errorf("%d bytes come back of none", len(got))
			}
			var b bytes.Buffer
			w, err := c.Writer(io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			pack(t, w, data[:len(data)/3], rng)
			for range 3 {
				b.Reset()
				w.(interface{ Reset(io.Writer) }).Reset(&b)
				pack(t, w, data, rng)
				if !bytes.Equal(b.Bytes(), first) {
					t.Fatal("written in other pieces by a writer that was used before, it is packed in another way")
				}
			}
		})
	}
}

// Who goes on with a stream after an update of the module gets other bytes if these
// differ: then say so in the change log.
func TestGolden(t *testing.T) {
	want := map[string]string{
		"gzip level 5":  "53deaff5b6ae5ad0",
		"gzip level 1":  "4ee7aac0f331ad22",
		"gzip level 9":  "28ab76d80e063d84",
		"zstd level 3":  "5db41b2325940d32",
		"zstd level 1":  "bc891f0f324eefe8",
		"zstd level 7":  "a0502db87dbe22e4",
		"zstd level 19": "58cb5318032da796",
	}
	data := text(t)
	for _, c := range all {
		sum := sha256.Sum256(packed(t, c, data, rand.New(rand.NewPCG(3, 4))))
		if got := hex.EncodeToString(sum[:8]); got != want[c.String()] {
			t.Errorf("%v gives %s, not %s", c, got, want[c.String()])
		}
	}
}

func TestLevels(t *testing.T) {
	for _, c := range []sink.Compression{compress.Gzip{Level: -1}, compress.Gzip{Level: 10}, compress.Zstd{Level: -1}, compress.Zstd{Level: 23}} {
		if w, err := c.Writer(io.Discard); err == nil || w != nil {
			t.Errorf("%v: there is no error", c)
		}
		f := &sink.File{Path: filepath.Join(t.TempDir(), "orders"), Compression: c}
		if err := f.Open(t.Context(), &sink.Session{}); err == nil {
			t.Errorf("a File is opened with %v", c)
		}
	}
}

// A writer that is used again allocates next to nothing.
func TestReuseAllocatesLittle(t *testing.T) {
	data := text(t)
	for _, c := range all {
		w, err := c.Writer(io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(3, func() {
			w.(interface{ Reset(io.Writer) }).Reset(io.Discard)
			w.Write(data)
			w.Close()
		}); n > 8 {
			t.Errorf("%v: %v allocations a file", c, n)
		}
	}
}

func BenchmarkPack(b *testing.B) {
	data := text(b)
	for _, c := range all {
		b.Run(c.String(), func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			size := len(packed(b, c, data, rand.New(rand.NewPCG(1, 2))))
			w, err := c.Writer(io.Discard)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				w.(interface{ Reset(io.Writer) }).Reset(io.Discard)
				w.Write(data)
				w.Close()
			}
			b.ReportMetric(float64(len(data))/float64(size), "×smaller")
		})
	}
}

func ExampleGzip() {
	stream, err := kafkanauts.New(kafkanauts.Config{Seed: 7, Limit: 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "orders.pipe.gz")
	if _, err := stream.Run(context.Background(), &sink.File{Path: path, Compression: compress.Gzip{}}); err != nil {
		fmt.Println(err)
		return
	}
	f, err := os.Open(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	r, err := stdgzip.NewReader(f)
	if err != nil {
		fmt.Println(err)
		return
	}
	b, err := io.ReadAll(r)
	fmt.Println(bytes.Count(b, []byte("\n")), "orders,", err)
	// Output: 3 orders, <nil>
}
