package parquet

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	pq "github.com/parquet-go/parquet-go"

	"github.com/kafkanauts/kafkanauts/internal/durable"
	"github.com/kafkanauts/kafkanauts/order"
)

var source = Origin{Topic: "orders", TopicID: "a", Cluster: "x", Terms: "these"}

// length is how many records each partition of the topic of these tests has, and
// stride how many make a chunk.
const length, stride = 30, 4

// Of the topic's records every seventh is a reject, and every ninth offset has none.
func rejected(offset int64) bool { return offset%7 == 3 }
func absent(offset int64) bool   { return offset%9 == 8 }

var topic = func() []order.Order {
	orders := sample(length)
	for i := range orders {
		orders[i].Country, orders[i].Time = countries[i/3%2], orders[0].Time
	}
	return orders
}()

var fast = durable.Steps{Volatile: true}

// feed reads a chunk's worth of records from where a partition stands and
// commits them.
func feed(g *Growing, partition int32, at Position) (Position, error) {
	return feedSome(g, partition, at, stride)
}

func feedSome(g *Growing, partition int32, at Position, stride int64) (Position, error) {
	end := min(at.Next+stride, length)
	c := g.Chunk(partition, at)
	b := Rest{End: end, State: json.RawMessage(fmt.Sprintf(`{"seen":%d}`, end))}
	for i := at.Next; i < end; i++ {
		switch {
		case absent(i):
		case rejected(i):
			if len(b.Rejects) == 0 {
				b.Rejects = []byte("partition,offset,value\n")
			}
			b.Rejects = fmt.Appendf(b.Rejects, "%d,%d,%d\n", partition, i, topic[i].ID)
			b.Rejected++
		default:
			if err := c.Write(&topic[i], i); err != nil {
				return at, err
			}
		}
	}
	return c.Commit(b)
}

func mustGrow(t testing.TB, dir string, s durable.Steps) *Growing {
	t.Helper()
	g, err := grow(GrowConfig{Dir: dir, Origin: source}, s)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// finish reads what is left of a partition, as a process that starts now.
func finish(t testing.TB, dir string, partition int32) {
	t.Helper()
	g := mustGrow(t, dir, fast)
	at, err := g.Take(partition)
	for err == nil && at.Next < length {
		at, err = feed(g, partition, at)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// content is what readers see of a partition: the id that stands at each offset.
// A record that is there twice is an error.
func content(t testing.TB, dir string, partition int32) map[int64]uint64 {
	t.Helper()
	seen := map[int64]uint64{}
	add := func(offset int64, id uint64, where string) {
		if _, twice := seen[offset]; twice {
			t.Fatalf("%s: partition %d, offset %d is there twice", where, partition, offset)
		}
		seen[offset] = id
	}
	for _, name := range names(t, dir) {
		part := strings.HasPrefix(filepath.Base(name), fmt.Sprintf("part-%05d-", partition))
		switch top, _, _ := strings.Cut(name, string(filepath.Separator)); {
		case !part || top == stagingName:
		case strings.HasPrefix(top, "country="):
			rows, err := pq.ReadFile[placed](filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				add(r.Offset, uint64(r.ID), name)
			}
		case top == rejectsName:
			f, err := os.Open(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			lines, err := csv.NewReader(f).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range lines[1:] {
				offset, _ := strconv.ParseInt(l[1], 10, 64)
				id, _ := strconv.ParseUint(l[2], 10, 64)
				add(offset, id, name)
			}
		default:
			t.Fatalf("%s is in no folder for it", name)
		}
	}
	return seen
}

// whole checks that a partition's records up to next are there once, and no others.
func whole(t testing.TB, dir string, partition int32, next int64) {
	t.Helper()
	seen := content(t, dir, partition)
	for i := range topic {
		offset := int64(i)
		id, there := seen[offset]
		if want := offset < next && !absent(offset); there != want {
			t.Fatalf("partition %d stands at %d: offset %d is there: %v", partition, next, offset, there)
		}
		if there && id != topic[i].ID {
			t.Fatalf("partition %d: offset %d has order %d, not %d", partition, offset, id, topic[i].ID)
		}
	}
}

var errKilled = errors.New("killed")

// live reads the partition as a process of which the first n steps are taken and
// no more, as if it were killed then. It reports whether it came to the end before.
func live(dir string, n int) bool {
	g, err := grow(GrowConfig{Dir: dir, Origin: source}, durable.Steps{Volatile: true, Gate: func(string, string) error {
		if n--; n < 0 {
			return errKilled
		}
		return nil
	}})
	if err != nil {
		return false
	}
	at, err := g.Take(0)
	for err == nil && at.Next < length {
		at, err = feed(g, 0, at)
	}
	return n >= 0
}

// A process may be killed before any step of any commit: what readers see then
// are records that are committed, each once, and what the next process makes of it
// is all of them.
func TestKilledAtEveryStep(t *testing.T) {
	for n, over := 0, false; !over; n++ {
		dir := filepath.Join(t.TempDir(), "orders")
		if testing.Short() {
			n += 40
		} else if n > 50 { // the chunks are like one another, the last ones but for what is pruned
			n++
		}
		over = live(dir, n)
		if _, err := os.Stat(dir); err == nil {
			seen := content(t, dir, 0)
			g := mustGrow(t, dir, fast)
			at, err := g.Position(0)
			if err != nil {
				t.Fatal(err)
			}
			for offset := range seen {
				if offset >= at.Next {
					t.Fatalf("killed at step %d: offset %d is to be seen, but only %d are committed", n, offset, at.Next)
				}
			}
			if at, err = g.Take(0); err != nil {
				t.Fatal(err)
			}
			whole(t, dir, 0, at.Next)
			if at.Next > 0 && string(at.State) != fmt.Sprintf(`{"seen":%d}`, at.Next) {
				t.Fatalf("killed at step %d: the state at %d is %s", n, at.Next, at.State)
			}
		}
		finish(t, dir, 0)
		whole(t, dir, 0, length)
		settled(t, dir)
	}
}

// settled checks that nothing is left over, and that the records of commits are few.
func settled(t testing.TB, dir string) {
	t.Helper()
	staged, err := os.ReadDir(filepath.Join(dir, stagingName))
	if err != nil || len(staged) > 0 {
		t.Fatalf("%v is left in %s, %v", staged, stagingName, err)
	}
	records, err := os.ReadDir(filepath.Join(dir, commitsName, "00000"))
	if err != nil || len(records) > keptRecords {
		t.Fatalf("%d commit records, %v", len(records), err)
	}
	at, err := mustGrow(t, dir, fast).Position(0)
	rejects, gaps := int64(0), int64(0)
	for i := range int64(length) {
		if absent(i) {
			gaps++
		} else if rejected(i) {
			rejects++
		}
	}
	if err != nil || at.Totals.Rejects != rejects || at.Totals.Rows != length-rejects-gaps || at.Totals.Chunks <= keptRecords+2 {
		t.Fatalf("the totals are %+v, %v", at.Totals, err)
	}
}

// Killed again and again, also while it mends what was left by the last time.
func TestKilledOften(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	rounds := 20
	if testing.Short() {
		rounds = 2
	}
	for range rounds {
		dir := filepath.Join(t.TempDir(), "orders")
		kills := 0
		for !live(dir, 5+r.IntN(40)) {
			if kills++; kills > 10_000 {
				t.Fatal("it comes to no end")
			}
		}
		whole(t, dir, 0, length)
		settled(t, dir)
	}
}

// A process may sleep before any step of a commit while others take its partition
// over and go on, by any number of chunks. Awake again it commits nothing that is
// there, and what it had committed is.
func TestAsleepAtEveryStep(t *testing.T) {
	for _, chunks := range []int{0, 1, keptRecords + 2} {
		for n, over := 0, false; !over; n++ {
			if testing.Short() {
				n += 20
			}
			dir := filepath.Join(t.TempDir(), "orders")
			if _, err := feed(mustGrow(t, dir, fast), 0, Position{}); err != nil {
				t.Fatal(err)
			}
			count := n
			gate := func(string, string) error {
				if count--; count == -1 {
					other := mustGrow(t, dir, fast)
					at, err := other.Take(0)
					for range chunks {
						if err == nil && at.Next < length {
							at, err = feedSome(other, 0, at, stride-1) // nobody's chunks end where another's do
						}
					}
					if err != nil {
						t.Fatal(err)
					}
				}
				return nil
			}
			sleeper, err := grow(GrowConfig{Dir: dir, Origin: source}, fast)
			if err != nil {
				t.Fatal(err)
			}
			from, err := sleeper.Take(0)
			if err != nil {
				t.Fatal(err)
			}
			sleeper.steps.Gate = gate
			at, err := feed(sleeper, 0, from)
			over = count >= 0
			switch {
			case err == nil && at.Next != from.Next+stride, err != nil && !errors.Is(err, ErrTaken):
				t.Fatalf("asleep at step %d, %d chunks meanwhile: %+v, %v", n, chunks, at, err)
			case err != nil && chunks == 0:
				t.Fatalf("asleep at step %d while nobody committed anything: %v", n, err)
			}
			at, err = mustGrow(t, dir, fast).Take(0)
			if err != nil {
				t.Fatal(err)
			}
			whole(t, dir, 0, at.Next)
			finish(t, dir, 0)
			whole(t, dir, 0, length)
			settled(t, dir)
		}
	}
}

// Between the look for the origin and the listing of the folder somebody else may
// have begun the data set, with all that it consists of.
func TestBegunMeanwhile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "orders")
	late := &Growing{cfg: GrowConfig{Dir: dir, Origin: source}, dir: dir, steps: fast, made: map[string]bool{}}
	finish(t, dir, 0)
	if err := late.vacant(); err != nil {
		t.Error(err)
	}
	if err := late.claim(); err != nil {
		t.Error(err)
	}
	if err := os.Remove(filepath.Join(dir, originName)); err != nil {
		t.Fatal(err)
	}
	if err := late.vacant(); err == nil {
		t.Error("a folder with something else in it is taken for vacant")
	}
}

// Many that all believe a partition to be theirs.
func TestManyWriteOnePartition(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "orders")
	var all sync.WaitGroup
	for i := range int64(6) {
		all.Go(func() {
			g, err := grow(GrowConfig{Dir: dir, Origin: source}, fast)
			if err != nil {
				t.Error(err)
				return
			}
			at, err := g.Take(0)
			for err == nil && at.Next < length {
				if at, err = feedSome(g, 0, at, 2+i%3); errors.Is(err, ErrTaken) {
					at, err = g.Take(0)
				}
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	whole(t, dir, 0, length)
	finish(t, dir, 0) // which sweeps
	settled(t, dir)
}

func TestPartitionsAreApart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "orders")
	g := mustGrow(t, dir, fast)
	at := map[int32]Position{}
	for i := range int32(40) {
		p := i % 3
		var err error
		if at[p].Next == length {
			continue
		}
		if at[p], err = feed(g, p, at[p]); err != nil {
			t.Fatal(err)
		}
	}
	for p := range int32(3) {
		whole(t, dir, p, at[p].Next)
	}
	if n := len(read(t, dir)); n == 0 {
		t.Error("Read sees nothing")
	}
	if at, err := g.Position(7); err != nil || at.Next != 0 || at.State != nil {
		t.Errorf("an unknown partition stands at %+v, %v", at, err)
	}
}

// What a commit rests on is durable before it, and what it removes is no longer
// needed.
func TestOrderOfSteps(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "orders")
	g := mustGrow(t, dir, fast)
	unsynced := map[string]bool{} // files and folders
	committed, placed := false, 0
	g.steps.Gate = func(op, path string) error {
		rel, _ := filepath.Rel(dir, path)
		top, _, _ := strings.Cut(rel, string(filepath.Separator))
		durable := func() {
			for p := range unsynced {
				t.Errorf("%s %s while %s is not durable", op, rel, p)
			}
		}
		switch op {
		case "create":
			unsynced[path] = true
			if !strings.HasPrefix(filepath.Base(path), "commit") { // which is needed under its second name alone
				unsynced[filepath.Dir(path)] = true
			}
		case "sync":
			delete(unsynced, path)
		case "sync folder":
			delete(unsynced, path)
		case "link":
			if top != commitsName {
				break
			}
			durable()
			committed = true
			unsynced[filepath.Dir(path)] = true
		case "rename":
			if !committed {
				t.Errorf("%s is put in place before its commit", rel)
			}
			if unsynced[filepath.Join(dir, commitsName, "00000")] {
				t.Errorf("%s is put in place before its commit is durable", rel)
			}
			unsynced[filepath.Dir(path)] = true
			placed++
		case "remove all":
			durable()
		}
		return nil
	}
	if _, err := feed(g, 0, Position{}); err != nil {
		t.Fatal(err)
	}
	if !committed || placed < 2 {
		t.Errorf("committed: %v; %d files put in place", committed, placed)
	}
}

func TestFullDiskLeavesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "orders")
	g := mustGrow(t, dir, fast)
	full := errors.New("no space")
	g.steps.Gate = func(op, _ string) error {
		if op == "write" {
			return full
		}
		return nil
	}
	if _, err := feed(g, 0, Position{}); !errors.Is(err, full) {
		t.Errorf("error is %v", err)
	}
	if staged, _ := os.ReadDir(filepath.Join(dir, stagingName)); len(staged) > 0 {
		t.Errorf("%v is left", staged)
	}
	g.steps.Gate = nil
	if _, err := feed(g, 0, Position{}); err != nil {
		t.Error(err)
	}
	whole(t, dir, 0, stride)
}

func TestFoldersThatCannotGrow(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	mustGrow(t, at("ours"), fast)
	write(t, Config{Dir: at("published")}, sample(3))
	if err := os.MkdirAll(at("foreign/letters"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at("file"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		cfg  GrowConfig
		says string
	}{
		{GrowConfig{}, "Dir is empty"},
		{GrowConfig{}, "Topic is empty"},
		{GrowConfig{Dir: at("new"), Origin: source, Compression: 9}, "Compression"},
		{GrowConfig{Dir: at("ours"), Origin: Origin{Topic: "others"}}, "of topic orders, not others"},
		{GrowConfig{Dir: at("ours"), Origin: Origin{Topic: "orders", TopicID: "b", Cluster: "x"}}, "deleted and made again"},
		{GrowConfig{Dir: at("ours"), Origin: Origin{Topic: "orders", Terms: "others"}}, "begun on other terms"},
		{GrowConfig{Dir: at("ours"), Origin: Origin{Topic: "orders", TopicID: "a", Cluster: "y"}}, "another cluster"},
		{GrowConfig{Dir: at("published"), Origin: source}, "published whole"},
		{GrowConfig{Dir: at("foreign"), Origin: source}, "such as letters"},
		{GrowConfig{Dir: at("file"), Origin: source}, "not a directory"},
	} {
		if _, err := Grow(c.cfg); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %v, nothing of %q", c.cfg, err, c.says)
		}
	}
	if _, err := Grow(GrowConfig{Dir: at("ours"), Origin: Origin{Topic: "orders"}}); err != nil {
		t.Errorf("a broker that does not tell ids: %v", err)
	}
	if _, err := New(Config{Dir: at("ours")}); err == nil || !strings.Contains(err.Error(), "grows with a topic") {
		t.Errorf("New would replace it: %v", err)
	}
	if names, err := os.ReadDir(at("foreign")); err != nil || len(names) != 1 {
		t.Errorf("a foreign folder holds %v, %v", names, err)
	}
}

// A chunk takes memory by its rows, not by its folders.
func TestChunkMemory(t *testing.T) {
	g := mustGrow(t, filepath.Join(t.TempDir(), "orders"), fast)
	c := g.Chunk(0, Position{})
	o := topic[0]
	const rows = 4000
	for i := range int64(rows) {
		o.Time = topic[0].Time.AddDate(0, 0, int(i))
		if err := c.Write(&o, i); err != nil {
			t.Fatal(err)
		}
	}
	if c.Folders() != rows || c.Rows() != rows || len(c.pile.blocks) != (rows+len(block{}.rows)-1)/len(block{}.rows) {
		t.Errorf("%d rows in %d folders take %d blocks", c.Rows(), c.Folders(), len(c.pile.blocks))
	}
	var wrong *ValueError
	o.City = "\xff"
	if err := c.Write(&o, rows); !errors.As(err, &wrong) || c.Rows() != rows {
		t.Errorf("error is %v with %d rows", err, c.Rows())
	}
	used := len(c.pile.blocks)
	c.Discard()
	if len(g.memory.free) != used || len(g.memory.free[0].texts) > 0 {
		t.Errorf("%d of %d blocks are free", len(g.memory.free), used)
	}
	if _, err := c.Commit(Rest{}); err == nil || errors.Is(err, io.EOF) {
		t.Error("a chunk without an end is committed")
	}
}

// Who takes a partition over makes the commit durable that it found, before it
// puts its files in place: they must not outlast it.
func TestTakeMakesTheCommitDurable(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "orders")
	g := mustGrow(t, dir, fast)
	commits := filepath.Join(dir, commitsName, "00000")
	linked := false
	g.steps.Gate = func(op, path string) error {
		linked = linked || op == "link"
		if linked && op == "sync folder" {
			return errKilled
		}
		return nil
	}
	if _, err := feed(g, 0, Position{}); !errors.Is(err, errKilled) {
		t.Fatal(err)
	}
	next := mustGrow(t, dir, fast)
	durable, placed := false, false
	next.steps.Gate = func(op, path string) error {
		durable = durable || op == "sync folder" && path == commits
		if op == "rename" && !durable {
			t.Errorf("%s is put in place before its commit is durable", path)
		}
		placed = placed || op == "rename"
		return nil
	}
	if _, err := next.Take(0); err != nil || !durable || !placed {
		t.Errorf("durable: %v, put in place: %v, %v", durable, placed, err)
	}
	whole(t, dir, 0, stride)
}

// What a file system leaves of removed files among the commits is no matter.
func TestForeignNamesAmongCommits(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "orders")
	g := mustGrow(t, dir, fast)
	at, err := feed(g, 0, Position{})
	if err != nil {
		t.Fatal(err)
	}
	for name, fine := range map[string]bool{".nfs0001": true, "letter": false} {
		path := filepath.Join(dir, commitsName, "00000", name)
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
		if got, err := g.Take(0); (err == nil) != fine || fine && got.Next != at.Next {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}
