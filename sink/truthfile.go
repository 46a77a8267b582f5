package sink

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
)

// TruthFile is a Sharder that writes the answer key of a stream to a file, and
// its manifest beside it (see truth.ManifestPath). It records the At that the
// sink before it in a Tee has set. The rows of a merged stream, and those of each
// shard, stand as the records were emitted, a lost record's before those of the
// first with a greater Seq; the rows of shards are merged by Seq.
//
// Both files are written aside, synced, and put in place by Close alone. The rows
// of shards wait in files of their own until then, which are then removed. After a run that ended early
// there is no manifest, the old files are as they were, and Abort returns a *PartialError that says
// where the key of what was accepted lies. A Path that is a device or a pipe is
// written as it stands, without a manifest.
//
// A TruthFile with a Path is ready to use, once. It must not be copied after
// that.
type TruthFile struct {
	Path string
	Form truth.Form // as the sink of the data numbers: Lines for a File, Offsets for a topic, Files for a Dir

	// Name is the name of a shard's file of the data as the key and the manifest
	// call it, such as Dir's method Name; for a merged stream it is called with -1.
	// It may be nil, but for the form truth.Files and for Hash.
	Name func(shard int) string

	// Hash says that the manifest shall have the hashes of the data's files, made
	// of the lines as they pass. It costs about as much as encoding them.
	Hash bool

	// Manifest is what the manifest says of Version, Recipe and Patterns. Its
	// Totals are added to those of the records that are written, for who writes only those
	// that have something in the key. The rest is filled in; here it stays as it is.
	Manifest truth.Manifest

	state
	dst   *aside
	sum   hash.Hash // of the key
	paced bool
	head  []byte            // of the data's files
	whole *keyPart          // of a merged stream; it is written straight to dst
	parts []*keyPart        // by shard; nil: not asked for
	files map[string]string // of the data: their hashes, where they are known already

	unmerged bool // merging the parts failed: they are all there is
}

// Open makes the file.
func (t *TruthFile) Open(_ context.Context, s *Session) error {
	if err := t.create(); err != nil {
		return err
	}
	t.paced = s.Paced()
	if h, ok := s.Encoding.(order.Header); ok {
		t.head = append(h.AppendHeader(nil), '\n')
	}
	if s.Merged {
		_, err := t.part(-1)
		return err
	}
	return nil
}

func (t *TruthFile) create() error {
	t.called(t.Path, "TruthFile")
	if t.dst != nil || t.err != nil {
		return t.err
	}
	if t.Name == nil && (t.Hash || t.Form == truth.Files) {
		return t.fail(errors.New("its field Name is nil, and is needed to name the files of the data"))
	}
	if _, err := t.Form.MarshalText(); err != nil {
		return t.fail(err)
	}
	dst, err := newAside(t.Path)
	if err != nil {
		return t.fail(err)
	}
	t.dst, t.sum = dst, sha256.New()
	return nil
}

// Shard makes a file for the rows of the shard.
func (t *TruthFile) Shard(i int) (Sink, error) {
	if i < 0 {
		return nil, t.fail(fmt.Errorf("no shard has the number %d", i))
	}
	return t.part(i)
}

func (t *TruthFile) part(i int) (*keyPart, error) {
	if t.ended {
		return nil, t.wrap(errClosed)
	}
	if err := t.create(); err != nil {
		return nil, err
	}
	if i < 0 && len(t.parts) > 0 || i >= 0 && t.whole != nil {
		return nil, t.fail(errors.New("a stream is merged or comes by shards, not both"))
	}
	if i < 0 {
		if t.whole == nil {
			t.whole = t.newPart(i, io.MultiWriter(t.dst.file, t.sum))
		}
		return t.whole, nil
	}
	if i < len(t.parts) && t.parts[i] != nil {
		return t.parts[i], nil
	}
	dir := os.TempDir()
	if t.dst.temp != "" {
		dir = filepath.Dir(t.dst.path)
	}
	file, err := newAside(filepath.Join(dir, fmt.Sprintf("%s.part-%05d", filepath.Base(t.dst.path), i)))
	if err != nil {
		return nil, t.fail(err)
	}
	for len(t.parts) <= i {
		t.parts = append(t.parts, nil)
	}
	t.parts[i] = t.newPart(i, file.writer())
	t.parts[i].file = file
	return t.parts[i], nil
}

func (t *TruthFile) newPart(i int, w io.Writer) *keyPart {
	p := &keyPart{key: key{state: state{name: t.name}, out: output{w: w}, form: t.Form, paced: t.paced}}
	if t.Name != nil {
		p.key.file = t.Name(i)
	}
	if t.Hash {
		p.data = sha256.New()
		p.data.Write(t.head)
	}
	p.key.head()
	return p
}

// Write records a batch.
func (t *TruthFile) Write(ctx context.Context, b *Batch) error {
	if !t.ended {
		t.create()
	}
	if err := t.begin(ctx); err != nil {
		return err
	}
	p, err := t.part(b.Shard)
	if err != nil {
		return err
	}
	if err := p.write(ctx, b); err != nil {
		return t.failAs(err)
	}
	return nil
}

// failAs makes err, which names the sink already, the one that ended it.
func (t *TruthFile) failAs(err error) error {
	if t.err == nil {
		t.err = err
	}
	return t.err
}

// Close merges the rows, writes the manifest and puts both in place, unless an
// error came before it: then it does as Abort does, and returns both.
func (t *TruthFile) Close(ctx context.Context) error {
	return t.end(func() error {
		if err := t.create(); err != nil {
			return err
		}
		if err := t.finish(ctx); err != nil {
			return errors.Join(err, t.partial())
		}
		if t.dst.temp == "" {
			return nil
		}
		manifest, err := t.writeManifest()
		if err != nil {
			return errors.Join(t.fail(err), t.partial())
		}
		if err := t.dst.publish(); err != nil {
			return errors.Join(t.fail(err), manifest.remove(), t.partial())
		}
		if err := manifest.publish(); err != nil {
			return errors.Join(t.fail(err), manifest.remove())
		}
		return nil
	})
}

// Abort leaves the key aside.
func (t *TruthFile) Abort(ctx context.Context, cause error) error {
	return t.end(func() error {
		t.called(t.Path, "TruthFile")
		if t.dst == nil {
			return nil
		}
		before := t.err
		err := t.finish(ctx)
		if err == before || errors.Is(cause, err) {
			err = nil // the caller has it
		}
		return errors.Join(err, t.partial())
	})
}

// finish completes the key, aside.
func (t *TruthFile) finish(ctx context.Context) error {
	for _, p := range t.all() {
		if err := p.flush(ctx); err != nil {
			t.failAs(err)
		}
	}
	if t.whole == nil {
		out := &output{w: io.MultiWriter(t.dst.file, t.sum)}
		err := mergeKeys(ctx, out, t.Form, t.parts)
		t.unmerged = err != nil
		t.fail(err)
	}
	for _, p := range t.parts {
		switch {
		case p == nil:
		case t.unmerged:
			t.fail(p.file.finish())
		default:
			t.fail(p.file.remove())
		}
	}
	return t.fail(t.dst.finish())
}

// all are the parts that there are.
func (t *TruthFile) all() []*keyPart {
	all := slices.Clone(t.parts)
	if t.whole != nil {
		all = append(all, t.whole)
	}
	return slices.DeleteFunc(all, func(p *keyPart) bool { return p == nil })
}

// partial says where the key was left, or removes it if it is that of no record.
func (t *TruthFile) partial() error {
	var n int64
	var parts []error
	for _, p := range t.all() {
		n += p.totals.Records + p.totals.Lost
		if p.file != nil {
			parts = append(parts, p.file.partial(t.Path))
		}
	}
	switch {
	case t.unmerged:
		return errors.Join(append(parts, t.dst.remove())...)
	case n == 0:
		return t.dst.remove()
	}
	return t.dst.partial(t.Path)
}

// writeManifest writes the manifest aside.
func (t *TruthFile) writeManifest() (*aside, error) {
	m := truth.Manifest{Version: t.Manifest.Version, Recipe: t.Manifest.Recipe, Patterns: t.Manifest.Patterns,
		Place: t.Form, Truth: hex.EncodeToString(t.sum.Sum(nil)), Data: maps.Clone(t.files)}
	m.Totals.Add(&t.Manifest.Totals)
	for _, p := range t.all() {
		m.Totals.Add(&p.totals)
		if p.data != nil {
			if m.Data == nil {
				m.Data = make(map[string]string)
			}
			m.Data[p.key.file] = hex.EncodeToString(p.data.Sum(nil))
		}
	}
	a, err := newAside(truth.ManifestPath(t.Path))
	if err != nil {
		return nil, err
	}
	if err := errors.Join(truth.WriteManifest(a.file, &m), a.finish()); err != nil {
		return nil, errors.Join(err, a.remove())
	}
	return a, nil
}

// keyPart is the key of one shard, or of a merged stream. Closing it flushes it;
// TruthFile does the rest.
type keyPart struct {
	key
	done state
	file *aside // nil: TruthFile's own
}

// Write records a batch.
func (p *keyPart) Write(ctx context.Context, b *Batch) error {
	if p.done.ended && p.err == nil {
		return p.wrap(errClosed)
	}
	return p.write(ctx, b)
}

// Close passes on what waits.
func (p *keyPart) Close(ctx context.Context) error {
	return p.done.end(func() error { return p.flush(ctx) })
}

// Abort passes on what waits; TruthFile's Abort says where.
func (p *keyPart) Abort(ctx context.Context, _ error) error {
	return p.done.end(func() error {
		before := p.err
		if err := p.flush(ctx); err != before {
			return err
		}
		return nil
	})
}
