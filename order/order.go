package order

import "time"

// Order is one purchase: the sixteen fields, typed. It is flat and comparable
// with ==. Its strings are never rewritten: whoever fills one in may share it
// among any number of orders.
type Order struct {
	ID           uint64 // order_id
	CustomerID   uint64
	ProductID    uint64
	TxnID        uint64 // payment_txn_id
	CustomerName string
	ProductName  string
	Category     string // product_category
	Payment      string // payment_type: one of Payments
	Country      string
	City         string
	Site         string // ecommerce_website_name
	Reason       string // failure_reason: empty if Success
	Qty          int
	Price        int64     // of one unit, in cents
	Success      bool      // payment_txn_success
	Time         time.Time // the instant: UTC, in whole seconds
}

// The payment types.
const (
	Card            = "Card"
	InternetBanking = "Internet Banking"
	UPI             = "UPI"
	Wallet          = "Wallet"
)

// Payments are the payment types, in the order in which probabilities over them
// are given.
var Payments = [4]string{Card, InternetBanking, UPI, Wallet}

// Text returns the value of f in o if f is of kind Text, else "".
func (o *Order) Text(f Field) string {
	if p := o.text(f); p != nil {
		return *p
	}
	return ""
}

func (o *Order) text(f Field) *string {
	switch f {
	case CustomerName:
		return &o.CustomerName
	case ProductName:
		return &o.ProductName
	case Category:
		return &o.Category
	case Payment:
		return &o.Payment
	case Country:
		return &o.Country
	case City:
		return &o.City
	case Site:
		return &o.Site
	case Reason:
		return &o.Reason
	}
	return nil
}
