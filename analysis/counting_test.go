package analysis

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/kafkanauts/kafkanauts/order"
)

// The results of a whole analysis are the same for any number of workers, and
// rejects come in the order of the stream.
func TestAnalyseIsTheSameForAnyNumberOfWorkers(t *testing.T) {
	s := maker{seed: 8, orders: 30000, customers: 3000, original: 0.03, rival: 0.03}.make()
	for i := range 300 { // repeated records, of which the second is flagged
		s.values = append(s.values, s.values[i*7])
	}
	read := func(workers int) (string, *Result, []order.Place) {
		var places []order.Place
		r, err := Analyse(s.values, Settings{Workers: workers, Reject: func(at order.Place, c []Complaint, _ []byte) {
			if len(c) == 0 {
				t.Error("rejected for nothing")
			}
			places = append(places, at)
		}})
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := WriteFindings(&b, &r.Overview, r.Findings); err != nil {
			t.Fatal(err)
		}
		return b.String(), r, places
	}
	findings, one, rejects := read(1)
	repeated := 0
	for _, f := range one.Flags {
		if f.Reason == RepeatedRecord {
			repeated++
		}
	}
	if repeated < 250 || len(rejects) == 0 {
		t.Fatalf("%d repeated records, %d rejects", repeated, len(rejects))
	}
	for _, workers := range []int{2, 3, 7} {
		f, r, p := read(workers)
		if f != findings || !slices.Equal(p, rejects) || !slices.Equal(r.Flags, one.Flags) {
			t.Errorf("%d workers: findings, flags or rejects differ", workers)
		}
		if r.Overview != one.Overview || r.Summary.Orders != one.Summary.Orders || r.Summary.Cents != one.Summary.Cents || r.Intake.Rejected != one.Intake.Rejected {
			t.Errorf("%d workers: %+v, want %+v", workers, r.Overview, one.Overview)
		}
		if len(r.Examples) != len(one.Examples) {
			t.Errorf("%d workers: %d examples", workers, len(r.Examples))
		}
		for i := range r.Examples {
			if r.Examples[i] != one.Examples[i] {
				t.Errorf("%d workers: example %d differs", workers, i)
			}
		}
	}
}

// A group says the same of its keys whichever value came first, for any split
// and order of merging, and exactly what was counted.
func TestGroupIsTheSameForAnySplit(t *testing.T) {
	for _, limit := range []int{1 << 12, 200} { // 200: keys, and pairs beside them, are sampled
		r := rand.New(rand.NewPCG(3, uint64(limit)))
		type seen struct{ key, value uint64 }
		var all []seen
		counts := map[seen]uint32{}
		for range 30000 {
			s := seen{testKey(r.IntN(1000)), uint64(r.IntN(1 + r.IntN(4)))}
			all = append(all, s)
			counts[s]++
		}
		fill := func(g *group, part []seen) *group {
			for _, s := range part {
				if e := g.entry(s.key); e != nil {
					g.add(e, 0, uint32(s.value), 1)
					g.add(e, 1, 7, 1)
				}
			}
			return g
		}
		whole := fill(newGroup(2, limit), all)
		merged := newGroup(2, limit)
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		for part := range slices.Chunk(all, 7001) {
			merged.merge(fill(newGroup(2, limit), part))
		}
		if whole.used != merged.used || whole.level != merged.level || whole.used > limit || (limit == 200) != (whole.level > 0) {
			t.Fatalf("limit %d: %d and %d keys at levels %d and %d", limit, whole.used, merged.used, whole.level, merged.level)
		}
		for link := range 2 {
			a, b := whole.majority(link), merged.majority(link)
			kept := 0
			for i := range 1000 {
				key := testKey(i)
				if a.at(key) != b.at(key) {
					t.Fatalf("limit %d, link %d: %+v and %+v", limit, link, a.at(key), b.at(key))
				}
				if a.at(key).total == 0 {
					continue
				}
				kept++
				for v := range uint64(4) {
					if n := a.count(key, uint32(v)); link == 0 && (n != counts[seen{key, v}] || n != b.count(key, uint32(v)) || n > a.at(key).most) {
						t.Fatalf("limit %d: %d and %d of %d", limit, n, b.count(key, uint32(v)), counts[seen{key, v}])
					}
				}
			}
			if kept == 0 {
				t.Errorf("limit %d, link %d: nothing is kept", limit, link)
			}
		}
	}
}

// An idset finds all identifiers that come again, and no other, for any split.
func TestIDSetFindsWhatComesAgain(t *testing.T) {
	const n = 50000
	id := func(i int) uint64 { return hashOf(strconv.AppendInt(nil, int64(i), 10)) }
	for _, limit := range []int{1 << 20, 1 << 12} {
		whole, parts := newIDSet(limit), []*idset{newIDSet(limit), newIDSet(limit), newIDSet(limit)}
		for i := range n {
			for k := 0; k < 1+i%3/2; k++ { // every third twice
				whole.add(id(i))
				parts[(i+k)%3].add(id(i))
			}
		}
		merged := newIDSet(limit)
		for i := range parts {
			merged.merge(parts[2-i])
		}
		a, b := whole.again(), merged.again()
		found := 0
		for i := range n {
			if a.has(id(i)) != b.has(id(i)) || a.has(id(i)) && i%3 != 2 {
				t.Fatalf("limit %d: identifier %d", limit, i)
			}
			if a.has(id(i)) {
				found++
			}
		}
		if whole.level != merged.level || (limit < n) != (whole.level > 0) || whole.level == 0 && found != n/3 || found == 0 {
			t.Errorf("limit %d: %d found at levels %d and %d", limit, found, whole.level, merged.level)
		}
	}
}

func TestSortIDs(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	var scratch []uint32
	for _, n := range []int{0, 1, 1000, 1 << 10, 9999} {
		ids := make([]uint32, n)
		for i := range ids {
			ids[i] = r.Uint32()
		}
		want := slices.Sorted(slices.Values(ids))
		if scratch = sortIDs(ids, scratch); !slices.Equal(ids, want) {
			t.Errorf("%d are not sorted", n)
		}
	}
}

// A lexicon is the same for any split.
func TestLexiconIsTheSameForAnySplit(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	for _, limit := range []int{1 << 12, 100} {
		whole, split := newLexicon(limit), []*lexicon{newLexicon(limit), newLexicon(limit)}
		for range 20000 {
			text := strconv.AppendInt(nil, int64(r.IntN(1000)), 10)
			whole.add(text, hashOf(text))
			split[r.IntN(2)].add(text, hashOf(text))
		}
		split[1].merge(split[0])
		if !slices.Equal(whole.ranked(), split[1].ranked()) || whole.total != split[1].total || len(whole.ranked()) == 0 || len(whole.ranked()) > limit {
			t.Errorf("limit %d: %d and %d texts of %d and %d", limit, len(whole.ranked()), len(split[1].ranked()), whole.total, split[1].total)
		}
		for _, w := range whole.ranked() {
			if n, known := whole.count(hashOf([]byte(w.text))); n != w.count || !known {
				t.Fatalf("%q is counted %d times, want %d", w.text, n, w.count)
			}
		}
	}
}

// The columns of a line are those that bytes.Split finds, wherever they end.
func FuzzCutPlain(f *testing.F) {
	f.Add([]byte(""))
	f.Add([]byte("|"))
	f.Add([]byte("a|b}c|\xfc|{|||||||||||||||||||||||||||"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var part [order.Columns + 4][]byte
		want := bytes.Split(b, []byte{'|'})
		if n := cutPlain(b, '|', &part); n != len(want) {
			t.Fatalf("%d columns, want %d", n, len(want))
		}
		for i := range min(len(want), len(part)) {
			if !bytes.Equal(part[i], want[i]) {
				t.Errorf("column %d is %q, want %q", i, part[i], want[i])
			}
		}
	})
}

func TestDigits(t *testing.T) {
	for n := range 20 {
		v := bytes.Repeat([]byte{'5'}, n)
		if !digits(v) {
			t.Errorf("%q", v)
		}
		for i := range v {
			for c := range 256 {
				v[i] = byte(c)
				if digits(v) != (c >= '0' && c <= '9') {
					t.Errorf("%q: %v", v, digits(v))
				}
			}
			v[i] = '0' + byte(i%10)
		}
	}
}

// What a record that was seen before costs is no allocation, in any part.
func TestKnownRecordsAllocateNothing(t *testing.T) {
	s := maker{seed: 2, orders: 4000, customers: 100}.make()
	p := NewProfile(nil, 0)
	for _, v := range s.values {
		p.Add(v)
	}
	m := learn(s.values)
	d, dec, sum := NewDetector(m), NewDecipherer(m), new(Summary)
	for i := range s.clean {
		d.Inspect(order.Place{}, s.values[i])
		dec.Add(&s.clean[i])
		sum.Add(&s.clean[i])
	}
	i := 0
	each := func() *order.Order {
		i = (i + 1) % len(s.clean)
		return &s.clean[i]
	}
	for name, f := range map[string]func(){
		"Inspect":        func() { each(); d.Inspect(order.Place{}, s.values[i]) },
		"Decipherer.Add": func() { dec.Add(each()) },
		"Summary.Add":    func() { sum.Add(each()) },
	} {
		if n := testing.AllocsPerRun(3000, f); n != 0 {
			t.Errorf("%s allocates %v times a record", name, n)
		}
	}
	// Identifiers are written down, so there it is only hardly any.
	if n := testing.AllocsPerRun(1, func() {
		for _, v := range s.values {
			p.Add(v)
		}
	}); n > 0.2*float64(len(s.values)) {
		t.Errorf("Profile.Add allocates %v times for %d records", n, len(s.values))
	}
}

// A record that cannot be taken apart has no cells: least of all those of the
// record that was taken apart before, whose memory may be another's by now.
func TestNoCellsWithoutTheirColumns(t *testing.T) {
	c := newCutter(nil)
	var x frame
	x.fill(c, []byte("1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16"))
	if string(x.text[order.Reason]) != "16" {
		t.Fatalf("the last cell is %q", x.text[order.Reason])
	}
	for _, odd := range []string{"", "1|2|3", "1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16|17"} {
		x.fill(c, []byte(odd))
		for f := order.ID; f < order.NumFields; f++ {
			if x.text[f] != nil {
				t.Errorf("%q has the cell %q", odd, x.text[f])
			}
		}
	}
}
