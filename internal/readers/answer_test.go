package readers

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kafkanauts/kafkanauts/order"
)

// answer is what a reader says of orders, or of records that may be damaged: see
// ask/answers.py.
type answer struct {
	Groups []group    `json:"groups"`
	Odd    [][]string `json:"odd"`

	Rows    int64  `json:"rows"`
	Bytes   int64  `json:"bytes"`
	Corrupt int64  `json:"corrupt"`
	Digest  string `json:"digest"`
}

// group is what there is of all orders, of a country, or of a country, day and
// category, as Keys has none, one or three.
type group struct {
	Keys      []string `json:"keys"`
	Rows      int64    `json:"rows"`
	Qty       int64    `json:"qty"`
	Cents     int64    `json:"cents"` // sum of the prices
	Failed    int64    `json:"failed"`
	Customers int64    `json:"customers"`
	First     string   `json:"first"`
	Last      string   `json:"last"`
}

// firstOdd is the first product id of an odd order.
const firstOdd = 9_000_000

const instant = "2006-01-02T15:04:05"

// ofOrders returns the true answer about orders.
func ofOrders(orders []order.Order) answer {
	var a answer
	groups := map[string]*group{}
	customers := map[string]map[uint64]bool{}
	for i := range orders {
		o := &orders[i]
		when := o.Time.Format(instant)
		keys := []string{o.Country, o.Time.Format(time.DateOnly), o.Category}
		for _, n := range []int{0, 1, 3} {
			key := fmt.Sprintf("%q", keys[:n])
			g := groups[key]
			if g == nil {
				g = &group{Keys: keys[:n], First: when, Last: when}
				groups[key], customers[key] = g, map[uint64]bool{}
			}
			g.Rows++
			g.Qty += int64(o.Qty)
			g.Cents += o.Price
			if !o.Success {
				g.Failed++
			}
			customers[key][o.CustomerID] = true
			g.Customers = int64(len(customers[key]))
			g.First, g.Last = min(g.First, when), max(g.Last, when)
		}
		if o.ProductID >= firstOdd {
			var texts []string
			for f := order.ID; f < order.NumFields; f++ {
				texts = append(texts, string(o.AppendText(nil, f)))
			}
			a.Odd = append(a.Odd, texts)
		}
	}
	for _, g := range groups {
		a.Groups = append(a.Groups, *g)
	}
	return a
}

// ofValues returns the true answer about records that may be damaged.
func ofValues(values [][]byte) answer {
	a := answer{Rows: int64(len(values))}
	var digests []string
	for _, v := range values {
		a.Bytes += int64(len(v))
		if strings.Count(string(v), "|") != order.Columns-1 {
			a.Corrupt++
		}
		sum := md5.Sum(v)
		digests = append(digests, hex.EncodeToString(sum[:]))
	}
	slices.Sort(digests)
	sum := md5.Sum([]byte(strings.Join(digests, "")))
	a.Digest = hex.EncodeToString(sum[:])
	return a
}

// differences says, a line each, how an answer differs from the truth, and no more than a few
// of the ways. What is told about the truth is a check of it: none is empty.
func (a answer) differences(truth answer) []string {
	var list []string
	say := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	if len(truth.Groups) == 0 && truth.Rows == 0 {
		say("there is nothing to compare with")
	}
	if a.Rows != truth.Rows || a.Bytes != truth.Bytes || a.Corrupt != truth.Corrupt || a.Digest != truth.Digest {
		say("%d records, %d bytes, %d corrupt, digest %s; written were %d, %d, %d, %s",
			a.Rows, a.Bytes, a.Corrupt, a.Digest, truth.Rows, truth.Bytes, truth.Corrupt, truth.Digest)
	}
	was := map[string]string{}
	for _, g := range truth.Groups {
		was[fmt.Sprintf("%q", g.Keys)] = fmt.Sprintf("%+v", g)
	}
	for _, g := range a.Groups {
		key := fmt.Sprintf("%q", g.Keys)
		if got := fmt.Sprintf("%+v", g); got != was[key] {
			say("read %s, wrote %s", got, was[key])
		}
		delete(was, key)
	}
	for key := range was {
		say("no group %s", key)
	}
	odd := map[string]int{}
	for _, texts := range truth.Odd {
		odd[fmt.Sprintf("%q", texts)]++
	}
	for _, texts := range a.Odd {
		odd[fmt.Sprintf("%q", texts)]--
	}
	for texts, n := range odd {
		if n != 0 {
			say("%+d of the odd order %s", -n, texts)
		}
	}
	slices.Sort(list)
	const few = 6
	if len(list) > few {
		list = append(list[:few], fmt.Sprintf("and %d more", len(list)-few))
	}
	return list
}
