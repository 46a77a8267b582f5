package kafkanauts

import (
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"github.com/kafkanauts/kafkanauts/corrupt"
	"github.com/kafkanauts/kafkanauts/demand"
	"github.com/kafkanauts/kafkanauts/internal/keyed"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/product"
	"github.com/kafkanauts/kafkanauts/sink"
)

// maker makes one step at a time and holds it until it is delivered. All memory
// of a step is its maker's and serves again for the next.
type maker struct {
	s       *Stream
	step    int64
	slice   int64 // the step's, of its second
	sampler *demand.Sampler
	shards  []shardMaker
	draws   []product.Draw // by segment
	turns   []uint16       // work of turn: places in shards
	places  []int32
	spans   order.Spans
	orders  []order.Order
	truths  []order.Truth
	tags    []string
	keyed   func(dst []byte, o *order.Order) ([]byte, order.Span) // Append, telling the key's place; nil: by extents
	lanes   []lane                                                // one that is merged, or one a shard
	apart   bool                                                  // whether they are one a shard
	err     error                                                 // why the step cannot be made
	bad     []badOrder                                            // what the stages did wrong in it

	done chan struct{} // the step is made
	left atomic.Int32  // lanes that still hold a part of it
	free chan<- *maker
}

// badOrder is what is wrong with an order. It ends the run when the order is sent,
// not where a limit or a window leaves it out.
type badOrder struct {
	seq uint64
	err error
}

// shardMaker is what a maker needs of one shard.
type shardMaker struct {
	shard    int
	arrivals []demand.Arrival
	next     int // the first arrival not made yet
	damage   *corrupt.Worker
	orders   keyed.Key // of the step's orders
	second   int64     // of the last arrival, Unix
	index    uint64    // of that arrival, among those of the second
}

// lane is the part of a step that goes to one sink.
type lane struct {
	batch    sink.Batch // its Lines have the values of binary encodings, too
	bare     sink.Batch // the batch as it is handed over, if it is without them
	segments []int32    // of the batch's records
	apart    []byte     // the values that are not in the batch's Lines
	late     []moved    // what is sent later than its place in the step
	counts   counts

	// For arranger, where a step does not stay as it was made.
	arranged bool
	whens    []int64 // the seconds at which the records are sent
	spare    struct {
		records  []order.Record
		segments []int32
		lines    []byte
	}
}

// moved is a record that is sent at second at, later than its event time.
type moved struct {
	at      int64
	segment int32
	record  order.Record
}

func newMaker(s *Stream, sharded bool, free chan<- *maker) *maker {
	m := &maker{s: s, sampler: s.plan.NewSampler(), done: make(chan struct{}, 1), free: free}
	m.shards = make([]shardMaker, len(s.own))
	for i := range m.shards {
		m.shards[i].shard, m.shards[i].damage = s.own[i], s.proc.Worker()
	}
	m.lanes = make([]lane, s.lanes(sharded))
	m.apart = sharded
	for i := range m.lanes {
		l := &m.lanes[i]
		l.batch.Shard = -1
		if sharded {
			l.batch.Shard = s.own[i]
		}
		l.counts.init(len(s.segments))
	}
	if s.cfg.Key != order.NoKey {
		m.keyed = order.Keyed(s.cfg.Encoding, s.cfg.Key)
	}
	m.draws = make([]product.Draw, len(s.segments))
	for i := range m.draws {
		m.draws[i].Moment = s.segments[i].moment
	}
	return m
}

// release says that one lane is through with the step.
func (m *maker) release() {
	if m.left.Add(-1) == 0 {
		m.free <- m
	}
}

// make makes a step, each lane in the order of Seq.
func (m *maker) make(step int64) {
	s := m.s
	m.step, m.err, m.bad = step, nil, m.bad[:0]
	m.left.Store(int32(len(m.lanes)))
	if err := m.sampler.Load(step); err != nil {
		m.err = fmt.Errorf("kafkanauts: step %d: %w", step, err)
		return
	}
	total := 0
	begin, _ := s.seconds(step)
	m.slice = step % s.perSecond
	at := s.at(begin, m.slice)
	for i := range m.shards {
		sh := &m.shards[i]
		id := uint64(sh.shard)
		sh.arrivals = m.sampler.Draw(sh.arrivals[:0], uint64(s.arrivalKey.With(id).With(at)))
		sh.damage.Begin(uint64(s.damageKey.With(id).With(at)), len(sh.arrivals))
		sh.orders = s.orderKey.With(id).With(at)
		sh.next, sh.second, sh.index = 0, math.MinInt64, 0
		total += len(sh.arrivals)
	}
	// Records point into these: they must not move while the step is made.
	if m.orders = m.orders[:0]; cap(m.orders) < total {
		m.orders = make([]order.Order, 0, total+total/4)
	}
	if m.truths = m.truths[:0]; cap(m.truths) < total {
		m.truths = make([]order.Truth, 0, total+total/4)
	}
	m.tags = m.tags[:0]
	for i := range m.lanes {
		l := &m.lanes[i]
		b := &l.batch
		most := total
		if m.apart {
			most = len(m.shards[i].arrivals)
		}
		l.batch = sink.Batch{Shard: b.Shard, Step: step, Parts: 1, Records: resize(b.Records, most)[:0], Lost: b.Lost[:0], Lines: b.Lines[:0]}
		l.segments, l.apart, l.late, l.arranged = l.segments[:0], l.apart[:0], l.late[:0], false
		l.counts.reset()
	}
	if !m.apart {
		m.merge()
	} else {
		for i := range m.shards {
			for range m.shards[i].arrivals {
				m.record(&m.lanes[i], i)
			}
		}
	}
	for i := range m.lanes {
		l := &m.lanes[i]
		l.counts.records, l.counts.bytes = int64(len(l.batch.Records)), int64(len(l.batch.Lines))
	}
}

// merge makes the records of all shards in the order of their numbers: by
// second, then by shard.
func (m *maker) merge() {
	l := &m.lanes[0]
	for _, i := range m.turn() {
		m.record(l, int(i))
	}
}

// turn returns the shard of each record of the merged step, in order, by its
// place in shards. It counts the arrivals of each second and then deals out their places.
func (m *maker) turn() []uint16 {
	first, last := int64(math.MaxInt64), int64(math.MinInt64)
	total := 0
	for i := range m.shards {
		if a := m.shards[i].arrivals; len(a) > 0 {
			first, last = min(first, a[0].Unix), max(last, a[len(a)-1].Unix)
			total += len(a)
		}
	}
	if total == 0 {
		return nil
	}
	m.turns = resize(m.turns, total)
	m.places = resize(m.places, int(last-first)+2)
	clear(m.places)
	for i := range m.shards {
		for _, a := range m.shards[i].arrivals {
			m.places[a.Unix-first+1]++
		}
	}
	for i := range m.places[1:] {
		m.places[i+1] += m.places[i]
	}
	for i := range m.shards {
		for _, a := range m.shards[i].arrivals {
			at := &m.places[a.Unix-first]
			m.turns[*at] = uint16(i)
			*at++
		}
	}
	return m.turns
}

// resize returns s with n elements, of which nothing is known.
func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	return s[:n]
}

// record makes the next record of the shard at a place in shards.
func (m *maker) record(l *lane, place int) {
	s, sh := m.s, &m.shards[place]
	i := sh.next
	a := sh.arrivals[i]
	sh.next++
	// The first of a second or one more of it: no jump, for none could be foreseen.
	since := a.Unix - sh.second
	sh.index = (sh.index + 1) &^ uint64((since|-since)>>63)
	sh.second = a.Unix
	seq := s.firstOf(a.Unix, m.slice, sh.shard) + sh.index
	if sh.index == 1<<indexBits-1 {
		m.crowded(a.Unix)
	}

	m.orders = m.orders[:len(m.orders)+1]
	o := &m.orders[len(m.orders)-1]
	*o = order.Order{}
	seg, d := &s.segments[a.Segment], &m.draws[a.Segment]
	o.Time, o.Country, o.Category = unix(a.Unix), seg.Country, seg.Category
	o.ID, o.TxnID = s.ids(seq, a.Unix)
	if !s.plain { // what one stage of a user's writes there is not for the next order
		d.Moment = seg.moment
	}
	d.Time, d.Shard = o.Time, sh.shard
	d.Offset = m.sampler.Offset(a.Segment, a.Unix)
	d.Reset(uint64(sh.orders.With(uint64(i))), &d.Moment)
	if s.plain {
		seg.line.Fill(d, o)
	} else {
		m.fill(seg, d, o, seq)
	}

	// Most records are sent in their place: this one is made there.
	b := &l.batch
	b.Records = b.Records[:len(b.Records)+1]
	r := &b.Records[len(b.Records)-1]
	r.Seq, r.Copy, r.Order, r.Truth, r.Key, r.At = seq, 0, o, nil, nil, order.Place{}
	if len(d.Tags()) > 0 {
		m.tag(r, d)
	}
	if sh.damage.Hit(i, o) {
		m.damaged(l, r, a.Segment, place, i)
		return
	}
	start := len(b.Lines)
	if m.keyed != nil {
		var at order.Span
		b.Lines, at = m.keyed(b.Lines, o)
		r.Value = b.Lines[start:len(b.Lines):len(b.Lines)]
		r.Key = at.Of(r.Value)
	} else {
		m.write(b, r)
	}
	l.sent(a.Segment, r)
}

// write appends the value of r, in which nothing is damaged, and finds its key.
func (m *maker) write(b *sink.Batch, r *order.Record) {
	at := &m.spans
	if m.s.cfg.Key == order.NoKey {
		at = nil
	}
	start := len(b.Lines)
	b.Lines = m.s.cfg.Encoding.Append(b.Lines, r.Order, at)
	r.Value = b.Lines[start:len(b.Lines):len(b.Lines)]
	if at != nil {
		r.Key = m.key(r.Value)
	}
}

// tag notes which patterns acted on a record.
func (m *maker) tag(r *order.Record, d *product.Draw) {
	r.Truth = m.truth()
	n := len(m.tags)
	m.tags = append(m.tags, d.Tags()...)
	r.Truth.Tags = m.tags[n:len(m.tags):len(m.tags)]
}

// fill has stages of which nothing is known fill in an order, and notes what is
// wrong with it.
func (m *maker) fill(seg *segment, d *product.Draw, o *order.Order, seq uint64) {
	at := d.Moment
	seg.line.Fill(d, o)
	if err := m.s.accept(o, &at, seq); err != nil {
		m.bad = append(m.bad, badOrder{seq, fmt.Errorf("kafkanauts: the order of %s, %s at %s: %w", at.Country, at.Category, at.Time.Format(time.RFC3339), err)})
		o.Time = at.Time // by which it is placed
	}
}

// crowded notes that a second has more orders of one shard than can be numbered.
func (m *maker) crowded(second int64) {
	if m.err == nil {
		m.err = fmt.Errorf("kafkanauts: more than %d orders of one shard at %s: a curve of the market rises far above what it is at every fifth minute; smooth it, or take more shards",
			1<<indexBits-1, unix(second).Format(time.RFC3339))
	}
}

// damaged finishes record r, the last of its lane, in which there is something
// to damage.
func (m *maker) damaged(l *lane, r *order.Record, segment int32, place, i int) {
	s, sh, b := m.s, &m.shards[place], &l.batch
	start := len(b.Lines)
	b.Lines = s.cfg.Encoding.Append(b.Lines, r.Order, &m.spans)
	var out corrupt.Outcome
	b.Lines, out = sh.damage.Apply(b.Lines, start, i, i == len(sh.arrivals)-1, r.Order, &m.spans)
	if len(out.Faults) > 0 {
		if r.Truth == nil {
			r.Truth = m.truth()
		}
		r.Truth.Faults = out.Faults
	}
	r.Value = b.Lines[start:len(b.Lines):len(b.Lines)]
	if s.cfg.Key != order.NoKey {
		r.Key = m.key(r.Value)
	}
	last := len(b.Records) - 1
	switch {
	case out.Dropped || out.Joined:
		b.Lost = append(b.Lost, *r)
		b.Records = b.Records[:last]
		l.counts.add(segment, &b.Lost[len(b.Lost)-1], true)
	case out.Delay > 0 || out.Repeats > 0:
		here := *r
		b.Records = b.Records[:last]
		m.move(l, moved{segment: segment, record: here}, start, &out)
	default:
		l.sent(segment, r)
	}
}

// sent ends the line of the lane's last record, r, which stays in its place.
func (l *lane) sent(segment int32, r *order.Record) {
	l.batch.Lines = append(l.batch.Lines, '\n')
	l.segments = append(l.segments, segment)
	l.counts.segments[segment]++
	if r.Truth != nil {
		l.counts.truth(r.Truth)
	}
}

// handed returns the lane's batch as sinks get it.
func (l *lane) handed(s *Stream) *sink.Batch {
	if !s.binary {
		return &l.batch
	}
	l.bare = l.batch
	l.bare.Lines = nil
	return &l.bare
}

// move puts a record that is delayed aside, and the copies of one that is
// repeated. Its value is what Lines has from start on.
func (m *maker) move(l *lane, v moved, start int, out *corrupt.Outcome) {
	here := v.record
	r := &v.record
	n := len(l.apart)
	l.apart = append(append(l.apart, r.Key...), r.Value...)
	if r.Key != nil {
		r.Key = l.apart[n : n+len(r.Key) : n+len(r.Key)]
	}
	r.Value = l.apart[n+len(r.Key) : len(l.apart) : len(l.apart)]
	v.at = r.Order.Time.Unix() + int64(out.Delay/time.Second)
	if out.Delay > 0 {
		l.batch.Lines = l.batch.Lines[:start]
		l.late = append(l.late, v)
	} else {
		l.batch.Records = append(l.batch.Records, here)
		l.sent(v.segment, &here)
	}
	if out.Repeats == 0 {
		return
	}
	t := m.truth()
	t.Faults = out.Copies
	if r.Truth != nil {
		t.Tags = r.Truth.Tags
	}
	r.Truth = t
	for range out.Repeats {
		r.Copy++
		v.at += int64(out.After / time.Second)
		l.late = append(l.late, v)
	}
}

// truth returns a Truth that lives as long as the step. Copies may need more
// than there are orders; those that do not fit are allocated apart.
func (m *maker) truth() *order.Truth {
	if len(m.truths) == cap(m.truths) {
		return new(order.Truth)
	}
	m.truths = m.truths[:len(m.truths)+1]
	t := &m.truths[len(m.truths)-1]
	*t = order.Truth{}
	return t
}

// key returns the text of the key as it stands in a value.
func (m *maker) key(value []byte) []byte {
	v := m.spans.Value[m.s.cfg.Key].Of(value)
	if m.s.unquote != nil {
		return m.s.unquote(m.s.cfg.Key, v)
	}
	return v
}

// unquoted returns v without quotation marks at both its ends.
func unquoted(_ order.Field, v []byte) []byte {
	if n := len(v); n >= 2 && v[0] == '"' && v[n-1] == '"' {
		return v[1 : n-1]
	}
	return v
}
