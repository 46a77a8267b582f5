package analysis

import (
	"github.com/kafkanauts/kafkanauts/order"
)

// secondPass judges records by a model and counts those that are sound. Workers
// look at batches; what depends on the order of the stream is decided when
// batches are collected.
type secondPass struct {
	workers []*looker
	last    *looker // counts the records that were suspected for nothing
	reject  func(at order.Place, complaints []Complaint, value []byte)
	seen    seen
	told    map[Reason]int // how many examples there are
	r       *Result
}

// looker is the state of one worker.
type looker struct {
	in         Intake
	detector   *Detector
	summary    Summary
	decipherer *Decipherer
	o          order.Order
	touched    uint64 // whatever was loaded
}

// sighting is what a looker found in one batch: only of records that are not sound.
type sighting struct {
	records    []peculiar
	flags      []Flag
	complaints []Complaint
}

// peculiar is a record with flags, complaints or a suspected identifier.
type peculiar struct {
	record            int // its number in the batch
	flags, complaints int // how many of the batch's
	suspected         bool
	suspect           suspect
}

func newSecondPass(m *Model, s Settings, categories []string, workers int) *secondPass {
	a := &secondPass{reject: s.Reject, seen: make(seen), told: make(map[Reason]int), r: &Result{Model: m}}
	looker := func() *looker {
		return &looker{in: Intake{Encoding: s.Encoding, Categories: categories}, detector: NewDetector(m), decipherer: NewDecipherer(m)}
	}
	for range workers {
		a.workers = append(a.workers, looker())
	}
	a.last = looker()
	return a
}

// look takes in and inspects the records of a batch.
func (a *secondPass) look(worker int, b *batch) {
	w := a.workers[worker]
	found, _ := b.seen.(*sighting)
	if found == nil {
		found = new(sighting)
		b.seen = found
	}
	found.records, found.flags, found.complaints = found.records[:0], found.flags[:0], found.complaints[:0]
	d := w.detector
	b.inFrames(d.cut, &d.frames, w.touch, func(i int, x *frame) {
		value := b.value(i)
		complaints := w.in.Accept(value, &w.o)
		d.inspect(value, x)
		flags := d.flags
		suspect, suspected := d.suspected(value)
		if len(complaints)+len(flags) == 0 && !suspected {
			w.summary.add(&w.o, &x.hash)
			w.decipherer.add(&w.o, &x.hash)
			return
		}
		sortFlags(flags)
		found.records = append(found.records, peculiar{i, len(flags), len(complaints), suspected, suspect})
		found.flags = append(found.flags, flags...)
		found.complaints = append(found.complaints, complaints...)
	})
}

// touch loads what will be needed of the large tables.
func (w *looker) touch(frames []frame) {
	m := w.detector.m
	names, customers := m.rules[order.CustomerName].words, m.groups[customerFamily]
	for i := range frames {
		x := &frames[i]
		w.touched ^= names.touch(x.hash[order.CustomerName]) ^ customers.touch(x.hash[order.CustomerID]) ^
			w.summary.spenders.touch(x.text[order.CustomerID])
	}
}

// collect takes over what was found in a batch, in the order of the stream.
func (a *secondPass) collect(b *batch) {
	found := b.seen.(*sighting)
	a.r.Overview.Records += int64(len(b.ends))
	flags, complaints := found.flags, found.complaints
	for i := range found.records {
		k := &found.records[i]
		at, value := b.places[k.record], b.value(k.record)
		if k.complaints > 0 && a.reject != nil {
			a.reject(at, complaints[:k.complaints], value)
		}
		first := len(a.r.Flags)
		a.r.Flags = append(a.r.Flags, flags[:k.flags]...)
		if k.suspected {
			a.r.Flags = a.seen.judge(k.suspect, a.r.Flags)
		}
		if of := a.r.Flags[first:]; len(of) > 0 {
			a.flagged(at, value, of)
		} else if k.complaints == 0 {
			a.last.in.Accept(value, &a.last.o)
			a.last.summary.Add(&a.last.o)
			a.last.decipherer.Add(&a.last.o)
		}
		flags, complaints = flags[k.flags:], complaints[k.complaints:]
	}
}

// flagged takes over a record's flags.
func (a *secondPass) flagged(at order.Place, value []byte, flags []Flag) {
	for i := range flags {
		flags[i].Place = at
	}
	sortFlags(flags)
	a.r.Overview.Flagged++
	if why := flags[0].Reason; a.told[why] < examplesEach {
		a.told[why]++
		a.r.Examples = append(a.r.Examples, Example{flags[0], string(value)})
	}
}

// result joins what the workers counted.
func (a *secondPass) result() *Result {
	r, all := a.r, a.last
	all.in.Tally = IntakeTally{} // its records were counted before
	for i, w := range a.workers {
		all.in.Tally.Merge(&w.in.Tally)
		all.summary.Merge(&w.summary)
		all.decipherer.Merge(w.decipherer)
		a.workers[i] = nil
	}
	r.Summary, r.Intake = &all.summary, all.in.Tally
	r.Overview.Valid = r.Intake.Valid
	r.Overview.Damage = r.Model.DamageRate()
	if r.Summary.Orders > 0 {
		r.Overview.From, r.Overview.To = utc(r.Summary.first*3600), utc(r.Summary.last*3600+3600)
	}
	r.Findings = all.decipherer.Findings()
	return r
}
