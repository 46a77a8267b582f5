package sink

import (
	"io"
	"strings"
	"time"
)

// packed is what a Compression writes to w, which it is given in blocks of one size:
// how the writes were cut decides no byte.
type packed struct {
	io.WriteCloser           // the Compression's
	w              io.Writer // the file
	buf            []byte    // less than a block
}

const blockSize = 64 << 10

func newPacked(c Compression, w io.Writer) (*packed, error) {
	to, err := c.Writer(w)
	if err != nil {
		return nil, err
	}
	return &packed{WriteCloser: to, w: w, buf: make([]byte, 0, blockSize)}, nil
}

// Write packs p, but for what does not fill a block yet.
func (p *packed) Write(b []byte) (int, error) {
	n := 0
	for n < len(b) {
		if rest := b[n:]; len(p.buf) == 0 && len(rest) >= blockSize {
			if err := p.block(rest[:blockSize]); err != nil {
				return n, err
			}
			n += blockSize
			continue
		}
		some := min(blockSize-len(p.buf), len(b)-n)
		p.buf = append(p.buf, b[n:n+some]...)
		n += some
		if len(p.buf) == blockSize {
			if err := p.rest(); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

// block packs b, whole.
func (p *packed) block(b []byte) error {
	n, err := p.WriteCloser.Write(b)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	return err
}

// rest packs what does not fill a block.
func (p *packed) rest() error {
	if len(p.buf) == 0 {
		return nil
	}
	err := p.block(p.buf)
	p.buf = p.buf[:0]
	return err
}

// Flush passes all on, so that a reader of w can have it. It decides bytes.
func (p *packed) Flush() error {
	if err := p.rest(); err != nil {
		return err
	}
	if f, ok := p.WriteCloser.(interface{ Flush() error }); ok {
		return f.Flush()
	}
	return nil
}

// Close ends the packed stream.
func (p *packed) Close() error {
	if err := p.rest(); err != nil {
		return err
	}
	return p.WriteCloser.Close()
}

// reuse begins another file, at w.
func (p *packed) reuse(c Compression, w io.Writer) error {
	p.w, p.buf = w, p.buf[:0]
	if r, ok := p.WriteCloser.(interface{ Reset(io.Writer) }); ok {
		r.Reset(w)
		return nil
	}
	to, err := c.Writer(w)
	p.WriteCloser = to
	return err
}

// SetWriteDeadline sets that of w, if it has any.
func (p *packed) SetWriteDeadline(t time.Time) error {
	if d, ok := p.w.(interface{ SetWriteDeadline(time.Time) error }); ok {
		return d.SetWriteDeadline(t)
	}
	return nil
}

// extension is what the names of files end with: ext, or what their content is
// called if that is empty, and the compression's own unless it is there.
func extension(ext string, container Container, compression Compression) string {
	switch {
	case ext != "":
	case container != nil:
		ext = container.Ext()
	default:
		ext = ".pipe"
	}
	if compression != nil {
		ext = strings.TrimSuffix(ext, compression.Ext()) + compression.Ext()
	}
	return ext
}
