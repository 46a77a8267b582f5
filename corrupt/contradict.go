package corrupt

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/kafkanauts/kafkanauts/order"
)

// Damage that is well formed and contradicts what the rest of the record says.

// Overwrite puts the text of another field, as it was generated, in the place of
// a field.
type Overwrite struct {
	Field, From order.Field // From is of kind Text; both zero: the category, from the customer's name
}

func (s Overwrite) fields() (to, from order.Field) {
	if s == (Overwrite{}) {
		return order.Category, order.CustomerName
	}
	return s.Field, s.From
}

// Name returns "overwrite".
func (Overwrite) Name() string { return "overwrite" }

// Check implements Checker: the fields are two, and From is of kind Text.
func (s Overwrite) Check() error {
	to, from := s.fields()
	if to == order.None || to >= order.NumFields || from == order.None || from >= order.NumFields || from.Kind() != order.Text || to == from {
		return fmt.Errorf("cannot put the text of %s in the place of %s; name two fields, the first with text", from, to)
	}
	return nil
}

// Corrupt implements Strategy. It gives up if the two have the same text.
func (s Overwrite) Corrupt(e *Edit, r *rand.Rand) bool {
	to, from := s.fields()
	return e.Set(to, e.order.Text(from))
}

// StatusReason gives an order whose payment succeeded a reason why it failed.
type StatusReason struct {
	Reasons []string // equally likely; nil: those of the default world that the payment type can have
}

// reasonsOf returns reasons for a payment of that type to fail.
func reasonsOf(payment string) []string {
	switch payment {
	case order.Card:
		return []string{"Insufficient Funds", "Card Declined by Issuer", "Card Expired", "Incorrect CVV"}
	case order.InternetBanking:
		return []string{"Bank Server Unavailable", "Invalid Bank Credentials", "Daily Transfer Limit Exceeded"}
	case order.UPI:
		return []string{"Incorrect UPI PIN", "UPI ID Not Found", "UPI Request Expired"}
	case order.Wallet:
		return []string{"Wallet Balance Too Low", "Wallet Locked"}
	}
	return []string{"Network Timeout", "Suspected Fraud"}
}

// Name returns "status_reason".
func (StatusReason) Name() string { return "status_reason" }

// Check implements Checker: Reasons is nil or holds something, and nothing that
// is empty.
func (s StatusReason) Check() error {
	if s.Reasons != nil && len(s.Reasons) == 0 || slices.Contains(s.Reasons, "") {
		return errors.New("no reasons, or an empty one, to draw from; give some, or nil for the default world's")
	}
	return nil
}

// Corrupt implements Strategy. It gives up if the payment failed.
func (s StatusReason) Corrupt(e *Edit, r *rand.Rand) bool {
	if !e.order.Success {
		return false
	}
	texts := s.Reasons
	if len(texts) == 0 {
		texts = reasonsOf(e.order.Payment)
	}
	return e.Set(order.Reason, texts[r.IntN(len(texts))])
}

// SignFlip makes the quantity negative and writes it as a decimal number: -3.0
// for 3.
type SignFlip struct{}

// Name returns "sign_flip".
func (SignFlip) Name() string { return "sign_flip" }

// Corrupt implements Strategy. It gives up if the quantity is not positive.
func (SignFlip) Corrupt(e *Edit, r *rand.Rand) bool {
	if e.order.Qty <= 0 {
		return false
	}
	text := strconv.AppendInt(e.scratch[:0], -int64(e.order.Qty), 10)
	text = append(text, ".0"...)
	e.scratch = text
	return e.setBytes(order.Qty, text)
}
