package analysis

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/kafkanauts/kafkanauts/order"
)

// maker makes a stream whose rules and damage the tests know: a small world of
// four countries with customers, a catalog, sites, payments, Tuesday's tacos,
// and two kinds of damage.
type maker struct {
	seed      uint64
	orders    int
	customers int
	original  float64 // share of records with the original system's damage
	rival     float64 // with the rival's
	noTacos   bool
	flat      bool // no rule depends on anything: to count false findings
	days      int  // 0: 14
}

// made is one stream: values, and which cell of which was damaged by what.
type made struct {
	values Values
	clean  []order.Order
	damage map[int]damaged // by index of the record
}

type damaged struct {
	kind  string
	field order.Field
}

var (
	start      = time.Date(2022, 1, 31, 0, 0, 0, 0, time.UTC)
	countries  = []string{"United States", "Mexico", "China", "Spain"}
	offsets    = []int{-5, -6, 8, 1}
	weights    = []float64{300, 250, 698, 250}
	groups     = []string{"E-Commerce", "Gas", "Groceries", "Medicine", "Music"}
	dayWeights = []float64{1.3, 1.1, .6, .7, .8, .9, 1.2} // from Sunday
	reasons    = [][]string{{"Insufficient Funds", "Card Expired", "Wrong CVV"}, {"Bank Offline", "Session Timeout"},
		{"Invalid UPI ID", "UPI Timeout"}, {"Wallet Empty", "Wallet Locked"}}
	eggs = []string{"All your base are belong to us", "I'm sorry Dave, I'm afraid I can't do that", "It's a trap!"}
)

const (
	firsts = "Ana Ben Carla David Elena Frank Grace Hugo Iris Jack Kira Liam Maria Noah Olga Paul Quinn Rosa Sam Tina Uma Victor Wendy Xavier Yara Zoe José Óscar Lucía Jürgen Anaïs Sofía"
	lasts  = "Adams Baker Carter Díaz Evans Foster García Hughes Ibáñez Jones King López Miller Núñez O'Brien Price Quintero Reyes Smith Turner Underwood Vega Walker Young Zapata Fernández-Ortiz McDonald Schneider Bauer Rossi"
	hanzi  = "王李张刘陈杨黄赵吴周伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀英华文玉建国春梅海燕"
	nouns  = "Lamp Chair Table Mug Bottle Wallet Backpack Keyboard Mouse Blanket Candle Clock Frame Mirror Basket Towel"
	kinds  = "Red Blue Green Classic Deluxe Mini Grand Soft Steel Wooden Golden Simple Modern"
)

type item struct {
	id    uint64
	name  string
	price float64
	taco  bool
}

func (m maker) catalog(g int) []item {
	r := rand.New(rand.NewPCG(77, uint64(g)))
	n, k := strings.Fields(nouns), strings.Fields(kinds)
	var all []item
	for i := range 120 {
		name := k[r.IntN(len(k))] + " " + n[r.IntN(len(n))] + " " + groups[g][:3] + fmt.Sprint(i)
		all = append(all, item{uint64(1000*g + i + 1), name, math.Exp(r.NormFloat64()*1.3 + 2.7), false})
	}
	if groups[g] == "Groceries" {
		for i, s := range []string{"Taco Shells", "Beef Tacos", "Fish Taco Kit"} {
			all = append(all, item{uint64(1000*g + 200 + i), s, 6, true})
		}
	}
	return all
}

// intensity is the relative rate of a country at a local hour.
func intensity(c, hour int) float64 {
	h := float64(hour) + 0.5
	bump := func(mu, sd float64) float64 { return math.Exp(-(h - mu) * (h - mu) / (2 * sd * sd)) }
	switch c {
	case 3, 1:
		return max(bump(13, 2.4), bump(18, 2.4)) - 0.5*bump(15.5, 1) + 0.05
	case 2:
		return bump(8, 1.5) + bump(11, 1.5) + bump(14, 1.5) + bump(17, 1.5) + 0.05
	}
	return bump(12, 5)
}

func (m maker) make() *made {
	r := rand.New(rand.NewPCG(m.seed, 9))
	days := m.days
	if days == 0 {
		days = 14
	}
	// A cell is an hour, country and category; orders fall on cells in proportion.
	type slot struct{ hour, c, g int }
	var slots []slot
	var cum []float64
	total := 0.0
	for h := range days * 24 {
		for c := range countries {
			local := start.Add(time.Duration(h+offsets[c]) * time.Hour)
			for g := range groups {
				w := weights[c] * intensity(c, local.Hour()) * dayWeights[local.Weekday()]
				if groups[g] == "Groceries" && local.Weekday() == time.Tuesday && (c == 0 || c == 3) {
					w *= 2
				}
				if m.flat {
					w = 1
				}
				total += w
				slots, cum = append(slots, slot{h, c, g}), append(cum, total)
			}
		}
	}
	var shop [5][]item
	for g := range groups {
		shop[g] = m.catalog(g)
	}
	at := make([]slot, m.orders)
	for i := range at {
		j, _ := slices.BinarySearch(cum, r.Float64()*total)
		at[i] = slots[min(j, len(slots)-1)]
	}
	slices.SortStableFunc(at, func(a, b slot) int { return a.hour - b.hour })
	out := &made{damage: make(map[int]damaged)}
	for i, s := range at {
		t := start.Add(time.Duration(s.hour)*time.Hour + time.Duration(i*3600/m.orders*7919%3600)*time.Second)
		out.clean = append(out.clean, m.one(r, i, s.c, s.g, t, shop[s.g]))
	}
	for i := range out.clean {
		v := order.Pipe{}.Append(nil, &out.clean[i], nil)
		was := string(v)
		var f order.Field
		var kind string
		switch u := r.Float64(); {
		case u < m.original:
			v, f, kind = original(r, v)
		case u < m.original+m.rival:
			v, f, kind = rival(r, v, &out.clean[i])
		}
		if string(v) != was {
			out.damage[i] = damaged{kind, f}
		}
		out.values = append(out.values, v)
	}
	return out
}

func (m maker) one(r *rand.Rand, i, c, g int, t time.Time, shop []item) (o order.Order) {
	cust := uint64(float64(m.customers) * math.Pow(r.Float64(), 1.5))
	who := rand.New(rand.NewPCG(5, cust*4+uint64(c)))
	f, l, h := strings.Fields(firsts), strings.Fields(lasts), []rune(hanzi)
	o = order.Order{ID: uint64(1e6) + uint64(i)*7 + uint64(i%5), CustomerID: cust*4 + uint64(c) + 1, TxnID: 1<<40 + uint64(i)*13, Time: t,
		CustomerName: f[who.IntN(len(f))] + " " + l[who.IntN(len(l))], Country: countries[c], Category: groups[g], Success: true}
	if c == 2 {
		o.CustomerName = string([]rune{h[who.IntN(10)], h[10+who.IntN(len(h)-10)], h[10+who.IntN(len(h)-10)]})
	}
	o.City = fmt.Sprintf("%s%s", []string{"North", "South", "Old", "New", "Port ", "Lake "}[who.IntN(6)], []string{"ville", "burg", "ton", "field"}[who.IntN(4)]) + []string{" US", " MX", " CN", " ES"}[c]
	it := shop[int(float64(len(shop))*r.Float64()*r.Float64())]
	local := t.Add(time.Duration(offsets[c]) * time.Hour)
	tacos := groups[g] == "Groceries" && local.Weekday() == time.Tuesday && (c == 0 || c == 3) && !m.noTacos && !m.flat
	for tacos && !it.taco && r.Float64() < 0.5 {
		it = shop[len(shop)-1-r.IntN(3)]
		break
	}
	o.ProductID, o.ProductName = it.id, it.name
	o.Price = int64(math.Round(it.price * 100 * (0.8 + 0.4*who.Float64())))
	o.Qty = 1
	if o.Price < 1000 && groups[g] != "Music" && !m.flat {
		o.Qty = 1 + min(29, int(r.ExpFloat64()*5))
	} else if o.Price < 5000 && groups[g] != "Music" {
		o.Qty = 1 + r.IntN(2)*r.IntN(3)
	}
	o.Site = fmt.Sprintf("www.shop%d.example", r.IntN(12))
	p := r.IntN(4)
	o.Payment = order.Payments[p]
	if r.Float64() < 0.1 {
		o.Success, o.Reason = false, reasons[p][r.IntN(len(reasons[p]))]
	}
	return o
}

// original is the original system's damage: one cell, at random.
func original(r *rand.Rand, v []byte) ([]byte, order.Field, string) {
	cols := strings.Split(string(v), "|")
	j := r.IntN(len(cols))
	f := order.Layout{}.At(j)
	kind := ""
	switch u := r.IntN(21); {
	case u < 10:
		cols[j], kind = "", "blank"
	case u < 16:
		n := 1 + r.IntN(12)
		var s []rune
		for len(s) < n {
			if x := rune(r.IntN(0xFFFF)); x > 32 && x != '|' && (x < 0xD800 || x > 0xDFFF) {
				s = append(s, x)
			}
		}
		cols[j], kind = string(s), "unicode"
	case u < 19:
		s := make([]byte, 6)
		for i := range s {
			for s[i] = '|'; s[i] == '|'; {
				s[i] = byte(33 + r.IntN(94))
			}
		}
		cols[j], kind = string(s), "printable"
	case u < 20:
		cols[j], kind = eggs[r.IntN(len(eggs))], "egg"
	default:
		cols, kind = slices.Delete(cols, j, j+1), "removed"
	}
	return []byte(strings.Join(cols, "|")), f, kind
}

// rival is the rival's damage.
func rival(r *rand.Rand, v []byte, o *order.Order) ([]byte, order.Field, string) {
	cols := strings.Split(string(v), "|")
	switch r.IntN(4) {
	case 0:
		cols[5] = o.CustomerName
		return []byte(strings.Join(cols, "|")), order.Category, "name_as_category"
	case 1:
		if !o.Success {
			return v, order.None, ""
		}
		p := r.IntN(4)
		cols[15] = reasons[p][r.IntN(len(reasons[p]))]
		return []byte(strings.Join(cols, "|")), order.Reason, "reason_on_success"
	case 2:
		cols[7] = "-" + cols[7] + ".0"
		return []byte(strings.Join(cols, "|")), order.Qty, "negative_qty"
	}
	j := 1 + r.IntN(15)
	cols[j] = "null"
	return []byte(strings.Join(cols, "|")), order.Layout{}.At(j), "null"
}

// learn profiles a stream.
func learn(s Source) *Model {
	p := NewProfile(nil, 0)
	for _, v := range s.Records() {
		p.Add(v)
	}
	return p.Learn()
}
