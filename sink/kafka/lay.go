package kafka

// lay watches how records come to lie in a partition: one after the other, unless
// others write there too, or brokers have stored a batch twice.
type lay struct {
	begun  bool
	end    int64 // the offset after the last record
	strays int64 // offsets that were skipped, not yet told of
}

// next takes the offset of the next record.
func (l *lay) next(offset int64) {
	if l.begun && offset > l.end {
		l.strays += offset - l.end
	}
	l.begun, l.end = true, offset+1
}

// tellStrays tells of records that stand between this shard's, and are not.
func (w *shard) tellStrays() {
	n := w.lay.strays
	if n == 0 {
		return
	}
	w.lay.strays = 0
	w.sink.counters.strays.Add(n)
	w.sink.log().Warn("there are records between those of the stream: another client writes to the topic, or a broker has started again and, its records' dates being old, forgotten that it had stored them",
		"topic", w.sink.cfg.Topic, "partition", w.partition, "records", n, "before offset", w.lay.end)
}
