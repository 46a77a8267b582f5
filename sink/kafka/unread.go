package kafka

import "github.com/kafkanauts/kafkanauts/sink"

// tellUnread tells the Meter how many offsets of a partition are still to be
// read: as far as the last fetch showed its end, or up to where a Reader stops
// that does not follow.
func (r *Reader) tellUnread(i int) {
	if r.cfg.Meter == nil {
		return
	}
	p := &r.parts[i]
	var n int64
	if p.unread {
		end := p.end
		if r.cfg.Follow {
			end = max(end, p.seen)
		}
		n = max(0, end-p.next)
	}
	r.cfg.Meter.Set(i, sink.GaugeUnread, float64(n))
}
