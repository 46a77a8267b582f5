package intake

import "time"

// Policy says what becomes of valid orders that come late or twice. The zero
// value keeps them all.
type Policy struct {
	// Late is how long before the latest order accepted of its partition an order may
	// have been made; one that is older is rejected. 0: any age will do.
	Late time.Duration
	// Window is how many offsets an order's id must not have occurred in, in
	// its partition, or it is a duplicate and rejected. 0: copies are part of the
	// traffic.
	Window int64
}

// The reasons of rejects that are valid orders.
const (
	late       = "late"       // Policy.Late
	unstorable = "unstorable" // the data set cannot hold it
)
