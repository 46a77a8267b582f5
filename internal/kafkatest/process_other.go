//go:build !unix

package kafkatest

import "os"

// freeze and thaw have no counterpart here; sending them is refused.
var (
	freeze os.Signal = os.Interrupt
	thaw   os.Signal = os.Interrupt
)
