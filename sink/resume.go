package sink

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/kafkanauts/kafkanauts/internal/parts"
)

// Resumer is an optional capability of a Sink that remembers from one run to
// the next how far a stream is delivered, so that a run goes on where another
// one ended, or was killed. Resume is called after Open, and after Shard for
// that shard if the Sink is a Sharder, once for each shard of the run (-1: the
// merged stream) and before its first Write; for several shards it is called
// concurrently. The zero Position is the beginning.
type Resumer interface {
	Resume(ctx context.Context, shard int) (Position, error)
}

// Position is how far a shard, or a merged stream, is delivered: the steps
// before Step are, and of Step's own batch the first so many Records and Lost.
// The rest of that step then comes under its name, in a batch that lacks them.
type Position struct {
	Step    int64
	Records int
	Lost    int

	// Began is when the stream was begun for the first time. A paced run keeps to
	// the schedule that began then, so what fell due since it was interrupted is sent
	// at once. Zero: the schedule goes on from here.
	Began time.Time

	// Done says that all of the shard is delivered; then the rest counts for
	// nothing.
	Done bool
}

// position returns where a shard of a directory goes on.
func position(h *parts.Shard) Position {
	next, began := h.Resume()
	return Position{Step: next.Step, Records: next.Records, Lost: next.Lost, Began: began, Done: h.Complete()}
}

// Recipe is what decides the bytes of a stream, by name. Runs of equal recipes
// make the same records, so that one may go on where another ended.
type Recipe map[string]string

// Differences lists how r differs from the recipe that was, a sentence for each
// setting, sorted.
func (r Recipe) Differences(was Recipe) []string {
	names := maps.Clone(r)
	if names == nil {
		names = Recipe{}
	}
	maps.Copy(names, was)
	var list []string
	for _, name := range slices.Sorted(maps.Keys(names)) {
		is, some := r[name]
		before, any := was[name]
		switch {
		case !some:
			list = append(list, fmt.Sprintf("%s was %s and is not given", name, before))
		case !any:
			list = append(list, fmt.Sprintf("%s is %s and was not given", name, is))
		case is != before:
			list = append(list, fmt.Sprintf("%s is %s and was %s", name, is, before))
		}
	}
	return list
}

// String returns the settings as name=value, sorted by name.
func (r Recipe) String() string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(r)) {
		list = append(list, name+"="+r[name])
	}
	return strings.Join(list, " ")
}
