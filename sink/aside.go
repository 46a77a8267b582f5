package sink

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// PartialError says that a file is not complete, and where what there is of it
// lies. The file of that Path, if there is one, is the one of before.
type PartialError struct {
	Path    string // where it would have been put
	Partial string // where it lies
}

// Error names both.
func (e *PartialError) Error() string {
	return fmt.Sprintf("sink: %s is not complete and was not put in place; what there is of it lies in %s", e.Path, e.Partial)
}

// aside is a file that is written under another name in the same directory,
// until it is complete.
type aside struct {
	file *os.File
	path string // where it is to be
	temp string // where it is; empty if path is a device or a pipe, which is written as it stands
}

// newAside makes the file. Its name, such as .orders.csv.partial-123, begins
// with a dot so that whoever reads the directory skips it.
func newAside(path string) (*aside, error) {
	if path == "" {
		return nil, errors.New("it has no path")
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real // a link stays a link
	}
	old, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	case old.IsDir():
		return nil, errors.New("it is a directory, not a file")
	case !old.Mode().IsRegular():
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		return &aside{file: f, path: path}, err
	}
	dir, base := filepath.Split(path)
	for i := 0; ; i++ {
		temp := fmt.Sprintf("%s.%s.partial-%d", dir, base, os.Getpid())
		if i > 0 {
			temp = fmt.Sprintf("%s.%d", temp, i)
		}
		f, err := os.OpenFile(temp, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o666)
		if errors.Is(err, fs.ErrExist) && i < 1<<16 {
			continue
		}
		a := &aside{file: f, path: path, temp: temp}
		if err == nil && old != nil {
			if err = f.Chmod(old.Mode().Perm()); err != nil {
				err = errors.Join(err, a.remove())
			}
		}
		return a, err
	}
}

// writer is what to write the file by. A regular file never blocks for long and
// has no deadlines, so they are hidden.
func (a *aside) writer() io.Writer {
	if a.temp == "" {
		return a.file
	}
	return struct{ io.Writer }{a.file}
}

// finish makes what was written lasting, and closes the file.
func (a *aside) finish() error {
	var err error
	if a.temp != "" {
		err = a.file.Sync()
	}
	return errors.Join(err, a.file.Close())
}

// publish puts a finished file in its place.
func (a *aside) publish() error {
	if a.temp == "" {
		return nil
	}
	if err := os.Rename(a.temp, a.path); err != nil {
		return err
	}
	if runtime.GOOS == "windows" {
		return nil // a directory cannot be synced there
	}
	d, err := os.Open(filepath.Dir(a.path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// remove throws the file away, finished or not.
func (a *aside) remove() error {
	a.file.Close() // what it held is not wanted
	if a.temp == "" {
		return nil
	}
	return os.Remove(a.temp)
}

// partial says where the file lies; nil if there is nothing to say. The caller
// gives the path as the user knows it.
func (a *aside) partial(path string) error {
	if a.temp == "" {
		return nil
	}
	return &PartialError{Path: path, Partial: a.temp}
}
