package parquet

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/kafkanauts/kafkanauts/internal/durable"
)

// Origin is where the rows of a Growing data set come from: one topic, for ever.
type Origin struct {
	Topic string `json:"topic"`
	// What tells this topic from another of its name, made after it was deleted or
	// on another cluster; where either side does not know, "" is equal to all.
	TopicID string `json:"topic_id,omitempty"`
	Cluster string `json:"cluster,omitempty"`
	// Terms is in the writer's words which records become rows, and how they are
	// read: all that write a data set, at whatever time, must say the same. "" is
	// equal to all.
	Terms string `json:"terms,omitempty"`
}

// GrowConfig says where a data set grows, and from what. Only Dir and
// Origin.Topic are required.
type GrowConfig struct {
	// Dir is the folder of the data set: missing, empty, or a Growing data set
	// with this Origin; anything else is refused. Its file system must have hard links.
	Dir         string
	Origin      Origin
	Compression Compression // of the pages; the zero value is Zstd
}

// Growing is a data set that grows by chunks, each of which is the records of a
// partition of a topic from one offset to another. Whatever happens to the
// processes that write it, each record is in it once:
//
//   - The files of a Chunk are written to _staging, where readers do not look, and
//     synced.
//   - Its commit record, _commits/PARTITION/START.json, is put in place by a hard
//     link, which fails if there is one. From then on the chunk belongs to the data set.
//   - Its files are renamed to their places, under names that hold partition and
//     start: country=…/dt=…/part-00003-00000000000000012345.parquet, and
//     _rejects/part-00003-00000000000000012345.csv.
//
// The next chunk starts where the last one ended, so that the commit records are
// the one truth about how far a partition has been read. Of two processes that
// write the same partition, one of which may have slept for an hour, one commits
// and the other is told ErrTaken. Who takes a partition over finishes what
// its predecessor had committed but not put in place.
//
// A reader that lists the folders sees whole files only, those of one chunk
// appearing one after the other. The newest commit records of each partition are
// kept, four of them; each holds the totals of all before it.
//
// Any number of processes may write a data set at the same time, on one machine
// or on a file system whose hard links are exclusive and whose folders, once changed,
// are seen by all. One goroutine at a time may use a Growing and its
// Chunks.
type Growing struct {
	cfg    GrowConfig
	dir    string
	steps  durable.Steps
	token  string // in the names of what this process stages
	tries  int
	made   map[string]bool // folders below dir that are there
	enc    encoder
	memory memory
}

const (
	originName   = "_origin.json"
	commitsName  = "_commits"
	stagingName  = "_staging"
	rejectsName  = "_rejects"
	originFormat = "kafkanauts growing orders 1"
)

// origin is the content of the file of that name.
type origin struct {
	Format string `json:"format"`
	Origin
}

// Grow opens a data set or begins one. The error is all that is wrong with the
// config, or why Dir cannot be this data set.
func Grow(cfg GrowConfig) (*Growing, error) {
	var errs []error
	if cfg.Dir == "" {
		errs = append(errs, errors.New("sink/parquet: GrowConfig.Dir is empty; name the folder of the data set"))
	}
	if cfg.Origin.Topic == "" {
		errs = append(errs, errors.New("sink/parquet: GrowConfig.Origin.Topic is empty; name the topic"))
	}
	if cfg.Compression > Plain {
		errs = append(errs, fmt.Errorf("sink/parquet: GrowConfig.Compression is %v; it must be Zstd, Snappy or Plain", cfg.Compression))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return grow(cfg, durable.Steps{})
}

func grow(cfg GrowConfig, s durable.Steps) (*Growing, error) {
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("sink/parquet: %w", err)
	}
	var token [6]byte
	rand.Read(token[:]) // never fails
	g := &Growing{cfg: cfg, dir: dir, steps: s, token: hex.EncodeToString(token[:]), made: map[string]bool{}}
	if err := g.claim(); err != nil {
		return nil, err
	}
	for _, name := range []string{commitsName, stagingName} {
		if err := g.folder(name); err != nil {
			return nil, fmt.Errorf("sink/parquet: %w", err)
		}
	}
	return g, nil
}

// claim makes sure that the folder is there and belongs to the origin.
func (g *Growing) claim() error {
	if err := g.steps.MkdirAll(filepath.Dir(g.dir)); err != nil {
		return fmt.Errorf("sink/parquet: %w", err)
	}
	if err := g.steps.Mkdir(g.dir); err != nil {
		return fmt.Errorf("sink/parquet: %w", err)
	}
	for {
		text, err := os.ReadFile(g.path(originName))
		if err == nil {
			return g.belongs(text)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("sink/parquet: %w", err)
		}
		if err := g.vacant(); err != nil {
			return err
		}
		if err := g.found(); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("sink/parquet: %s: %w", g.dir, linkless(err))
		}
	}
}

// vacant returns nil if a data set may begin in the folder, or has begun there
// since the folder was looked at.
func (g *Growing) vacant() error {
	entries, err := os.ReadDir(g.dir)
	if err != nil {
		return fmt.Errorf("sink/parquet: %w", err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "."+originName) {
			continue
		}
		// The file with the origin is there before anything else of a data set is,
		// but a listing made meanwhile may be without it.
		if _, err := os.Lstat(g.path(originName)); err == nil {
			return nil
		}
		switch name := e.Name(); name {
		case markName:
			return fmt.Errorf("sink/parquet: %s is a data set that was published whole, and cannot grow; move it away or choose another folder", g.dir)
		default:
			return fmt.Errorf("sink/parquet: %s holds something else than a data set that grows (such as %s); move it away or choose another folder", g.dir, name)
		}
	}
	return nil
}

// found puts the file with the origin in place, unless somebody else does.
func (g *Growing) found() error {
	text, err := json.Marshal(origin{originFormat, g.cfg.Origin})
	if err != nil {
		return err
	}
	aside := g.path("." + originName + "-" + g.token)
	defer g.steps.Remove(aside)
	var s durable.Syncing
	if err := errors.Join(g.steps.Write(aside, append(text, '\n'), &s), s.Done()); err != nil {
		return err
	}
	if err := g.steps.Link(aside, g.path(originName)); err != nil {
		return err
	}
	return g.steps.SyncDir(g.dir)
}

// belongs returns nil if the data set's origin is ours.
func (g *Growing) belongs(text []byte) error {
	var have origin
	if err := json.Unmarshal(text, &have); err != nil || have.Format != originFormat {
		return fmt.Errorf("sink/parquet: %s: it does not say %q, so this is not a data set that can be continued; choose another folder", g.path(originName), originFormat)
	}
	want := g.cfg.Origin
	differ := func(a, b string) bool { return a != b && a != "" && b != "" }
	const advice = "choose another folder, or remove this one to read from the beginning"
	switch {
	case have.Topic != want.Topic:
		return fmt.Errorf("sink/parquet: %s is a data set of topic %s, not %s; %s", g.dir, have.Topic, want.Topic, advice)
	case differ(have.Cluster, want.Cluster):
		return fmt.Errorf("sink/parquet: %s is a data set of topic %s on another cluster (%s, not %s); %s", g.dir, have.Topic, have.Cluster, want.Cluster, advice)
	case differ(have.TopicID, want.TopicID):
		return fmt.Errorf("sink/parquet: %s is a data set of a topic %s that is no more: it was deleted and made again (its id was %s and is %s); %s",
			g.dir, have.Topic, have.TopicID, want.TopicID, advice)
	case differ(have.Terms, want.Terms):
		return fmt.Errorf("sink/parquet: %s was begun on other terms: %s, not %s; keep to them, or choose another folder", g.dir, have.Terms, want.Terms)
	}
	return nil
}

// linkless adds what to do if the file system refuses hard links.
func linkless(err error) error {
	var link *os.LinkError
	if errors.As(err, &link) && link.Op == "link" && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w; a data set that grows needs a file system with hard links", err)
	}
	return err
}

// path joins names to the folder of the data set.
func (g *Growing) path(names ...string) string {
	return filepath.Join(append([]string{g.dir}, names...)...)
}

// folder makes the folder at rel, below the data set's, and those above it.
func (g *Growing) folder(rel string) error {
	if rel == "." || g.made[rel] {
		return nil
	}
	if err := g.folder(filepath.Dir(rel)); err != nil {
		return err
	}
	if err := g.steps.Mkdir(g.path(rel)); err != nil {
		return err
	}
	const enough = 1 << 12 // a cache only
	if len(g.made) >= enough {
		clear(g.made)
	}
	g.made[rel] = true
	return nil
}
