package analysis

import (
	"github.com/kafkanauts/kafkanauts/order"
)

// bonds judges the record by the dependencies that hold. A break only says that
// one of the cells is wrong; each cell is blamed by the breaks that it would
// explain and excused by the dependencies that it satisfies.
func (d *Detector) bonds() {
	if d.agrees() {
		return
	}
	var broken, kept [order.NumFields]float64
	var sure [order.NumFields]float64
	any := false
	for _, b := range d.m.links {
		if b == nil {
			continue
		}
		from, second, to := b.from[0], b.from[1], b.to
		if d.wrong[from] || d.wrong[second] || d.wrong[to] || d.f.hash[from] == 0 || d.f.hash[to] == 0 {
			continue
		}
		e := b.majority.of(d.at[b.family])
		if e.total < 2 {
			continue
		}
		value := uint32(d.f.hash[to])
		if value == e.value {
			if e.most > 1 {
				w := 1 - 1/float64(e.most)
				kept[from] += w
				kept[to] += w
				kept[second] += w
			}
			continue
		}
		n, weight := float64(b.majority.count(e.key, value)), 1.0
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

// agrees looks up what the groups say of the record, and says whether all of it is
// true: then no dependency is broken.
func (d *Detector) agrees() bool {
	all := true
	for k, family := range families {
		d.at[k] = nil
		if !d.m.live[k] {
			continue
		}
		key := keyOf(family, &d.f.hash)
		if key == 0 {
			continue
		}
		var e []uint64
		for _, i := range family {
			b := d.m.links[i]
			if b == nil {
				continue
			}
			if e == nil {
				if e = b.majority.g.look(key); e == nil {
					break
				}
				d.at[k] = e
			}
			cell := e[1+b.majority.link]
			all = all && uint32(cell>>32) == uint32(d.f.hash[b.to]) && cell&(hasOthers|firstBest) != hasOthers
		}
	}
	return all
}

// odder says whether the value of f in this record is clearly less like its
// column than is usual: the evidence that decides where one value stands against one.
func (d *Detector) odder(f order.Field, _ uint32) bool {
	s := d.m.rules[f].spell
	return s != nil && s.oddity(d.f.text[f]) > s.usual+0.75*(s.limit-s.usual)
}
