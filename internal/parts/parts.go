// Package parts keeps a directory that a stream fills with files: shard by shard,
// and in each shard chunk by chunk.
//
//	DIR/_stream.json             whose directory it is: the stream's name, recipe and layout
//	DIR/part-00003-00012.csv     a file of chunk 12 of shard 3; the sink says where files lie
//	DIR/_chunks/00003/00012.json that chunk: its files, and where in the stream it ends
//	DIR/_staging/00003-…/        what a process has not put in place yet
//	DIR/_manifest.json           all chunks of all shards, once they are all there
//	DIR/_SUCCESS                 empty; says that they are
//
// A chunk's files are written and synced in the staging folder, renamed to their
// places, and then its own entry is put in place in the same way. So a file under its
// name is whole, whenever the process is killed or the power fails; and who goes
// on makes the chunk after the last entry. What a chunk holds is decided by the
// stream and the layout alone. Therefore two processes that write the same shard at the same time,
// because one was believed dead, put the same bytes under the same names, and do no
// harm to each other.
//
// Without a name the stream is written to a folder beside DIR, which takes DIR's
// place when it is complete.
package parts

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/kafkanauts/kafkanauts/internal/durable"
)

// Config says what directory it is, and of what. All is required but Stream,
// Speed, Beside and Steps.
type Config struct {
	Dir    string
	Stream string                            // a name, under which another run goes on; "": Dir is replaced when all is complete
	Layout string                            // all settings that decide how records become files
	Shards int                               // of the stream
	Speed  float64                           // of a paced stream; 0: not paced
	Recipe func() (map[string]string, error) // what decides the stream's bytes; not asked for without a Stream
	Beside string                            // another directory for files of the same chunks, an answer key's; "": none. Needs a Stream
	Steps  durable.Steps

	// Differences lists in sentences how a recipe differs from one that was.
	Differences func(is, was map[string]string) []string
}

// Store is a directory that is open for writing. Its methods are for one
// goroutine at a time; its Shards may be used at the same time.
type Store struct {
	cfg     Config
	steps   *durable.Steps
	roots   []root
	aside   string   // of a stream without a name: the folder that holds the first root
	lock    *os.File // holds it
	renamed string   // the directory, links resolved
}

// root is a directory with files of the chunks.
type root struct {
	dir  string
	info os.FileInfo // of the directory when it was opened
}

const (
	streamName   = "_stream.json"
	chunksName   = "_chunks"
	stagingName  = "_staging"
	manifestName = "_manifest.json"
	markName     = "_SUCCESS"
	format       = "kafkanauts parts 1"
)

// identity is the content of the file _stream.json.
type identity struct {
	Format string            `json:"format"`
	Stream string            `json:"stream,omitempty"`
	Layout string            `json:"layout"`
	Shards int               `json:"shards"`
	Recipe map[string]string `json:"recipe,omitempty"`
}

// Open opens a directory or begins one.
func Open(cfg Config) (*Store, error) {
	if cfg.Dir == "" {
		return nil, errors.New("it has no path")
	}
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return nil, err
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real // a link stays a link
	}
	s := &Store{cfg: cfg, renamed: dir}
	s.steps = &s.cfg.Steps
	id := identity{Format: format, Stream: cfg.Stream, Layout: cfg.Layout, Shards: cfg.Shards}
	if cfg.Stream == "" {
		return s, s.openAside(&id)
	}
	if id.Recipe, err = cfg.Recipe(); err != nil {
		return nil, err
	}
	if err := s.claim(dir, &id); err != nil {
		return nil, err
	}
	if cfg.Beside != "" {
		beside, err := filepath.Abs(cfg.Beside)
		if err == nil {
			err = s.claim(beside, &id)
		}
		if err != nil {
			return nil, err
		}
		if os.SameFile(s.roots[0].info, s.roots[1].info) {
			return nil, fmt.Errorf("%s and %s are the same directory; keep what goes beside the files in another one", cfg.Dir, cfg.Beside)
		}
	}
	return s, nil
}

// openAside makes the folder that will be the directory.
func (s *Store) openAside(id *identity) error {
	if err := replaceable(s.renamed); err != nil {
		return err
	}
	parent, base := filepath.Split(s.renamed)
	if err := s.steps.MkdirAll(filepath.Clean(parent)); err != nil {
		return err
	}
	prefix := "." + base + ".partial-"
	s.sweepAside(parent, prefix)
	const tries = 100 // until it is held, somebody else may sweep it away
	for try := 1; ; try++ {
		var err error
		if s.aside, err = os.MkdirTemp(parent, prefix); err != nil {
			return err
		}
		if s.lock, err = held(s.aside); err == nil {
			break
		}
		if !errors.Is(err, errSwept) && !errors.Is(err, fs.ErrNotExist) || try == tries {
			return errors.Join(err, os.RemoveAll(s.aside))
		}
	}
	dir := filepath.Join(s.aside, "data")
	if err := os.Mkdir(dir, 0o777); err != nil {
		return errors.Join(err, os.RemoveAll(s.aside))
	}
	return s.claim(dir, id)
}

// claim makes sure that dir is there and belongs to the stream.
func (s *Store) claim(dir string, id *identity) error {
	if err := s.steps.MkdirAll(filepath.Dir(dir)); err != nil {
		return err
	}
	if err := s.steps.Mkdir(dir); err != nil {
		return err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is a file, not a directory", dir)
	}
	text, err := json.MarshalIndent(id, "", "\t")
	if err != nil {
		return err
	}
	text = append(text, '\n')
	path := filepath.Join(dir, streamName)
	for try := 0; ; try++ {
		was, err := os.ReadFile(path)
		if err == nil {
			if err := id.is(dir, was, text, s.cfg.Differences); err != nil {
				return err
			}
			break
		}
		if !errors.Is(err, fs.ErrNotExist) || try > 2 {
			return err
		}
		if err := vacant(dir); err != nil {
			if _, e := os.Lstat(path); e == nil {
				continue // somebody has just founded it, and filled it already
			}
			return err
		}
		if err := s.found(path, text); err != nil {
			return err
		}
	}
	for _, name := range []string{chunksName, stagingName} {
		if len(s.roots) > 0 && name == chunksName {
			continue // those of the first root
		}
		if err := s.steps.Mkdir(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	s.roots = append(s.roots, root{dir, info})
	return nil
}

// found puts the file that says whose the directory is in place, unless somebody
// else does.
func (s *Store) found(path string, text []byte) error {
	aside := fmt.Sprintf("%s-%s", filepath.Join(filepath.Dir(path), "."+streamName), token())
	defer s.steps.Remove(aside)
	var sync durable.Syncing
	if err := errors.Join(s.steps.Write(aside, text, &sync), sync.Done()); err != nil {
		return err
	}
	err := s.steps.Link(aside, path)
	switch {
	case err == nil || errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrNotExist): // the last is somebody who completes it already
	case linkless(err): // then the last of several wins, who all look once more
		if err := s.steps.Rename(aside, path); err != nil {
			return err
		}
	default:
		return err
	}
	return s.steps.SyncDir(filepath.Dir(path))
}

// linkless tells whether the file system has no hard links.
func linkless(err error) bool {
	return errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrPermission)
}

// is returns nil if the directory, of which text says whose it is, is that of id.
func (id *identity) is(dir string, text, want []byte, differences func(is, was map[string]string) []string) error {
	if bytes.Equal(text, want) {
		return nil
	}
	const advice = "go on with the same settings, write elsewhere, or remove it"
	var was identity
	if err := json.Unmarshal(text, &was); err != nil || was.Format != format {
		return fmt.Errorf("%s does not say %q, so %s is not a directory that can be continued; write elsewhere", filepath.Join(dir, streamName), format, dir)
	}
	if was.Stream != id.Stream {
		return fmt.Errorf("%s is the directory of stream %q, not of %q; %s", dir, was.Stream, id.Stream, advice)
	}
	var list []string
	if was.Layout != id.Layout {
		list = append(list, fmt.Sprintf("its files are %s and were %s", id.Layout, was.Layout))
	}
	if was.Shards != id.Shards {
		list = append(list, fmt.Sprintf("shards is %d and was %d", id.Shards, was.Shards))
	}
	list = append(list, differences(id.Recipe, was.Recipe)...)
	return fmt.Errorf("%s holds stream %q of another recipe (%s); %s", dir, id.Stream, strings.Join(list, "; "), advice)
}

// vacant returns nil if a stream may begin in the directory.
func vacant(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		switch name := e.Name(); {
		case strings.HasPrefix(name, "."+streamName), name == streamName, name == "lost+found" && e.IsDir(): // the last one of an empty file system
		default:
			return fmt.Errorf("%s holds something else than a stream's files (such as %s); move it away or write elsewhere", dir, name)
		}
	}
	return nil
}

// there returns an error if one of the directories is no longer the one that was opened.
func (s *Store) there() error {
	for i := range s.roots {
		if err := s.roots[i].there(); err != nil {
			return err
		}
	}
	return nil
}

// there returns an error if a directory is no longer the one that was opened.
func (r *root) there() error {
	info, err := os.Stat(r.dir)
	if err == nil && !os.SameFile(info, r.info) {
		err = errors.New("it is another directory than at the beginning")
	}
	if err != nil {
		return fmt.Errorf("%s has vanished (%w): was its file system unmounted, or the directory moved? What was complete is in the one of before; bring it back and run the stream again", r.dir, err)
	}
	return nil
}
