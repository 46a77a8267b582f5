package parts

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"os"
	"path/filepath"
)

// File is a file of a chunk on its way.
type File struct {
	shard  *Shard
	root   int
	staged string
	file   *os.File // nil: it is closed
	sum    hash.Hash
	info   FileInfo
}

// Create makes a file that Commit will put at path, below the directory, with
// slashes; it makes folders as needed. In Beside the file lies if beside is true.
func (h *Shard) Create(path string, beside bool) (*File, error) {
	if beside && len(h.store.roots) < 2 {
		return nil, fmt.Errorf("there is no directory beside for %s", path)
	}
	f := h.next(path, beside)
	if err := h.store.steps.Pass("create", f.staged); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(f.staged, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return nil, h.store.why(err)
	}
	f.file = file
	h.files = append(h.files, f)
	return f, nil
}

// next returns the next file of the chunk, which is not made yet.
func (h *Shard) next(path string, beside bool) *File {
	f := &File{shard: h, sum: sha256.New(), info: FileInfo{Path: path}}
	if beside {
		f.root = 1
	}
	// Without the ending: patterns such as **/*.parquet look everywhere.
	f.staged = filepath.Join(h.store.roots[f.root].dir, stagingName, h.name, fmt.Sprintf("%05d-%05d", h.Number(), len(h.files)))
	return f
}

// Write appends to the file.
func (f *File) Write(p []byte) (int, error) {
	if err := f.shard.store.steps.Pass("write", f.staged); err != nil {
		return 0, err
	}
	n, err := f.file.Write(p)
	f.sum.Write(p[:n])
	f.info.Bytes += int64(n)
	return n, err
}

// Count adds records to those that the file is said to hold.
func (f *File) Count(records int) { f.info.Records += int64(records) }

// Close makes the file durable.
func (f *File) Close() error {
	err := f.shard.store.steps.Pass("sync", f.staged)
	if err == nil && !f.shard.store.steps.Volatile {
		err = f.file.Sync()
	}
	err = errors.Join(err, f.file.Close())
	f.file = nil
	f.info.SHA256 = hex.EncodeToString(f.sum.Sum(nil))
	return err
}

// Put is Create, Write and Close of a whole file, which is made durable meanwhile:
// Commit waits for that.
func (h *Shard) Put(path string, records int, data []byte) error {
	f := h.next(path, false)
	f.sum.Write(data)
	f.info.Records, f.info.Bytes, f.info.SHA256 = int64(records), int64(len(data)), hex.EncodeToString(f.sum.Sum(nil))
	if err := h.store.steps.Write(f.staged, data, &h.sync); err != nil {
		return h.store.why(err)
	}
	h.files = append(h.files, f)
	return nil
}
