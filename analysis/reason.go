package analysis

import "github.com/kafkanauts/kafkanauts/order"

// Reason says why a record was rejected or flagged, as a stable code in snake
// case. Beside those here, the codes of order.Cause occur.
type Reason string

// The reasons.
const (
	Empty          Reason = "empty"                 // nothing stands where something must
	NullToken      Reason = "null_token"            // the word null, in any case
	NotPositive    Reason = "not_positive"          // a number that is zero or less
	UnknownValue   Reason = "unknown_value"         // not one of the values that the column can have
	ReasonOnY      Reason = "reason_on_success"     // a failure reason beside a successful payment
	ReasonMissing  Reason = "reason_missing"        // a failed payment without a reason
	BadShape       Reason = "bad_shape"             // a form in which this column's values are not written
	NotADate       Reason = "no_such_date"          // a day or time of day that does not exist
	OddText        Reason = "odd_text"              // characters or a sequence of them that this column does not have
	StrayValue     Reason = "stray_value"           // a text that also stands in columns of numbers: it belongs nowhere
	CopiedValue    Reason = "copied_value"          // the text of another field of the same record
	Contradiction  Reason = "contradicts_dependent" // not the value that goes with another field's
	ColumnMissing  Reason = "column_missing"        // fewer columns than the records have
	ColumnSurplus  Reason = "column_surplus"        // more columns than the records have
	Unreadable     Reason = "unreadable"            // it cannot be taken apart at all
	RepeatedRecord Reason = "repeated_record"       // byte for byte the same as one before
	RepeatedID     Reason = "repeated_id"           // the identifier of another record
	ForeignReason  Reason = "reason_of_other_payment"
	OutOfRange     Reason = "out_of_range" // far outside everything else in the column
)

// Complaint is a reason and the field that it is about; None: the record as a
// whole.
type Complaint struct {
	Field  order.Field
	Reason Reason
}
