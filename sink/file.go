package sink

import (
	"context"
	"errors"
)

// File is a sink that writes the records to a file: as lines, after the
// encoding's header if it has one, or as its Container has them; and packed, if it
// has a Compression. A record's At is its line: Offset counts records from 1.
//
// The file is written aside, in the same directory under a name that begins with
// a dot, synced, and put in place of one that may be there by Close alone. A run
// that ends early leaves the old file as it was; Abort then returns a
// *PartialError that says where the accepted records lie, or removes the new
// file if there are none. A Path that is a device or a pipe is written as it
// stands.
//
// The zero File with a Path is ready to use, once. It must not be copied after that.
type File struct {
	Path        string
	Compression Compression // nil: none
	Container   Container   // nil: lines

	lines
	dst    *aside
	packed *packed // nil: no compression
}

// Open makes the file.
func (f *File) Open(_ context.Context, s *Session) error { return f.open(s, -1) }

func (f *File) open(s *Session, shard int) error {
	f.called(f.Path, "File")
	if err := holds(s, f.Container); err != nil {
		return f.fail(err)
	}
	if err := f.create(); err != nil {
		return err
	}
	return f.head(s, f.Container, shard)
}

func (f *File) create() error {
	f.called(f.Path, "File")
	if f.dst != nil || f.err != nil {
		return f.err
	}
	dst, err := newAside(f.Path)
	if err != nil {
		return f.fail(err)
	}
	w := dst.writer()
	if f.Compression != nil {
		if f.packed, err = newPacked(f.Compression, w); err != nil {
			return f.fail(errors.Join(err, dst.remove()))
		}
		w = f.packed
	}
	f.dst, f.out.w = dst, w
	return nil
}

// Write appends the lines.
func (f *File) Write(ctx context.Context, b *Batch) error {
	if !f.ended {
		f.create()
		if f.Container != nil && f.packer == nil {
			f.fail(errors.New("with a Container, it must be opened before records are written"))
		}
	}
	if err := f.write(ctx, b); err != nil {
		return err
	}
	if f.paced && f.packed != nil && f.dst.temp == "" {
		if err := f.packed.Flush(); err != nil { // a device's or a pipe's reader waits for it
			f.out.broken = true
			return f.fail(err)
		}
	}
	return nil
}

// Close puts the file in place, unless an error came before it: then it does as
// Abort does, and returns both errors. Without any records the file is empty, or
// a header.
func (f *File) Close(ctx context.Context) error {
	return f.end(func() error {
		if err := f.finish(ctx); err != nil {
			return errors.Join(err, f.partial())
		}
		return f.publish()
	})
}

// Abort leaves the file aside.
func (f *File) Abort(ctx context.Context, cause error) error {
	return f.end(func() error {
		f.called(f.Path, "File")
		if f.dst == nil {
			return nil
		}
		before := f.err
		err := f.finish(ctx)
		if err == before || errors.Is(cause, err) {
			err = nil // the caller has it
		}
		return errors.Join(err, f.partial())
	})
}

// finish completes the file, aside.
func (f *File) finish(ctx context.Context) error {
	if err := f.create(); err != nil {
		return err
	}
	f.flush(ctx)
	if f.packed != nil && !f.out.broken {
		f.fail(f.packed.Close())
	}
	err := f.dst.finish()
	return f.fail(err)
}

// publish puts the finished file in place.
func (f *File) publish() error {
	if err := f.dst.publish(); err != nil {
		return errors.Join(f.fail(err), f.partial())
	}
	return nil
}

// partial says where the file was left, or removes it if it holds no record.
func (f *File) partial() error {
	if f.dst == nil {
		return nil
	}
	if f.count == 0 {
		return f.dst.remove()
	}
	return f.dst.partial(f.Path)
}
