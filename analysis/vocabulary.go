package analysis

// vocabulary finds where the words of a column that has a vocabulary end and
// its damage begins, in a stream of so many records: closed is true if every word seen at least least times
// belongs to it and the others do not. A column of many rare words is open.
//
// Damage makes texts that hardly repeat, so in a closed column there is a gap
// in the counts: the rarest true word is several times as frequent as the most
// frequent false one, or nearly all rare words were seen once, where a natural
// long tail has at least a quarter as many words seen twice as words seen once.
func vocabulary(l *lexicon, records int64) (least uint32, closed bool) {
	all := l.ranked()
	if len(all) == 0 || l.level > 0 {
		return 0, false
	}
	rare := uint32(max(3, records/5000)) // nothing more frequent than this is called damage
	var tail, once, twice int64
	best, long := 0.0, false
	for i := len(all) - 1; i > 0; i-- {
		c, above := all[i].count, all[i-1].count
		tail += int64(c)
		if c > rare {
			break
		}
		if tail*10 > l.total {
			long = true
			break
		}
		if c == 1 {
			once++
		} else if c == 2 {
			twice++
		}
		if ratio := float64(above) / float64(c); ratio >= 5 && ratio > best {
			best, least = ratio, above
		}
	}
	switch bottom := all[len(all)-1].count; {
	case best > 0:
		return least, true
	case bottom >= 5 && float64(len(all))*50 < float64(l.total):
		return bottom, true
	case !long && once >= 10*(twice+1) && once*20 <= l.total:
		return 2, true
	}
	return 0, false
}
