package parts

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kafkanauts/kafkanauts/internal/durable"
)

// Position is a place in a shard: the steps before Step, and of Step's own batch
// the first so many records and lost ones.
type Position struct {
	Step    int64 `json:"step"`
	Records int   `json:"records,omitempty"`
	Lost    int   `json:"lost,omitempty"`
}

// Totals are counts of a shard.
type Totals struct {
	Records int64 `json:"records"`
	Lost    int64 `json:"lost"`
	Values  int64 `json:"values"` // bytes of the records' values, without line ends
	Bytes   int64 `json:"bytes"`  // of the files
	Files   int64 `json:"files"`
}

// FileInfo is a file of a chunk.
type FileInfo struct {
	Path    string `json:"path"` // below its directory, with slashes
	Records int64  `json:"records"`
	Bytes   int64  `json:"bytes"`
	SHA256  string `json:"sha256"`
}

// Chunk is an entry: what a chunk holds, and where it ends.
type Chunk struct {
	Shard  int             `json:"shard"`
	Number int             `json:"chunk"` // from 0
	Next   Position        `json:"next"`
	Done   bool            `json:"done,omitempty"`  // it is the shard's last
	Began  *time.Time      `json:"began,omitempty"` // of a paced stream, and its speed
	Speed  float64         `json:"speed,omitempty"`
	Totals Totals          `json:"totals"`          // of all chunks up to this one
	State  json.RawMessage `json:"state,omitempty"` // the sink's own
	Files  []FileInfo      `json:"files,omitempty"`
	Beside []FileInfo      `json:"beside,omitempty"`
}

// Shard writes the chunks of one shard, one after the other. It is for one
// goroutine at a time.
type Shard struct {
	// Records and Values are those that were accepted, of all chunks and of the one
	// that is being written: its writer adds to them, and Commit puts them into the Totals.
	Records, Values int64

	store   *Store
	number  int
	last    *Chunk // nil: none yet
	resumed bool   // or there is nothing to go on after
	began   time.Time
	name    string // of its staging folders
	locks   []*os.File
	files   []*File // of the chunk that is being written
	sync    durable.Syncing
	made    map[string]bool // folders that are there
	closed  bool
}

// token returns some letters that nobody else has.
func token() string { return rand.Text()[:13] }

func shardName(shard int) string { return fmt.Sprintf("%05d", shard) }

const chunkExt = ".json"

func (s *Store) chunks(shard int, names ...string) string {
	return filepath.Join(append([]string{s.roots[0].dir, chunksName, shardName(shard)}, names...)...)
}

// Last returns the last entry of a shard, nil if it has none.
func (s *Store) Last(shard int) (*Chunk, error) {
	entries, err := os.ReadDir(s.chunks(shard))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	last := -1
	for _, e := range entries {
		digits, ours := strings.CutSuffix(e.Name(), chunkExt)
		if n, err := strconv.Atoi(digits); ours && err == nil {
			last = max(last, n)
		}
	}
	if last < 0 {
		return nil, nil
	}
	return s.chunk(shard, last)
}

// chunk reads an entry.
func (s *Store) chunk(shard, number int) (*Chunk, error) {
	path := s.chunks(shard, chunkName(number))
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c := &Chunk{}
	if err := json.Unmarshal(text, c); err != nil || c.Shard != shard || c.Number != number {
		return nil, fmt.Errorf("%s is not the entry of a chunk; remove it to make that chunk again", path)
	}
	return c, nil
}

func chunkName(number int) string { return fmt.Sprintf("%05d", number) + chunkExt }

// Shard begins to write a shard, after the last of its entries.
func (s *Store) Shard(number int) (*Shard, error) {
	last, err := s.Last(number)
	if err != nil {
		return nil, err
	}
	h := &Shard{store: s, number: number, last: last, made: map[string]bool{}}
	h.schedule()
	if last == nil {
		h.resumed = true
	} else {
		h.Records, h.Values = last.Totals.Records, last.Totals.Values
	}
	if last != nil && last.Done {
		return h, nil
	}
	for _, r := range s.roots {
		s.sweep(r.dir, number)
	}
	// Until a staging folder is held, somebody may sweep it away who begins the same shard, or
	// who completes the directory: then another one is made.
	const tries = 100
	for try := 1; ; try++ {
		err := h.stage()
		if err == nil {
			return h, nil
		}
		if left := h.leave(); left != nil || !errors.Is(err, errSwept) && !errors.Is(err, fs.ErrNotExist) || try == tries {
			return nil, errors.Join(err, left)
		}
	}
}

// Last returns the last entry, nil if there is none.
func (h *Shard) Last() *Chunk { return h.last }

// Shard returns the number of the shard.
func (h *Shard) Shard() int { return h.number }

// Number returns the number of the chunk that is being written.
func (h *Shard) Number() int {
	if h.last == nil {
		return 0
	}
	return h.last.Number + 1
}

// Commit puts the files of the chunk in their places, then its entry, in which
// all is filled in but Next, Done, State, and the Lost ones of the Totals. All files must be closed.
// After an error the entry may be in place or not; nothing more can be written.
func (h *Shard) Commit(c *Chunk) error {
	if err := h.commit(c); err != nil {
		return h.store.why(err)
	}
	return nil
}

// why puts before err that a directory has vanished, if it has.
func (s *Store) why(err error) error {
	if gone := s.there(); gone != nil && gone.Error() != err.Error() {
		return errors.Join(gone, err)
	}
	return err
}

func (h *Shard) commit(c *Chunk) error {
	s := h.store
	if err := h.sync.Done(); err != nil {
		return err
	}
	c.Shard, c.Number = h.number, h.Number()
	c.Totals.Records, c.Totals.Values = h.Records, h.Values
	if !c.Done && !h.began.IsZero() {
		c.Began, c.Speed = &h.began, s.cfg.Speed
	}
	if h.last != nil {
		c.Totals.Files, c.Totals.Bytes = h.last.Totals.Files, h.last.Totals.Bytes
	}
	folders := map[string]bool{}
	for i := range s.roots {
		if err := s.roots[i].there(); err != nil {
			return err
		}
	}
	for _, f := range h.files {
		if f.file != nil {
			return fmt.Errorf("%s is not closed", f.staged)
		}
		r := &s.roots[f.root]
		place := filepath.Join(r.dir, filepath.FromSlash(f.info.Path))
		if err := h.folder(r.dir, filepath.Dir(filepath.FromSlash(f.info.Path))); err != nil {
			return err
		}
		if err := s.steps.Rename(f.staged, place); err != nil {
			return err
		}
		folders[filepath.Dir(place)] = true
		if f.root > 0 {
			c.Beside = append(c.Beside, f.info)
			continue
		}
		c.Files = append(c.Files, f.info)
		c.Totals.Files++
		c.Totals.Bytes += f.info.Bytes
	}
	if err := s.steps.SyncDirs(folders); err != nil {
		return err
	}
	if err := h.enter(c); err != nil {
		return err
	}
	h.files = h.files[:0]
	h.last = c
	return nil
}

// enter puts the entry in its place.
func (h *Shard) enter(c *Chunk) error {
	s := h.store
	if err := h.folder(s.roots[0].dir, filepath.Join(chunksName, shardName(h.number))); err != nil {
		return err
	}
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	aside := filepath.Join(s.roots[0].dir, stagingName, h.name, "entry")
	return s.put(aside, s.chunks(h.number, chunkName(c.Number)), append(text, '\n'))
}

// put writes a small file aside, which it first removes if it is there, and then
// puts it in its place.
func (s *Store) put(aside, place string, text []byte) error {
	if err := os.Remove(aside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var sync durable.Syncing
	if err := errors.Join(s.steps.Write(aside, text, &sync), sync.Done()); err != nil {
		return err
	}
	if err := s.steps.Rename(aside, place); err != nil {
		return err
	}
	return s.steps.SyncDir(filepath.Dir(place))
}

// folder makes the folder at rel below dir, and those above it.
func (h *Shard) folder(dir, rel string) error {
	path := filepath.Join(dir, rel)
	if rel == "." || h.made[path] {
		return nil
	}
	if err := h.folder(dir, filepath.Dir(rel)); err != nil {
		return err
	}
	if err := h.store.steps.Mkdir(path); err != nil {
		return err
	}
	const enough = 1 << 12 // a cache only
	if len(h.made) >= enough {
		clear(h.made)
	}
	h.made[path] = true
	return nil
}

// Close throws away what was not committed. It may be called more than once.
func (h *Shard) Close() error {
	h.closed = true
	return h.leave()
}

func (h *Shard) leave() error {
	h.sync.Done() // whatever it says, the files are not wanted
	for _, f := range h.files {
		if f.file != nil {
			f.file.Close()
		}
	}
	h.files = nil
	var errs []error
	for i, lock := range h.locks {
		errs = append(errs, h.store.steps.RemoveAll(filepath.Join(h.store.roots[i].dir, stagingName, h.name)), lock.Close())
	}
	h.locks = nil
	return errors.Join(slices.DeleteFunc(errs, func(err error) bool { return err == nil })...)
}
