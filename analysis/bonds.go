package analysis

import (
	"github.com/kafkanauts/kafkanauts/order"
)

// bonds judges the record by the dependencies that hold. A break only says that
// one of the cells is wrong; each cell is blamed by the breaks that it would
// explain and excused by the dependencies that it satisfies.
func (d *Detector) bonds() {
	var broken, kept [order.NumFields]float64
	var sure [order.NumFields]float64
	any := false
	for _, b := range d.m.links {
		if b == nil {
			continue
		}
		from, second, to := b.from[0], b.from[1], b.to
		if d.wrong[from] || d.wrong[second] || d.wrong[to] || d.hash[from] == 0 || d.hash[to] == 0 {
			continue
		}
		key := d.hash[from]
		if second != order.None {
			if d.hash[second] == 0 {
				continue
			}
			key = pairOf(key, d.hash[second])
		}
		e := b.best.at(key)
		if e.key == 0 || e.total < 2 {
			continue
		}
		value := uint32(d.hash[to])
		if value == e.value {
			if e.most > 1 {
				w := 1 - 1/float64(e.most)
				kept[from] += w
				kept[to] += w
				kept[second] += w
			}
			continue
		}
		n, weight := float64(b.pairs.count(key, value)), 1.0
		most, total := float64(e.most), float64(e.total)
		switch {
		case most >= 2 && most >= 3*n && n <= max(1, 3*max(d.m.cell, b.rate)*total):
		case e.total == 3 && e.most == 2:
			weight = 0.9
		case e.most == 1 && e.total == 2 && d.odder(to, e.value):
			weight = 0.5
		default:
			continue
		}
		any = true
		s := weight * (1 - 0.5/most)
		broken[to] += weight
		broken[from] += weight * 0.99 // the dependent is damaged as often; blame it if nothing else decides
		if second != order.None {
			broken[second] += weight * 0.98
		}
		sure[to], sure[from], sure[second] = max(sure[to], s), max(sure[from], s), max(sure[second], s)
	}
	if !any {
		return
	}
	blamed, worst := order.None, 0.0
	for f := order.ID; f < order.NumFields; f++ {
		if broken[f] == 0 {
			continue
		}
		if blame := broken[f] - kept[f]; blamed == order.None || blame > worst {
			blamed, worst = f, blame
		}
	}
	d.flag(blamed, Contradiction, min(0.99, sure[blamed]))
}

// odder says whether the value of f in this record is clearly less like its
// column than is usual: the evidence that decides where one value stands against one.
func (d *Detector) odder(f order.Field, _ uint32) bool {
	s := d.m.rules[f].spell
	return s != nil && s.oddity(d.cell.text[f]) > s.usual+0.75*(s.limit-s.usual)
}

// repeats looks for a record's identifier among those of earlier records. Only
// identifiers that the profile saw twice are remembered.
func (d *Detector) repeats(value []byte) {
	for _, f := range [...]order.Field{order.ID, order.TxnID} {
		once := d.m.rules[f].once
		if once == nil || d.wrong[f] || d.hash[f] == 0 || once.count(d.hash[f], 0) < 2 {
			continue
		}
		key := pairOf(d.hash[f], uint64(f))
		line := hashOf(value)
		was, ok := d.seen[key]
		if !ok {
			d.seen[key] = line
			continue
		}
		if was == line {
			d.flag(order.None, RepeatedRecord, 0.99)
		} else {
			d.flag(f, RepeatedID, 0.9)
		}
		return
	}
}
