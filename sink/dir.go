package sink

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Dir is a Sharder that writes a directory with a file for each shard, in the
// shard's own order: part-00000 and so on; of several files a shard, and of streams
// that go on after a crash, there is Files. A record's At is its shard, as
// Partition, and its line in that file, as Offset, from 1.
//
// The directory is made if need be. Each file is written as File writes it, and all
// are put in place by Close; a run that ends early leaves those of before. Files of
// that naming which the stream would not replace (of more shards, or with another
// extension) would be taken for part of it, and so would they be of a data set that another
// sink has written there: Open refuses a directory that has some.
//
// The zero Dir with a Path is ready to use, once. It must not be copied after
// that.
type Dir struct {
	Path        string
	Ext         string      // of the files, with its dot, such as ".csv", to which the Compression's is added; empty: the Container's, or ".pipe"
	Compression Compression // nil: none
	Container   Container   // nil: lines

	state
	session Session
	parts   []*part // by shard; nil: not asked for
}

// part is the file of one shard. Closing it completes it where it lies; Dir
// does the rest.
type part struct {
	File
	done  state // of what the stream sees
	early bool  // aborted
}

// Name returns the name of a shard's file in the directory, such as
// part-00000.pipe.
func (d *Dir) Name(shard int) string {
	return partName(shard) + d.ext()
}

func (d *Dir) ext() string { return extension(d.Ext, d.Container, d.Compression) }

// partName is what the names of a shard's files begin with.
func partName(shard int) string { return fmt.Sprintf("part-%05d", shard) }

// Open makes the directory and looks what it holds.
func (d *Dir) Open(_ context.Context, s *Session) error {
	d.called(d.Path, "Dir")
	d.session = *s
	if s.Merged {
		return d.fail(fmt.Errorf("it takes a stream by shards, not merged: %w", errors.ErrUnsupported))
	}
	if d.Path == "" {
		return d.fail(errors.New("it has no path"))
	}
	if err := holds(s, d.Container); err != nil {
		return d.fail(err)
	}
	if err := os.MkdirAll(d.Path, 0o777); err != nil {
		return d.fail(err)
	}
	files, err := os.ReadDir(d.Path)
	if err != nil {
		return d.fail(err)
	}
	for _, f := range files {
		if foreign(f) {
			return d.fail(fmt.Errorf("it holds %s, so the data set of another sink, which a file a shard does not replace: remove it, or write elsewhere", f.Name()))
		}
		digits, ok := strings.CutPrefix(f.Name(), "part-")
		digits = digits[:len(digits)-len(strings.TrimLeft(digits, "0123456789"))]
		n, err := strconv.ParseUint(digits, 10, 31)
		if ok && err == nil && (n >= uint64(s.Shards) || f.Name() != d.Name(int(n))) {
			return d.fail(fmt.Errorf("it holds %s, which a stream of %d shards in %s files does not replace: "+
				"remove it, or write elsewhere", f.Name(), s.Shards, d.ext()))
		}
	}
	return nil
}

// foreign tells whether f is of a data set that another sink has made: the folder
// of a partition, or what says whose the data are.
func foreign(f os.DirEntry) bool {
	switch name := f.Name(); name {
	case "_stream.json", "_manifest.json", "_origin.json":
		return true
	default:
		return f.IsDir() && strings.Contains(name, "=")
	}
}

// Shard makes the file of the shard.
func (d *Dir) Shard(i int) (Sink, error) { return d.part(i) }

func (d *Dir) part(i int) (*part, error) {
	d.called(d.Path, "Dir")
	switch {
	case d.err != nil:
		return nil, d.err
	case d.ended:
		return nil, d.wrap(errClosed)
	case i < 0:
		return nil, d.fail(fmt.Errorf("it takes a stream by shards, not merged: %w", errors.ErrUnsupported))
	case i < len(d.parts) && d.parts[i] != nil:
		return d.parts[i], nil
	}
	p := &part{File: File{Path: filepath.Join(d.Path, d.Name(i)), Compression: d.Compression, Container: d.Container}}
	p.partition = int32(i)
	if err := p.open(&d.session, i); err != nil {
		if p.dst != nil {
			p.dst.remove() // the Container does not take the stream
		}
		return nil, d.fail(err)
	}
	for len(d.parts) <= i {
		d.parts = append(d.parts, nil)
	}
	d.parts[i] = p
	return p, nil
}

// Write delivers a batch to the file of its shard.
func (d *Dir) Write(ctx context.Context, b *Batch) error {
	d.called(d.Path, "Dir")
	if err := d.begin(ctx); err != nil {
		return err
	}
	p, err := d.part(b.Shard)
	if err != nil {
		return err
	}
	return d.fail(p.Write(ctx, b))
}

// Close puts all the files in place, unless an error came before it: then it
// does as Abort does, and returns both.
func (d *Dir) Close(ctx context.Context) error {
	return d.end(func() error {
		err := d.err
		for _, p := range d.parts {
			if p == nil {
				continue
			}
			if failed := p.Close(ctx); failed != nil && !errors.Is(err, failed) {
				err = errors.Join(err, failed)
			}
			if p.early && err == nil {
				err = d.wrap(fmt.Errorf("%s is not complete", p.Path))
			}
		}
		if err != nil {
			return errors.Join(err, d.partial())
		}
		for _, p := range d.parts {
			if p != nil {
				err = errors.Join(err, p.publish())
			}
		}
		return err
	})
}

// Abort leaves the files aside. Its error holds a *PartialError for each that has
// records.
func (d *Dir) Abort(ctx context.Context, cause error) error {
	return d.end(func() error {
		var err error
		for _, p := range d.parts {
			if p != nil && !p.done.ended {
				err = errors.Join(err, p.Abort(ctx, cause))
			}
		}
		return errors.Join(err, d.partial())
	})
}

// partial says where the files were left.
func (d *Dir) partial() error {
	var errs []error
	for _, p := range d.parts {
		if p != nil {
			errs = append(errs, p.partial())
		}
	}
	return errors.Join(errs...)
}

// Write appends the lines.
func (p *part) Write(ctx context.Context, b *Batch) error {
	if p.done.ended && p.err == nil {
		return p.wrap(errClosed)
	}
	return p.File.Write(ctx, b)
}

// Close completes the file, aside.
func (p *part) Close(ctx context.Context) error {
	return p.done.end(func() error { return p.finish(ctx) })
}

// Abort completes the file, aside; Dir's Abort says where.
func (p *part) Abort(ctx context.Context, _ error) error {
	return p.done.end(func() error {
		p.early = true
		before := p.err
		if err := p.finish(ctx); err != before {
			return err
		}
		return nil
	})
}
