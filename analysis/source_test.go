package analysis

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
