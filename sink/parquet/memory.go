package parquet

import "github.com/kafkanauts/kafkanauts/order"

// block is the unit in which memory for rows is handed out. A row in it is numbers,
// and the places of its texts, so that there are no pointers for the collector to follow.
type block struct {
	rows  [512]packed
	texts []byte // of all rows, one after the other
}

// packed is a row in memory.
type packed struct {
	numbers [7]int64 // ids, quantity, price and time
	ends    [7]int32 // of its texts, counted from start
	start   int      // of its texts in those of the block
	place   order.Place
	flag    bool // of a row of values whether it was paid, of a row of texts whether it is a record that is none
}

// Which number of a row is which.
const (
	idNumber = iota
	customerNumber
	productNumber
	qtyNumber
	priceNumber
	timeNumber
	txnNumber
)

// setOrder makes the ith row that of an order, all but its country, whose texts it copies.
func (b *block) setOrder(i int, o *order.Order, at order.Place) {
	r := &b.rows[i]
	r.numbers = [...]int64{idNumber: int64(o.ID), customerNumber: int64(o.CustomerID), productNumber: int64(o.ProductID),
		qtyNumber: int64(o.Qty), priceNumber: o.Price, timeNumber: o.Time.UnixMicro(), txnNumber: int64(o.TxnID)}
	r.start, r.place, r.flag = len(b.texts), at, o.Success
	texts := b.texts
	for k, s := range [...]string{o.CustomerName, o.ProductName, o.Category, o.Payment, o.City, o.Site, o.Reason} {
		texts = append(texts, s...)
		r.ends[k] = int32(len(texts) - r.start)
	}
	b.texts = texts
}

// setRecord makes the ith row that of a record's bytes.
func (b *block) setRecord(i int, value []byte, corrupt bool, at order.Place) {
	r := &b.rows[i]
	r.start, r.place, r.flag = len(b.texts), at, corrupt
	b.texts = append(b.texts, value...)
	r.ends[0] = int32(len(value))
}

// ref is a row and its texts.
type ref struct {
	*packed
	texts []byte
}

// ref returns the ith row.
func (b *block) ref(i int) ref {
	r := &b.rows[i]
	return ref{r, b.texts[r.start:]}
}

// text returns the kth text.
func (r ref) text(k int) []byte {
	if k == 0 {
		return r.texts[:r.ends[0]]
	}
	return r.texts[r.ends[k-1]:r.ends[k]]
}

// memory is blocks that are not in use.
type memory struct{ free []*block }

// place returns where the ith of some rows is to be put: in the last of their
// blocks, to which it adds one as need be.
func (m *memory) place(blocks []*block, i int) ([]*block, int) {
	const ordinary = 80 // bytes of texts in a row
	k := i % len(block{}.rows)
	switch n := len(m.free); {
	case k > 0:
	case n > 0:
		blocks, m.free = append(blocks, m.free[n-1]), m.free[:n-1]
	default:
		blocks = append(blocks, &block{texts: make([]byte, 0, ordinary*len(block{}.rows))})
	}
	return blocks, k
}

// put takes blocks back.
func (m *memory) put(blocks []*block) {
	const most = 1 << 20 // bytes of texts that a block keeps room for
	for _, b := range blocks {
		if b.texts = b.texts[:0]; cap(b.texts) > most {
			b.texts = nil
		}
	}
	m.free = append(m.free, blocks...)
}
