package analysis

import (
	"bytes"
	"fmt"

	"github.com/kafkanauts/kafkanauts/order"
)

// olderLines is how many records Older looks at.
const olderLines = 2000

// Older reports whether a stream in the pipe encoding is written as older
// producers of the schema wrote it, which order.Pipe reads if it is Lenient: a
// tenth or more of the first 2,000 records have fifteen columns or the failure
// reason "Payment Was Success". An error is that of the source.
func Older(src Source) (bool, error) {
	n, older := 0, 0
	for _, value := range src.Records() {
		n++
		if bytes.Count(value, []byte{'|'}) == order.Columns-2 || bytes.Contains(value, []byte(order.PaymentWasSuccess)) {
			older++
		}
		if n == olderLines {
			break
		}
	}
	if err := src.Err(); err != nil {
		return false, fmt.Errorf("analysis: older spelling: %w", err)
	}
	return older > 0 && 10*older >= n, nil
}
