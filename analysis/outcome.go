package analysis

import (
	"github.com/kafkanauts/kafkanauts/order"
)

// outcome is how success, failure reason and payment type go together.
type outcome struct {
	yes, no   uint64    // hashes of Y and N
	pairs     *majority // success to reason; an empty reason is 1
	usual     uint32    // the reason beside nearly every success
	holds     bool
	successes float64
	failures  float64
	reasons   *majority // reason to payment type
	payments  *lexicon
	cell      float64
}

const noReason = 1 // in place of the hash of an empty reason

func (p *Profile) learnOutcome(cell float64) outcome {
	o := outcome{yes: hashOf([]byte("Y")), no: hashOf([]byte("N")), pairs: p.groups[successFamily].majority(0),
		reasons: p.groups[reasonFamily].majority(0), payments: p.columns[order.Payment].words, cell: cell}
	y, n := o.pairs.at(o.yes), o.pairs.at(o.no)
	o.successes, o.failures = float64(y.total), float64(n.total)
	if y.total >= 20 && float64(y.most) > 0.8*o.successes {
		o.usual, o.holds = y.value, true
	}
	return o
}

// outcome judges whether success, failure reason and payment type go together.
func (d *Detector) outcome() {
	o := &d.m.outcome
	if !o.holds || d.wrong[order.Success] || d.wrong[order.Reason] {
		return
	}
	reason := uint32(noReason)
	if h := d.f.hash[order.Reason]; h != 0 {
		reason = uint32(h)
	}
	switch d.f.hash[order.Success] {
	case o.yes:
		if n := float64(o.pairs.count(o.yes, reason)); reason != o.usual && n < 0.05*o.successes {
			if reason == noReason {
				d.flag(order.Reason, Empty, 0.9)
			} else {
				d.flag(order.Reason, ReasonOnY, 0.99)
			}
			return
		}
	case o.no:
		if n := float64(o.pairs.count(o.no, reason)); (reason == noReason || reason == o.usual) && n < 0.1*o.failures {
			d.flag(order.Reason, ReasonMissing, 0.99)
			return
		}
	}
	if reason == noReason || reason == o.usual || d.wrong[order.Payment] {
		return
	}
	// A reason that this payment type hardly ever has, though there were many chances.
	n := float64(o.reasons.count(d.f.hash[order.Reason], uint32(d.f.hash[order.Payment])))
	e := o.reasons.at(d.f.hash[order.Reason])
	if e.total < 50 || o.payments.total == 0 {
		return
	}
	of, known := o.payments.count(d.f.hash[order.Payment])
	expected := float64(of) / float64(o.payments.total) * float64(e.total)
	if known && expected >= 20 && n < 0.1*expected && n <= 3*o.cell*float64(e.total)+1 {
		d.flag(order.Reason, ForeignReason, 0.9)
	}
}
