package analysis

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/kafkanauts/kafkanauts/order"
)

func TestLines(t *testing.T) {
	long := strings.Repeat("x", 700<<10)
	for _, c := range []struct {
		text   string
		header int
		want   string
	}{
		{"", 0, ""},
		{"a\nb\n", 0, "1:a 2:b "},
		{"a\n\nb", 0, "1:a 2: 3:b "},
		{"h\na\n", 1, "1:a "},
		{"a\r\nb\r\n", 0, "1:a 2:b "},
		{"a\nb\r\n", 0, "1:a 2:b\r "},
		{long + "\nb", 0, "1:" + long + " 2:b "},
	} {
		l := &Lines{Name: "test", Header: c.header, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(c.text)), nil }}
		for range 2 { // again and again
			got := ""
			for at, v := range l.Records() {
				got += fmt.Sprintf("%d:%s ", at.Offset, v)
			}
			if got != c.want || l.Err() != nil {
				t.Errorf("%.20q: %.40q, %v", c.text, got, l.Err())
			}
		}
	}
}

// A packed file has the lines of the plain one, also if it consists of several
// pieces that were packed alone; cut short, it ends in an error.
func TestPackedFiles(t *testing.T) {
	lines := [][]byte{[]byte("a\nb\n"), bytes.Repeat([]byte("long "), 100_000), []byte("\nlast\n")}
	const want = 4
	pack := map[string]func(io.Writer) io.WriteCloser{
		".gz": func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
		".zst": func(w io.Writer) io.WriteCloser {
			z, err := zstd.NewWriter(w)
			if err != nil {
				t.Fatal(err)
			}
			return z
		},
	}
	for ext, pack := range pack {
		var packed bytes.Buffer
		for _, piece := range lines {
			w := pack(&packed)
			_, err := w.Write(piece)
			if err := errors.Join(err, w.Close()); err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(t.TempDir(), "orders.pipe"+ext)
		for _, cut := range []int{0, 1, packed.Len() / 2, packed.Len() - 2} {
			if err := os.WriteFile(path, packed.Bytes()[:packed.Len()-cut], 0o666); err != nil {
				t.Fatal(err)
			}
			f := File(path, nil)
			for range 2 {
				n := 0
				for range f.Records() {
					n++
				}
				if (n == want && f.Err() == nil) != (cut == 0) {
					t.Errorf("%s without its last %d bytes: %d lines, %v", ext, cut, n, f.Err())
				}
				if cut > 0 && !strings.Contains(f.Err().Error(), path) {
					t.Errorf("nothing of %s: %v", path, f.Err())
				}
			}
		}
	}
}

func TestSourcesReportErrors(t *testing.T) {
	f := File(filepath.Join(t.TempDir(), "absent"), nil)
	for range f.Records() {
		t.Error("a record of a file that is not there")
	}
	if !errors.Is(f.Err(), os.ErrNotExist) {
		t.Errorf("error %v", f.Err())
	}
	if _, err := Analyse(f, Settings{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	if File("x.csv", order.CSV{}).Header != 1 {
		t.Error("a CSV file has a header")
	}
}
