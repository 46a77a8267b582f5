package analysis

import (
	"runtime"
	"sync"

	"github.com/kafkanauts/kafkanauts/order"
)

// batch is some records in a row, copied so that a worker can look at them while
// the source goes on, and what the worker found.
type batch struct {
	places []order.Place
	bytes  []byte
	ends   []int // of each record in bytes
	seen   any   // what the worker found, kept for the next batch in its place
	done   chan struct{}
}

// Limits of a batch: records, and bytes after which no record is added.
const (
	batchRecords = 2048
	batchBytes   = 1 << 18
)

func (b *batch) clear() { b.places, b.bytes, b.ends = b.places[:0], b.bytes[:0], b.ends[:0] }

func (b *batch) add(at order.Place, value []byte) (full bool) {
	b.places = append(b.places, at)
	b.bytes = append(b.bytes, value...)
	b.ends = append(b.ends, len(b.bytes))
	return len(b.ends) == batchRecords || len(b.bytes) >= batchBytes
}

// value returns a record.
func (b *batch) value(i int) []byte {
	start := 0
	if i > 0 {
		start = b.ends[i-1]
	}
	return b.bytes[start:b.ends[i]:b.ends[i]]
}

// inBatches reads src and lets workers, numbered from 0, look at its batches, each one
// batch at a time; then collect, if it is not nil, is called for every batch, in
// the order of the stream, by the caller's goroutine. It returns when all is done.
// With one worker everything happens in that goroutine.
func inBatches(src Source, workers int, work func(worker int, b *batch), collect func(b *batch)) {
	finish := func(b *batch) {
		if collect != nil {
			collect(b)
		}
		b.clear()
	}
	if workers == 1 {
		b := new(batch)
		for at, value := range src.Records() {
			if b.add(at, value) {
				work(0, b)
				finish(b)
			}
		}
		work(0, b)
		finish(b)
		return
	}
	queue := make(chan *batch, 2*workers)
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for b := range queue {
				work(w, b)
				b.done <- struct{}{}
			}
		})
	}
	defer all.Wait()
	defer close(queue)
	ring := make([]*batch, 2*workers)
	for i := range ring {
		ring[i] = &batch{done: make(chan struct{}, 1)}
	}
	next, busy := 0, 0 // the batch to fill, and how many before it are under way
	send := func() {
		queue <- ring[next]
		next, busy = (next+1)%len(ring), busy+1
		if busy == len(ring) { // the next is the oldest
			<-ring[next].done
			finish(ring[next])
			busy--
		}
	}
	for at, value := range src.Records() {
		if ring[next].add(at, value) {
			send()
		}
	}
	send()
	for ; busy > 0; busy-- {
		b := ring[(next+len(ring)-busy)%len(ring)]
		<-b.done
		finish(b)
	}
}

// workersOf is how many workers a setting means.
func workersOf(n int) int {
	if n > 0 {
		return n
	}
	return runtime.GOMAXPROCS(0)
}
