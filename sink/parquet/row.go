package parquet

import (
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/kafkanauts/kafkanauts/order"
)

// row is a line of a part file. The order of its fields is that of the columns.
type row struct {
	ID           int64  `parquet:"order_id,delta"`
	CustomerID   int64  `parquet:"customer_id"`
	CustomerName string `parquet:"customer_name"`
	ProductID    int64  `parquet:"product_id,dict"`
	ProductName  string `parquet:"product_name,dict"`
	Category     string `parquet:"product_category,dict"`
	Payment      string `parquet:"payment_type,dict"`
	Qty          int64  `parquet:"qty,dict"`
	Price        int64  `parquet:"price,decimal(2:18)"`
	Time         int64  `parquet:"datetime,timestamp(microsecond:utc),delta"`
	City         string `parquet:"city,dict"`
	Site         string `parquet:"ecommerce_website_name,dict"`
	TxnID        int64  `parquet:"payment_txn_id,delta"`
	Success      bool   `parquet:"payment_txn_success"`
	Reason       string `parquet:"failure_reason,dict"`
}

// placed is a row and where it was read.
type placed struct {
	row
	Partition int32 `parquet:"kafka_partition,dict"`
	Offset    int64 `parquet:"kafka_offset,delta"`
}

// numbered is a row of a Sink, and where its record is in the stream.
type numbered struct {
	row
	Shard  int32 `parquet:"shard,dict"`
	Number int64 `parquet:"shard_row,delta"`
}

func (r *row) order(country string) order.Order {
	return order.Order{
		ID: uint64(r.ID), CustomerID: uint64(r.CustomerID), CustomerName: r.CustomerName,
		ProductID: uint64(r.ProductID), ProductName: r.ProductName, Category: r.Category,
		Payment: r.Payment, Qty: int(r.Qty), Price: r.Price, Time: time.UnixMicro(r.Time).UTC(),
		Country: country, City: r.City, Site: r.Site, TxnID: uint64(r.TxnID), Success: r.Success, Reason: r.Reason,
	}
}

// ValueError says which value of an order a data set cannot carry.
type ValueError struct {
	ID     uint64 // of the order
	Field  order.Field
	Value  string
	Reason string // what a value must be
}

// Error names the order, the field, the value and the reason.
func (e *ValueError) Error() string {
	value := e.Value
	if len(value) > 100 {
		value = value[:100] + "…"
	}
	return fmt.Sprintf("sink/parquet: order %d: %v %q: %s", e.ID, e.Field, value, e.Reason)
}

// Prices that DECIMAL(18,2) holds are below this in size, in cents.
const priceLimit = 1_000_000_000_000_000_000

// The first second of year 1 and of year 10000: outside, a date does not have the form of dt.
const firstSecond, afterSeconds = -62135596800, 253402300800

// check returns the partition of o, or why o cannot be written.
func check(o *order.Order) (partition, error) {
	seconds := o.Time.Unix()
	if !plain(o, seconds) {
		if err := refusal(o, seconds); err != nil {
			return partition{}, err
		}
	}
	return partition{o.Country, dayOf(seconds)}, nil
}

// plain is the fast way for most orders: true if a data set can carry o. False
// says nothing yet.
func plain(o *order.Order, seconds int64) bool {
	const short = (255 - len(countryPrefix)) / 3
	return int64(o.ID|o.CustomerID|o.ProductID|o.TxnID) >= 0 &&
		o.Price < priceLimit && o.Price > -priceLimit && seconds >= firstSecond && seconds < afterSeconds &&
		len(o.Country) <= short && o.Country != nullName && texts(o) <= longestText &&
		utf8.ValidString(o.CustomerName) && utf8.ValidString(o.ProductName) && utf8.ValidString(o.Category) && utf8.ValidString(o.Payment) &&
		utf8.ValidString(o.Country) && utf8.ValidString(o.City) && utf8.ValidString(o.Site) && utf8.ValidString(o.Reason)
}

// longestText is how many bytes of texts a row may have: a page of a file must be shorter than twice that.
const longestText = 1 << 30

// texts returns how many bytes of texts the row of o has.
func texts(o *order.Order) int {
	return len(o.CustomerName) + len(o.ProductName) + len(o.Category) + len(o.Payment) + len(o.City) + len(o.Site) + len(o.Reason)
}

// refusal returns a *ValueError if a data set cannot carry o.
func refusal(o *order.Order, seconds int64) error {
	refuse := func(f order.Field, value, reason string) error { return &ValueError{o.ID, f, value, reason} }
	for _, id := range [...]struct {
		f order.Field
		v uint64
	}{{order.ID, o.ID}, {order.CustomerID, o.CustomerID}, {order.ProductID, o.ProductID}, {order.TxnID, o.TxnID}} {
		if id.v > math.MaxInt64 {
			return refuse(id.f, strconv.FormatUint(id.v, 10), "ids are INT64 columns, so 9223372036854775807 is the largest")
		}
	}
	if o.Price >= priceLimit || o.Price <= -priceLimit {
		return refuse(order.Price, strconv.FormatInt(o.Price, 10)+" cents", "prices are DECIMAL(18,2), so there is room for sixteen digits before the point")
	}
	if seconds < firstSecond || seconds >= afterSeconds {
		return refuse(order.Time, o.Time.String(), "the year must lie from 1 to 9999")
	}
	for _, text := range [...]struct {
		f order.Field
		s string
	}{
		{order.CustomerName, o.CustomerName}, {order.ProductName, o.ProductName}, {order.Category, o.Category},
		{order.Payment, o.Payment}, {order.Country, o.Country}, {order.City, o.City}, {order.Site, o.Site}, {order.Reason, o.Reason},
	} {
		if !utf8.ValidString(text.s) {
			return refuse(text.f, text.s, "strings must be valid UTF-8, else readers refuse the file")
		}
	}
	if n := texts(o); n > longestText {
		return refuse(order.None, fmt.Sprintf("%d bytes of texts", n), "there is room for a gibibyte")
	}
	if o.Country == nullName {
		return refuse(order.Country, o.Country, "that is how Hive writes a country that is empty")
	}
	if escapedLen(o.Country)+len(countryPrefix) > 255 {
		return refuse(order.Country, o.Country, "escaped, as part of a path, it is longer than the 255 bytes of a file name")
	}
	return nil
}
