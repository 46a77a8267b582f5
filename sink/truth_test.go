package sink_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
	"github.com/kafkanauts/kafkanauts/sink"
)

// tagged tags all records of b.
func tagged(b *sink.Batch) *sink.Batch {
	for i := range b.Records {
		b.Records[i].Truth = &order.Truth{Tags: []string{"p"}}
	}
	return b
}

// lost is a record that was dropped.
func lost(seq uint64, value string) order.Record {
	return order.Record{Seq: seq, Truth: &order.Truth{Faults: []order.Fault{
		{Strategy: "drop", Op: order.Dropped, Was: []byte(value)}}}}
}

// seqs are the Seqs of the records of a key.
func seqs(t *testing.T, key string) (seqs []uint64) {
	t.Helper()
	for rec, err := range truth.NewReader(strings.NewReader(key)).Records() {
		if err != nil {
			t.Fatal(err)
		}
		seqs = append(seqs, rec.Seq)
	}
	return seqs
}

// However a stream is cut into batches, its key is the same, and the rows of a
// lost record stand before those of the first one emitted with a greater Seq.
func TestTruthAnySplit(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 200 {
		// Emitted are the seqs 0, 10, 20 … with some moved back; lost ones end in 5.
		var emitted, gone []uint64
		for i := range uint64(40) {
			emitted = append(emitted, 10*i)
			if rng.IntN(3) == 0 {
				gone = append(gone, 10*i+5)
			}
		}
		for range 8 {
			from := rng.IntN(30)
			seq := emitted[from]
			emitted = slices.Insert(slices.Delete(emitted, from, from+1), from+rng.IntN(10), seq)
		}
		var want []uint64
		rest := gone
		for _, seq := range emitted {
			for len(rest) > 0 && rest[0] < seq {
				want, rest = append(want, rest[0]), rest[1:]
			}
			want = append(want, seq)
		}
		want = append(want, rest...)
		for range 3 {
			var key bytes.Buffer
			s := sink.Tee(sink.Discard(), sink.Truth(&key))
			next := 0 // of gone
			for i := 0; i < len(emitted); {
				n := min(1+rng.IntN(12), len(emitted)-i)
				b := tagged(batch(-1, 0, make([]string, n)...))
				for j := range n {
					b.Records[j].Seq = emitted[i+j]
				}
				greatest := slices.Max(emitted[i : i+n])
				ahead := rng.IntN(3) // some come earlier than they must
				for ; next < len(gone) && (gone[next] < greatest || i+n == len(emitted) || ahead > 0); next++ {
					if gone[next] >= greatest {
						ahead--
					}
					b.Lost = append(b.Lost, lost(gone[next], "v"))
				}
				write(t, s, b)
				i += n
			}
			if err := s.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := seqs(t, key.String()); !slices.Equal(got, want) {
				t.Fatalf("round %d: the key has %v\nof %v and lost %v\nwant %v", round, got, emitted, gone, want)
			}
		}
	}
}

// If everything is lost, its rows do not wait for ever, and none is missing.
func TestTruthOfLostStream(t *testing.T) {
	var key bytes.Buffer
	s := sink.Truth(&key)
	var want []uint64
	value := strings.Repeat("x", 1<<20)
	for i := range uint64(12) {
		write(t, s, &sink.Batch{Shard: -1, Lost: []order.Record{lost(i, value)}})
		want = append(want, i)
	}
	if key.Len() < 4<<20 {
		t.Errorf("of 12 MiB only %d bytes were written before Close", key.Len())
	}
	if err := s.Close(t.Context()); err != nil || !slices.Equal(seqs(t, key.String()), want) {
		t.Errorf("the key has %v, %v", seqs(t, key.String()), err)
	}
}

func TestTruthWithoutPlace(t *testing.T) {
	for name, s := range map[string]sink.Sink{
		"Truth":     sink.Truth(new(bytes.Buffer)),
		"TruthFile": &sink.TruthFile{Path: filepath.Join(t.TempDir(), "truth.csv")},
	} {
		err := s.Write(t.Context(), tagged(batch(-1, 7, "a")))
		if err == nil || !strings.Contains(err.Error(), "seq 7") {
			t.Errorf("%s: a record that no sink has placed: %v", name, err)
		}
		sink.End(t.Context(), s, err)
	}
}

// readManifest reads the manifest of the key at path.
func readManifest(t *testing.T, path string) *truth.Manifest {
	t.Helper()
	m, err := truth.ReadManifest(strings.NewReader(content(t, truth.ManifestPath(path))))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func sum(text string) string {
	h := sha256.Sum256([]byte(text))
	return hex.EncodeToString(h[:])
}

func TestTruthFileMerged(t *testing.T) {
	dir := t.TempDir()
	data, path := filepath.Join(dir, "orders.csv"), filepath.Join(dir, "truth.csv")
	put(t, path, "old key\n")
	s := sink.Tee(&sink.File{Path: data}, &sink.TruthFile{Path: path, Hash: true,
		Name:     func(int) string { return "orders.csv" },
		Manifest: truth.Manifest{Version: "v1", Recipe: map[string]string{"seed": "3"}, Patterns: []truth.Pattern{{Name: "p"}}}})
	open(t, s, sink.Session{Encoding: headed{}, Merged: true})
	b := tagged(batch(-1, 10, "a", "bb", "c"))
	b.Records[0].Truth = nil
	b.Records[2].Truth = &order.Truth{Faults: []order.Fault{
		{Strategy: "mask", Op: order.Edited, End: 1, Was: []byte("x")}, {Strategy: "mask", Op: order.Edited, End: 1, Was: []byte("y")}}}
	b.Lost = []order.Record{lost(11, "v")}
	write(t, s, b)
	if got := content(t, path); got != "old key\n" {
		t.Errorf("before Close the key is %q", got)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := `line,seq,copy,strategy,op,field,start,end,by,was
2,11,0,p,tagged,,,,,
,11,0,drop,dropped,,0,0,,"""v"""
3,12,0,mask,edited,,0,1,,"""x"""
3,12,0,mask,edited,,0,1,,"""y"""
`
	if got := content(t, path); got != want {
		t.Errorf("the key is\n%s\nnot\n%s", got, want)
	}
	m := &truth.Manifest{Version: "v1", Recipe: map[string]string{"seed": "3"}, Patterns: []truth.Pattern{{Name: "p", When: []truth.Clause{}}},
		Totals: truth.Totals{Records: 3, Lost: 1, Bytes: 4, Damaged: 1, Faults: map[string]int64{"mask": 2, "drop": 1},
			Tagged: map[string]int64{"p": 1}},
		Truth: sum(want), Data: map[string]string{"orders.csv": sum(content(t, data))}}
	if got := readManifest(t, path); !reflect.DeepEqual(got, m) {
		t.Errorf("the manifest is %+v\nnot %+v", got, m)
	}
	if got := names(t, dir); len(got) != 3 {
		t.Errorf("the directory holds %q", got)
	}
}

func TestTruthFileShards(t *testing.T) {
	for _, c := range []struct {
		form truth.Form
		ref  func(shard, line int) string
	}{
		{truth.Offsets, func(shard, line int) string { return fmt.Sprintf("%d,%d", shard, line) }},
		{truth.Files, func(shard, line int) string { return fmt.Sprintf("\"part, %d\",%d", shard, line) }},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "truth.csv")
		s := sink.Tee(sink.Discard(), &sink.TruthFile{Path: path, Form: c.form, Hash: true,
			Name: func(shard int) string { return fmt.Sprintf("part, %d", shard) }})
		const n = 5
		all := shards(t, s, n)
		var want [1 + n*40]string
		want[0] = c.form.String() + ",seq,copy,strategy,op,field,start,end,by,was\n"
		for shard := range n { // shard 0 has the seqs 0, 5, 10 …, shard 1 has 1, 6, 11 …
			values := make([]string, 40)
			for i := range values {
				values[i] = strings.Repeat("v", 1+i*1000) // rows longer than any buffer
			}
			b := batch(shard, 0, values...)
			for i := range b.Records {
				seq := i*n + shard
				b.Records[i].Seq = uint64(seq)
				b.Records[i].Truth = &order.Truth{Faults: []order.Fault{{Strategy: "s", Op: order.Edited, Was: []byte(values[i])}}}
				want[1+seq] = fmt.Sprintf("%s,%d,0,s,edited,,0,0,,\"\"\"%s\"\"\"\n", c.ref(shard, i+1), seq, values[i])
			}
			write(t, all[shard], b)
		}
		for i, shard := range all {
			if err := shard.Close(t.Context()); err != nil {
				t.Fatalf("Close of shard %d: %v", i, err)
			}
		}
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := content(t, path); got != strings.Join(want[:], "") {
			t.Errorf("form %v: the key of %d bytes is not the merged one of %d bytes", c.form, len(got), len(strings.Join(want[:], "")))
		}
		m := readManifest(t, path)
		if m.Place != c.form || m.Totals.Records != n*40 || m.Totals.Faults["s"] != n*40 || len(m.Data) != n || m.Truth != sum(content(t, path)) {
			t.Errorf("form %v: the manifest is %+v", c.form, m)
		}
		if got := names(t, dir); len(got) != 2 {
			t.Errorf("form %v: the directory holds %q", c.form, got)
		}
	}
}

// A run that ended early leaves the key of what was accepted, aside, whether it
// came merged or by shards.
func TestTruthFileAbort(t *testing.T) {
	for _, merged := range []bool{true, false} {
		dir := t.TempDir()
		path := put(t, filepath.Join(dir, "truth.csv"), "old\n")
		put(t, truth.ManifestPath(path), "old\n")
		s := sink.Tee(sink.Discard(), &sink.TruthFile{Path: path, Form: truth.Offsets})
		cause := errors.New("interrupted")
		if merged {
			open(t, s, sink.Session{Merged: true})
			write(t, s, tagged(batch(-1, 0, "a", "b", "c")))
		} else {
			all := shards(t, s, 2)
			write(t, all[1], tagged(batch(1, 1, "b", "c")))
			write(t, all[0], tagged(batch(0, 0, "a")))
			for _, shard := range all {
				if err := sink.End(t.Context(), shard, cause); err != nil {
					t.Error(err)
				}
			}
		}
		err := sink.End(t.Context(), s, cause)
		e, ok := errors.AsType[*sink.PartialError](err)
		if !ok || !slices.Equal(seqs(t, content(t, e.Partial)), []uint64{0, 1, 2}) {
			t.Fatalf("merged %v: Abort returns %v", merged, err)
		}
		if content(t, path) != "old\n" || content(t, truth.ManifestPath(path)) != "old\n" || len(names(t, dir)) != 3 {
			t.Errorf("merged %v: the directory holds %q", merged, names(t, dir))
		}
	}
}

// If the parts cannot be merged, they are what remains.
func TestTruthFileNotMerged(t *testing.T) {
	needFull(t)
	t.Setenv("TMPDIR", t.TempDir())
	s := sink.Tee(sink.Discard(), &sink.TruthFile{Path: full, Form: truth.Offsets})
	all := shards(t, s, 2)
	write(t, all[0], tagged(batch(0, 0, "a")))
	write(t, all[1], tagged(batch(1, 1, "b")))
	for _, shard := range all {
		if err := shard.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	err := s.Close(t.Context())
	if err == nil || !strings.Contains(err.Error(), "no space") {
		t.Errorf("Close returns %v", err)
	}
	left := names(t, os.TempDir())
	for i, name := range left {
		if path := filepath.Join(os.TempDir(), name); !strings.Contains(err.Error(), path) || !slices.Equal(seqs(t, content(t, path)), []uint64{uint64(i)}) {
			t.Errorf("%s holds %q: %v", path, content(t, path), err)
		}
	}
	if len(left) != 2 {
		t.Errorf("there remain %q", left)
	}
}

func TestTruthFileRefuses(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "truth.csv")
	for _, c := range []struct {
		key  *sink.TruthFile
		says string
	}{
		{&sink.TruthFile{}, "path"},
		{&sink.TruthFile{Path: path, Form: truth.Files}, "Name"},
		{&sink.TruthFile{Path: path, Hash: true}, "Name"},
		{&sink.TruthFile{Path: path, Form: 9}, "form"},
		{&sink.TruthFile{Path: filepath.Join(path, "x")}, path},
	} {
		err := c.key.Open(t.Context(), &sink.Session{})
		if err == nil || !strings.HasPrefix(err.Error(), "sink: ") || !strings.Contains(err.Error(), c.says) {
			t.Errorf("Open returns %v, which does not say %q", err, c.says)
		}
		sink.End(t.Context(), c.key, errors.New("it did not open"))
	}
	if got := names(t, dir); len(got) != 0 {
		t.Errorf("the directory holds %q", got)
	}
	key := &sink.TruthFile{Path: path}
	b := batch(-1, 1, "a")
	write(t, key, b)
	if _, err := key.Shard(0); err == nil {
		t.Error("a key of a merged stream is asked for a shard, and has one")
	}
	sink.End(t.Context(), key, errors.New("refused"))
}

// A lost record that comes in a later batch than one of a greater Seq stands
// before it all the same.
func TestTruthLostOutOfOrder(t *testing.T) {
	var key bytes.Buffer
	s := sink.Tee(sink.Discard(), sink.Truth(&key))
	write(t, s, &sink.Batch{Shard: -1, Lost: []order.Record{lost(30, "v"), lost(50, "v")}})
	write(t, s, &sink.Batch{Shard: -1, Lost: []order.Record{lost(20, "v"), lost(40, "v")}})
	write(t, s, tagged(batch(-1, 45, "a")))
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := seqs(t, key.String()); !slices.Equal(got, []uint64{20, 30, 40, 45, 50}) {
		t.Errorf("the key has %v", got)
	}
}

// After a torn row nothing more is written, not even what waited.
func TestTruthFails(t *testing.T) {
	bad := errors.New("the disk is full")
	dst := &limited{n: 1000, err: bad}
	s := sink.Tee(sink.Discard(), sink.Truth(dst))
	b := tagged(batch(-1, 1, make([]string, 10_000)...))
	b.Lost = []order.Record{lost(1<<40, "v")}
	err := s.Write(t.Context(), b)
	if !errors.Is(err, bad) || !strings.HasPrefix(err.Error(), "sink: truth: ") {
		t.Errorf("Write returns %v", err)
	}
	dst.n = 1 << 20 // there is room again
	if end := sink.End(t.Context(), s, err); !errors.Is(end, bad) || dst.took != 1000 {
		t.Errorf("the end is %v, with %d bytes after the tear", end, dst.took-1000)
	}
}
