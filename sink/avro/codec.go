package avro

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"
)

// Codec is how the blocks of a file are packed.
type Codec uint8

// The codecs.
const (
	Deflate   Codec = iota // every reader has it
	Null                   // not at all, which every reader has, too
	Zstandard              // smaller and faster than Deflate; some readers lack it
)

// String returns the codec's name in the files: deflate, null or zstandard.
func (c Codec) String() string {
	switch c {
	case Deflate:
		return "deflate"
	case Null:
		return "null"
	case Zstandard:
		return "zstandard"
	}
	return fmt.Sprintf("codec(%d)", uint8(c))
}

// level of Deflate, from 1 to 9: where more takes longer and gains little.
const level = 5

// packer returns a function that appends block, packed, to dst. It is for one
// goroutine at a time.
func (c Codec) packer() (func(dst, block []byte) ([]byte, error), error) {
	switch c {
	case Null:
		return func(dst, block []byte) ([]byte, error) { return append(dst, block...), nil }, nil
	case Deflate:
		var to appender
		w, err := flate.NewWriter(&to, level)
		if err != nil {
			return nil, fmt.Errorf("avro: %w", err)
		}
		return func(dst, block []byte) ([]byte, error) {
			to.b = dst
			w.Reset(&to)
			_, err := w.Write(block)
			if err == nil {
				err = w.Close()
			}
			dst, to.b = to.b, nil
			return dst, err
		}, nil
	case Zstandard:
		w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithZeroFrames(true))
		if err != nil {
			return nil, fmt.Errorf("avro: %w", err)
		}
		return func(dst, block []byte) ([]byte, error) { return w.EncodeAll(block, dst), nil }, nil
	}
	return nil, fmt.Errorf("avro: there is no %v: take Deflate, Null or Zstandard", c)
}

// appender appends what is written to it.
type appender struct{ b []byte }

func (a *appender) Write(p []byte) (int, error) {
	a.b = append(a.b, p...)
	return len(p), nil
}

// mostBlock is how many bytes a block has at most that is read: what claims more
// is no file of this package, or would fill the memory.
const mostBlock = 1 << 30

var errLarge = errors.New("a block is larger than 1 GiB")

// unpacker is packer backwards, for the codec of a name.
func unpacker(name string) (func(block []byte) ([]byte, error), error) {
	switch name {
	case Null.String():
		return func(block []byte) ([]byte, error) { return block, nil }, nil
	case Deflate.String():
		return func(block []byte) ([]byte, error) {
			r := flate.NewReader(bytes.NewReader(block))
			b, err := io.ReadAll(io.LimitReader(r, mostBlock+1))
			if len(b) > mostBlock {
				err = errLarge
			}
			return b, errors.Join(err, r.Close())
		}, nil
	case Zstandard.String():
		return func(block []byte) ([]byte, error) {
			r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(mostBlock))
			if err != nil {
				return nil, err
			}
			defer r.Close()
			return r.DecodeAll(block, nil)
		}, nil
	}
	return nil, fmt.Errorf("its codec is %q: it is deflate, null or zstandard in files of this package", name)
}
