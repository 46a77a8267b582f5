package proof

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Partition is what one partition, or the file of one shard, holds.
type Partition struct {
	Sums     []Sum   // of the values, in order
	Offsets  []int64 // of the values, ascending; nil: a file's lines, from 1
	Places   []int   // of the values in the reference's partition, from 1; 0: nowhere; nil: not compared
	Values   string  // SHA-256, hexadecimal, of the values, each with a '\n'
	Messages string  // SHA-256 of all of each record but its offset: key, value, headers and time; "": a file
	Commits  int     // markers of transactions
	Aborts   int
}

// find returns the index of the record at an offset.
func (p *Partition) find(offset int64) (int, bool) {
	if p.Offsets == nil {
		return int(offset - 1), offset >= 1 && offset <= int64(len(p.Sums))
	}
	return slices.BinarySearch(p.Offsets, offset)
}

// place returns which record of the reference, from 1, is the one at an offset.
// Of one that the reference has not it is 0. False: no record is there.
func (p *Partition) place(offset int64) (int64, bool) {
	i, ok := p.find(offset)
	if !ok {
		return 0, false
	}
	if p.Places == nil {
		return int64(i) + 1, true
	}
	return int64(p.Places[i]), true
}

// A visitor is shown every value while data are read. It keeps nothing of value.
type visitor func(partition int32, offset int64, value []byte)

// ReadDir reads a directory with a file a shard, part-00000.EXT and so on, a
// record a line.
func ReadDir(dir string, see visitor) ([]Partition, error) {
	files, err := filepath.Glob(filepath.Join(dir, "part-*"))
	if err != nil {
		return nil, err
	}
	parts := make([]Partition, len(files))
	for _, file := range files {
		i, err := shardOf(filepath.Base(file))
		if err != nil {
			return nil, err
		}
		if int(i) >= len(parts) {
			return nil, fmt.Errorf("proof: %s has %d files, and one is called %s", dir, len(files), filepath.Base(file))
		}
		if err := readFile(file, &parts[i], func(line int64, value []byte) { see(i, line, value) }); err != nil {
			return nil, err
		}
	}
	return parts, nil
}

// shardOf returns the number in a name such as part-00007.pipe.
func shardOf(name string) (int32, error) {
	digits, _, _ := strings.Cut(strings.TrimPrefix(name, "part-"), ".")
	n, err := strconv.ParseUint(digits, 10, 31)
	if err != nil {
		return 0, fmt.Errorf("proof: %q is no file of a shard", name)
	}
	return int32(n), nil
}

func readFile(path string, p *Partition, see func(line int64, value []byte)) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	whole := sha256.New()
	lines := bufio.NewReaderSize(f, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF && len(line) == 0 {
			p.Values = hex.EncodeToString(whole.Sum(nil))
			return nil
		} else if err == io.EOF {
			return fmt.Errorf("proof: %s: the last line has no end", path)
		} else if err != nil {
			return err
		}
		whole.Write(line)
		value := bytes.TrimSuffix(line, []byte{'\n'})
		p.Sums = append(p.Sums, sumOf(value))
		see(int64(len(p.Sums)), value)
	}
}

// digest hashes records such that no two sequences of them look the same.
type digest struct {
	hash.Hash
	buf []byte
}

func (d *digest) bytes(b []byte) {
	d.buf = append(binary.AppendVarint(d.buf[:0], int64(len(b))), b...)
	if b == nil {
		d.buf[0] = 0xff
	}
	d.Write(d.buf)
}

func (d *digest) number(n int64) {
	d.buf = binary.AppendVarint(d.buf[:0], n)
	d.Write(d.buf)
}

func (d *digest) String() string { return hex.EncodeToString(d.Sum(nil)) }

var errEmpty = errors.New("proof: there is nothing to compare with")
