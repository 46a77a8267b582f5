package sink

import (
	"context"
	"io"
)

// Through makes f, and what is written to it go through wrap.
func (f *File) Through(wrap func(io.Writer) io.Writer) error {
	err := f.create()
	if err == nil {
		f.out.w = wrap(f.out.w)
	}
	return err
}

// Through is a Dir whose files are written through Wrap.
type Through struct {
	*Dir
	Wrap func(shard int, w io.Writer) io.Writer
}

// Shard wraps the writer of the shard's file.
func (d Through) Shard(i int) (Sink, error) {
	p, err := d.part(i)
	if err != nil {
		return nil, err
	}
	p.out.w = d.Wrap(i, p.out.w)
	return p, nil
}

// ThroughKey is a TruthFile that is written through Wrap: that of a merged
// stream is shard -1.
type ThroughKey struct {
	*TruthFile
	Wrap func(shard int, w io.Writer) io.Writer
}

// Open wraps the writer of a merged stream's key.
func (k ThroughKey) Open(ctx context.Context, s *Session) error {
	err := k.TruthFile.Open(ctx, s)
	if k.whole != nil {
		k.whole.out.w = k.Wrap(-1, k.whole.out.w)
	}
	return err
}

// Shard wraps the writer of the shard's rows.
func (k ThroughKey) Shard(i int) (Sink, error) {
	p, err := k.part(i)
	if err != nil {
		return nil, err
	}
	p.out.w = k.Wrap(i, p.out.w)
	return p, nil
}

// Gate puts a gate before each step of f on the file system, of which nothing is
// really made durable.
func (f *Files) Gate(gate func(op, path string) error) {
	f.steps.Gate, f.steps.Volatile = gate, true
}
