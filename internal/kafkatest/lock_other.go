//go:build !unix

package kafkatest

import (
	"errors"
	"os"
)

// The signals that ask a broker to end, and that stop it and let it go on: none
// but the first is known here.
var gently, pause, resume = os.Kill, os.Kill, os.Kill

func lock(string) (unlock func(), err error) {
	return nil, errors.New("it is started on Unix systems only")
}
