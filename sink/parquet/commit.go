package parquet

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/kafkanauts/kafkanauts/internal/durable"
)

// Position is how far a partition of the topic has come into a data set.
type Position struct {
	Next   int64           // the first offset that is not in it; 0 at the beginning
	Totals Totals          // of all chunks of the partition
	State  json.RawMessage // what the last Commit was given; nil at the beginning
}

// Totals are counts of a partition.
type Totals struct {
	Rows    int64 `json:"rows"`
	Rejects int64 `json:"rejects"`
	Chunks  int64 `json:"chunks"`
	Files   int64 `json:"files"` // with rows
}

// ErrTaken says that a chunk was not committed because another process has
// committed records of this partition from the same offset on. Take tells where
// the partition stands now.
var ErrTaken = errors.New("sink/parquet: another process has committed these records")

// record is a commit record.
type record struct {
	Partition int32           `json:"partition"`
	Start     int64           `json:"start"`
	End       int64           `json:"end"`
	Staged    string          `json:"staged"` // the folder, below that of its name
	Files     []staged        `json:"files,omitempty"`
	Totals    Totals          `json:"totals"`
	State     json.RawMessage `json:"state,omitempty"`
}

// staged is a file of a chunk.
type staged struct {
	Name string `json:"name"` // in the staging folder
	Path string `json:"path"` // its place, below the data set's, with slashes
	Rows int    `json:"rows,omitempty"`
}

// keptRecords is how many commit records of a partition stay. The newest is the
// truth; a process that slept over others knows by any newer than its own that it came too
// late, and even on a file system whose listings are not of one instant it sees one of so many.
const keptRecords = 4

const recordExt = ".json"

func (g *Growing) commits(partition int32, names ...string) string {
	return g.path(append([]string{commitsName, fmt.Sprintf("%05d", partition)}, names...)...)
}

func recordName(start int64) string { return fmt.Sprintf("%020d", start) + recordExt }

// records returns where the chunks of a partition start that have a commit
// record, ascending.
func (g *Growing) records(partition int32) ([]int64, error) {
	entries, err := os.ReadDir(g.commits(partition))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var starts []int64
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue // what NFS leaves of a file that was removed while somebody read it, or a desktop's
		}
		digits, ours := strings.CutSuffix(e.Name(), recordExt)
		start, err := strconv.ParseInt(digits, 10, 64)
		if !ours || err != nil {
			return nil, fmt.Errorf("%s is no commit record", g.commits(partition, e.Name()))
		}
		starts = append(starts, start)
	}
	slices.Sort(starts)
	return starts, nil
}

// head returns the newest commit record of a partition; at the beginning, one
// that ends at 0.
func (g *Growing) head(partition int32) (*record, error) {
	for {
		starts, err := g.records(partition)
		if err != nil {
			return nil, err
		}
		if len(starts) == 0 {
			return &record{Partition: partition}, nil
		}
		path := g.commits(partition, recordName(starts[len(starts)-1]))
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // there are newer ones by now
		}
		if err != nil {
			return nil, err
		}
		r := &record{}
		if err := json.Unmarshal(text, r); err != nil || r.Partition != partition || r.End <= r.Start {
			return nil, fmt.Errorf("%s is no commit record of partition %d", path, partition)
		}
		return r, nil
	}
}

func (r *record) position() Position { return Position{r.End, r.Totals, r.State} }

// Position returns how far a partition has come, whoever writes it.
func (g *Growing) Position(partition int32) (Position, error) {
	r, err := g.head(partition)
	if err != nil {
		return Position{}, fmt.Errorf("sink/parquet: %w", err)
	}
	return r.position(), nil
}

// Take returns how far a partition has come, for the process that writes it from
// now on. It puts in place what was committed and is not yet, and removes what was
// staged and can no longer be committed.
func (g *Growing) Take(partition int32) (Position, error) {
	r, err := g.head(partition)
	if err == nil && r.Staged != "" {
		err = g.steps.SyncDir(g.commits(partition)) // whoever committed it may not have come to this
	}
	if err == nil {
		err = g.settle(r)
	}
	if err != nil {
		return Position{}, fmt.Errorf("sink/parquet: partition %d: %w", partition, err)
	}
	return r.position(), nil
}

// settle puts the files of the newest chunk of a partition in place, and clears
// away what is no longer needed.
func (g *Growing) settle(r *record) error {
	if r.Staged == "" {
		return nil
	}
	if err := g.place(r); err != nil {
		return err
	}
	if err := g.prune(r.Partition); err != nil {
		return err
	}
	return g.sweep(r.Partition, r.End)
}

// place puts the files of a committed chunk in place. What is not in the staging
// folder is there already: by this process, or another that does the same at this
// moment.
func (g *Growing) place(r *record) error {
	from := g.path(stagingName, r.Staged)
	if _, err := os.Lstat(from); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	folders := map[string]bool{}
	for _, f := range r.Files {
		rel := filepath.FromSlash(f.Path)
		if err := g.move(filepath.Join(from, f.Name), rel); err != nil {
			return err
		}
		folders[g.path(filepath.Dir(rel))] = true
	}
	if err := g.steps.SyncDirs(folders); err != nil {
		return err
	}
	g.clear(r.Staged)
	return nil
}

// move puts a staged file in its place, if it is still staged.
func (g *Growing) move(from, rel string) error {
	for again := false; ; again = true {
		if err := g.folder(filepath.Dir(rel)); err != nil {
			return err
		}
		err := g.steps.Rename(from, g.path(rel))
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if _, gone := os.Lstat(from); errors.Is(gone, fs.ErrNotExist) {
			return nil
		}
		if again {
			return err
		}
		clear(g.made) // somebody has removed its folder since
	}
}

// sweep removes what was staged of a partition from before the offset next. What
// starts at next may be another process's that will commit it yet.
func (g *Growing) sweep(partition int32, next int64) error {
	entries, err := os.ReadDir(g.path(stagingName))
	if err != nil {
		return err
	}
	for _, e := range entries {
		p, rest, _ := strings.Cut(e.Name(), "-")
		digits, _, _ := strings.Cut(rest, "-")
		start, err := strconv.ParseInt(digits, 10, 64)
		if p != fmt.Sprintf("%05d", partition) || err != nil || start >= next {
			continue
		}
		g.clear(e.Name())
	}
	return nil
}

// clear removes a staging folder. A process that still believes it can commit may
// be writing to it, and the folder stay; whoever sweeps next tries again.
func (g *Growing) clear(name string) { g.steps.RemoveAll(g.path(stagingName, name)) }

// prune removes all but the newest commit records of a partition.
func (g *Growing) prune(partition int32) error {
	starts, err := g.records(partition)
	if err != nil {
		return err
	}
	for len(starts) > keptRecords {
		if err := g.steps.Remove(g.commits(partition, recordName(starts[0]))); err != nil {
			return err
		}
		starts = starts[1:]
	}
	return nil
}

// enter puts a commit record in place, which is the moment at which its chunk
// belongs to the data set. ErrTaken says that it does not; after any other error
// it may, unless out is true.
func (g *Growing) enter(r *record) (out bool, err error) {
	if err := g.folder(filepath.Join(commitsName, fmt.Sprintf("%05d", r.Partition))); err != nil {
		return true, err
	}
	text, err := json.Marshal(r)
	if err != nil {
		return true, err
	}
	aside := g.path(stagingName, r.Staged, "commit"+recordExt)
	var s durable.Syncing
	if err := errors.Join(g.steps.Write(aside, append(text, '\n'), &s), s.Done()); err != nil {
		return true, err
	}
	place := g.commits(r.Partition, recordName(r.Start))
	err = g.steps.Link(aside, place)
	switch {
	case errors.Is(err, fs.ErrExist):
		return true, ErrTaken
	case errors.Is(err, fs.ErrNotExist): // somebody has removed what was staged
		return true, err
	case err != nil:
		return false, linkless(err)
	}
	// The name may have been free because its record was so old that it is no longer
	// kept; then there are newer ones, and this one counts for nothing.
	starts, err := g.records(r.Partition)
	if err != nil {
		return false, err
	}
	if len(starts) == 0 {
		return false, fmt.Errorf("%s has vanished from its folder", place)
	}
	if starts[len(starts)-1] > r.Start {
		return true, errors.Join(ErrTaken, g.steps.Remove(place))
	}
	return false, g.steps.SyncDir(g.commits(r.Partition))
}
