//go:build !unix

package kafkatest

import (
	"errors"
	"os"
)

// gently is the signal that asks a broker to stop.
var gently = os.Kill

func lock(string) (unlock func(), err error) {
	return nil, errors.New("it is started on Unix systems only")
}
