package parts

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/kafkanauts/kafkanauts/internal/durable"
)

// Manifest is the content of the file _manifest.json.
type Manifest struct {
	Format string            `json:"format"`
	Stream string            `json:"stream,omitempty"`
	Layout string            `json:"layout"`
	Recipe map[string]string `json:"recipe,omitempty"`
	Totals Totals            `json:"totals"`
	Shards []ShardInfo       `json:"shards"`
}

// ShardInfo is what a Manifest says of a shard.
type ShardInfo struct {
	Shard  int             `json:"shard"`
	Totals Totals          `json:"totals"`
	State  json.RawMessage `json:"state,omitempty"`
	Files  []FileInfo      `json:"files"`
	Beside []FileInfo      `json:"beside,omitempty"`
}

// Info returns what a Manifest will say of a shard, and whether all of it is there.
func (s *Store) Info(shard int) (info ShardInfo, done bool, err error) {
	info = ShardInfo{Shard: shard, Files: []FileInfo{}}
	last, err := s.Last(shard)
	if err != nil || last == nil {
		return info, false, err
	}
	info.Totals, info.State = last.Totals, last.State
	for i := 0; i <= last.Number; i++ {
		c := last
		if i < last.Number {
			if c, err = s.chunk(shard, i); err != nil {
				return info, false, err
			}
		}
		info.Files = append(info.Files, c.Files...)
		info.Beside = append(info.Beside, c.Beside...)
	}
	return info, last.Done, nil
}

// Complete writes the manifest and the mark if all shards are complete, and
// returns whether they are. The directory of a stream without a name is then put in its
// place. All Shards must be closed.
func (s *Store) Complete() (bool, error) {
	m := Manifest{Format: format, Stream: s.cfg.Stream, Layout: s.cfg.Layout}
	if err := s.there(); err != nil { // what has vanished looks as if it were empty
		return false, err
	}
	for i := range s.cfg.Shards {
		last, err := s.Last(i)
		if err != nil {
			return false, err
		}
		if last == nil || !last.Done {
			return false, nil
		}
	}
	for i := range s.cfg.Shards {
		info, _, err := s.Info(i)
		if err != nil {
			return false, err
		}
		if err := s.present(&info); err != nil {
			return false, err
		}
		m.Shards = append(m.Shards, info)
		m.Totals.Records += info.Totals.Records
		m.Totals.Lost += info.Totals.Lost
		m.Totals.Values += info.Totals.Values
		m.Totals.Bytes += info.Totals.Bytes
		m.Totals.Files += info.Totals.Files
	}
	if s.cfg.Stream != "" {
		var err error
		if m.Recipe, err = s.cfg.Recipe(); err != nil {
			return false, err
		}
	}
	text, err := json.MarshalIndent(&m, "", "\t")
	if err != nil {
		return false, err
	}
	if err := s.there(); err != nil {
		return false, err
	}
	dir := s.roots[0].dir
	for _, f := range []struct {
		name string
		text []byte
	}{{manifestName, append(text, '\n')}, {markName, nil}} {
		aside := filepath.Join(dir, "."+f.name+"-"+token())
		place := filepath.Join(dir, f.name)
		err := s.put(aside, place, f.text)
		if errors.Is(err, fs.ErrNotExist) {
			_, err = os.Stat(place) // another process has done the same, and cleared up
		}
		if err != nil {
			return false, errors.Join(s.why(err), s.steps.Remove(aside))
		}
	}
	for i := range s.roots {
		s.clear(s.roots[i].dir)
		for shard := range s.cfg.Shards {
			s.sweep(s.roots[i].dir, shard)
		}
		os.Remove(filepath.Join(s.roots[i].dir, stagingName)) // somebody who came too late may still be in it
	}
	if s.cfg.Stream == "" {
		return s.publish()
	}
	return true, nil
}

// present returns nil if a shard's files are there, as long as they were.
func (s *Store) present(info *ShardInfo) error {
	for i, files := range [][]FileInfo{info.Files, info.Beside} {
		for _, f := range files {
			path := filepath.Join(s.roots[i].dir, filepath.FromSlash(f.Path))
			is, err := os.Stat(path)
			if err == nil && is.Size() != f.Bytes {
				err = fmt.Errorf("it has %d bytes, not the %d that were written", is.Size(), f.Bytes)
			}
			if err != nil {
				return fmt.Errorf("%s was there and complete, and is not any more (%w); put it back, or remove %s and run the stream again to make that shard anew",
					path, err, s.chunks(info.Shard))
			}
		}
		if len(s.roots) == 1 {
			break
		}
	}
	return nil
}

// clear removes what killed processes have left beside the files.
func (s *Store) clear(dir string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		for _, name := range []string{streamName, manifestName, markName} {
			if strings.HasPrefix(e.Name(), "."+name+"-") {
				s.steps.Remove(filepath.Join(dir, e.Name())) // what stays does no harm
			}
		}
	}
}

// publish puts the directory of a stream without a name in its place, and returns
// whether it is there.
func (s *Store) publish() (placed bool, err error) {
	err = replaceable(s.renamed)
	if err == nil {
		if err = s.steps.Pass("swap", s.renamed); err == nil {
			err = durable.Swap(s.roots[0].dir, s.renamed, filepath.Join(s.aside, "old"))
		}
	}
	if err != nil {
		return false, fmt.Errorf("all is complete but could not be put in its place, and lies in %s: %w", s.roots[0].dir, err)
	}
	if err := s.steps.SyncDir(filepath.Dir(s.renamed)); err != nil {
		return true, fmt.Errorf("all is complete and in its place, which a loss of power may undo; what stood there before lies in %s, to be removed by hand: %w", s.aside, err)
	}
	if err := s.Discard(); err != nil { // what stood there before
		return true, fmt.Errorf("all is complete and in its place; what stood there before could not be removed, and lies in %s: %w", s.aside, err)
	}
	return true, nil
}

// Discard removes what a stream without a name has written. It does nothing to
// the directory of a stream that has one.
func (s *Store) Discard() error {
	if s.aside == "" {
		return nil
	}
	err := s.steps.RemoveAll(s.aside)
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
		s.lock = nil
	}
	return err
}

// Dir returns the directory into which files are put.
func (s *Store) Dir() string { return s.roots[0].dir }

// replaceable returns nil if dir is missing, empty, or a directory in which
// nothing stands but what a stream without a name has completed.
func replaceable(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	const advice = "move it away or write elsewhere"
	text, err := os.ReadFile(filepath.Join(dir, manifestName))
	if _, e := os.Lstat(filepath.Join(dir, streamName)); err != nil && e == nil {
		return fmt.Errorf("%s is the directory of a stream that is not complete, and is not replaced; run that stream again to complete it, or %s", dir, advice)
	}
	var m Manifest
	if err != nil || json.Unmarshal(text, &m) != nil || m.Format != format {
		return fmt.Errorf("%s holds something else than a stream's files (such as %s); %s", dir, entries[0].Name(), advice)
	}
	if m.Stream != "" {
		return fmt.Errorf("%s is the directory of stream %q, which a stream without that name does not replace; %s", dir, m.Stream, advice)
	}
	ours := map[string]bool{streamName: true, chunksName: true, stagingName: true, manifestName: true, markName: true}
	for _, h := range m.Shards {
		for _, f := range h.Files {
			first, _, _ := strings.Cut(f.Path, "/")
			ours[first] = true
		}
	}
	for _, e := range entries {
		if !ours[e.Name()] {
			return fmt.Errorf("%s is to be replaced but holds %s, which was not written with it; %s", dir, e.Name(), advice)
		}
	}
	return nil
}
