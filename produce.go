package kafkanauts

import (
	"context"
	"sync"
)

// busy returns how many workers there is something to do for.
func (s *Stream) busy() int { return int(min(int64(max(s.cfg.Workers, 1)), max(s.end-s.first, 1))) }

// depth returns how many steps are under way at once.
func (s *Stream) depth() int { return 2*s.busy() + 2 }

// lanes returns how many sinks a step is for.
func (s *Stream) lanes(sharded bool) int {
	if sharded {
		return len(s.own)
	}
	return 1
}

// produce makes the stream's steps on Workers goroutines, or on the caller's if
// that is one and nothing is sharded, and delivers them in order on the caller's.
// Receivers may hold so many steps as ahead says beside those under way. Whatever
// way it ends, its goroutines have ended before. A delivered maker is the
// receiver's until it has called release once for each of its lanes.
func (s *Stream) produce(ctx context.Context, sharded bool, ahead int, deliver func(*maker) error) error {
	workers, depth := s.busy(), s.depth()+ahead
	if workers == 1 && !sharded {
		return s.produceAlone(ctx, deliver)
	}
	jobs := make(chan *maker, depth)
	free := make(chan *maker, depth)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(jobs)
	for range workers {
		wg.Go(func() {
			for m := range jobs {
				if ctx.Err() == nil {
					m.make(m.step)
				}
				m.done <- struct{}{}
			}
		})
	}

	order := newArranger(s, s.lanes(sharded))
	var queue []*maker // under way, in the order of their steps
	made, next := 0, s.first
	for step := s.first; step < s.end; step++ {
		for next < s.end {
			var m *maker
			select {
			case m = <-free:
			default:
				if made < depth {
					m = newMaker(s, sharded, free)
					made++
				} else if len(queue) == 0 {
					select {
					case m = <-free:
					case <-ctx.Done():
						return context.Cause(ctx)
					}
				}
			}
			if m == nil {
				break
			}
			m.step = next
			next++
			queue = append(queue, m)
			jobs <- m
		}
		m := queue[0]
		queue = queue[:copy(queue, queue[1:])]
		<-m.done
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if m.err != nil {
			return m.err
		}
		done := order.arrange(m)
		if err := order.wrong(m); err != nil {
			return err
		}
		if err := deliver(m); err != nil || done {
			return err
		}
	}
	return nil
}

// produceAlone is produce with one worker, which is the caller: without a
// second goroutine there is nothing to hand over.
func (s *Stream) produceAlone(ctx context.Context, deliver func(*maker) error) error {
	free := make(chan *maker, 1)
	m := newMaker(s, false, free)
	order := newArranger(s, 1)
	for step := s.first; step < s.end; step++ {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		m.make(step)
		if m.err != nil {
			return m.err
		}
		done := order.arrange(m)
		if err := order.wrong(m); err != nil {
			return err
		}
		if err := deliver(m); err != nil || done {
			return err
		}
		m = <-free
	}
	return nil
}
