package order

import "fmt"

// Field names one of the sixteen fields of an order. Its zero value is None, so
// that a zero Fault names no field.
type Field uint8

// The fields, in the order of the wire.
const (
	None Field = iota // no field: the record as a whole
	ID
	CustomerID
	CustomerName
	ProductID
	ProductName
	Category
	Payment
	Qty
	Price
	Time
	Country
	City
	Site
	TxnID
	Success
	Reason

	// NumFields is the length of an array that is indexed by Field: the
	// sixteen and None.
	NumFields = iota
	// Columns is how many fields an order has on the wire: sixteen.
	Columns = NumFields - 1
)

// NoKey says, where a Field is asked for as the key of records, that they shall
// have none.
const NoKey Field = 255

var fieldNames = [NumFields]string{
	"none", "order_id", "customer_id", "customer_name", "product_id", "product_name",
	"product_category", "payment_type", "qty", "price", "datetime", "country", "city",
	"ecommerce_website_name", "payment_txn_id", "payment_txn_success", "failure_reason",
}

// String returns the field's name on the wire, such as "customer_id"; for None
// "none" and for NoKey "no_key".
func (f Field) String() string {
	switch {
	case f < NumFields:
		return fieldNames[f]
	case f == NoKey:
		return "no_key"
	}
	return fmt.Sprintf("field(%d)", uint8(f))
}

// ParseField returns the field of that name on the wire, or None as "none".
func ParseField(name string) (Field, error) {
	for f, s := range fieldNames {
		if s == name {
			return Field(f), nil
		}
	}
	return None, fmt.Errorf("order: no field is called %q; the names are %v", name, fieldNames[1:])
}

// Kind is what the values of a field are.
type Kind uint8

// The kinds of values.
const (
	Text     Kind = iota // any text without the encoding's delimiters
	Identity             // a whole number from 0 that fits a uint64, without leading zeros
	Whole                // a whole number that fits an int
	Money                // an amount with two decimals
	Instant              // 2006-01-02T15:04:05, UTC
	Flag                 // Y or N
)

// Kind returns what the values of f are.
func (f Field) Kind() Kind {
	switch f {
	case ID, CustomerID, ProductID, TxnID:
		return Identity
	case Qty:
		return Whole
	case Price:
		return Money
	case Time:
		return Instant
	case Success:
		return Flag
	}
	return Text
}
