package main

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// watcher reads the committed records of a topic as they come, and measures how
// long after an event the first of those come that were written after it.
type watcher struct {
	client *kgo.Client
	cancel context.CancelFunc
	done   chan struct{}

	mu      sync.Mutex
	records int
	events  []*event // not yet measured to the end
}

// delays are the times from events of one kind to the commits after them.
type delays struct {
	first []time.Duration // until some partition had a commit
	every []time.Duration // until every partition had one
}

// event is a kill of a worker or of the broker.
type event struct {
	at    time.Time
	to    *delays
	marks map[int32]int64 // where each partition ended then; those in which nothing was committed since
	first bool            // still to come: a commit in any partition
}

func watch(brokers []string, topic string) (*watcher, error) {
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.FetchMaxWait(200*time.Millisecond), kgo.MetadataMinAge(50*time.Millisecond),
		kgo.RetryBackoffFn(func(int) time.Duration { return 50 * time.Millisecond }))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	w := &watcher{client: client, cancel: cancel, done: make(chan struct{})}
	go w.follow(ctx)
	return w, nil
}

func (w *watcher) follow(ctx context.Context) {
	defer close(w.done)
	for {
		fetches := w.client.PollFetches(ctx)
		if ctx.Err() != nil {
			return
		}
		now := time.Now()
		w.mu.Lock()
		fetches.EachPartition(func(p kgo.FetchTopicPartition) {
			if n := len(p.Records); n > 0 {
				w.records += n
				w.committed(p.Partition, p.Records[n-1].Offset, now)
			}
		})
		w.mu.Unlock()
	}
}

func (w *watcher) committed(partition int32, offset int64, now time.Time) {
	w.events = slices.DeleteFunc(w.events, func(e *event) bool {
		mark, waits := e.marks[partition]
		if !waits || offset < mark {
			return false
		}
		delete(e.marks, partition)
		if e.first {
			e.first = false
			e.to.first = append(e.to.first, now.Sub(e.at))
		}
		if len(e.marks) == 0 {
			e.to.every = append(e.to.every, now.Sub(e.at))
		}
		return len(e.marks) == 0
	})
}

// add begins to measure an event, by which the partitions ended at marks. What it
// comes to is in to once the watch has ended.
func (w *watcher) add(to *delays, at time.Time, marks map[int32]int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, &event{at, to, maps.Clone(marks), true})
}

// seen is how many committed records have come.
func (w *watcher) seen() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.records
}

// stop ends the watch.
func (w *watcher) stop() {
	w.cancel()
	<-w.done
	w.client.Close()
}
