package intake

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/kafkanauts/kafkanauts/analysis"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
)

// spell returns the fields and the reasons of complaints as a file of rejects has
// them.
func spell(complaints []analysis.Complaint) (fields, reasons string) {
	var f, r strings.Builder
	for i, c := range complaints {
		if i > 0 {
			f.WriteByte(';')
			r.WriteByte(';')
		}
		if c.Field != order.None {
			f.WriteString(c.Field.String())
		}
		r.WriteString(string(c.Reason))
	}
	return f.String(), r.String()
}

// Gather puts the rejects of a data set that grows, a file a chunk, into one file
// at path, by partition and offset. What stood there is replaced once the new one is complete.
func Gather(dir, path string) (err error) {
	folder := filepath.Join(dir, "_rejects")
	entries, err := os.ReadDir(folder) // sorted, which is their order
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	out, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".partial-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			out.Close()
			os.Remove(out.Name())
		}
	}()
	header := analysis.AppendRejectHeader(nil, truth.Offsets)
	w := bufio.NewWriterSize(out, 1<<16)
	w.Write(header) // its error comes with Flush
	for _, e := range entries {
		if err := appendBody(w, filepath.Join(folder, e.Name()), len(header)); err != nil {
			return err
		}
	}
	err = errors.Join(w.Flush(), out.Chmod(0o644), out.Sync(), out.Close())
	if err != nil {
		return err
	}
	return os.Rename(out.Name(), path)
}

// appendBody copies a file from an offset on.
func appendBody(w io.Writer, name string, from int) error {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // somebody has cleared it away
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Seek(int64(from), io.SeekStart); err != nil {
		return err
	}
	_, err = io.Copy(w, f)
	return err
}
