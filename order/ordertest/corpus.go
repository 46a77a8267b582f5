package ordertest

import (
	"math"
	"strings"
	"sync"
	"time"

	"github.com/kafkanauts/kafkanauts/order"
)

// texts are what a text may hold, and encodings may trip over.
var texts = func() []string {
	list := []string{
		"", " ", "a", " a ", "Ann Lee", "José Núñez", "王伟", "上海", "Κωνσταντίνος", "Анна",
		`"`, `""`, `"a"`, `a"b`, `"a`, `a"`, `","`, "'", "''", "O'Hara", "`", `\`, `\\`, `\"`, `a\`, `\n`, `\N`, `\u0041`,
		"|", "a|b", ",", "a,b", ";", "\t", "a\tb", ":", "=", "=1+1", "{", "}", "[]", `{"a":1}`, "<b>&amp;</b>", "%s", "%00", "$1", "/", "-", "--", "#", "?",
		"\n", "\r", "\r\n", "a\nb", "a\n", "\x00", "a\x00b", "\x01", "\x1f", "\x7f", "\u0080", "\u0085", "\x1e", "\x0b",
		"null", "NULL", "None", "nil", "NaN", "true", "N/A", "0", "-0", "1", "1.00", "1e5", "2022-01-31T00:00:00", "Y", "N",
		"\u00a0", "a\u00a0b", "\u2028", "\u2029", "\u200b", "\u200d", "\ufeff", "\ufffd", "\u202eabc", "שלום", "مرحبا", "e\u0301", "\u0301", "é", "ﬁ",
		"😀", "𠜎", "👩‍👩‍👧", "🇪🇸", "\U0010ffff", "\uffff", "中\u0000文",
		"\xff", "a\xff", "\xc3", "a\xc3", "\x80", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "é\xe9",
		"Payment Was Success", "order_id",
	}
	for _, n := range []int{7, 8, 9, 15, 16, 31, 32, 33, 63, 64, 65, 127, 128, 255, 256} {
		list = append(list, strings.Repeat("x", n))
	}
	return append(list, strings.Repeat("長い", 60), strings.Repeat(`"`, 100), strings.Repeat("é,|\\\"", 30))
}()

// base returns an order that there is nothing the matter with.
func base() order.Order {
	return order.Order{
		ID: 430856530925843, CustomerID: 199004, ProductID: 1035, TxnID: 115296115099098, CustomerName: "Socorro Gómez Ríos",
		ProductName: "Hooded Sweatshirt", Category: "E-Commerce", Payment: order.Wallet, Country: "Mexico", City: "Guadalajara",
		Site: "coppel.com", Reason: "Network Timeout", Qty: 12, Price: 2599, Time: time.Date(2022, 1, 31, 9, 0, 1, 0, time.UTC),
	}
}

// proper returns whether the time of o is an order's.
func proper(o *order.Order) bool {
	t := o.Time
	return t == t.UTC() && t.Nanosecond() == 0 && t.Year() >= 0 && t.Year() <= 9999
}

// orders returns the orders that are tried: base with each text in each field and
// each number and time, and many with all at once. They are always the same.
var orders = sync.OnceValue(func() []order.Order {
	var all []order.Order
	with := func(change func(o *order.Order)) {
		o := base()
		change(&o)
		all = append(all, o)
	}
	with(func(*order.Order) {})
	with(func(o *order.Order) { *o = order.Order{Time: o.Time} })
	var ids []uint64
	for p := uint64(1); p < 1e19; p *= 10 {
		ids = append(ids, p-1, p, p*9)
	}
	for n := range 64 {
		ids = append(ids, 1<<n-1, 1<<n)
	}
	ids = append(ids, 1e19, math.MaxUint64)
	for _, id := range ids {
		with(func(o *order.Order) { o.ID = id })
		with(func(o *order.Order) { o.CustomerID, o.ProductID = id, id/3 })
		with(func(o *order.Order) { o.TxnID = id })
		for _, v := range []int64{int64(id), -int64(id)} {
			with(func(o *order.Order) { o.Qty, o.Success, o.Reason = int(v), true, "" })
			with(func(o *order.Order) { o.Price = v })
		}
	}
	with(func(o *order.Order) { o.Qty, o.Price = math.MinInt, math.MinInt64 })
	with(func(o *order.Order) { o.Qty, o.Price = math.MaxInt, math.MaxInt64 })
	for _, cents := range []int64{1e18 - 1, 1e18, 1 - 1e18, -1e18} {
		with(func(o *order.Order) { o.Price = cents })
	}
	zone := time.FixedZone("there", 3600)
	for _, t := range []time.Time{
		{}, time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(0, 2, 29, 23, 59, 59, 0, time.UTC), time.Date(0, 3, 1, 0, 0, 0, 0, time.UTC),
		time.Date(999, 12, 31, 23, 59, 59, 0, time.UTC), time.Date(1582, 10, 10, 0, 0, 0, 0, time.UTC), time.Date(1900, 2, 28, 23, 59, 59, 0, time.UTC),
		time.Unix(-1, 0).UTC(), time.Unix(0, 0).UTC(), time.Unix(1, 0).UTC(), time.Date(2000, 2, 29, 12, 34, 56, 0, time.UTC),
		time.Date(2022, 12, 31, 23, 59, 59, 0, time.UTC), time.Date(2100, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
		time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(292000, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Unix(math.MaxInt64/2, 0).UTC(), time.Unix(math.MinInt64/2, 0).UTC(),
		time.Date(2022, 1, 31, 9, 0, 1, 1, time.UTC), time.Date(2022, 1, 31, 9, 0, 1, 1000, time.UTC), time.Date(2022, 1, 31, 9, 0, 1, 0, zone),
	} {
		with(func(o *order.Order) { o.Time = t })
	}
	for _, text := range texts {
		for f := order.ID; f < order.NumFields; f++ {
			if f.Kind() == order.Text {
				with(func(o *order.Order) { o.SetText(f, text) })
			}
		}
	}
	with(func(o *order.Order) { o.CustomerName = strings.Repeat("long ", 20_000) })
	with(func(o *order.Order) { o.Reason = strings.Repeat("長い", 20_000) })
	// All at once, by a sequence of numbers of its own.
	x := uint64(1)
	next := func(n int) int {
		x = x*6364136223846793005 + 1442695040888963407
		return int(x >> 33 % uint64(n))
	}
	for range 1500 {
		with(func(o *order.Order) {
			for f := order.ID; f < order.NumFields; f++ {
				if f.Kind() == order.Text {
					o.SetText(f, texts[next(len(texts))])
				}
			}
			o.ID, o.TxnID, o.CustomerID, o.ProductID = ids[next(len(ids))], ids[next(len(ids))], ids[next(len(ids))], ids[next(len(ids))]
			o.Qty, o.Price, o.Success = next(1000)-10, int64(next(1<<30)), next(2) == 0
			o.Time = time.Unix(int64(next(1<<31)), 0).UTC()
		})
	}
	return all
})
