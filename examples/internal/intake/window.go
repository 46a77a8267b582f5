package intake

// window tells whether an id stood in one of the last so many offsets. What it
// knows depends on those offsets alone, so that it can be rebuilt by reading them again.
type window struct {
	size  int64            // in offsets
	last  map[uint64]int64 // by id: its last offset
	queue []sighting       // by offset, ascending; those that are too far back may be among the first
	front int
}

type sighting struct {
	id     uint64
	offset int64
}

func newWindow(size int64) *window { return &window{size: size, last: map[uint64]int64{}} }

// repeated notes the id at an offset, which ascend from call to call, and reports
// whether it was noted at one of the size offsets before.
func (w *window) repeated(id uint64, offset int64) bool {
	for w.front < len(w.queue) && w.queue[w.front].offset < offset-w.size {
		if s := w.queue[w.front]; w.last[s.id] == s.offset {
			delete(w.last, s.id)
		}
		w.front++
	}
	if w.front > len(w.queue)/2 {
		w.queue = w.queue[:copy(w.queue, w.queue[w.front:])]
		w.front = 0
	}
	_, known := w.last[id]
	w.last[id] = offset
	w.queue = append(w.queue, sighting{id, offset})
	return known
}
