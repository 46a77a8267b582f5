package product

// Plain reports whether every stage is one of this package's own, whose texts
// were checked when their tables were made: none of them holds a delimiter, a
// line end or bytes that are not UTF-8, and so every encoding carries the orders,
// if it carries their country and category. Of other stages nothing is known.
func (l *Line) Plain() bool {
	for _, g := range l.stages {
		switch g.(type) {
		case Customers, Sites, *Catalog, Swap, Basket, Payment, Outcome:
		default:
			return false
		}
	}
	return true
}
