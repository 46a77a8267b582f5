// Package schema tells other programs what an order is: it makes, from one table
// of the sixteen fields, an Avro schema, a JSON Schema, the schema of a reader in
// Spark and tables in Hive. All of them call a field by its name on the wire.
package schema

import (
	"strconv"

	"github.com/kafkanauts/kafkanauts/order"
)

// Form is how the values of a record stand.
type Form uint8

const (
	// Typed has numbers, decimals, instants and booleans, and nothing is null:
	// Parquet and Avro of clean records.
	Typed Form = iota
	// Text has sixteen strings, as the pipe encoding spells the values, and nothing is null: Avro
	// of records that are perhaps damaged, and lines.
	Text
	// Damaged has sixteen strings that may be null, and CorruptRecord: Parquet and Avro
	// files of records that are perhaps damaged. If a record's bytes cannot be taken apart into
	// sixteen columns of UTF-8, CorruptRecord has them and all else is null; else it is null
	// itself.
	Damaged
	// Lines is Typed, as CSV and JSON can be read: the flag is a string, Y or N.
	Lines

	forms
)

var formNames = [forms]string{"typed", "text", "damaged", "lines"}

// String returns the form's name, such as "typed".
func (f Form) String() string {
	if f < forms {
		return formNames[f]
	}
	return "form(" + strconv.Itoa(int(f)) + ")"
}

// CorruptRecord is the name of the column that holds the bytes of a record that
// is none. Spark calls it so.
const CorruptRecord = "_corrupt_record"

// Type is what the values of a column are.
type Type uint8

// The types.
const (
	String    Type = iota // UTF-8
	Long                  // a whole number of 64 bits, with a sign
	Decimal               // of 18 digits, two of them behind the point
	Timestamp             // microseconds, UTC
	Boolean
	Bytes
)

// Column is one column of a form.
type Column struct {
	Field    order.Field // None: CorruptRecord
	Name     string
	Doc      string // what the values mean: a phrase without a full stop
	Type     Type
	Nullable bool
}

// Columns returns the columns of a form, in the order of the wire. Of a Form
// that there is not it returns none.
func Columns(form Form) []Column {
	if form >= forms {
		return nil
	}
	columns := make([]Column, 0, order.Columns+1)
	for f := order.ID; f < order.NumFields; f++ {
		c := Column{Field: f, Name: f.String(), Doc: docs[f], Nullable: form == Damaged}
		if form == Typed || form == Lines {
			c.Type = typeOf(f, form)
		}
		columns = append(columns, c)
	}
	if form == Damaged {
		columns = append(columns, Column{Name: CorruptRecord, Doc: docs[order.None], Type: Bytes, Nullable: true})
	}
	return columns
}

func typeOf(f order.Field, form Form) Type {
	switch f.Kind() {
	case order.Identity, order.Whole:
		return Long
	case order.Money:
		return Decimal
	case order.Instant:
		return Timestamp
	case order.Flag:
		if form == Typed {
			return Boolean
		}
	}
	return String
}

// docs say what the fields mean; that of None is CorruptRecord's. They hold
// neither quotation marks nor backslashes.
var docs = [order.NumFields]string{
	order.None:         "the bytes of a record that cannot be taken apart into sixteen columns of UTF-8; then all else is null",
	order.ID:           "number of the order",
	order.CustomerID:   "number of the customer",
	order.CustomerName: "full name of the customer",
	order.ProductID:    "number of the product",
	order.ProductName:  "name of the product",
	order.Category:     "category of the product",
	order.Payment:      "how it was paid: Card, Internet Banking, UPI or Wallet",
	order.Qty:          "how many units were ordered",
	order.Price:        "price of one unit, with two decimals",
	order.Time:         "when it was ordered, UTC, in whole seconds",
	order.Country:      "country of the customer",
	order.City:         "city of the customer",
	order.Site:         "web site on which it was ordered",
	order.TxnID:        "number of the payment",
	order.Success:      "whether the payment succeeded",
	order.Reason:       "why the payment failed; empty if it succeeded",
}

// about says what a record of a form is.
var about = [forms]string{
	Typed:   "One purchase.",
	Text:    "One purchase, perhaps damaged: the values as they stand in a line of text, where a datetime is 2006-01-02T15:04:05 and a flag Y or N.",
	Damaged: "One purchase, perhaps damaged: the values as they stand in a line of text, or its bytes.",
	Lines:   "One purchase, from a line of text.",
}
