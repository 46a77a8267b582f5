package intake

import (
	"testing"

	"pgregory.net/rapid"
)

// A window says what a search of the offsets before says, wherever it began, if
// that is at least its size before.
func TestWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfN(rapid.Uint64Range(0, 9), 1, 200).Draw(t, "ids")
		size := rapid.Int64Range(1, 20).Draw(t, "size")
		gaps := rapid.SliceOfN(rapid.Int64Range(1, 4), len(ids), len(ids)).Draw(t, "gaps")
		offsets := make([]int64, len(ids))
		at := int64(0)
		for i, g := range gaps {
			at += g
			offsets[i] = at
		}
		begin := rapid.IntRange(0, len(ids)-1).Draw(t, "begin")
		w := newWindow(size)
		for i, id := range ids {
			if offsets[i] < offsets[begin]-size {
				continue
			}
			want := false
			for k := range i {
				want = want || ids[k] == id && offsets[k] >= offsets[i]-size
			}
			if got := w.repeated(id, offsets[i]); got != want && i >= begin {
				t.Fatalf("id %d at offset %d: repeated is %v", id, offsets[i], got)
			}
		}
		if len(w.last) > int(size)+1 || len(w.queue)-w.front > int(size)+1 {
			t.Fatalf("it keeps %d ids and %d sightings", len(w.last), len(w.queue)-w.front)
		}
	})
}
