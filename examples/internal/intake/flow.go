package intake

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/kafkanauts/kafkanauts/analysis"
	"github.com/kafkanauts/kafkanauts/order"
	"github.com/kafkanauts/kafkanauts/order/truth"
	"github.com/kafkanauts/kafkanauts/sink/kafka"
	"github.com/kafkanauts/kafkanauts/sink/parquet"
)

// flow is a partition on its way into the data set: what was read of it since
// the last commit.
type flow struct {
	partition int32
	first     int64 // the topic has none before this offset
	from      parquet.Position
	chunk     *parquet.Chunk
	in        analysis.Intake // its tally is of what was read since
	order     order.Order     // scratch
	since     time.Time       // when the first thing after from came; zero: nothing has
	mark      int64           // the time of the latest order accepted, in Unix seconds; 0: none yet
	seen      *window         // nil: duplicates do not matter

	texts    []byte // the chunk keeps the orders' texts, which are views of this and of its predecessors
	rejects  []byte // a file of them
	rejected int64
	letters  []kafka.Letter
	memory   int64 // that all this takes, about
}

// state is what is kept with a position.
type state struct {
	Mark int64 `json:"latest,omitempty"`
}

// rowMemory is what a row takes without its texts, or a letter.
const rowMemory = 272

// place begins the flow anew at a position.
func (f *flow) place(data *parquet.Growing, p Policy, at parquet.Position) error {
	var s state
	if len(at.State) > 0 {
		if err := json.Unmarshal(at.State, &s); err != nil {
			return err
		}
	}
	f.drop()
	f.from, f.mark, f.seen = at, s.Mark, nil
	f.chunk = data.Chunk(f.partition, at)
	if p.Window > 0 {
		f.seen = newWindow(p.Window)
	}
	return nil
}

// next begins the chunk after one that was committed.
func (f *flow) next(data *parquet.Growing, at parquet.Position) {
	f.drop()
	f.from = at
	f.chunk = data.Chunk(f.partition, at)
}

// drop forgets what was read.
func (f *flow) drop() {
	if f.chunk != nil {
		f.chunk.Discard()
	}
	f.in.Tally = analysis.IntakeTally{}
	f.since, f.texts, f.rejects, f.rejected, f.letters, f.memory = time.Time{}, nil, nil, 0, nil, 0
}

// keep copies a value, for as long as the chunk lives.
func (f *flow) keep(value []byte) []byte {
	if cap(f.texts)-len(f.texts) < len(value) {
		f.texts = make([]byte, 0, max(chunk, len(value)))
	}
	n := len(f.texts)
	f.texts = append(f.texts, value...)
	return f.texts[n:len(f.texts):len(f.texts)]
}

// accept takes a message that stands after what is in the data set.
// Rejects also become letters if source, the topic that they come from, is given.
func (f *flow) accept(p Policy, m *kafka.Message, source string) error {
	o := &f.order
	value := f.keep(m.Value)
	f.memory += int64(len(value)) + rowMemory
	complaints := f.in.Accept(value, o)
	if len(complaints) > 0 {
		f.reject(m, value, complaints, source)
		return nil
	}
	complaints = f.judge(o, m.Offset, p)
	if len(complaints) == 0 {
		err := f.chunk.Write(o, m.Offset)
		if err == nil {
			f.mark = max(f.mark, o.Time.Unix())
			return nil
		}
		var refused *parquet.ValueError
		if !errors.As(err, &refused) {
			return err
		}
		complaints = append(complaints, analysis.Complaint{Field: refused.Field, Reason: unstorable})
	}
	count(&f.in.Tally, complaints)
	f.reject(m, value, complaints, source)
	return nil
}

// judge returns what the policy has against a valid order.
func (f *flow) judge(o *order.Order, offset int64, p Policy) (complaints []analysis.Complaint) {
	if f.seen != nil && f.seen.repeated(o.ID, offset) {
		complaints = append(complaints, analysis.Complaint{Field: order.ID, Reason: analysis.RepeatedID})
	}
	if p.Late > 0 && f.mark != 0 && o.Time.Unix() < f.mark-int64(p.Late/time.Second) {
		complaints = append(complaints, analysis.Complaint{Field: order.Time, Reason: late})
	}
	return complaints
}

// count moves an order in a tally from the valid to the rejected.
func count(t *analysis.IntakeTally, complaints []analysis.Complaint) {
	t.Valid--
	t.Rejected++
	if t.ByReason == nil {
		t.ByReason = map[analysis.Complaint]int64{}
	}
	for _, c := range complaints {
		t.ByReason[c]++
	}
}

// recall notes what is in the data set already, for what comes after it.
func (f *flow) recall(m *kafka.Message) {
	if f.seen != nil && len(f.in.Accept(m.Value, &f.order)) == 0 {
		f.seen.repeated(f.order.ID, m.Offset)
	}
	f.in.Tally = analysis.IntakeTally{}
}

func (f *flow) reject(m *kafka.Message, value []byte, complaints []analysis.Complaint, source string) {
	before := len(f.rejects)
	if before == 0 {
		f.rejects = analysis.AppendRejectHeader(f.rejects, truth.Offsets)
	}
	at := order.Place{Partition: m.Partition, Offset: m.Offset}
	f.rejects = analysis.AppendReject(f.rejects, truth.Offsets, at, complaints, value)
	f.rejected++
	f.memory += int64(len(f.rejects) - before)
	if source == "" {
		return
	}
	l := kafka.Letter{Topic: source, Partition: m.Partition, Offset: m.Offset, Value: value, Timestamp: m.Timestamp}
	if m.Key != nil {
		l.Key = f.keep(m.Key)
	}
	if m.Value == nil {
		l.Value = nil
	}
	l.Fields, l.Reasons = spell(complaints)
	f.memory += int64(len(l.Key) + len(l.Fields) + len(l.Reasons))
	f.letters = append(f.letters, l)
}

// rest is what the chunk is committed with.
func (f *flow) rest(end int64) (parquet.Rest, error) {
	text, err := json.Marshal(state{f.mark})
	return parquet.Rest{End: end, Rejects: f.rejects, Rejected: f.rejected, State: text}, err
}
